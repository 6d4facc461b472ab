"""Compare a result with the expected one and say in words how they differ."""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rcnn_course.checks.engine.patterns import pattern
from rcnn_course.checks.engine.plain import plain_tensor


class Mismatch(Exception):
    """A result that differs from the expected one; its text says where and how.

    Args:
        text: says where and how.
        place: what differs, such as 'The result[0]', or ''.
        found: what stands there, or ''.
        expected: what should stand there, or ''.
        pattern: returns what holds of all that differs, or ''; asked only where the text is read.
    """

    def __init__(
        self,
        text: str,
        *,
        place: str = "",
        found: str = "",
        expected: str = "",
        pattern: Callable[[], str] = str,
    ):
        super().__init__(text)
        self.place, self.found, self.expected = place, found, expected
        self._pattern = pattern

    def __str__(self) -> str:
        """Return the text, with the pattern behind it."""
        return f"{super().__str__()} {self._pattern()}".rstrip()


def compare(found: Any, expected: Any, *, where: str, rtol: float, atol: float) -> float:
    """Compare a result, tensors or nested containers of tensors, with the expected one.

    Args:
        found: what the student's work returned.
        expected: what the reference returned.
        where: what is compared, for the message, such as 'the result'.
        rtol: relative tolerance for floating-point values.
        atol: absolute tolerance for floating-point values.

    Returns:
        The largest absolute difference between corresponding numbers.

    Raises:
        Mismatch: If type, keys, length, shape, dtype, device or values differ.
    """
    if isinstance(expected, Tensor):
        return _compare_tensors(found, expected, where, rtol, atol)
    if isinstance(expected, Mapping):
        _require_type(found, Mapping, "a dictionary", where)
        if [(type(key), key) for key in found] != [(type(key), key) for key in expected]:
            raise _mismatch(where, "has the keys", list(found), list(expected))
        parts = [(found[key], expected[key], f"{where}[{key!r}]") for key in expected]
    elif isinstance(expected, Sequence) and not isinstance(expected, str):
        _require_type(found, Sequence, f"a {type(expected).__name__}", where)
        if len(found) != len(expected):
            raise Mismatch(
                f"{where} has {len(found)} entries, expected {len(expected)}.",
                place=where,
                found=f"{len(found)} entries",
                expected=f"{len(expected)} entries",
            )
        parts = [(found[i], expected[i], f"{where}[{i}]") for i in range(len(expected))]
    elif isinstance(expected, bool | str | None):
        if type(found) is not type(expected) or found != expected:
            raise _mismatch(where, "is", repr(found), repr(expected))
        return 0.0
    else:
        return _compare_numbers(found, expected, where, rtol, atol)
    return max((compare(f, e, where=w, rtol=rtol, atol=atol) for f, e, w in parts), default=0.0)


def equal(found: Any, expected: Any, *, rtol: float = 1e-5, atol: float = 1e-6) -> bool:
    """Tell whether `compare` finds no difference."""
    try:
        compare(found, expected, where="", rtol=rtol, atol=atol)
    except Mismatch:
        return False
    return True


def _require_type(found: Any, kind: type, name: str, where: str) -> None:
    if not isinstance(found, kind) or isinstance(found, str):
        raise _mismatch(where, "is", _type_of(found), name)


def _mismatch(
    where: str, verb: str, found: Any, expected: Any, pattern: Callable[[], str] = str
) -> Mismatch:
    found = textwrap.shorten(str(found), 200)
    text = f"{where} {verb} {found}, expected {expected}."
    return Mismatch(text, place=where, found=str(found), expected=str(expected), pattern=pattern)


def _type_of(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return "a NumPy array"
    if type(value) is Tensor and not value.is_nested:
        return f"a tensor of shape {list(value.shape)}"
    return f"a value of type {type(value).__name__}"


def _compare_numbers(found: Any, expected: float, where: str, rtol: float, atol: float) -> float:
    if isinstance(found, Tensor) and found.ndim == 0 and found.device.type == "cpu":
        found = found.item()
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise _mismatch(where, "is", _type_of(found), "a number")
    try:
        found = float(found)
    except OverflowError:
        raise _mismatch(where, "is", "a huge number", f"{expected:.6g}") from None
    difference = abs(found - expected)
    if not difference <= atol + rtol * abs(expected):
        raise _mismatch(where, "is", f"{found:.6g}", f"{expected:.6g}")
    return difference


def _compare_tensors(found: Any, expected: Tensor, where: str, rtol: float, atol: float) -> float:
    found = _plain(found, where)
    if found.layout != torch.strided or found.is_nested:
        raise _mismatch(where, "is", _layout(found), "an ordinary tensor")
    if found.shape != expected.shape:
        said: Callable[[], str] = str
        if (found.dtype, found.device) == (expected.dtype, expected.device):
            said = partial(pattern, found.detach(), expected.detach(), rtol=rtol, atol=atol)
        raise _mismatch(where, "has the shape", list(found.shape), list(expected.shape), said)
    if found.dtype != expected.dtype:
        raise _mismatch(where, "has the dtype", found.dtype, expected.dtype)
    if found.device != expected.device:
        raise _mismatch(where, "is on", found.device, f"on {expected.device}")
    found, expected = found.detach(), expected.detach()
    close = torch.isclose(found, expected, rtol=rtol, atol=atol, equal_nan=True)
    if not bool(close.all()):
        raise _mismatch_of_values(found, expected, ~close, where, rtol, atol)
    if expected.numel() == 0:
        return 0.0
    return float(torch.nan_to_num(found.double() - expected.double()).abs().max())


def _layout(found: Tensor) -> str:
    return "a nested tensor" if found.is_nested else f"a tensor of layout {found.layout}"


def _plain(found: Any, where: str) -> Tensor:
    """Return a tensor without what a class of its own, such as a `tv_tensors.Mask`, adds to it."""
    plain = plain_tensor(found)
    if plain is None:
        raise _mismatch(where, "is", _type_of(found), "a torch.Tensor")
    return plain


def _mismatch_of_values(
    found: Tensor, expected: Tensor, wrong: Tensor, where: str, rtol: float, atol: float
) -> Mismatch:
    if wrong.ndim == 0:
        return _mismatch(where, "is", _number(found), _number(expected))
    first = wrong.nonzero()[0].tolist()
    given, wanted = _number(found[tuple(first)]), _number(expected[tuple(first)])
    text = (
        f"{where} differs at {int(wrong.sum())} of {wrong.numel()} places; the first is "
        f"{first}: found {given}, expected {wanted}."
    )
    said = partial(pattern, found, expected, rtol=rtol, atol=atol)
    return Mismatch(text, place=f"{where}{first}", found=given, expected=wanted, pattern=said)


def _number(value: Tensor) -> str:
    return f"{value.item():.6g}" if value.is_floating_point() else str(value.item())
