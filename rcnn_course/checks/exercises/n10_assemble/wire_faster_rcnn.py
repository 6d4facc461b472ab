"""Exercise `wire_faster_rcnn`: the stages of Faster R-CNN in their order.

Source: Ren et al. 2015, Faster R-CNN, figure 2; torchvision `GeneralizedRCNN`.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN, MaskRCNN
from torchvision.models.detection.image_list import ImageList

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n10_assemble import detectors
from rcnn_course.reference.detectors import Detections, Sizes, wire_faster_rcnn

_SIZES_HINT = (
    "`batch.image_sizes` has the size of each resized picture inside the padded batch; the sizes "
    "of the pictures as they came must be remembered before."
)
_BACK_HINT = "the detector saw a resized picture; its boxes have to come back to yours."


def _stamp(model: FasterRCNN, features: dict, detections: Detections, sizes: Sizes) -> Detections:
    """Act as a branch: note the boxes, the sizes and the features that arrive."""
    strength = torch.stack([level.mean() for level in features.values()])
    return [
        {**detection, "stamp": detection["boxes"].sum() + strength.sum() + sum(size)}
        for detection, size in zip(detections, sizes, strict=True)
    ]


def _twice(model: FasterRCNN, features: dict, detections: Detections, sizes: Sizes) -> Detections:
    """Act as a second branch that reads what the first one has added."""
    return [{**detection, "twice": 2 * detection["stamp"]} for detection in detections]


def _cases(_: Draw, uniform: Draw) -> Cases:
    seed = int(2**20 * uniform(1))

    @cache
    def detector(**settings: float) -> MaskRCNN:
        return detectors.without_branches(detectors.tiny_detector(seed, **settings))

    def case(
        what: str, *sizes: tuple[int, int], branches: tuple = (), hint: str = "", **settings: float
    ) -> Case:
        images = [uniform(3, *size) for size in sizes]
        return Case(what, (detector(**settings), images, *branches), hint=hint)

    yield case("one picture", (48, 72), hint=_BACK_HINT)
    yield case("two pictures of different sizes", (40, 60), (90, 50), hint=_SIZES_HINT)
    yield case("a picture of the size that the detector works with", (64, 64))
    yield case(
        "a detector that is never sure",
        (48, 72),
        box_score_thresh=1.0,
        hint="without detections boxes, labels and scores have 0 rows.",
    )
    yield case("a detector with fewer proposals", (50, 80), rpn_post_nms_top_n_test=4)
    yield case(
        "a branch that adds to the detections",
        (48, 72),
        (60, 44),
        branches=([_stamp],),
        hint="a branch gets (model, features, detections, image sizes): the detections in pixels "
        "of the resized pictures, before they are brought back.",
    )
    yield case(
        "a detector that keeps what it finds on every level",
        (50, 80),
        rpn_pre_nms_top_n_test=3,
        rpn_post_nms_top_n_test=100,
        rpn_nms_thresh=1.0,
        box_score_thresh=0.0,
        box_nms_thresh=1.0,
        box_detections_per_img=100,
        hint="the levels of the RPN are all that the FPN gives, the coarsest one too.",
    )
    yield case("two branches, one after the other", (48, 72), branches=([_stamp, _twice],))


def _padded_sizes(output: tuple) -> tuple:
    batch, targets = output
    size = tuple(batch.tensors.shape[-2:])
    return ImageList(batch.tensors, [size] * len(batch.image_sizes)), targets


def _as_they_lie(output: tuple) -> tuple:
    """Give maps that come out as a plain reshape when they are brought into rows."""

    def plain(level: Tensor) -> Tensor:
        n, channels, height, width = level.shape
        return level.reshape(n, height, width, channels).permute(0, 3, 1, 2)

    return tuple([plain(level) for level in kind] for kind in output)


def _branches_last(call: Call) -> Detections:
    """Call the branches on boxes that are back in the pixels of the pictures."""
    seen: dict[str, Any] = {}

    def remember(model: FasterRCNN, features: dict, found: Detections, sizes: Sizes) -> Detections:
        seen.update(features=features, sizes=sizes)
        return found

    detections = call(branches=[remember])
    for branch in call.branches:
        detections = branch(call.model, seen["features"], detections, seen["sizes"])
    return detections


def _sizes_turned(postprocess: Callable) -> Callable:
    return lambda found, *sizes: postprocess(
        found, *[[size[::-1] for size in of_kind] for of_kind in sizes]
    )


WIRE_FASTER_RCNN = Exercise(
    name="wire_faster_rcnn",
    reference=wire_faster_rcnn,
    source="torchvision's FasterRCNN",
    picture="boxes",
    steps=(
        "Write one line for each row of the table, and look at each result before you write "
        "the next.",
        "The number of anchors of a level in one picture is the number of its logits in one "
        "picture.",
        "Decoded boxes come as [N * anchors, 1, 4]; filter_proposals wants [N, anchors, 4].",
        "Remember the pictures' own sizes before transform; the branches come before the way back.",
    ),
    own_cases=_cases,
    use=detectors.call_for_detections,
    refused=(works.WHOLE_DETECTOR,),
    atol=1e-3,
    mistakes={
        "resized_pixels": Mistake(
            "the boxes stay in pixels of the resized picture",
            detectors.stage_changed("transform.postprocess", lambda _: lambda found, *sizes: found),
            _BACK_HINT,
        ),
        "sizes_swapped": Mistake(
            "height and width are swapped on the way back",
            detectors.stage_changed("transform.postprocess", _sizes_turned),
            "sizes are (height, width), as in the shape of a picture.",
        ),
        "padded_sizes": Mistake(
            "every picture has the size of the padded batch",
            detectors.output_changed("transform.forward", _padded_sizes),
            _SIZES_HINT,
        ),
        "anchors_as_proposals": Mistake(
            "the anchors are taken for the proposals",
            detectors.stage_changed(
                "rpn.box_coder.decode",
                lambda decode: lambda deltas, anchors: decode(torch.zeros_like(deltas), anchors),
            ),
            "the RPN head says how each anchor moves and stretches: decode its deltas.",
        ),
        "flattened_as_they_lie": Mistake(
            "the outputs of the RPN head are flattened as they lie",
            detectors.output_changed("rpn.head.forward", _as_they_lie),
            "row by row, in a row cell by cell, in a cell anchor by anchor: that is the order of "
            "the anchors, but not of [N, A, H, W]. concat_box_prediction_layers knows it.",
        ),
        "not_filtered": Mistake(
            "all decoded anchors are proposals",
            detectors.stage_changed(
                "rpn.filter_proposals", lambda _: lambda boxes, *rest: (list(boxes), None)
            ),
            "the best proposals of each picture are enough: filter them.",
        ),
        "branches_unused": Mistake(
            "the branches are not called",
            lambda call: call(branches=()),
            "after the boxes are found, each branch adds to the detections.",
        ),
        "branches_last": Mistake(
            "the branches are called after the way back",
            _branches_last,
            "the features belong to the resized pictures, so a branch needs boxes in their pixels.",
        ),
    },
)
