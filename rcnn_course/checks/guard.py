"""The guard: while a student's function runs, the operators that give it away are refused.

An operator is refused by replacing its kernel in PyTorch's dispatcher. That holds for every road
to it (functions, modules, `torch.ops`, TorchScript, other threads) and costs the permitted
operators nothing. Python code is refused by a profile hook that looks at each frame which opens;
compilers, which turn code into something without frames, and TorchScript that was compiled before
are refused together with it. Functions of extension modules open no frames either: they are
replaced under every name by which a module knows them.
"""

import functools
import inspect
import sys
import threading
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch

import torch

TRANSPOSED_CONVOLUTION = "aten::conv_transpose"
"""Stands for `aten::convolution` with `transposed=True`; plain convolution stays permitted."""

_COMPILERS = (torch.jit.script, torch.compile)
_COMPILED = {kind: kind.__call__ for kind in (torch._C.ScriptFunction, torch._C.ScriptMethod)}

_DEVICES = ("CPU", *(["CUDA"] if torch.cuda.is_available() else []))
_DEVICES += ("MPS",) if torch.backends.mps.is_available() else ()


class Refused(RuntimeError):
    """The student's function called something that would give the answer away."""


class Guard:
    """Context in which some operators and some Python code are refused.

    Args:
        operators: patterns of operator names, such as 'torchvision::nms' or 'aten::upsample_*'.
        code: functions, classes or modules of which no code may run; of a class or a module, no
            Python code.

    Attributes:
        called: names of what was refused, in order. The call is remembered even where the
            student's function catches the `Refused` that it raises.
    """

    def __init__(self, operators: Sequence[str] = (), code: Sequence[object] = ()) -> None:
        self.called: list[str] = []
        self._operators = operators
        sources = (*code, *_COMPILERS) if code else ()
        self._codes = {item for source in sources for item in _code_objects(source)}
        self._files = {inspect.getfile(m) for m in code if isinstance(m, types.ModuleType)}
        self._frameless = [place for item in code for place in _places_without_frame(item)]
        self._libraries: list[torch.library.Library] = []
        self._former_profile = None

    def __enter__(self) -> "Guard":
        self._close_operators()
        self._close_frameless()
        if self._codes or self._files:
            self._close_compiled()
            self._former_profile = sys.getprofile()
            threading.setprofile(self._on_event)
            sys.setprofile(self._on_event)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._codes or self._files:
            sys.setprofile(self._former_profile)
            threading.setprofile(self._former_profile)
            self._open_compiled()
        self._open_frameless()
        self._open_operators()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Permit everything inside this context, for what the library itself lends."""
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()

    def refuse(self, name: str) -> None:
        """Remember the call of `name` and raise `Refused`."""
        self.called.append(name)
        raise Refused(f"this exercise asks you to build it, and your code called {name}")

    def _close_operators(self) -> None:
        libraries = {}
        for name in _matching_operators(tuple(self._operators)):
            namespace = name.partition("::")[0]
            if namespace not in libraries:
                libraries[namespace] = torch.library.Library(namespace, "IMPL")
            for device in _DEVICES:
                libraries[namespace].impl(name, functools.partial(self._kernel, name), device)
        if TRANSPOSED_CONVOLUTION in self._operators:
            if "aten" not in libraries:
                libraries["aten"] = torch.library.Library("aten", "IMPL")
            libraries["aten"].impl("aten::convolution", self._convolution, "CPU")
        self._libraries = list(libraries.values())

    def _open_operators(self) -> None:
        for library in self._libraries:
            library._destroy()
        self._libraries = []

    def _close_compiled(self) -> None:
        def refuse(compiled: torch._C.ScriptFunction, *args: object, **kwargs: object) -> None:
            self.refuse(f"{compiled.name}, compiled by TorchScript")

        for kind in _COMPILED:
            kind.__call__ = refuse

    def _open_compiled(self) -> None:
        for kind, call in _COMPILED.items():
            kind.__call__ = call

    def _close_frameless(self) -> None:
        for namespace, name, function in self._frameless:
            full_name = f"{function.__module__}.{function.__name__}"
            namespace[name] = functools.partial(self._kernel, full_name)

    def _open_frameless(self) -> None:
        for namespace, name, function in self._frameless:
            namespace[name] = function

    def _kernel(self, name: str, *args: object, **kwargs: object) -> None:
        self.refuse(name)

    def _convolution(self, *args: object) -> torch.Tensor:
        transposed = args[6]
        if transposed:
            self.refuse(TRANSPOSED_CONVOLUTION)
        deterministic, benchmark, cudnn, tf32 = False, False, False, False
        return torch.ops.aten._convolution.default(*args, benchmark, deterministic, cudnn, tf32)

    def _on_event(self, frame: types.FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and (code in self._codes or code.co_filename in self._files):
            self.refuse(f"{frame.f_globals['__name__']}.{code.co_qualname}")
        if event == "c_call" and argument is sys.setprofile and code.co_filename != __file__:
            self.refuse("sys.setprofile")


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
    if isinstance(item, types.FunctionType | types.ModuleType | type):
        return
    modules = [m for m in list(sys.modules.values()) if isinstance(m, types.ModuleType)]
    for module in modules:
        for name, value in list(vars(module).items()):
            if value is item:
                yield vars(module), name, item


def _code_objects(source: object) -> Iterator[types.CodeType]:
    """Yield the code of a function, or of every method of a class."""
    if isinstance(source, type):
        for member in vars(source).values():
            yield from _code_objects(inspect.unwrap(getattr(member, "__func__", member)))
    elif isinstance(source, Callable) and hasattr(source, "__code__"):
        yield source.__code__
