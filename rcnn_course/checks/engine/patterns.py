"""Patterns: how a wrong tensor differs from the expected one, where that can be said exactly."""

from collections.abc import Callable

import torch
from torch import Tensor

_Close = Callable[[Tensor, Tensor], Tensor]
"""Tells where two tensors are equal within the tolerance of an exercise."""

_MOST = 4_000_000
"""Pairs of numbers that are compared to find rows in another order."""


def pattern(found: Tensor, expected: Tensor, *, rtol: float, atol: float) -> str:
    """Return what holds of every wrong number of a tensor, in a sentence, or ''.

    Args:
        found: what came; it differs from `expected`.
        expected: what should have come, of the same dtype.
        rtol: relative tolerance.
        atol: absolute tolerance.
    """
    if found.is_complex() or expected.numel() < 3:
        return ""
    found, expected = found.double(), expected.double()

    def close(one: Tensor, other: Tensor) -> Tensor:
        return torch.isclose(one, other, rtol=rtol, atol=atol, equal_nan=True)

    if found.shape != expected.shape:
        return _transposed(found, expected, close)
    return next(filter(None, (say(found, expected, close) for say in _PATTERNS)), "")


def _transposed(found: Tensor, expected: Tensor, close: _Close) -> str:
    if found.ndim < 2 or found.mT.shape != expected.shape:
        return ""
    is_transposed = bool(close(found.mT, expected).all())
    return "It is transposed: rows stand where columns should." if is_transposed else ""


def _constant(found: Tensor, expected: Tensor, close: _Close) -> str:
    first = found.flatten()[0]
    if not bool((found == first).all()) or bool((expected == expected.flatten()[0]).all()):
        return ""
    return f"Every number is {first.item():.6g}, whatever the input."


def _in_another_order(found: Tensor, expected: Tensor, close: _Close) -> str:
    """Say so where each row of one is one row of the other."""
    rows = len(expected) if expected.ndim else 0
    if rows < 2 or rows * expected.numel() > _MOST or expected.unique().numel() < 3:
        return ""
    pairs = close(found.reshape(rows, 1, -1), expected.reshape(1, rows, -1)).all(dim=2)
    of_found, of_expected = pairs.sum(1), pairs.sum(0)
    is_matched = bool(of_found.all()) and bool(of_expected.all())
    if not is_matched or bool((pairs & (of_found[:, None] != of_expected)).any()):
        return ""
    return "The rows are the right ones, but they stand in another order."


def _shifted(found: Tensor, expected: Tensor, close: _Close) -> str:
    for dim, size in enumerate(found.shape):
        if size < 3:
            continue
        for start, other, where in ((1, 0, "later"), (0, 1, "earlier")):
            moved = close(found.narrow(dim, start, size - 1), expected.narrow(dim, other, size - 1))
            if bool(moved.all()):
                return f"Everything stands one place {where} than it should, along dimension {dim}."
    return ""


def _too_large(found: Tensor, expected: Tensor, close: _Close) -> str:
    by = (found - expected).flatten()[0]
    if not bool(by.isfinite()) or not bool(close(found, expected + by).all()):
        return ""
    return f"Every number is too {'large' if by > 0 else 'small'} by {by.abs().item():.4g}."


def _multiplied(found: Tensor, expected: Tensor, close: _Close) -> str:
    largest = expected.abs().nan_to_num(0, 0, 0).argmax()
    factor = found.flatten()[largest] / expected.flatten()[largest]
    if not bool(factor.isfinite()) or factor == 0 or int((expected != 0).sum()) < 3:
        return ""
    if not bool(close(found, factor * expected).all()):
        return ""
    if factor == -1:
        return "Every number has the opposite sign."
    return f"Every number is {factor.item():.4g} times the expected one."


def _first_or_last(found: Tensor, expected: Tensor, close: _Close) -> str:
    if not expected.ndim or len(expected) < 3 or not expected[0].numel():
        return ""
    is_right = close(found, expected).reshape(len(expected), -1).all(dim=1)
    what = "row" if expected.ndim > 1 else "number"
    if bool(is_right[0]) and not bool(is_right[1:].any()):
        return f"Only the first {what} is right."
    if bool(is_right[:-1].all()):
        return f"Only the last {what} is wrong."
    return ""


_PATTERNS = (
    _constant,
    _transposed,
    _in_another_order,
    _shifted,
    _too_large,
    _multiplied,
    _first_or_last,
)
"""From the most to the least special: the first that fits is said."""
