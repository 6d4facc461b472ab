"""What is executed: the lines of an answer that a call runs through."""

import ast
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

MOST = 100_000
"""Lines that are counted; a call that goes on for longer is left alone."""


class _TooLong(BaseException):
    """Raised where a call goes on for too long; no `except Exception` catches this."""


def executed_lines(tree: ast.Module, filename: str, call: Callable[[], Any]) -> set[int]:
    """Return the lines of the statements that a call executes, with all lines of each.

    Args:
        tree: of the code.
        filename: that its code was compiled with.
        call: whatever it raises is left out.

    Returns:
        The lines; all there are where the call goes on for too long.
    """
    spans = [_span(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    seen = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.Pass)}  # raise no event
    left = MOST

    def see(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename != filename:
            return None
        seen.add(frame.f_lineno)
        left -= 1
        if not left:
            raise _TooLong
        return see

    former = sys.gettrace()
    sys.settrace(see)
    try:
        with suppress(Exception, SystemExit):
            call()
    except _TooLong:
        seen = {span[0] for span in spans}
    finally:
        sys.settrace(former)
    return {line for span in spans if not seen.isdisjoint(span) for line in span}


def _span(node: Any) -> range:
    """Return the lines of a statement, of one with a block only those before the block."""
    first = min(n.lineno for n in [node, *getattr(node, "decorator_list", [])])
    last = node.body[0].lineno - 1 if getattr(node, "body", None) else node.end_lineno
    return range(first, max(node.lineno, last) + 1)
