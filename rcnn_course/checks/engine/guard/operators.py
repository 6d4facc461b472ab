"""Operators of PyTorch, refused whatever the road: functions, modules, `torch.ops`, TorchScript.

An operator is refused by a kernel of a dispatch key that PyTorch keeps for such uses. A thread
includes the key while it is guarded, and no other thread ever sees these kernels; so they stay for
good, and nothing changes for others when a guard opens or closes. The key comes before all that
depend on the kind of a tensor, so quantised, sparse or nested ones make no difference. PyTorch
hands the key on to the threads that it starts itself. It costs the other operators nothing.

The same kernels keep torchvision's RoI operators from regions of an image that is not there, for
which they would read foreign memory, and end the process.

Below the key lead the functions that choose a kernel themselves (`redispatch`), and those that
switch keys. They are watched, for whoever they are called with the operator or the key.
"""

import functools
import threading
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from typing import Any

import torch

from rcnn_course.checks.engine.guard import held

TRANSPOSED_CONVOLUTION = "aten::conv_transpose"
"""Stands for `aten::convolution` with `transposed=True`; plain convolution stays permitted."""

_CONVOLUTION = "aten::convolution"

_OF_REGIONS = frozenset(
    f"torchvision::{name}" for name in ("roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool")
)

_KEY_NAME = "TESTING_ONLY_GenericMode"
_KEY = torch._C._dispatch_key_parse(_KEY_NAME)
_BELOW = torch._C._dispatch_keyset_full_after(_KEY)
_PASS = torch.library.Library("_", "IMPL", _KEY_NAME)
_PASS.fallback(torch.library.fallthrough_kernel)
_include = torch._C._dispatch_tls_set_dispatch_key_included
_exclude = torch._C._dispatch_tls_set_dispatch_key_excluded
_redispatch = torch._C._DispatchOperatorHandle.redispatch_boxed
_registering = threading.Lock()


class Operators:
    """The operators that a guard refuses.

    Args:
        patterns: of operator names, such as 'torchvision::nms' or 'aten::upsample_*'.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._transposed = TRANSPOSED_CONVOLUTION in patterns
        self._names = frozenset(_matching(tuple(patterns)))
        for name in {*self._names, *_OF_REGIONS, *([_CONVOLUTION] if self._transposed else ())}:
            with _registering:
                _register(name)

    def refused(self, name: str, args: tuple) -> str:
        """Return the name of what is refused about a call of an operator, or ''."""
        if name in self._names:
            return name
        if self._transposed and name == _CONVOLUTION and args[6]:
            return TRANSPOSED_CONVOLUTION
        return ""


@functools.cache
def _matching(patterns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names, overloads included, of the operators that one of the patterns names."""
    names = torch._C._dispatch_get_all_op_names()
    return tuple(
        name
        for name in sorted(names)
        if any(fnmatch(name.partition(".")[0], pattern) for pattern in patterns)
    )


def switch(guards: tuple) -> None:
    """Have operators seen, in this thread, by exactly these guards."""
    torch._C._stash_obj_in_tls(held.KEY, guards)
    _include(_KEY, bool(guards))
    if torch._C._dispatch_tls_is_dispatch_key_excluded(_KEY):
        _exclude(_KEY, False)


def is_on() -> bool:
    """Tell whether operators are seen in this thread."""
    return torch._C._dispatch_tls_is_dispatch_key_included(
        _KEY
    ) and not torch._C._dispatch_tls_is_dispatch_key_excluded(_KEY)


def _see(name: str, args: tuple) -> None:
    for guard in held.guards() or torch._C._get_obj_in_tls(held.KEY):
        guard.see_operator(name, args)


@functools.cache
def _register(name: str) -> None:
    namespace, _, operator = name.partition("::")
    base, _, overload = operator.partition(".")

    def kernel(keys: torch._C.DispatchKeySet, *args: Any, **kwargs: Any) -> Any:
        _see(name, args)
        if name in _OF_REGIONS:
            _require_images(name, *args[:2])
        packet = getattr(getattr(torch.ops, namespace), base)
        handle = getattr(packet, overload or "default")._handle
        return _redispatch(handle, keys & _BELOW, *args, **kwargs)

    _library(namespace).m.impl(name, _KEY_NAME, kernel, True)


