"""Running one submission: nbgrader's own preprocessors, with the kernel in a sandbox.

This is what a worker does. It knows neither the gradebook nor the course's folder, so it can be on
another machine; what it needs is in a `Job`, and what it found out is in an `Execution`.
"""

import asyncio
import copy
import json
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_async, ensure_event_loop
from nbclient.exceptions import CellExecutionComplete, DeadKernelError
from nbclient.output_widget import OutputWidget
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute
from nbgrader.preprocessors.execute import UnresponsiveKernelError
from traitlets import Bool, Float, Integer
from traitlets.config import Config

from rcnn_course.grading import faults
from rcnn_course.grading.execution import failures
from rcnn_course.grading.execution.messages import (
    LAST,
    SilentOutputWidget,
    cleaned_content,
    cleaned_reply,
)
from rcnn_course.grading.execution.scores import undecided
from rcnn_course.grading.execution.steps import apply, partition
from rcnn_course.grading.execution.watch import THREADS, Meter, Overrun, WatchedClient, Why, stop_of
from rcnn_course.grading.intake.slicing import NOTE, is_left_out
from rcnn_course.grading.integrity import kernel_probe, probes
from rcnn_course.grading.integrity.probes import armed
from rcnn_course.grading.integrity.settlement import once, settle, unexplained
from rcnn_course.grading.kernel.forkserver import ForkServer
from rcnn_course.grading.kernel.provisioner import SandboxKernelManager, SandboxProvisioner
from rcnn_course.grading.sandbox import MEGABYTE, Limits

OUTPUTS = ("stream", "display_data", "execute_result", "update_display_data", "error")


@dataclass(frozen=True)
class Job:
    """A submission that is ready to run.

    Attributes:
        student: who handed it in.
        notebook: the sanitized notebook.
        files: maps names to contents of the files that go beside it.
        config: nbgrader's configuration.
        last_try: whether it was put back once already, so that it is run to its end now.
        near: whether to look for small changes that would make wrong answers right.
        fresh: what the seeds of cases that nobody knows come of; see `probes.armed`.
    """

    student: str
    notebook: NotebookNode
    files: Mapping[str, bytes]
    config: Config
    last_try: bool = False
    near: bool = False
    fresh: str = ""


@dataclass(frozen=True)
class Execution:
    """What running a submission gave.

    Attributes:
        notebook: the executed notebook, or None where it could not be run to its end.
        reason: why it could not, in a sentence.
        suspicions: what points to tampering, in sentences.
        overrun: the limit that has ended it, or None.
        undecided: maps graded cells that lost points to why the clock alone is to blame.
    """

    notebook: NotebookNode | None = None
    reason: str = ""
    suspicions: tuple[str, ...] = ()
    overrun: Overrun | None = None
    undecided: Mapping[str, Why] = field(default_factory=dict)

    @property
    def is_put_back(self) -> bool:
        """Whether it should be run again later, since only the clock has stopped it."""
        return self.overrun is not None and not self.overrun.is_own_fault


