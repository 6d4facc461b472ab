"""Where submissions run: Dask's workers, on this machine or on a cluster.

Each process with workers has a fork server, started with its first submission. It ends with that
process, or when nothing was wanted of it for a while.
"""

import itertools
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import dask
from distributed import Client, Future, LocalCluster, get_worker

from rcnn_course.grading.execution import execute
from rcnn_course.grading.kernel import trial
from rcnn_course.grading.kernel.forkserver import Ready, fork_server_for

SETTINGS = {
    "distributed.scheduler.allowed-failures": 1,  # a submission is tried once more, then it failed
    "distributed.admin.low-level-log-length": 100,
    "distributed.comm.timeouts.connect": "60s",
    "distributed.scheduler.worker-ttl": None,  # one that does not report may have to wait itself
    "distributed.scheduler.worker-saturation": 1.0,  # none waits for one worker while another rests
    "distributed.worker.profile.enabled": False,
}


def run_job(job: execute.Job, ready: Ready | None, topic: str) -> execute.Execution:
    """Run a submission in the worker that this is called in; once more if the fork server ends."""
    get_worker().log_event(topic, job.student)
    if ready is None:
        return execute.run(job, None)
    server = fork_server_for(ready)
    execution = execute.run(job, server)
    return execution if server.is_alive else execute.run(job, fork_server_for(ready))


class Cluster:
    """Workers that run submissions.

    Attributes:
        ready: what the fork servers have ready, or None to run without a sandbox.
    """

    def __init__(self, client: Client, ready: Ready | None, topic: str):
        self.ready = ready
        self._client = client
        self._topic = topic
        self._numbers = itertools.count()

    def submit(self, job: execute.Job) -> Future:
        """Have a submission run by a worker that is free; its last try comes after the others."""
        key = (self._topic, next(self._numbers))  # one group: Dask queues what nobody is free for
        priority = -1 if job.last_try else 0
        return self._client.submit(
            run_job, job, self.ready, self._topic, key=key, priority=priority
        )

    def keep_warm(self) -> None:
        """See that the workers' fork servers are loaded, and do not end for want of work."""
        if self.ready is not None:
            self._client.run(_keep_warm, self.ready, on_error="ignore")


def _keep_warm(ready: Ready) -> None:
    fork_server_for(ready).examine([], [])


@contextmanager
def connect(
    number: int,
    scheduler: str | None,
    *,
    ready: Ready | None,
    started: Callable[[str], None],
    isolated: Callable[[str], None],
) -> Iterator[Cluster]:
    """Give workers, and let go of them at the end.

    Args:
        number: how many to start on this machine, where no scheduler is given.
        scheduler: address of a Dask scheduler whose workers are taken instead.
        ready: what the fork servers have ready, or None to run without a sandbox.
        started: is told the student whose submission begins to run, in another thread.
        isolated: is told what sandboxes fall short of, where they are not the best ones.

    Raises:
        OSError: If the scheduler does not answer or a worker cannot make a sandbox.
    """
    topic = f"rcnn-course-{secrets.token_hex(4)}"
    if scheduler is None and ready is not None:
        fork_server_for(ready)  # it loads while the cluster starts
    with dask.config.set(SETTINGS), _client(number, scheduler) as client:
        if ready is not None:
            _require_sandbox(client, isolated)
        client.subscribe_topic(topic, lambda event: started(event[1]))
        yield Cluster(client, ready, topic)


def _client(number: int, scheduler: str | None) -> AbstractContextManager[Client]:
    return _elsewhere(scheduler) if scheduler else _here(number)


@contextmanager
def _elsewhere(scheduler: str) -> Iterator[Client]:
    with Client(scheduler) as client:
        client.wait_for_workers(1, timeout=300)
        yield client


@contextmanager
def _here(number: int) -> Iterator[Client]:
    """Give workers that are threads of this process: nobody else can talk to them.

    Threads are enough, since the submissions run in processes of their own.
    """
    with (
        LocalCluster(
            n_workers=number,
            threads_per_worker=1,
            processes=False,
            dashboard_address="127.0.0.1:0",  # any free port, seen from this machine alone
            silence_logs="CRITICAL",
        ) as local,
        Client(local) as client,
    ):
        yield client


def _require_sandbox(client: Client, isolated: Callable[[str], None]) -> None:
    found = client.run(trial.isolation)
    for worker, isolation in found.items():
        if isolation.fault:
            raise OSError(
                f"{isolation.fault} (worker {worker}). Submissions would run with your own rights; "
                "see `rcnn-course doctor`, or give --no-sandbox if you trust every one of them."
            )
    for shortfall in dict.fromkeys(isolation.shortfall for isolation in found.values()):
        if shortfall:
            isolated(shortfall)
