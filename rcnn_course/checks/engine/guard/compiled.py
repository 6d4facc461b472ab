"""What was compiled before: its Python source runs in its place, or it is refused.

Compilers turn code into something that opens no frame for what it is made of. Of a function of
TorchScript and of `torch.compile` the source is known. So both may be used in an answer; what
they make of a part that is refused is the part itself.
"""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

from rcnn_course.checks.engine.guard import held

_COMPILERS = (
    (torch._C, ("ScriptMethod", "LiteScriptModule", "StaticModule"), "TorchScript"),
    (getattr(torch._C, "_te", None), ("TensorExprKernel",), "TorchScript"),
    (getattr(torch._C, "_nativert", None), ("PyModelRunner",), "torch.export"),
    (
        getattr(torch._C, "_aoti", None),
        ("AOTIModelPackageLoader", "AOTIModelContainerRunnerCpu", "AOTIModelContainerRunnerCuda"),
        "AOTInductor",
    ),
)
_RUNNING = ("__call__", "forward", "run", "run_method", "boxed_run", "runAsync")


def eager_places() -> Iterator[tuple[dict[str, Any], str, Callable]]:
    """Yield what has `torch.compile` leave code as it is: a namespace, a name, what replaces it."""
    yield vars(torch), "compile", _compile
    dynamo = vars(sys.modules.get("torch._dynamo.eval_frame", object))
    if "_callback_from_stance" in dynamo:
        yield dynamo, "_callback_from_stance", _do_not_compile


def _compile(model: Callable | None = None, **options: Any) -> Callable:
    return (lambda model: model) if model is None else model


def _do_not_compile(callback: Any) -> None:
    """Do what torch.compiler.set_stance('force_eager') has it do, but in one thread."""


def _run_source() -> None:
    kind: Any = torch._C.ScriptFunction
    call = kind.__call__

    def watched(compiled: torch._C.ScriptFunction, *args: Any, **kwargs: Any) -> Any:
        source = getattr(compiled, "_torchdynamo_inline", None)
        if held.guards() and source is not None:
            return source(*args, **kwargs)
        if held.guards():
            held.refuse(f"{compiled.name}, compiled by TorchScript")
        return call(compiled, *args, **kwargs)

    kind.__call__ = watched


def _watch_runners() -> None:
    for module, kinds, compiler in _COMPILERS:
        for kind in [getattr(module, name, None) for name in kinds]:
            for name in _RUNNING:
                held.watch(kind, name, _refusal(compiler))


def _refusal(compiler: str) -> Callable[..., None]:
    def see(compiled: Any, *args: Any, **kwargs: Any) -> None:
        name = getattr(compiled, "name", type(compiled).__name__)
        held.refuse(f"{name}, compiled by {compiler}")

    return see


_run_source()
_watch_runners()