class ExecuteSubmission(WatchedClient, Execute):
    """nbgrader's Execute with limits on the whole notebook and, if asked for, a sandbox.

    Settings of `Execute` in `nbgrader_config.py` count here too, times as seconds of a processor.
    """

    max_memory = Integer(4096, help="megabytes that a submission may use").tag(config=True)
    max_processes = Integer(256, help="processes and threads that it may have").tag(config=True)
    max_disk = Integer(256, help="megabytes of files that it may write").tag(config=True)
    max_seconds = Float(1800, help="processor seconds of the whole notebook").tag(config=True)
    max_output = Integer(32, help="megabytes that a cell may print and draw").tag(config=True)
    max_notebook_output = Integer(64, help="megabytes of all its cells").tag(config=True)
    locating_seconds = Integer(
        10, help="processor seconds to look for small changes in the wrong answers of a notebook"
    ).tag(config=True)
    store_widget_state = Bool(False, help="keep what sliders would need to move").tag(config=True)

    def __init__(
        self,
        server: ForkServer | None = None,
        files: Mapping[str, bytes] | None = None,
        last: Callable[[NotebookNode], str] = lambda notebook: "",
        sockets: str = "",
        **options: Any,
    ):
        """Prepare a run.

        Args:
            server: forks the kernel into a sandbox; None for one without.
            files: what goes beside the notebook.
            last: returns the source of the last probe, given the notebook when all else has run.
            sockets: how the paths of a kernel's sockets begin, where it has no sandbox.
            options: of nbgrader's `Execute`.
        """
        super().__init__(**options)
        self._last = last
        self.running = "its first cell"
        self.provisioner: SandboxProvisioner | None = None
        self._server = server
        self._sockets = sockets
        self._files = files or {}
        self._printed: dict[int, int] = {}
        self._within: dict[int, int] = {}
        self._kept = 0
        self._is_exhausted = False
        self._replied = 0
        self.troubles: list[str] = []

    def create_kernel_manager(self) -> KernelManager:
        """Return nbclient's manager, or one for a kernel in a sandbox."""
        if self._server is None:
            super().create_kernel_manager()
            self.km.transport, self.km.ip = "ipc", self._sockets  # a port can be taken by another
            self.km.kernel_spec.env.update(THREADS, NBGRADER_EXECUTION="autograde")
            self.km.kernel_spec.argv.insert(1, "-P")  # a file beside the notebook is no part of it
            return self.km
        self.km = SandboxKernelManager(kernel_name="python3", config=self.config)
        self.provisioner = SandboxProvisioner(
            self._server,
            self._files,
            self.limits,
            kernel_spec=self.km.kernel_spec,
            parent=self.km,
        )
        self.km.provisioner = self.provisioner
        return self.km

    def meter(self) -> Meter:
        """Return what reads the usage of the kernel; its supervisor belongs to the grader."""
        if self.provisioner is None:
            return super().meter()
        return Meter(self.provisioner.pid, itself=False)

    @property
    def limits(self) -> Limits:
        """The settings as the sandbox takes them."""
        return Limits(
            memory=self.max_memory * MEGABYTE,
            processes=self.max_processes,
            seconds=self.max_seconds,
            disk=self.max_disk * MEGABYTE,
        )

    def reason(self, error: Exception) -> str:
        """Say in a sentence why the notebook was not run to its end."""
        ending = self.provisioner.ending if self.provisioner else None
        return failures.reason(error, self.running, self.overrun, ending, self.limits)

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        """Run one cell; what goes wrong with it here is an error of this cell alone."""
        if is_left_out(cell):
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=NOTE)]
            return cell, resources
        if probes.is_last(cell):
            return self._run_last(cell, resources, index)
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        self.running = f"the cell {grade_id}" if grade_id else f"cell {index + 1}"
        try:
            cell, resources = super().preprocess_cell(cell, resources, index)
        except (DeadKernelError, UnresponsiveKernelError):
            raise
        except Exception as error:
            said = f"what {self.running} answered could not be read: {type(error).__name__}"
            self.troubles.append(f"{said}: {error}")
            cell.outputs.append(_error_output(type(error).__name__, said))
        if index in self._within:
            self.clear_display_id_mapping(index)
            if said := self._said_of_limits(index):
                note = nbformat.v4.new_output("stream", name="stdout", text=said)
                cell.outputs.insert(self._within[index], note)
        return cell, resources

    def _run_last(
        self, cell: NotebookNode, resources: dict, index: int
    ) -> tuple[NotebookNode, dict]:
        """Run the probe after all others; whatever becomes of it, the checks have their answers."""
        try:
            cell.source = self._last(self.nb)
            self._seconds["cell"] = self.locating_seconds
            return super().preprocess_cell(cell, resources, index)
        except Exception as error:
            self.log.warning("No line was looked for: %r", error)
            return cell, resources

    def on_cell_executed(self, **reported: Any) -> None:
        """Let nbgrader look at the reply to a cell, which may hold anything."""
        reply = reported["execute_reply"]
        reply["content"] = cleaned_reply(reply["content"])
        super().on_cell_executed(**reported)

    async def _async_poll_output_msg(
        self, parent_msg_id: str, cell: NotebookNode, cell_index: int
    ) -> None:
        """Read the kernel's messages as nbclient does; leave out those that cannot be read."""
        while True:
            try:
                msg = await ensure_async(self.kc.iopub_channel.get_msg(timeout=None))
                if msg["parent_header"].get("msg_id") == parent_msg_id:
                    self.process_message(msg, cell, cell_index)
            except CellExecutionComplete:
                return
            except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
                self.log.warning("A message of the kernel cannot be read: %r", error)
                await asyncio.sleep(0)  # for the watch, should there be nothing else any more

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Handle a message of the kernel, whatever it holds; drop one that cannot be kept."""
        try:
            msg["content"] = cleaned_content(msg["msg_type"], msg["content"])
            if not self._has_room(msg, cell, cell_index):
                return None
            return super().process_message(msg, cell, cell_index)
        except CellExecutionComplete:
            raise
        except Exception as error:
            self.log.warning("A message of the kernel is left out: %r", error)
            if (msg.get("msg_type"), msg.get("content")) == ("status", {"execution_state": "idle"}):
                raise CellExecutionComplete from error
            return None

    def _has_room(self, msg: dict[str, Any], cell: NotebookNode, index: int) -> bool:
        """Tell whether output may be kept; beyond the limit only the newest, at most its end."""
        kind, content = msg["msg_type"], msg["content"]
        if kind not in OUTPUTS and not kind.startswith("comm"):
            return True
        size = len(json.dumps(content)) + sum(map(len, msg.get("buffers", [])))
        if kind == "display_data" and kernel_probe.MIME in content["data"]:
            self._replied += size  # what is printed must not take the room of an answer
            return self._replied <= self.max_output * MEGABYTE
        self._printed[index] = self._printed.get(index, 0) + size
        if self._is_within_limits(index, size):
            self._kept += size
            return True
        del cell.outputs[self._within.setdefault(index, len(cell.outputs)) :]
        self.clear_display_id_mapping(index)
        if kind == "stream":
            content["text"] = content["text"][-LAST:]
        return kind == "stream" or size <= LAST

    def _is_within_limits(self, index: int, size: int) -> bool:
        """Tell whether a cell may keep so much more; a little it may whatever others have drawn."""
        if index in self._within or self._printed[index] > self.max_output * MEGABYTE:
            return False
        is_within = self._kept + size <= self.max_notebook_output * MEGABYTE
        return is_within or self._printed[index] <= LAST

    def _said_of_limits(self, index: int) -> str:
        """Return what a reader of a cell beyond a limit has to know; of the notebook's, once."""
        if self._printed[index] > self.max_output * MEGABYTE:
            return f"[It printed or drew more than {self.max_output} MB: some is left out here.]\n"
        if self._is_exhausted:
            return ""
        self._is_exhausted = True
        most = f"[The notebook printed or drew more than {self.max_notebook_output} MB: "
        return most + "some is left out here, and in cells below.]\n"

    def on_comm_open_jupyter_widget(self, msg: dict[str, Any]) -> SilentOutputWidget | None:
        """Stand for an Output widget; all others need nobody here."""
        comm_id, state = msg["content"]["comm_id"], msg["content"]["data"]["state"]
        is_output = state.get("_model_name") == "OutputModel"
        return SilentOutputWidget(comm_id, state, self.kc, self) if is_output else None

    def remove_output_hook(self, msg_id: str, hook: OutputWidget) -> None:
        """Let a widget go, whichever took the output last."""
        if hook in self.output_hook_stack[msg_id]:
            self.output_hook_stack[msg_id].remove(hook)

    def set_widgets_metadata(self) -> None:
        """Keep what widgets hold only where that is wanted."""
        if self.store_widget_state:
            super().set_widgets_metadata()


