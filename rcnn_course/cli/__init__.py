"""Command line of the course: reads arguments, and calls the room that does the work."""

import logging
import os
import signal
import sys

from rcnn_course.cli import commands
from rcnn_course.cli.arguments import build_parser

INTERRUPTED = 130
"""What a shell takes for a command that Ctrl-C has ended."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: of the command; by default those that this program was called with.
    """
    if arguments is None:
        signal.signal(signal.SIGINT, _interrupt)
        _leave_out_web_addresses()
    args = build_parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names may hold what a terminal cannot show
            stream.reconfigure(errors="backslashreplace")
    logging.getLogger("tornado").setLevel(logging.CRITICAL)  # nbgrader logs what it raises, too
    try:
        code = getattr(commands, args.command)(args)
        if sys.stdout is not None:  # whoever calls may have closed it
            sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("rcnn-course: interrupted; the same command goes on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # whoever read what is printed has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        from rcnn_course.datasets.coco.printable import printable
        from rcnn_course.grading import faults

        print(f"rcnn-course: {printable(faults.sentence(error))}", file=sys.stderr)
        return 1


def _leave_out_web_addresses() -> None:
    """Keep jsonschema, which nbformat needs, from building a grammar of web addresses at import.

    It takes as long as everything else that `rcnn-course course --check` does, and a notebook's
    schema has no such addresses. This process is the command's own: nobody else's code runs in it.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None hides it


def _interrupt(number: int, frame: object) -> None:
    """End at the first Ctrl-C as soon as all is tidied up, at the second at once.

    Nothing needs the tidying: whatever is left ends by itself, or is removed by the next run.
    """
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    sys.unraisablehook = lambda _: None  # what the interruption meets in a finalizer is no news
    raise KeyboardInterrupt
