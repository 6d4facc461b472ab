"""Which guards hold in this thread, and functions that ask them first."""

import functools
import types
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from rcnn_course import threads

KEY = "rcnn_course.guards"


def guards() -> tuple[Any, ...]:
    """Return the guards that hold in this thread, the outermost first."""
    return threads.held(KEY, ())


def refuse(name: str) -> None:
    """Have the guards that hold in this thread refuse a call of `name`."""
    for guard in guards():
        guard.refuse(name)


_originals: WeakKeyDictionary[Callable, Callable] = WeakKeyDictionary()  # of what is watched


def original(item: Any) -> Any:
    """Return the function that one which is watched calls, or the item itself."""
    return _originals.get(item, item) if isinstance(item, types.FunctionType) else item


def watch(owner: Any, name: str, see: Callable[..., None]) -> None:
    """Have a function of a module or class, for good, call `see` first where a guard holds.

    Args:
        owner: the module or class.
        name: of the function; of one that this version of a library lacks, nothing is watched.
        see: takes the arguments, and refuses or returns.
    """
    if name not in getattr(owner, "__dict__", {}):
        return
    call = getattr(owner, name)

    def watched(*args: Any, **kwargs: Any) -> Any:
        if guards():
            see(*args, **kwargs)
        return call(*args, **kwargs)

    functools.update_wrapper(watched, call)
    del watched.__wrapped__  # type: ignore[attr-defined]  # it would lead past the guard
    _originals[watched] = call
    setattr(owner, name, watched)
