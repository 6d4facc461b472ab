"""The guard: while a student's function runs, the operators that give it away are refused.

They are refused in the thread that entered the guard and in the threads that it starts there, and
nowhere else: widgets and students have threads of their own, which go on meanwhile.

An operator is refused by a kernel of a dispatch key that PyTorch keeps for such uses. A thread
includes the key while it is guarded, and no other thread ever sees these kernels; so they stay for
good, and nothing changes for others when a guard opens or closes. PyTorch hands the key on to the
threads that it starts itself. That holds for every road to an operator (functions, modules,
`torch.ops`, TorchScript) and costs the other operators nothing. Python code is refused by a profile
hook that looks at each frame which opens; compilers, which turn code into something without frames,
are refused together with it. Of TorchScript that was compiled before, the source runs in its place;
where none is known, it is refused. Functions of extension modules open no frames either: they are
replaced under every name by which a module knows them.
"""

import functools
import inspect
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import torch

from rcnn_course import threads

TRANSPOSED_CONVOLUTION = "aten::conv_transpose"
"""Stands for `aten::convolution` with `transposed=True`; plain convolution stays permitted."""

_CONVOLUTION = "aten::convolution"
_COMPILERS = (torch.jit.script, torch.compile)

_KEY_NAME = "TESTING_ONLY_GenericMode"
_KEY = torch._C._dispatch_key_parse(_KEY_NAME)
_BELOW = torch._C._dispatch_keyset_full_after(_KEY)
_PASS = torch.library.Library("_", "IMPL", _KEY_NAME)
_PASS.fallback(torch.library.fallthrough_kernel)
_GUARDS = "rcnn_course.guards"
_registering = threading.Lock()


class Refused(RuntimeError):
    """The student's function called something that would give the answer away."""


