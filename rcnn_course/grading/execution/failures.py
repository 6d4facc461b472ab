"""Why a submission was not run to its end, in a sentence."""

import signal

from nbclient.exceptions import DeadKernelError

from rcnn_course.grading.execution.watch import Overrun
from rcnn_course.grading.kernel.supervisor import Ending
from rcnn_course.grading.sandbox import MEGABYTE, Limits

_ENDINGS = {
    "exit": "the Python process was ended with exit code {number}",
    "signal": "the Python process crashed ({crash})",
    "memory": "it used more than {memory} MB of memory",
    "processes": "it started more than {processes} processes and threads",
    "disk": "it wrote more than {disk} MB of files",
    "failed": "its sandbox could not be made ({said}), so it ended",
}


def reason(
    error: Exception,
    running: str,
    overrun: Overrun | None,
    ending: Ending | None,
    limits: Limits,
) -> str:
    """Say in a sentence why a notebook was not run to its end.

    Args:
        error: what nbclient or nbgrader has raised.
        running: what was running, such as 'the cell roi_align'.
        overrun: the limit of time that has ended it, or None.
        ending: how its kernel ended in the sandbox, or None.
        limits: what it may use.
    """
    if overrun is not None:
        return _of_overrun(overrun, running, limits)
    if ending is not None:
        said = _ENDINGS[ending.ended].format(
            number=ending.number,
            crash=_crash(ending.number),
            said=ending.said,
            memory=limits.memory // MEGABYTE,
            processes=limits.processes,
            disk=limits.disk // MEGABYTE,
        )
        return f"{said} in {running}"
    if isinstance(error, DeadKernelError):
        return f"the Python process ended in {running}"
    return f"it could not be run: {error or type(error).__name__}"


def _of_overrun(overrun: Overrun, running: str, limits: Limits) -> str:
    """Say which limit was reached, and what it says of the submission."""
    if overrun.why == "used":
        if overrun.of == "notebook":
            return f"the notebook ran longer than {limits.seconds:g} seconds of a processor"
        return f"{running} ran too long and could not be interrupted"
    what = "the notebook" if overrun.of == "notebook" else running
    if overrun.why == "asleep":
        said = "waited too long for something that did not come"
    else:
        said = "took far too long by the clock, for the machine was busy"
    if overrun.of == "interruption":
        said += ", and could not be interrupted"
    return f"{what} {said}; its processor time is not used up, so a person has to look at it"


def _crash(number: int) -> str:
    """Return the description of a signal, such as 'Segmentation fault'."""
    return signal.strsignal(number) or f"signal {number}" if number else ""
