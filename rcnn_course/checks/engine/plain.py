"""Values as Python and PyTorch know them, without what a class of a student's own does with them.

Such a class runs code whenever somebody looks at its value: the comparison, or a part that is lent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

_PLAIN = (type(None), bool, int, float, str, torch.dtype, torch.device, np.ndarray, Tensor)


def read(value: Any) -> Any:
    """Return numbers, tensors, and lists, tuples and dictionaries of them, without their classes.

    Args:
        value: whatever a student's code hands over; another object stays what it is.
    """
    if isinstance(value, Tensor):
        plain = plain_tensor(value)
        return value if plain is None else plain
    if isinstance(value, Mapping):
        return {read(key): read(entry) for key, entry in value.items()}
    if isinstance(value, tuple):
        return tuple(read(entry) for entry in value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [read(entry) for entry in value]
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
