"""Values as Python and PyTorch know them, without what a class of a student's own does with them.

Such a class runs code whenever somebody looks at its value: the comparison, or a part that is lent.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

MOST, DEEPEST = 5_000, 8
"""Entries that are read of lists, and lists within each other; exercises need far fewer."""

_PLAIN = (type(None), bool, int, float, str, torch.dtype, torch.device, np.ndarray, Tensor)


def read(value: Any) -> Any:
    """Return numbers, tensors, and lists, tuples and dictionaries of them, without their classes.

    Args:
        value: whatever a student's code hands over; another object stays what it is.

    Raises:
        ValueError: If there are more than `MOST` entries, or lists deeper than `DEEPEST`.
    """
    return _read(value, iter(range(MOST)), DEEPEST)


def _read(value: Any, left: Iterator[int], deep: int) -> Any:
    """Read a value with one step of `left` for each entry."""
    if next(left, None) is None or deep < 0:
        raise ValueError("there are too many entries in lists and dictionaries")
    if isinstance(value, Tensor):
        plain = plain_tensor(value)
        return value if plain is None else plain
    if isinstance(value, Mapping):
        pairs = value.items()
        return {_read(key, left, deep - 1): _read(one, left, deep - 1) for key, one in pairs}
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        if len(value) > MOST:
            raise ValueError(f"a list has {len(value)} entries")
        kind = tuple if isinstance(value, tuple) else list
        return kind(_read(entry, left, deep - 1) for entry in value)
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


def plain_tensor(value: Any) -> Tensor | None:
    """Return a tensor without what its class adds; None for others and where it dispatches."""
    kind = type(value)
    if kind is Tensor:
        return value
    if not issubclass(kind, Tensor) or kind.__torch_dispatch__ != Tensor.__torch_dispatch__:
        return None
    with torch._C.DisableTorchFunctionSubclass():
        return Tensor.as_subclass(value, Tensor)


def is_plain(value: Any) -> bool:
    """Tell whether no code of a student runs where a value that was `read` is used."""
    if type(value) is dict:
        return all(is_plain(entry) for pair in value.items() for entry in pair)
    if type(value) in (list, tuple):
        return all(is_plain(entry) for entry in value)
    return type(value) in _PLAIN


def stand_in(name: str) -> Any:
    """Return an object that is of use for nothing but its type's name."""
    return type(name, (), {})()
