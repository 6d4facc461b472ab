"""A work, such as interpolation: what does it, by the names of operators and of Python code.

Names say what is meant without loading it: a library that nobody has imported yet is refused too.
"""

import functools
import importlib
import inspect
from dataclasses import dataclass
from importlib.util import find_spec
from operator import attrgetter
from pathlib import Path


@dataclass(frozen=True)
class Work:
    """A work that libraries do, under all the names by which they do it.

    Attributes:
        operators: patterns of operator names, such as 'torchvision::*roi_align*' or
            'aten::upsample_*'; 'aten::conv_transpose' stands for `aten::convolution` with
            `transposed=True`.
        code: full names of Python functions, classes, modules and packages, such as
            'torchvision.ops.boxes.box_area' or 'matplotlib.transforms'. What is not installed
            needs no guard.
        for_itself: modules of a library that does the work by the way, for itself, as matplotlib
            does with boxes: they are refused where the library is not what calls them.
    """

    operators: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    for_itself: tuple[str, ...] = ()


@functools.cache
def find_code(name: str) -> object | None:
    """Find what a full name means.

    Returns:
        The Path of a module or package, which is not loaded for it; of what is in a module, the
        function or class itself; None where it is not installed.
    """
    first, *parts = name.split(".")
    found = find_spec(first)
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent
    module = first
    while parts and path.is_dir():
        part = parts.pop(0)
        path = path / part if (path / part).is_dir() else path / f"{part}.py"
        module = f"{module}.{part}"
    if not parts:
        return path
    if not path.exists():
        return None
    try:
        return inspect.unwrap(attrgetter(".".join(parts))(importlib.import_module(module)))
    except AttributeError:
        return None
