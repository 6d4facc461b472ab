"""Where submissions run: Dask's workers, on this machine or on a cluster.

Each worker has a warm process of its own, which a plugin starts with the worker, also with one that
takes the place of a worker that died.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, Future, LocalCluster, Worker, WorkerPlugin, get_worker

from rcnn_course.grading import execute, sandbox
from rcnn_course.grading.kernels import WarmProcess

PLUGIN = "rcnn-course"

SETTINGS = {
    "distributed.scheduler.allowed-failures": 1,  # a submission is tried once more, then it failed
    "distributed.admin.low-level-log-length": 100,
    "distributed.comm.timeouts.connect": "60s",
    "distributed.worker.profile.enabled": False,
}


class Warm(WorkerPlugin):
    """Keeps a warm process with each worker."""

    name = PLUGIN

    def __init__(self, imports: tuple[str, ...]):
        self._imports = imports
        self._process: WarmProcess | None = None

    def setup(self, worker: Worker) -> None:
        """Start the process; a kernel that is wanted sooner waits for it."""
        self._process = WarmProcess(self._imports)

    def teardown(self, worker: Worker) -> None:
        """End the process."""
        self._process.close()

    def process(self) -> WarmProcess:
        """Return the process, or another one where it has ended."""
        if not self._process.is_alive:
            self._process.close()
            self._process = WarmProcess(self._imports)
        return self._process


def run_job(job: execute.Job) -> execute.Execution:
    """Run a submission in the worker that this is called in."""
    return execute.run(job, get_worker().plugins[PLUGIN].process() if job.sandbox else None)


class Cluster:
    """Workers that run submissions."""

    def __init__(self, client: Client):
        self._client = client

    def submit(self, job: execute.Job) -> Future:
        """Have a submission run by a worker that has nothing to do."""
        return self._client.submit(run_job, job, key=f"{job.student}-{job.secret[:8]}", pure=False)


@contextmanager
def workers(
    number: int, scheduler: str | None, imports: tuple[str, ...], *, in_sandbox: bool
) -> Iterator[Cluster]:
    """Give workers, and let go of them at the end.

    Args:
        number: how many to start on this machine, where no scheduler is given.
        scheduler: address of a Dask scheduler whose workers are taken instead.
        imports: import statements for the warm processes.
        in_sandbox: whether workers need warm processes and sandboxes.

    Raises:
        OSError: where the scheduler does not answer or a worker cannot make a sandbox.
    """
    with dask.config.set(SETTINGS), _connect(number, scheduler) as client:
        if in_sandbox:
            _require_sandbox(client)
            client.register_plugin(Warm(imports))
        try:
            yield Cluster(client)
        finally:
            if in_sandbox and scheduler is not None:
                client.unregister_worker_plugin(PLUGIN)


@contextmanager
def _connect(number: int, scheduler: str | None) -> Iterator[Client]:
    if scheduler is not None:
        with Client(scheduler) as client:
            client.wait_for_workers(1, timeout=60)
            yield client
        return
    with (
        LocalCluster(
            n_workers=number, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL"
        ) as local,
        Client(local) as client,
    ):
        yield client


def _require_sandbox(client: Client) -> None:
    faults = {worker: fault for worker, fault in client.run(sandbox.fault).items() if fault}
    if faults:
        worker, fault = next(iter(faults.items()))
        raise OSError(
            f"{fault} (worker {worker}). Submissions would run with your own rights; "
            "see `rcnn-course doctor`, or give --no-sandbox if you trust every one of them."
        )
