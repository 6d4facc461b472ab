"""Stretch goal `bottom_up_path`: the path that PANet adds behind the pyramid.

Letters: N images, C channels, L levels.
"""

from torch import nn

from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import OwnRandomNumbers
from rcnn_course.reference.fpn import bottom_up_path


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def levels(count: int, height: int, width: int, images: int = 1) -> tuple:
        """Return a pyramid with four channels, finest first, and two lists of layers."""
        features = [normal(images, 4, height >> i, width >> i) for i in range(count)]
        with OwnRandomNumbers(int(uniform(1, high=1e6))):
            downs = [nn.Conv2d(4, 4, 3, stride=2, padding=1) for _ in range(count - 1)]
            outs = [nn.Conv2d(4, 4, 3, padding=1) for _ in range(count - 1)]
        return features, downs, outs

    yield Case(
        "three levels",
        levels(3, 8, 12),
        hint="each new level is made of the new one below it, and of the pyramid's own.",
    )
    yield Case("four levels of two images", levels(4, 16, 24, images=2))
    yield Case(
        "a single level",
        levels(1, 5, 7),
        hint="the finest level comes back as it is; here there is nothing else.",
    )


BOTTOM_UP_PATH = Exercise(
    name="bottom_up_path",
    reference=bottom_up_path,
    source="the definition of Liu et al. 2018, section 3.1",
    picture="map",
    is_stretch=True,
    steps=(
        "The result begins with the finest level, unchanged.",
        "For each further level: a layer of `downs` and a ReLU make the last result half as large; "
        "add the pyramid's own level; then a layer of `outs` and a ReLU.",
        "The last *result* goes on, not the last level of the pyramid.",
    ),
    own_cases=_cases,
    odd=Odd(gradient=["features"]),
    mistakes={
        "not_chained": Mistake(
            "each level is made of the pyramid's own level below",
            lambda call: call(is_chained=False),
            "what was made for one level goes on to the next: a path from the finest to the "
            "coarsest.",
        ),
        "not_added": Mistake(
            "the pyramid's own levels are not added",
            lambda call: call(is_added=False),
            "each level of the pyramid joins the path where it has the same size.",
        ),
        "no_relu_down": Mistake(
            "there is no ReLU behind the first layer",
            lambda call: call(relus=(False, True)),
            "every convolution of the path is followed by a ReLU.",
        ),
        "no_relu_out": Mistake(
            "there is no ReLU behind the second layer",
            lambda call: call(relus=(True, False)),
            "every convolution of the path is followed by a ReLU.",
        ),
        "finest_left_out": Mistake(
            "the finest level is left out",
            lambda call: call()[1:],
            "as many levels come out as went in; the finest one as it is.",
        ),
        "coarsest_first": Mistake(
            "the coarsest level comes first",
            lambda call: call()[::-1],
            "the levels stand in the order in which they came: finest first.",
        ),
    },
)
