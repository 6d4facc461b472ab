"""What holds for one call: in its thread and in the threads that it starts, and nowhere else.

JupyterLab serves widgets in a subshell, a second thread of the kernel, and students start threads
of their own. A check must not refuse what another thread calls, and neither a check nor an explorer
may swallow what another thread writes. Python's own ways, such as `contextlib.redirect_stderr` and
`warnings.catch_warnings`, change the whole process, and two threads that use them at once leave it
changed for good.

A thread, and a task of a `ThreadPoolExecutor`, is given what holds where it is started. Work that
goes to another thread in some other way, such as through a queue to a thread that ran before, is
not followed.
"""

import _thread
import functools
import io
import os
import sys
import sysconfig
import threading
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

_STARTERS = (
    *("start_new_thread", "start_new", "start_joinable_thread"),
    *("_start_new_thread", "_start_joinable_thread"),
)

_STDERR = 2

_LIBRARIES = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))


class _Here(threading.local):
    values: Mapping[Hashable, Any] = {}  # replaced as a whole, never changed


_here = _Here()
_followers: list[Callable[[], None]] = []
_placing = threading.RLock()  # held while a name is replaced, never while other code runs


def held(key: Hashable, default: Any = None) -> Any:
    """Return the value that holds in this thread."""
    return _here.values.get(key, default)


@contextmanager
def holding(key: Hashable, value: Any) -> Iterator[None]:
    """Let a value hold in this context, and in the threads that are started inside."""
    former = _here.values
    try:
        _hold({**former, key: value})
        yield
    finally:
        _hold(former)


def follow(follower: Callable[[], None]) -> None:
    """Call a function in each thread in which other values come to hold."""
    _followers.append(follower)


def _hold(values: Mapping[Hashable, Any]) -> None:
    _here.values = values
    for follower in _followers:
        follower()


def _carried(function: Callable) -> Callable:
    """Let in another thread, for this function, exactly that hold what holds in this thread."""
    values = _here.values

    def carried(*args: Any, **kwargs: Any) -> Any:
        former = _here.values
        try:
            _hold(values)
            return function(*args, **kwargs)
        finally:
            _hold(former)

    return carried


def _carrying(start: Callable) -> Callable:
    @functools.wraps(start)
    def start_carrying(function: Callable, *args: Any, **kwargs: Any) -> Any:
        return start(_carried(function) if _here.values else function, *args, **kwargs)

    return start_carrying


def _submit_carrying(submit: Callable) -> Callable:
    @functools.wraps(submit)
    def submit_carrying(
        pool: ThreadPoolExecutor, function: Callable, /, *args: Any, **kwargs: Any
    ) -> Any:
        return submit(pool, _carried(function), *args, **kwargs)

    return submit_carrying


for _module in (_thread, threading):
    for _name in filter(vars(_module).__contains__, _STARTERS):
        setattr(_module, _name, _carrying(getattr(_module, _name)))
ThreadPoolExecutor.submit = _submit_carrying(  # type: ignore[method-assign]
    ThreadPoolExecutor.submit
)


class _Undefined:
    """In the place of a name that is not there."""

    def __init__(self, name: str):
        self._name = name

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        raise NameError(f"name {self._name!r} is not defined")


class _StandIn:
    """In the place of a function or a stream: another one where `here` says so, or the former."""

    def __init__(self, former: Any, other: Any, here: Callable[[], bool]):
        self._former, self._other, self._here = former, other, here

    def _present(self) -> Any:
        return self._other if self._here() else self._former

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._present()(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._present(), name)


@contextmanager
def replaced(
    namespace: dict[str, Any], name: str, other: Any, *, here: Callable[[], bool]
) -> Iterator[None]:
    """Replace a function or a stream in this context, for the threads that `here` accepts.

    Any number of replacements of one name may begin and end in any order. A name that somebody
    else has given another value meanwhile keeps it.

    Args:
        namespace: of a module, for example.
        name: what is replaced; it need not be there.
        other: what takes its place.
        here: tells whether it does so in the thread that asks.
    """
    with _placing:
        stand_in = _StandIn(namespace.get(name, _Undefined(name)), other, here)
        namespace[name] = stand_in
    try:
        yield
    finally:
        with _placing:
            _take_out(namespace, name, stand_in)


def _take_out(namespace: dict[str, Any], name: str, stand_in: _StandIn) -> None:
    """Put back what stood in its place before, there or in the replacement that came later."""
    later = namespace.get(name)
    if later is stand_in:
        namespace[name] = stand_in._former
        if isinstance(stand_in._former, _Undefined):
            del namespace[name]
    while isinstance(later, _StandIn):
        if later._former is stand_in:
            later._former = stand_in._former
        later = later._former


class _HeardHere(type):
    def __subclasscheck__(cls, category: type) -> bool:
        return held(_Heard, False)


class _Heard(Warning, metaclass=_HeardHere):
    """For Python's filters: every kind of warning, in a thread where warnings are collected."""


class _Libraries:
    """How many contexts hold back what libraries write, and where that went before."""

    contexts = 0
    former: int | None = None


@contextmanager
def _without_words_of_libraries() -> Iterator[None]:
    """Drop what libraries in C write to the standard error of the process.

    A notebook shows it as text of the cell: torchvision's operators give a wrong shape a trace of
    thirty lines, and PyTorch says which parts of it an old processor lacks. Where Python's own
    standard error goes there too, as in a terminal, nothing is dropped: other threads write there.
    """
    with _placing:
        if not _Libraries.contexts and _descriptor(sys.stderr) != _STDERR:
            _Libraries.former = _put_nowhere(_STDERR)
        _Libraries.contexts += 1
    try:
        yield
    finally:
        with _placing:
            _Libraries.contexts -= 1
            if not _Libraries.contexts and _Libraries.former is not None:
                os.dup2(_Libraries.former, _STDERR)
                os.close(_Libraries.former)
                _Libraries.former = None


def _descriptor(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return None


def _put_nowhere(descriptor: int) -> int | None:
    """Let a descriptor lead nowhere; return where it has led, or None where that cannot be."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except OSError:
        return None
    try:
        former = os.dup(descriptor)
        os.dup2(nowhere, descriptor)
    except OSError:  # it is closed
        return None
    finally:
        os.close(nowhere)
    return former


@contextmanager
def collected(*sources: str) -> Iterator[io.StringIO]:
    """Collect what is written in this thread, and in those that it starts; nobody else sees it.

    With 'stderr', what libraries in C write there by themselves is dropped.

    Args:
        sources: of 'stdout', 'stderr' and 'warnings'. A warning is a line with its category and
            its text, written once; filters that are set outside of this context do not hold.
            Deprecations that a library meets in its own code are left out: no caller can mend them.
    """
    text = io.StringIO()

    def write_warning(
        message: Warning, category: type[Warning], filename: str, *more: Any, **others: Any
    ) -> None:
        if issubclass(category, DeprecationWarning) and filename.startswith(_LIBRARIES):
            return
        line = f"{category.__name__}: {message}\n"
        if line not in text.getvalue():
            text.write(line)

    with ExitStack() as stack:
        stack.enter_context(holding(text, True))
        here = functools.partial(held, text, False)
        for source in sources:
            if source == "warnings":
                stack.enter_context(holding(_Heard, True))
                stack.enter_context(
                    replaced(vars(warnings), "showwarning", write_warning, here=here)
                )
                warnings.simplefilter("always", _Heard)  # stays, and concerns no other thread
            else:
                if source == "stderr":
                    stack.enter_context(_without_words_of_libraries())
                stack.enter_context(replaced(vars(sys), source, text, here=here))
        yield text
