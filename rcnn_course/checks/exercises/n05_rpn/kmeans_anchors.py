"""Stretch goal `kmeans_anchors`: sizes of anchors that a data set asks for.

Letters: N boxes, K anchors.
"""

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.reference.kmeans import centred_iou, kmeans_anchors

_EMPTY = "a group without boxes has no mean: its anchor stays as it is."


def _cases(_: Draw, uniform: Draw) -> Cases:
    def sizes(count: int) -> Tensor:
        """Return sizes between 10 and 160 pixels, upright ones and lying ones."""
        return 10 * 16 ** uniform(count, 2)

    yield Case("nine boxes, three anchors, two rounds", (sizes(9), sizes(3), 2))
    boxes = sizes(40)
    yield Case("forty boxes, four anchors", (boxes, boxes[:4]))
    yield Case("one anchor", (sizes(6), sizes(1), 1))
    yield Case("boxes of a few pixels", (sizes(30) / 8, sizes(5) / 8, 2))
    close = torch.arange(9.0)[:, None].expand(9, 2) + 10
    yield Case(
        "anchors that begin close together, and move for more rounds than there are",
        (sizes(200), close),
        hint="by default there are 10 rounds.",
    )
    far = torch.tensor([[4000.0, 1], [30, 60], [90, 50]])
    yield Case("an anchor that no box is nearest to", (sizes(12), far, 3), hint=_EMPTY)
    yield Case(
        "a box that is as near to one anchor as to another",
        (torch.tensor([[10.0, 10], [20, 40], [50, 10]]), torch.tensor([[20.0, 10], [10, 20]]), 1),
        hint="the first of two equally near anchors takes the box.",
    )
    yield Case(
        "no round at all",
        (sizes(5), sizes(2), 0),
        hint="rounds says how often boxes are grouped; before the first, the anchors are `start`.",
    )


KMEANS_ANCHORS = Exercise(
    name="kmeans_anchors",
    reference=kmeans_anchors,
    source="the definition of Redmon & Farhadi 2016, section 2",
    is_stretch=True,
    steps=(
        "Only sizes count, so lay all boxes on one middle: two of them share the smaller width "
        "times the smaller height.",
        "IoU as a table Tensor[N, K]: shared area over the sum of both areas less the shared one.",
        "The smallest distance 1 - IoU is the largest IoU: `argmax` along the anchors.",
        "Then each anchor becomes the mean width and height of its boxes; one without boxes stays.",
    ),
    own_cases=_cases,
    odd=Odd(length=["sizes"], of=1, hints={"empty": _EMPTY}),
    mistakes={
        "euclidean": Mistake(
            "boxes are grouped by the distance of their sizes in pixels",
            lambda call: call(nearness=lambda sizes, anchors: -torch.cdist(sizes, anchors)),
            "ten pixels are much for a small box and little for a large one; 1 - IoU is relative.",
        ),
        "one_round": Mistake(
            "boxes are grouped once",
            lambda call: call(rounds=min(call.rounds, 1)),
            "with the new anchors the groups are others: group and average `rounds` times.",
        ),
        "farthest": Mistake(
            "each box goes to the anchor with the smallest IoU",
            lambda call: call(nearness=lambda *sizes: -centred_iou(*sizes)),
            "the distance is 1 - IoU: the nearest anchor has the largest IoU.",
        ),
        "box_alone": Mistake(
            "the shared area is divided by the area of the box alone",
            lambda call: call(
                nearness=lambda sizes, anchors: (
                    torch.minimum(sizes[:, None], anchors).prod(dim=2) / sizes.prod(dim=1)[:, None]
                )
            ),
            "then a large anchor suits every box: divide by the union.",
        ),
        "areas": Mistake(
            "boxes are grouped by their areas",
            lambda call: call(
                nearness=lambda sizes, anchors: (
                    -(sizes.prod(dim=1)[:, None] - anchors.prod(dim=1)).abs()
                )
            ),
            "an upright box and a lying one may have one area and share little of it.",
        ),
        "median": Mistake(
            "an anchor becomes the median of its boxes",
            lambda call: call(middle=lambda group: group.median(dim=0).values),
            "k-means takes the mean of the widths and the mean of the heights.",
        ),
        "empty_lost": Mistake(
            "an anchor without boxes becomes the mean of none",
            lambda call: call(keeps_empty=False),
            _EMPTY,
        ),
    },
)
