"""Numbers: those in a value of any form, and the same value with others."""

from contextlib import suppress
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.wanted import Numbers


def numbers_of(value: Any) -> Numbers:
    """Return all numbers in a value, one after the other."""
    leaves = [_numbers(leaf) for leaf in pytree.tree_leaves(value) if _is_number(leaf)]
    return np.concatenate(leaves) if leaves else np.zeros(0)


def floats_of(value: Any) -> Numbers:
    """Return the numbers in a value that may be any, one after the other."""
    return numbers_of([leaf for leaf in pytree.tree_leaves(value) if _is_float(leaf)])


def with_floats(value: Any, numbers: Numbers) -> Any:
    """Return a value with other numbers."""
    leaves, form = pytree.tree_flatten(value)
    for index, leaf in enumerate(leaves):
        if _is_float(leaf):
            size = len(_numbers(leaf))
            leaves[index] = _like(leaf, numbers[:size])
            numbers = numbers[size:]
    return pytree.tree_unflatten(leaves, form)


def _is_number(leaf: Any) -> bool:
    if isinstance(leaf, Tensor):
        return not leaf.is_complex()
    return isinstance(leaf, np.ndarray | np.number | int | float)


def _is_float(leaf: Any) -> bool:
    if isinstance(leaf, Tensor):
        return leaf.is_floating_point()
    if isinstance(leaf, np.ndarray | np.number):
        return leaf.dtype.kind == "f"
    return isinstance(leaf, float)


def _numbers(leaf: Any) -> Numbers:
    if isinstance(leaf, Tensor):
        leaf = leaf.detach().double().numpy()
    return np.asarray(leaf, dtype=np.float64).reshape(-1)


def _like(leaf: Any, numbers: Numbers) -> Any:
    if isinstance(leaf, Tensor):
        return leaf.new_tensor(numbers).reshape(leaf.shape)
    if isinstance(leaf, np.ndarray):
        return numbers.astype(leaf.dtype).reshape(leaf.shape)
    return float(numbers[0])


def floats_for_whole(values: list[Any]) -> list[Any]:
    """Return values with a float for each that is an int."""
    return [float(value) if type(value) is int else value for value in values]


def as_large(value: Any, whole: Any) -> Any:
    """Return a value in the shape of another one, where it can be."""
    with suppress(Exception):
        if isinstance(value, Tensor):
            return value.expand(whole.shape).clone()
        return np.broadcast_to(value, whole.shape).copy()
    return value
