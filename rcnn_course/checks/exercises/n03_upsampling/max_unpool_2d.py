"""Stretch goal `max_unpool_2d`: put each maximum back to where it came from.

Letters: N images, C channels, H and W rows and columns before, H' and W' after.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.upsampling import max_unpool_2d

_max_pool2d, _interpolate = F.max_pool2d, F.interpolate

_PLACE_HINT = "an index counts the cells of one map row after row: index = row * W' + column."


def _cases(normal: Draw, _: Draw) -> Cases:
    def pooled(*shape: int, kernel: int = 2, stride: int = 2) -> tuple[Tensor, Tensor, list[int]]:
        """Return what pooling a random map gives: maxima, their indices, and the map's size."""
        map_ = normal(*shape)
        values, indices = _max_pool2d(map_, kernel, stride, return_indices=True)
        return values, indices, [*shape[2:]]

    yield Case("two images with three channels", pooled(2, 3, 4, 6), hint=_PLACE_HINT)
    yield Case(
        "a last row and column that no window has reached",
        pooled(1, 2, 5, 7),
        hint="the size says how large the map was; what no maximum came from is 0.",
    )
    yield Case(
        "windows that overlap, so that one place is the maximum of several",
        pooled(1, 2, 7, 9, kernel=3),
        hint="where two windows name the same place, the value is put there once.",
    )
    yield Case("a single cell", pooled(1, 1, 2, 3))


def _upper_left(call: Call) -> Tensor:
    """Put each value into the upper left corner of a window of 2 x 2."""
    output = call.x.new_zeros(*call.x.shape[:2], *call.size)
    rows, columns = (2 * torch.arange(length) for length in call.x.shape[2:])
    output[:, :, rows[:, None], columns] = call.x
    return output


def _read_by_columns(call: Call) -> Tensor:
    height, width = call.size
    return call(indices=call.indices % height * width + call.indices // height)


def _added(call: Call) -> Tensor:
    output = call.x.new_zeros(*call.x.shape[:2], call.size[0] * call.size[1])
    output.scatter_add_(2, call.indices.flatten(2), call.x.flatten(2))
    return output.view(*call.x.shape[:2], *call.size)


MAX_UNPOOL_2D = Exercise(
    name="max_unpool_2d",
    reference=max_unpool_2d,
    source="torch.nn.functional.max_unpool2d",
    picture="map",
    is_stretch=True,
    steps=(
        "Begin with zeros of the output's size, both last axes made one: [N, C, H'W'].",
        "`scatter` puts values into places along one axis, for all images and channels at once.",
    ),
    own_cases=_cases,
    odd=Odd(length=["x", "indices"], empty=False, gradient=["x"]),
    refused=(works.UNPOOLING,),
    mistakes={
        "copied": Mistake(
            "each value fills its whole window",
            lambda call: _interpolate(call.x, call.size),
            "pooling has noted where each maximum stood: one place for each value, 0 elsewhere.",
        ),
        "upper_left": Mistake(
            "each value goes to the upper left of its window",
            _upper_left,
            "the index says where in its window the maximum stood.",
        ),
        "read_by_columns": Mistake(
            "the indices are counted column after column", _read_by_columns, _PLACE_HINT
        ),
        "first_map_only": Mistake(
            "all maps use the indices of the first one",
            lambda call: call(indices=call.indices[:1, :1].expand_as(call.indices)),
            "every channel of every image has maxima of its own.",
        ),
        "added": Mistake(
            "values at one place are added",
            _added,
            "where windows overlap, two of them name the same maximum: it is there once.",
        ),
    },
)