def _require_images(name: str, maps: torch.Tensor, regions: torch.Tensor) -> None:
    """Raise IndexError where a region [image, x1, y1, x2, y2] lies in none of the images."""
    if maps.dim() == 4 and regions.dim() == 2 and regions.shape[1] == 5:
        images = regions[:, 0]
        outside = images[~((images >= 0) & (images < len(maps)))]
        if len(outside):
            raise IndexError(
                f"{name.partition('::')[2]} got a region of image {outside[0].item():g}, but maps "
                f"of {len(maps)} images, which are numbered from 0"
            )


@functools.cache
def _library(namespace: str) -> Any:
    return torch.library.Library(namespace, "IMPL", _KEY_NAME)


def _see_handle(handle: Any, keys: Any, *args: Any, **kwargs: Any) -> None:
    schema = handle.schema()
    _see(_full_name(schema.name, schema.overload_name), args)


def _full_name(name: str, overload: str) -> str:
    return f"{name}.{overload}" if overload else name


def _see_overload(overload: Any, keys: Any, *args: Any, **kwargs: Any) -> None:
    _see(overload.name(), args)


def _see_kernel(*args: Any, **kwargs: Any) -> None:
    held.refuse("a kernel of PyTorch's dispatcher")


def _see_key(*args: Any, **kwargs: Any) -> None:
    keys = [arg for arg in args if isinstance(arg, torch._C.DispatchKey)]
    sets = [arg for arg in args if isinstance(arg, torch._C.DispatchKeySet)]
    if _KEY in keys or any(keyset.has(_KEY) for keyset in sets):
        held.refuse("a switch of PyTorch's dispatch keys")


def _see_forced_keys(guard: Any, included: Any, excluded: Any) -> None:
    if excluded.has(_KEY) or not included.has(_KEY):
        held.refuse("a switch of PyTorch's dispatch keys")


def _watch_choice_of_kernels() -> None:
    """Have the functions seen that call an operator's kernel for a key: `OpOverload._op_dk`."""
    find = torch._C._get_operation_overload

    def found(name: str, overload: str) -> tuple | None:
        if (operation := find(name, overload)) is None:
            return None
        call, call_kernel, tags = operation
        return call, _seen_kernels(_full_name(name, overload), call_kernel), tags

    vars(torch._C)["_get_operation_overload"] = found
    for namespace in list(vars(torch.ops).values()):
        for packet in list(getattr(namespace, "__dict__", {}).values()):
            for overload in list(getattr(packet, "__dict__", {}).values()):
                if isinstance(overload, torch._ops.OpOverload):
                    overload._op_dk = _seen_kernels(overload.name(), overload._op_dk)


def _seen_kernels(name: str, call: Callable) -> Callable:
    def seen(key: torch._C.DispatchKey, *args: Any, **kwargs: Any) -> Any:
        if held.guards():
            _see(name, args)
        return call(key, *args, **kwargs)

    return seen


_watch_choice_of_kernels()
held.watch(torch._C._DispatchOperatorHandle, "redispatch_boxed", _see_handle)
held.watch(torch._ops.OpOverload, "redispatch", _see_overload)
held.watch(getattr(torch._C, "_SafeKernelFunction", None), "call_boxed", _see_kernel)
for _name in ("included", "excluded"):
    held.watch(torch._C, f"_dispatch_tls_set_dispatch_key_{_name}", _see_key)
for _name in ("ExcludeDispatchKeyGuard", "_ExcludeDispatchKeyGuard", "_SetExcludeDispatchKeyGuard"):
    held.watch(getattr(torch._C, _name, None), "__init__", _see_key)
held.watch(torch._C._ForceDispatchKeyGuard, "__init__", _see_forced_keys)
