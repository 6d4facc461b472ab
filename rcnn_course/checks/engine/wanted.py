"""Wanted values: the numbers that a part of an answer would have to give to make the whole right.

The whole is run with other numbers in the place of the part. Where each number of the result
follows one of them, secants lead to those that are wanted.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Run = Callable[[Numbers], Numbers | None]
"""Returns the numbers of a result for those of a part, or None where there is no result."""

_ROUNDS = 12
_MUCH_LESS = 0.01
_LARGEST = 4000
"""Numbers of a part that are looked for."""
_RELATIVE, _ABSOLUTE = 1e-4, 1e-5


class Wanted(NamedTuple):
    """The numbers that a part should give.

    Attributes:
        numbers (n,): of the part.
        is_known (n,): which of them the result tells; the others may be what they like.
    """

    numbers: Numbers
    is_known: NDArray[np.bool_]


def starts_from(numbers: Numbers) -> tuple[Numbers, ...]:
    """Return numbers that secants may start from."""
    return numbers, np.abs(numbers) + 0.5, 5 * np.abs(numbers) + 2


def wanted(
    run: Run, starts: Iterable[Numbers], target: Numbers, *, enough: int = 2
) -> Wanted | None:
    """Return the numbers with which a run gives its target, or None where none are found.

    Args:
        run: the whole, with other numbers in the place of the part.
        starts (n,): numbers of the part to start from.
        target (m,): the numbers of a right result.
        enough: starts that lead to numbers; where they lead to others, the result does not tell.
    """
    all_found = []
    with np.errstate(all="ignore"):
        for first in starts:
            before = run(first) if 0 < len(first) <= _LARGEST else None
            if before is not None and before.shape == target.shape:
                found = _from(first, before, run, target)
                all_found += [found] if found else []
            if len(all_found) == enough:
                break
    if not all_found:
        return None
    numbers = all_found[0].numbers
    agree = [found.is_known & are_close(found.numbers, numbers) for found in all_found]
    is_known = np.logical_and.reduce(agree)
    return Wanted(numbers, is_known) if is_known.any() else None


def are_close(found: Numbers, other: Numbers) -> NDArray[np.bool_]:
    """Tell which numbers are equal, up to what secants leave."""
    return np.isclose(found, other, rtol=10 * _RELATIVE, atol=10 * _ABSOLUTE, equal_nan=True)


def _is_target(found: Numbers, target: Numbers) -> NDArray[np.bool_]:
    return np.isclose(found, target, rtol=_RELATIVE, atol=_ABSOLUTE, equal_nan=True)


def _from(start: Numbers, before: Numbers, run: Run, target: Numbers) -> Wanted | None:
    step = 0.01 * np.abs(start) + 0.01
    after = run(start + step)
    if after is None or after.shape != target.shape:
        return None
    has_moved = _are_other(after, before)
    if not (has_moved | _is_target(before, target)).all():
        return None
    owners = _owners(start, step, before, run)
    if owners is None:
        return None
    rows = np.full(len(start), -1)
    by_strength = np.argsort(np.nan_to_num(np.abs(after - before)))
    for row in by_strength[has_moved[by_strength] & (owners[by_strength] < len(start))]:
        rows[owners[row]] = row
    return _by_secants(start, start + step, before, after, rows, run, target)


def _are_other(found: Numbers, other: Numbers) -> NDArray[np.bool_]:
    return ~((found == other) | (np.isnan(found) & np.isnan(other)))


def _owners(start: Numbers, step: Numbers, before: Numbers, run: Run) -> NDArray | None:
    """Return the number that each number of the result follows, told by the bits of its index."""
    indices = np.arange(len(start))
    owners = np.zeros(len(before), dtype=int)
    for bit in range((len(start) - 1).bit_length()):
        after = run(start + step * (indices >> bit & 1))
        if after is None or after.shape != before.shape:
            return None
        owners |= _are_other(after, before).astype(int) << bit
    return owners


def _by_secants(
    now: Numbers,
    earlier: Numbers,
    result: Numbers,
    earlier_result: Numbers,
    rows: NDArray,
    run: Run,
    target: Numbers,
) -> Wanted | None:
    is_known = rows >= 0
    is_inverse = np.zeros(len(now), dtype=bool)  # a hyperbola: the inverse of a result is straight
    slopes = inverse_slopes = np.ones(len(now))
    for _ in range(_ROUNDS):
        distances = now - earlier
        slopes = _known((result - earlier_result)[rows] / distances, slopes)
        inverse = (1 / result - 1 / earlier_result)[rows] / distances
        inverse_slopes = _known(inverse, inverse_slopes)
        longest = 2 * np.abs(now) + 1
        steps = (target - result)[rows] / slopes
        inverse_steps = (1 / target - 1 / result)[rows] / inverse_slopes
        steps = np.where(is_inverse & np.isfinite(inverse_steps), inverse_steps, steps)
        steps = np.where(is_known, np.clip(steps, -longest, longest), 0.0)
        straight = result[rows] + slopes * steps
        hyperbolic = 1 / (1 / result[rows] + inverse_slopes * steps)
        earlier, earlier_result = now, result
        now = now + steps
        after = run(now)
        if after is None or after.shape != target.shape:
            return None
        result = after
        miss, hyperbolic_miss = np.abs(result[rows] - [straight, hyperbolic])
        is_inverse = hyperbolic_miss < _MUCH_LESS * miss
        if _is_target(result, target).all():
            now = now + np.where(is_known, (target - result)[rows] / slopes, 0.0)
            return Wanted(now, is_known & _is_told(now, result, slopes, rows, run))
    return None


def _known(found: Numbers, before: Numbers) -> Numbers:
    """Return slopes, and those of before where there are none."""
    return np.where(np.isfinite(found) & (found != 0), found, before)


def _is_told(
    numbers: Numbers, result: Numbers, slopes: Numbers, rows: NDArray, run: Run
) -> NDArray[np.bool_]:
    """Tell which numbers the result follows in both directions, not only up to a bound."""
    step = 0.01 * np.abs(numbers) + 0.01
    is_told = np.ones(len(numbers), dtype=bool)
    for other in (numbers + step, numbers - step):
        after = run(other)
        if after is not None and after.shape == result.shape:
            is_told &= np.abs(after - result)[rows] > 0.1 * np.abs(slopes) * step
    return is_told
