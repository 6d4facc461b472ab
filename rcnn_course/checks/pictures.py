"""Pictures: a wrong result beside the expected one, where they say more than numbers do.

A notebook shows one below the text of a failed check. Nothing of it is drawn where nobody looks:
in a terminal, under Validate, in grading.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from IPython import get_ipython
from torch import Tensor

from rcnn_course.checks.engine.compare import equal
from rcnn_course.checks.engine.report import is_read
from rcnn_course.checks.engine.settings import default_settings
from rcnn_course.checks.steps import Examination

if TYPE_CHECKING:  # matplotlib is loaded when something is drawn
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Alike = Callable[[Any, Any], bool]
"""Tells whether two results are equal within the tolerance of an exercise."""

Pair = tuple[Tensor, Tensor]
"""What was found, and what was expected."""

SIDE, CELLS = 4, 24
"""Numbers along a side, and cells of a map, that a picture has at least."""

MOST_BOXES = 4
"""Boxes that can be told apart in one picture, yours and the expected ones."""


@dataclass(frozen=True)
class Picture:
    """What is drawn of a wrong result.

    Attributes:
        kind: as `Exercise.picture`.
        shown: the arguments of the function that draws it.
        caption: which case it is.
    """

    kind: str
    shown: tuple[Any, ...]
    caption: str

    def draw(self) -> "Axes | Figure":
        """Draw it."""
        from rcnn_course.draw.overlays import differences

        functions: dict[str, Callable[..., Axes | Figure]] = {
            "map": differences.draw_map_difference,
            "curve": differences.draw_curve_difference,
            "boxes": differences.draw_box_difference,
            "heatmap": differences.draw_peak_difference,
        }
        return functions[self.kind](*self.shown)


def show_below(examination: Examination) -> None:
    """Have a notebook show the first case that is wrong, below the error that ends the cell."""
    picture = picture_of(examination) if is_read() and _runs_cells() else None
    if picture is None:
        return
    shell = get_ipython()

    def show() -> None:
        if _runs_cells():  # and this is no end of something that a subshell has run
            shell.events.unregister("post_execute", show)
            _show(picture)

    shell.events.register("post_execute", show)


def _runs_cells() -> bool:
    """Tell whether this is the thread that runs a notebook's cells."""
    return threading.current_thread() is threading.main_thread()


@default_settings()
def _show(picture: Picture) -> None:
    """Display a picture; what cannot be drawn is left out, since the text has said everything."""
    from rcnn_course.draw.base import figures

    with contextlib.suppress(Exception):
        figures.show(picture.draw(), caption=picture.caption)


def picture_of(examination: Examination) -> Picture | None:
    """Return the picture of the first case that is wrong; None where numbers say as much."""
    exercise, failed = examination.exercise, examination.failure
    if failed is None or failed[1].result is None or not exercise.picture:
        return None
    number, failure = failed
    alike = partial(equal, rtol=exercise.rtol, atol=exercise.atol)
    pair = _first_different(failed[1].result.value, examination.expected[number].value, alike)
    if pair is None or not all(_is_drawable(tensor) for tensor in pair):
        return None
    found, expected = (tensor.detach().cpu().float() for tensor in pair)
    shown = _SELECT[exercise.picture](found, expected, alike, failure.case.args)
    words = f"{exercise.name}, case {number + 1}: {failure.case.what}"
    return Picture(exercise.picture, shown, words) if shown else None


def _first_different(found: Any, expected: Any, alike: Alike) -> Pair | None:
    """Return the first tensors at the same place of two results that differ."""
    if isinstance(expected, Tensor):
        return (found, expected) if isinstance(found, Tensor) else None
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        parts = [(found.get(key), value) for key, value in expected.items()]
    elif isinstance(expected, list | tuple) and isinstance(found, list | tuple):
        parts = list(zip(found, expected, strict=False))
    else:
        return None
    different = (pair for pair in parts if not alike(*pair))
    return next((_first_different(*pair, alike) for pair in different), None)


def _is_drawable(tensor: Tensor) -> bool:
    is_plain = tensor.layout == torch.strided and not tensor.is_complex()
    return is_plain and tensor.numel() > 0 and bool(tensor.isfinite().all())


def _slices(found: Tensor, expected: Tensor, sides: int, alike: Alike) -> Pair | None:
    """Return the first slices of the last dimensions that differ and are not small."""
    shape = expected.shape[-sides:]
    if found.shape != expected.shape or expected.ndim < sides or min(shape) < SIDE:
        return None
    pairs = zip(found.reshape(-1, *shape), expected.reshape(-1, *shape), strict=True)
    return next((pair for pair in pairs if not alike(*pair)), None)


def _map(found: Tensor, expected: Tensor, alike: Alike, _: Sequence) -> tuple | None:
    pair = _slices(found, expected, 2, alike)
    return pair if pair and pair[0].numel() >= CELLS else None


def _curve(found: Tensor, expected: Tensor, alike: Alike, _: Sequence) -> tuple | None:
    return _slices(found, expected, 1, alike)


def _boxes(found: Tensor, expected: Tensor, alike: Alike, _: Sequence) -> tuple | None:
    if any(boxes.ndim != 2 or boxes.shape[1] != 4 for boxes in (found, expected)):
        return None
    longer = range(max(len(found), len(expected)))
    rows = [row for row in longer if not alike(found[row : row + 1], expected[row : row + 1])]
    return found, expected, rows[:MOST_BOXES]


def _heatmap(found: Tensor, expected: Tensor, alike: Alike, args: Sequence) -> tuple | None:
    if found.shape != expected.shape or expected.ndim != 3:
        return None
    heatmaps, boxes = args[:2]
    for box, heatmap in np.ndindex(*expected.shape[:2]):
        places = found[box, heatmap, :2], expected[box, heatmap, :2]
        if not alike(*places):
            return heatmaps[box, heatmap], boxes[box], *places
    return None


_SELECT = {"map": _map, "curve": _curve, "boxes": _boxes, "heatmap": _heatmap}
"""What is shown of two tensors that differ, by `Exercise.picture`."""
