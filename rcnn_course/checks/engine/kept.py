"""Keeping what a student's work has returned, so that no later call changes it or runs its code."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rcnn_course.checks.engine.cases import Case
from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.plain import DEEPEST, plain_tensor, stand_in

LARGEST = 1 << 24
"""Numbers in all tensors of a result; no exercise asks for nearly as many."""

Mark = tuple[tuple[int, ...], str]
"""Shape and digest of a tensor."""

_AS_THEY_ARE = (type(None), bool, int, float, str, np.ndarray, type(...))


def keep(value: Any) -> Any:
    """Return a copy of what was `read`; in the place of other objects something of their name.

    Raises:
        Mismatch: If its tensors hold too many numbers, or none although their shape promises some.
    """
    tensors = [t for t in tensors_in(value) if type(t) is Tensor and not t.is_nested]
    if sum(tensor.numel() for tensor in tensors) > LARGEST:
        shape = list(max(tensors, key=Tensor.numel).shape)
        raise Mismatch(f"The result is far too large: a tensor in it has the shape {shape}.")
    if not all(map(_has_memory, tensors)):
        raise Mismatch("The result is a tensor whose memory was taken away.")
    return _kept(value)


def tensors_in(value: Any, deep: int = DEEPEST) -> Iterator[Tensor]:
    """Yield the tensors in a value; raise ValueError where lists are too deep within each other."""
    if deep < 0:
        raise ValueError("lists and dictionaries are too deep within each other")
    kind = type(value)
    if issubclass(kind, dict):
        value = [*value, *value.values()]
    if issubclass(kind, list | tuple | dict):
        for entry in value:
            if type(entry) not in _AS_THEY_ARE:
                yield from tensors_in(entry, deep - 1)
    elif issubclass(kind, Tensor):
        yield value


def _kept(value: Any) -> Any:
    if type(value) is dict:
        return {_kept(key): _kept(entry) for key, entry in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(_kept, value))
    if type(value) is Tensor:
        return value.detach().clone()
    return value if type(value) in _AS_THEY_ARE else stand_in(type(value).__name__)


def _has_memory(tensor: Tensor) -> bool:
    if tensor.layout != torch.strided or tensor.is_nested or tensor.is_meta or not tensor.numel():
        return True
    reach = sum((n - 1) * stride for n, stride in zip(tensor.shape, tensor.stride(), strict=True))
    needed = (tensor.storage_offset() + reach + 1) * tensor.element_size()
    return tensor.untyped_storage().nbytes() >= needed


def marks(case: Case) -> tuple[Mark, ...]:
    """Return shape and digest of each tensor among the arguments of a case.

    A student's code may have put anything into them: what cannot be read has no digest.
    """
    try:
        return tuple((tuple(tensor.shape), _digest(tensor)) for tensor in tensors_in(case.args))
    except Exception:  # of an object in a list or dictionary, or a list within itself
        return ()


def _digest(tensor: Tensor) -> str:
    plain = plain_tensor(tensor)
    if plain is None or not _has_memory(plain):
        return ""
    try:
        return hashlib.blake2b(raw_bytes(plain)).hexdigest()
    except (RuntimeError, TypeError, NotImplementedError):  # it is sparse, quantised, on no device
        return ""


def raw_bytes(tensor: Tensor) -> bytes:
    """Return the numbers of a tensor as bytes, row after row."""
    plain = tensor.detach().cpu().resolve_conj().resolve_neg()
    dense = plain.clone(memory_format=torch.contiguous_format)  # one entry may have any stride
    return dense.reshape(-1).view(torch.uint8).numpy().tobytes()