def _error_output(name: str, said: str) -> NotebookNode:
    return nbformat.v4.new_output("error", ename=name, evalue=said, traceback=[said])


def run(job: Job, server: ForkServer | None) -> Execution:
    """Run a submission, with nbgrader's preprocessors up to the one that saves grades.

    Args:
        job: the submission.
        server: the process that forks kernels, or None to run without a sandbox.
    """
    return Context().run(_run, job, server)  # jupyter_core's event loop is a context variable


def _run(job: Job, server: ForkServer | None) -> Execution:
    secret = secrets.token_hex()
    notebook = armed(copy.deepcopy(job.notebook), secret, job.fresh)
    before = partition(Autograde(config=job.config).autograde_preprocessors)[0]
    examine = once(_examine_here if server is None else server.examine)

    def last(executed: NotebookNode) -> str:
        wrong = unexplained(executed, secret, examine, job.files) if job.near else []
        return probes.locating(wrong, secret)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, _event_loop():
        sockets = f"{folder}/kernel"
        execute = ExecuteSubmission(server, job.files, last, sockets, config=job.config)
        execute.last_try = job.last_try
        beside = Path(folder, "notebook")
        beside.mkdir()
        resources = {"metadata": {"path": str(beside)}}
        try:
            if server is None:
                _write(job.files, beside)
            notebook, resources = execute(notebook, resources)
        except Exception as error:
            if not isinstance(error, MemoryError) and faults.is_of_machine(error):
                raise
            return Execution(reason=execute.reason(error), overrun=execute.overrun)
    try:
        suspicions = settle(notebook, secret, examine, job.files)
    except OSError as error:
        return Execution(reason=f"its answers could not be compared: {error}")
    found = (*map(_sentence, execute.troubles), *suspicions)
    stops = [stop_of(cell) for cell in notebook.cells]  # one of nbgrader's steps clears metadata
    notebook, _ = apply(before, notebook, resources, job.config)
    return Execution(notebook, suspicions=found, undecided=undecided(notebook, stops))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:200]}."


@contextmanager
def _event_loop() -> Iterator[None]:
    """Close the event loop that nbclient makes in this thread and leaves open."""
    try:
        yield
    finally:
        ensure_event_loop().close()


def _examine_here(*submission: Any) -> dict[str, Any]:
    """Examine a submission in this process, which needs torch for it only without a sandbox."""
    from rcnn_course.grading.integrity.examination import examine

    return examine(*submission)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
