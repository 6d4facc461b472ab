"""Where the library does what an exercise asks for: name, file, and source where that is Python."""

import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LONGEST = 100
"""Lines of a source that are shown; a longer one is named."""


@dataclass(frozen=True)
class Origin:
    """What an exercise is compared with, in the library.

    Attributes:
        name: its full name, such as 'torchvision.ops.roi_align'.
        place: its file and first line, or '' where it is no Python.
        source: its code, or '' where that is no Python or long.
    """

    name: str
    place: str = ""
    source: str = ""


def origin_of(words: str) -> Origin | None:
    """Find what the `source` of an exercise names; None where it names no part of a library.

    Args:
        words: such as 'torchvision.ops.nms', "torchvision's RPNHead" or "pycocotools' COCOeval".
    """
    if not (found := next(_found(words), None)):
        return None
    name, thing = found
    try:
        lines, first = inspect.getsourcelines(thing)
        place = f"{inspect.getsourcefile(thing)}, line {first}"
    except (TypeError, OSError):  # compiled, or without its source
        return Origin(name)
    return Origin(name, place, textwrap.dedent("".join(lines)) if len(lines) <= LONGEST else "")


def _found(words: str) -> Iterator[tuple[str, Any]]:
    """Yield the full name and the thing that words may mean."""
    if path := re.search(r"\btorch(?:vision)?(?:\.\w+)+", words):
        parts = path[0].split(".")
        for length in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:length])
            if (thing := _part(_imported(module), parts[length:])) is not None:
                yield path[0], thing
                return
    if name := re.search(r"\b(torchvision|pycocotools)'s? ([\w.]+)", words):
        parts = name[2].split(".")
        for module in sorted(m for m in sys.modules if m.startswith(f"{name[1]}.")):
            owner = getattr(sys.modules[module], parts[0], None)
            if getattr(owner, "__module__", "") == module:
                thing = _part(owner, parts[1:])
                if thing is not None:
                    yield f"{module}.{name[2]}", thing


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        return None


def _part(thing: Any, parts: list[str]) -> Any:
    for part in parts:
        thing = getattr(thing, part, None)
    return thing
