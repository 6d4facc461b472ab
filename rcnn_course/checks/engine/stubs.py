"""Stubs: tell the line `raise NotImplementedError` of a stub from every other such error.

torch raises NotImplementedError itself, for instance where `forward` is misspelt.
"""

import dis
import functools
import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rcnn_course.reports import paragraphs

_OF_A_STUB = {"NotImplementedError", "super", "__init__", "__class__"}
"""Names in the code of a stub."""


def unwritten(error: BaseException, *subjects: Any) -> str:
    """Return the name of the function or class whose stub has raised an error, or ''.

    Args:
        error: what was raised.
        subjects: functions, classes or objects of a student; their notebook may hold the stub.
    """
    frame = _frame_of_stub(error)
    homes = [part.__globals__ for subject in subjects for part in functions_of(subject)]
    if frame is None or not any(frame.f_globals is home for home in homes):
        return ""
    for subject in subjects:
        if frame.f_code in _codes(subject):
            return name_of(subject)
    return frame.f_code.co_qualname.partition(".")[0]


@contextmanager
def once_written(*subjects: Callable) -> Iterator[None]:
    """Run a picture cell only as far as the student's functions in it are written.

    Where the cell comes to the line `raise NotImplementedError` of a stub in the notebook, it
    prints a sentence instead of a traceback.

    Args:
        *subjects: the student's functions or classes that the cell uses.
    """
    try:
        yield
    except NotImplementedError as error:
        stub = unwritten(error, *subjects)
        if not stub:
            raise
        written = (name_of(subject) for subject in subjects)
        *others, last = dict.fromkeys([*written, stub])
        needed = f"{', '.join(others)} and {last} are" if others else f"{last} is"
        print(paragraphs(f"This appears once {needed} written."))


def is_untouched(error: BaseException, subject: Callable) -> bool:
    """Tell whether an error is that of the subject's own stub, with nothing written yet."""
    frame = _frame_of_stub(error)
    if frame is None or frame.f_code not in [part.__code__ for part in functions_of(subject)]:
        return False
    first = _members(subject).get("__init__") if issubclass(type(subject), type) else None
    begun = [part.__code__ for part in functions_of(first)] if first else []
    returns = any(step.opname.startswith("RETURN") for step in dis.get_instructions(frame.f_code))
    return not returns and all(map(_is_empty, [frame.f_code, *begun]))


def _frame_of_stub(error: BaseException) -> types.FrameType | None:
    """Return the frame whose own line is a bare `raise NotImplementedError`."""
    if type(error) is not NotImplementedError or error.args:
        return None
    innermost = error.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    if innermost is None:
        return None
    frame = innermost.tb_frame
    instruction = frame.f_code.co_code[innermost.tb_lasti]
    return frame if dis.opname[instruction] == "RAISE_VARARGS" else None


def _is_empty(code: types.CodeType) -> bool:
    """Tell whether code does nothing but begin a class and raise."""
    arguments = code.co_argcount + code.co_kwonlyargcount
    arguments += bool(code.co_flags & inspect.CO_VARARGS)
    arguments += bool(code.co_flags & inspect.CO_VARKEYWORDS)
    return set(code.co_names) <= _OF_A_STUB and code.co_nlocals == arguments


def functions_of(subject: Any) -> Iterator[types.FunctionType]:
    """Yield a function, or the methods of a class or of an object."""
    unwrapped = _unwrapped(subject)
    if type(unwrapped) is types.FunctionType:
        yield unwrapped
        return
    kind = unwrapped if issubclass(type(unwrapped), type) else type(unwrapped)
    for member in _members(kind).values():
        plain = _unwrapped(member)
        if type(plain) is types.FunctionType:
            yield plain


def name_of(subject: Any) -> str:
    """Return the name of a function or class, or else that of an object's type."""
    name = _attribute(subject, "__name__")
    return name if type(name) is str else type(subject).__name__


def _members(kind: Any) -> Mapping[str, Any]:
    return type.__getattribute__(kind, "__dict__")  # whatever a class of a class does


def _unwrapped(subject: Any) -> Any:
    """Return what a method, partial, decorated or scripted function was made of."""
    seen: set[int] = set()
    while id(subject) not in seen:
        seen.add(id(subject))
        kinds = ("__func__", "_torchdynamo_inline", "__wrapped__")
        for name in ("func",) if type(subject) is functools.partial else kinds:
            inside = _attribute(subject, name)
            if callable(inside):
                subject = inside
                break
    return subject


def _attribute(subject: Any, name: str) -> Any:
    """Return an attribute or None, whatever a class of a student does when it is asked."""
    try:
        return getattr(subject, name, None)
    except Exception:
        return None


def _codes(subject: Any) -> set[types.CodeType]:
    """Return the code of a subject, with that of functions inside its functions."""
    found: set[types.CodeType] = set()
    waiting = [function.__code__ for function in functions_of(subject)]
    while waiting:
        code = waiting.pop()
        found.add(code)
        waiting += [part for part in code.co_consts if isinstance(part, types.CodeType)]
    return found
