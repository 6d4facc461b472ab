"""Python code, refused by a profile hook that looks at each function that is called.

Code is known by its file and the line on which it begins, so a copy of a function or of a class,
which shares its code or at least its place, is the same. In every exercise are refused the Python
versions of PyTorch's operators and what PyTorch has generated from other code.

Functions of extension modules open no frames: they are watched under every name by which a module
knows them when a guard refuses them for the first time. To look through all modules each time would
take long, longest in a process that was forked, where every object that is looked at is copied.
"""

import functools
import gc
import inspect
import opcode
import sys
import threading
import time
import types
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from rcnn_course.checks.engine.guard import held

_TORCH = str(Path(torch.__file__).parent)
_IN_TORCH = tuple(
    f"{_TORCH}/{place}"
    for place in (
        *("_decomp/decompositions.py", "_refs/nn/", "ao/", "fx/interpreter.py"),
        *("_inductor/decomposition.py", "_inductor/output_code.py", "_inductor/package/"),
    )
)
_TRACED = "<eval_with_key>"  # begins the name of a file that torch.fx makes up
_WITH_FRAMES = types.FunctionType | types.ModuleType | type | Path
_EVERY_LINE = range(-sys.maxsize, sys.maxsize)


class Code:
    """The code that a guard refuses.

    Args:
        items: functions, classes, modules, and paths of modules and packages that need not be
            loaded; of a class, a module or a package, all Python code.
        for_itself: paths of modules whose code their own packages may call.
    """

    def __init__(self, items: Sequence[object], for_itself: Sequence[Path] = ()) -> None:
        self._packages = {str(path): f"{path.parent}/" for path in for_itself}
        items = [*map(held.original, items), *for_itself]
        places = [str(item) + "/" * item.is_dir() for item in items if isinstance(item, Path)]
        self._lines = _Lines((_TRACED, *_IN_TORCH, *places))
        for item in items:
            if isinstance(item, types.ModuleType):
                self._lines[inspect.getfile(item)] = _EVERY_LINE
        for code in [code for item in items for code in _code_objects(item)]:
            lines = self._lines[code.co_filename]
            if not isinstance(lines, range):
                self._lines[code.co_filename] = {*lines, code.co_firstlineno}
        self._without_frame = [item for item in items if not isinstance(item, _WITH_FRAMES)]
        for function in self._without_frame:
            _watch(function)

    def refuses(self, function: Callable) -> bool:
        """Tell whether a function that opens no frame is refused."""
        return any(one is function for one in self._without_frame)

    def refused(self, frame: types.FrameType) -> str:
        """Return the name of the refused code that runs in a frame, or ''."""
        code = frame.f_code
        if code.co_firstlineno in self._lines[code.co_filename]:
            caller = frame.f_back.f_code.co_filename if frame.f_back else ""
            own = self._packages.get(code.co_filename)
            return "" if own and caller.startswith(own) else _name(frame)
        return ""


class _Lines(dict[str, Collection[int]]):
    """The lines on which refused code begins, by the name of its file.

    Args:
        places: how the names of files begin of which all code is refused.
    """

    def __init__(self, places: tuple[str, ...]) -> None:
        super().__init__()
        self._places = places

    def __missing__(self, filename: str) -> Collection[int]:
        self[filename] = lines = _EVERY_LINE if filename.startswith(self._places) else ()
        return lines


def _name(frame: types.FrameType) -> str:
    code = frame.f_code
    if code.co_filename.startswith(_TRACED):
        return "code traced by torch.fx"
    if _is_of_an_import(frame) or _is_resumed(frame):
        return ""
    return f"{frame.f_globals.get('__name__', code.co_filename)}.{code.co_qualname}"


def _is_of_an_import(frame: types.FrameType | None) -> bool:
    """Tell whether a frame was opened by its own module, or PyTorch, which is imported just now."""
    files = (frame.f_code.co_filename, _TORCH) if frame is not None else ()
    while frame is not None and frame.f_code.co_filename.startswith(files):
        if frame.f_code.co_name == "<module>":
            return True
        frame = frame.f_back
    return False


def _is_resumed(frame: types.FrameType) -> bool:
    """Tell whether a generator goes on: the garbage collector has it do so, to close it."""
    code = frame.f_code
    if not code.co_flags & inspect.CO_GENERATOR:
        return False
    return frame.f_lasti > 2 * code.co_code[::2].index(opcode.opmap["RESUME"])


class _Thread(threading.local):
    hook: Callable | None = None  # that a guard has set in this thread
    former: Callable | None = None
    is_switching = False
    error: BaseException | None = None  # that the hook has just raised


_thread = _Thread()


def switch(guards: tuple) -> None:
    """Have frames seen, in this thread, by exactly these guards."""
    if not guards and not _thread.hook:
        return
    current = sys.getprofile()
    if _thread.hook is None or current is not _thread.hook:
        _thread.former = current
    _thread.hook = functools.partial(_see, guards) if guards else None
    _thread.is_switching = True
    try:
        _set_profile(_thread.hook or _thread.former)
    finally:
        _thread.is_switching = False


def _set_profile(hook: Any) -> None:
    """Set the profile hook of this thread, also while another thread sets its own.

    Python refuses that: an audit hook lets the other thread run in the middle. A profiler of
    cProfile is no function, and sets itself.
    """
    is_function = hook is None or callable(hook)
    set_ = functools.partial(sys.setprofile, hook) if is_function else hook.enable
    while True:
        try:
            set_()
            return
        except RuntimeError as error:
            if "being installed" not in str(error):
                raise
            time.sleep(0)


def is_on() -> bool:
    """Tell whether frames are seen in this thread."""
    return _thread.hook is not None and sys.getprofile() is _thread.hook


def keep_hook() -> None:
    """Prevent the hook of a guard from being taken away, unless it is the guard that does it."""
    error, _thread.error = _thread.error, None  # an old one where recursion let nobody ask for it
    if _thread.is_switching:
        return
    if error:  # after an error of a hook, Python would go on without it
        raise error
    if _thread.hook and _is_hook_interrupted():
        raise KeyboardInterrupt
    held.refuse("sys.setprofile, as profilers do")


def _is_hook_interrupted() -> bool:
    """Tell whether Python gives the hook up since it was interrupted before it could catch that."""
    tracebacks = (one for one in gc.get_objects() if type(one) is types.TracebackType)
    return any(one.tb_frame.f_code is _see.__code__ and one.tb_next is None for one in tracebacks)


def _see(guards: tuple, frame: types.FrameType, event: str, argument: object) -> None:
    if event == "call":
        try:
            for guard in guards:
                guard.see_frame(frame)
        except BaseException as error:
            _thread.error = error
            raise


@functools.cache
def _watch(function: Callable) -> None:
    """Watch a function that opens no frame, as Cython's, under the names that modules have for it.

    Who imports it from one of them later gets what is watched.
    """
    see = functools.partial(_see_function, function)
    modules = [m for m in list(sys.modules.values()) if isinstance(m, types.ModuleType)]
    for module in modules:
        for name in [name for name, value in list(vars(module).items()) if value is function]:
            held.watch(module, name, see)


def _see_function(function: Callable, *args: Any, **kwargs: Any) -> None:
    for guard in held.guards():
        guard.see_function(function)


def _code_objects(source: object) -> Iterator[types.CodeType]:
    """Yield the code of a function, or of every method of a class."""
    if isinstance(source, type):
        for member in vars(source).values():
            yield from _code_objects(inspect.unwrap(getattr(member, "__func__", member)))
    elif callable(source) and hasattr(source, "__code__"):
        yield source.__code__
