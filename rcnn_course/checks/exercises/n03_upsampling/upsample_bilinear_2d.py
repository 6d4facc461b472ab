"""Exercise `upsample_bilinear_2d`: every output pixel mixes four input cells."""

import torch.nn.functional as F
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n03_upsampling import reading
from rcnn_course.reference.upsampling import upsample_bilinear_2d, upsample_linear_1d

_interpolate = F.interpolate
_FOUR_HINT = (
    "four cells are mixed, in two rows found by H and height and two columns found by W and width; "
    "their weights add up to 1."
)


def _cases(normal: Draw, _: Draw) -> Cases:
    for align_corners in (False, True):
        yield Case(
            f"a map of 2 x 3 cells to 4 x 6, align_corners={align_corners}",
            (normal(1, 1, 2, 3), (4, 6), align_corners),
            hint=reading.ENDS_HINT if align_corners else reading.HALF_CELL_HINT,
            also=(_FOUR_HINT,),
        )
    for align_corners in (False, True):
        yield Case(
            f"two images with three channels, 3 x 4 to 7 x 5, align_corners={align_corners}",
            (normal(2, 3, 3, 4), (7, 5), align_corners),
            hint=reading.HEIGHT_FIRST_HINT,
            also=(*reading.rule(align_corners), _FOUR_HINT),
        )
    yield Case(
        "the size as one number, and nothing said of corners",
        (normal(1, 2, 3, 5), 7),
        hint="one number stands for height and width, and align_corners is False by default.",
        also=(*reading.rule(False), _FOUR_HINT),
    )
    yield Case(
        "7 x 3 cells to 3 x 7",
        (normal(1, 2, 7, 3), (3, 7)),
        hint=reading.HEIGHT_FIRST_HINT,
        also=(*reading.rule(False), _FOUR_HINT),
    )
    yield Case("a single cell to 2 x 3", (normal(1, 2, 1, 1), (2, 3)))
    yield Case(
        "4 x 5 cells to one, align_corners=True",
        (normal(1, 2, 4, 5), 1, True),
        hint="with one output there is no last one to tie down: it reads cell 0.",
        also=reading.rule(True),
    )
    yield Case(
        "5 x 4 cells to 2 x 3, align_corners=True",
        (normal(1, 2, 5, 4), (2, 3), True),
        hint=reading.ENDS_HINT,
        also=(_FOUR_HINT,),
    )


def _mixed_along(call: Call, axis: int) -> Tensor:
    """Mix along one axis and copy along the other."""
    pairs = reading.sizes(call)
    size = tuple(pair[1] if i == axis else pair[0] for i, pair in enumerate(pairs, 2))
    return _interpolate(call(size=size), size=call.size)


_BORDER_HINT = "a place outside the map is first moved to its nearest border."
_BOTH_HINT = "mix in both directions: along y between rows, along x between columns."

UPSAMPLE_BILINEAR_2D = Exercise(
    name="upsample_bilinear_2d",
    reference=upsample_bilinear_2d,
    source="torch.nn.functional.interpolate",
    picture="map",
    steps=(
        "Bilinear is linear twice: first along the rows, then along the columns.",
        "Your upsample_linear_1d resizes the last dimension of [N, C, L]; fold the others "
        "together for it.",
        "For the other direction exchange height and width, resize, and exchange them back.",
    ),
    own_cases=_cases,
    odd=Odd(length=["input"], empty=False, of=2),
    refused=(works.INTERPOLATION, works.POINT_SAMPLING),
    lends={"upsample_linear_1d": upsample_linear_1d},
    mistakes={
        "height_and_width_swapped": reading.HEIGHT_AND_WIDTH_SWAPPED,
        "never_tied": Mistake(
            "align_corners=True makes no difference",
            lambda call: call(align_corners=False),
            "pass it on to both directions.",
        ),
        "always_tied": reading.ALWAYS_TIED,
        "tied_inverted": reading.TIED_INVERTED,
        "half_cells_forgotten": reading.HALF_CELLS_FORGOTTEN,
        "ends_not_tied": Mistake(
            "with align_corners=True, size is used where size - 1 belongs",
            reading.ends_not_tied,
            "between H' rows there are H' - 1 steps: the last one must reach H - 1.",
        ),
        "half_cell_too_far": reading.HALF_CELL_TOO_FAR,
        "first_continued": Mistake(
            "the slope is continued beyond the first row and column",
            lambda call: reading.continued(call, both_ends=False),
            _BORDER_HINT,
        ),
        "fading": Mistake("the map fades to zero outside its border", reading.fading, _BORDER_HINT),
        "only_rows_mixed": Mistake(
            "only the rows are mixed", lambda call: _mixed_along(call, 2), _BOTH_HINT
        ),
        "only_columns_mixed": Mistake(
            "only the columns are mixed", lambda call: _mixed_along(call, 3), _BOTH_HINT
        ),
        "copied": Mistake(
            "each output copies one cell",
            lambda call: _interpolate(call.input, size=call.size),
            "bilinear mixes the four cells around a place, by their distances.",
        ),
    },
)