class Guard:
    """Context in which some operators and some Python code are refused.

    Args:
        operators: patterns of operator names, such as 'torchvision::nms' or 'aten::upsample_*'.
        code: functions, classes or modules of which no code may run; of a class or a module, no
            Python code. A Path stands for a module or package that need not be loaded.

    Attributes:
        called: names of what was refused, in order. The call is remembered even where the
            student's function catches the `Refused` that it raises.
    """

    def __init__(self, operators: Sequence[str] = (), code: Sequence[object] = ()) -> None:
        self.called: list[str] = []
        self._open = False
        self._transposed = TRANSPOSED_CONVOLUTION in operators
        self._operators = frozenset(_matching_operators(tuple(operators)))
        for name in {*self._operators, *([_CONVOLUTION] if self._transposed else ())}:
            _watch_operator(name)
        sources = (*code, *_COMPILERS) if code else ()
        self._codes = {item for source in sources for item in _code_objects(source)}
        self._files = {inspect.getfile(m) for m in code if isinstance(m, types.ModuleType)}
        self._files |= {str(file) for path in code if isinstance(path, Path) for file in _in(path)}
        self._frameless = [place for item in code for place in _places_without_frame(item)]

    def __enter__(self) -> "Guard":
        self._stack = ExitStack()
        for namespace, name, function in self._frameless:
            full_name = f"{function.__module__}.{function.__name__}"
            refusal = functools.partial(self._refuse_call, full_name)
            self._stack.enter_context(
                threads.replaced(namespace, name, refusal, here=self.holds_here)
            )
        self._open = True
        self._stack.enter_context(threads.holding(_GUARDS, (*threads.held(_GUARDS, ()), self)))
        return self

    def __exit__(self, *exception: object) -> None:
        self._open = False
        self._stack.close()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Permit everything inside this context, for what the library itself lends."""
        others = tuple(guard for guard in threads.held(_GUARDS, ()) if guard is not self)
        with threads.holding(_GUARDS, others):
            yield

    def holds_here(self) -> bool:
        """Tell whether this guard refuses something in the thread that asks."""
        return self._open and self in threads.held(_GUARDS, ())

    def refuse(self, name: str) -> None:
        """Remember the call of `name` and raise `Refused`, while the guard is open."""
        if self._open:
            self.called.append(name)
            raise Refused(f"this exercise asks you to build it, and your code called {name}")

    def _refuse_call(self, name: str, *args: object, **kwargs: object) -> None:
        self.refuse(name)

    def _see_operator(self, name: str, args: tuple) -> None:
        if name in self._operators:
            self.refuse(name)
        if self._transposed and name == _CONVOLUTION and args[6]:
            self.refuse(TRANSPOSED_CONVOLUTION)

    @property
    def _watches_code(self) -> bool:
        return bool(self._codes or self._files)

    def _see_event(self, frame: types.FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and (code in self._codes or code.co_filename in self._files):
            self.refuse(f"{frame.f_globals['__name__']}.{code.co_qualname}")
        if event == "c_call" and argument is sys.setprofile and code.co_filename != __file__:
            self.refuse("sys.setprofile")


class _Profile(threading.local):
    hook: Callable | None = None  # that a guard has set in this thread
    former: Callable | None = None


_profile = _Profile()


def _follow_guards() -> None:
    """Bring PyTorch's and Python's state of this thread into line with the guards that hold."""
    guards = threads.held(_GUARDS, ())
    torch._C._stash_obj_in_tls(_GUARDS, guards)
    torch._C._dispatch_tls_set_dispatch_key_included(_KEY, bool(guards))
    hooks = [guard._see_event for guard in guards if guard._watches_code]
    if hooks or _profile.hook:
        _set_profile(hooks)


def _set_profile(hooks: list[Callable]) -> None:
    current = sys.getprofile()
    if _profile.hook is None or current is not _profile.hook:
        _profile.former = current
    _profile.hook = (
        functools.partial(_call_each, hooks) if len(hooks) > 1 else next(iter(hooks), None)
    )
    sys.setprofile(_profile.hook or _profile.former)


def _call_each(hooks: list[Callable], *event: object) -> None:
    for hook in hooks:
        hook(*event)


threads.follow(_follow_guards)


def _watch_operator(name: str) -> None:
    """Have an operator seen by the guards that hold in the thread which calls it."""
    with _registering:
        _register(name)


@functools.cache
def _register(name: str) -> None:
    namespace, _, operator = name.partition("::")
    base, _, overload = operator.partition(".")

    def kernel(keys: torch._C.DispatchKeySet, *args: Any, **kwargs: Any) -> Any:
        for guard in torch._C._get_obj_in_tls(_GUARDS):
            guard._see_operator(name, args)
        packet = getattr(getattr(torch.ops, namespace), base)
        return getattr(packet, overload or "default").redispatch(keys & _BELOW, *args, **kwargs)

    _library(namespace).m.impl(name, _KEY_NAME, kernel, True)


@functools.cache
def _library(namespace: str) -> Any:
    return torch.library.Library(namespace, "IMPL", _KEY_NAME)


def _watch_compiled(kind: Any) -> None:
    call = kind.__call__

    def watched(compiled: torch._C.ScriptFunction, *args: Any, **kwargs: Any) -> Any:
        guards = [guard for guard in threads.held(_GUARDS, ()) if guard._watches_code]
        source = getattr(compiled, "_torchdynamo_inline", None)
        if guards and source is not None:
            return source(*args, **kwargs)
        if guards:
            guards[-1].refuse(f"{compiled.name}, compiled by TorchScript")
        return call(compiled, *args, **kwargs)

    kind.__call__ = watched


for _kind in (torch._C.ScriptFunction, torch._C.ScriptMethod):
    _watch_compiled(_kind)


@functools.cache
def _matching_operators(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names, overloads included, of the operators that one of the patterns names."""
    names = torch._C._dispatch_get_all_op_names()
    return tuple(
        name
        for name in sorted(names)
        if any(fnmatch(name.partition(".")[0], pattern) for pattern in patterns)
    )


def _places_without_frame(item: object) -> Iterator[tuple[dict, str, Callable]]:
    """Yield where modules, the notebook too, hold a function that opens no frame, as Cython's."""
    item = threads.original(item)
    if isinstance(item, types.FunctionType | types.ModuleType | type | Path):
        return
    modules = [m for m in list(sys.modules.values()) if isinstance(m, types.ModuleType)]
    for module in modules:
        for name, value in list(vars(module).items()):
            if threads.original(value) is item:
                yield vars(module), name, item


def _in(path: Path) -> Iterator[Path]:
    """Yield the Python files of a module or package."""
    yield from path.rglob("*.py") if path.is_dir() else [path]


def _code_objects(source: object) -> Iterator[types.CodeType]:
    """Yield the code of a function, or of every method of a class."""
    if isinstance(source, type):
        for member in vars(source).values():
            yield from _code_objects(inspect.unwrap(getattr(member, "__func__", member)))
    elif callable(source) and hasattr(source, "__code__"):
        yield source.__code__
