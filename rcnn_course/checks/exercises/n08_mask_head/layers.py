"""What the two exercises on the mask head's layers share: their cases."""

from collections.abc import Callable

from torch import nn

from rcnn_course.checks.engine.exercise import Cases, Draw
from rcnn_course.checks.engine.modules import layer_case


def cases_of(
    build: Callable[..., nn.Module], wide: tuple, other: tuple, single: tuple
) -> Callable[[Draw, Draw], Cases]:
    """Return the cases for a class that is built from settings, of which the first is channels."""

    def cases(normal: Draw, _: Draw) -> Cases:
        yield layer_case(build, normal, "three RoIs of 7 x 8 cells", wide, (3, 7, 8))
        yield layer_case(build, normal, "other settings, RoIs of 5 x 8 cells", other, (2, 5, 8))
        yield layer_case(build, normal, "a RoI of a single cell", single, (1, 1, 1))

    return cases
