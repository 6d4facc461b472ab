"""Stretch goal `cascade_boxes`: the boxes of one stage are the proposals of the next.

Letters: R boxes, S stages.
"""

from torch import Tensor, nn

from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import OwnRandomNumbers, random_boxes
from rcnn_course.reference.cascade import cascade_boxes

WEIGHTS = [(10.0, 10.0, 5.0, 5.0), (20.0, 20.0, 10.0, 10.0), (30.0, 30.0, 15.0, 15.0)]


def _cases(_: Draw, uniform: Draw) -> Cases:
    def boxes(count: int, least: float = 0.0) -> Tensor:
        return random_boxes(uniform, count, start=(least, 60.0 + 5 * least))

    def stages(count: int) -> list[nn.Module]:
        """Return heads that answer boxes with deltas from -4 to 4."""
        with OwnRandomNumbers(int(uniform(1, high=1e6))):
            return [
                nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 4), nn.Hardtanh(-4, 4))
                for _ in range(count)
            ]

    yield Case(
        "three stages",
        (boxes(5), stages(3), WEIGHTS, (90, 120)),
        hint="each stage is asked about the boxes of the one before, and moves those.",
    )
    yield Case(
        "two stages at the border of a small picture",
        (boxes(12, least=-8.0), stages(2), WEIGHTS[1:], (40, 55)),
        hint="boxes are clipped to the picture, (height, width), behind every stage.",
    )
    yield Case("one stage", (boxes(3), stages(1), WEIGHTS[:1], (120, 90)))
    yield Case("no stage", (boxes(2), [], [], (200, 200)), hint="without a stage nothing moves.")


CASCADE_BOXES = Exercise(
    name="cascade_boxes",
    reference=cascade_boxes,
    source="the definition of Cai & Vasconcelos 2018, section 4.1",
    picture="boxes",
    is_stretch=True,
    steps=(
        "A loop over the stages, with one variable for the boxes that each stage replaces.",
        "`BoxCoder(weights).decode_single(deltas, boxes)` moves boxes by deltas.",
        "`ops.clip_boxes_to_image(boxes, size)` belongs into the loop.",
    ),
    own_cases=_cases,
    odd=Odd(length=["proposals"]),
    mistakes={
        "from_proposals": Mistake(
            "every stage moves the first proposals",
            lambda call: call(is_chained=False),
            "a stage moves the boxes that it was asked about: those of the stage before.",
        ),
        "first_stage_alone": Mistake(
            "only the first stage is used",
            lambda call: call(stages=call.stages[:1], weights=call.weights[:1]),
            "the boxes go on to the next stage, until the last.",
        ),
        "first_weights": Mistake(
            "every stage has the weights of the first",
            lambda call: call(weights=call.weights[:1] * len(call.weights)),
            "later stages make smaller moves, so their deltas are scaled by larger weights.",
        ),
        "not_clipped": Mistake(
            "the boxes are not clipped",
            lambda call: call(clips="never"),
            "nothing can be read outside of the picture: clip behind every stage.",
        ),
        "clipped_last": Mistake(
            "the boxes are clipped behind the last stage alone",
            lambda call: call(clips="last"),
            "the next stage reads its features in these boxes: they must lie in the picture.",
        ),
        "height_and_width_swapped": Mistake(
            "height and width of the picture are swapped",
            lambda call: call(size=call.size[::-1]),
            "a size is (height, width).",
        ),
    },
)
