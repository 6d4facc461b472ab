"""Exercise `wire_faster_rcnn`: the stages of Faster R-CNN in their order.

Source: Ren et al. 2015, Faster R-CNN, figure 2; torchvision `GeneralizedRCNN`.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n10_assemble.detectors import (
    Detection,
    call_for_detections,
    changed,
    tiny_detector,
    without_branches,
)

Detections = list[Detection]

_SIZES_HINT = (
    "`batch.image_sizes` has the size of each resized picture inside the padded batch; the sizes "
    "of the pictures as they came must be remembered before."
)
_BACK_HINT = "the detector saw a resized picture; its boxes have to come back to yours."


def reference(model: FasterRCNN, images: list[Tensor], branches: Sequence[Callable] = ()) -> list:
    """Call the detector, with branches at the end of its RoI heads."""

    def with_branches(forward: Callable) -> Callable:
        def run(features: dict, proposals: list, sizes: list, targets: None = None) -> tuple:
            detections, losses = forward(features, proposals, sizes, targets)
            for branch in branches:
                detections = branch(model, features, detections, sizes)
            return detections, losses

        return run

    with changed(model, "roi_heads.forward", with_branches):
        return model(images)


def _stamp(model: FasterRCNN, features: dict, detections: Detections, sizes: list) -> Detections:
    """Act as a branch: note the boxes, the sizes and the features that arrive."""
    strength = torch.stack([level.mean() for level in features.values()])
    return [
        {**detection, "stamp": detection["boxes"].sum() + strength.sum() + sum(size)}
        for detection, size in zip(detections, sizes, strict=True)
    ]


def _cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)

    def case(what: str, *sizes: tuple[int, int], branches: tuple = (), hint: str = "", **settings):
        model = without_branches(tiny_detector(seed, **settings))
        images = [uniform(3, *size) for size in sizes]
        return Case(what, (model, images, *branches), hint=hint)

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
    yield case("two branches, one after the other", (48, 72), branches=([_stamp, _twice],))


def _twice(model: FasterRCNN, features: dict, detections: Detections, sizes: list) -> Detections:
    """Act as a second branch that reads what the first one has added."""
    return [{**detection, "twice": 2 * detection["stamp"]} for detection in detections]


def _with(path: str, change: Callable[[Callable], Callable]) -> Callable[..., list]:
    """Make the mistake of another function in the place of one stage."""

    def wrong(model: FasterRCNN, *args: object) -> list:
        with changed(model, path, change):
            return reference(model, *args)

    return wrong


def _padded_sizes(forward: Callable) -> Callable:
    def run(*args: object) -> tuple:
        batch, targets = forward(*args)
        size = tuple(batch.tensors.shape[-2:])
        return ImageList(batch.tensors, [size] * len(batch.image_sizes)), targets

    return run


def _flattened_as_they_lie(forward: Callable) -> Callable:
    """Give maps that come out as a plain reshape when they are brought into rows."""

    def plain(level: Tensor) -> Tensor:
        n, channels, height, width = level.shape
        return level.reshape(n, height, width, channels).permute(0, 3, 1, 2)

    return lambda levels: tuple([plain(level) for level in kind] for kind in forward(levels))


def _branches_at_the_end(model: FasterRCNN, images: list[Tensor], branches: Sequence = ()) -> list:
    """Call the branches on boxes that are back in the pixels of the pictures."""
    if not branches:
        return reference(model, images)
    calls = []

    def remember(model: FasterRCNN, features: dict, detections: list, sizes: list) -> list:
        calls.append((features, sizes))
        return detections

    detections = reference(model, images, [remember])
    for branch in branches:
        detections = branch(model, calls[0][0], detections, calls[0][1])
    return detections


def _swapped_sizes(postprocess: Callable) -> Callable:
    return lambda found, resized, original: postprocess(
        found, [size[::-1] for size in resized], [size[::-1] for size in original]
    )


WIRE_FASTER_RCNN = Exercise(
    name="wire_faster_rcnn",
    reference=reference,
    source="torchvision's FasterRCNN",
    own_cases=_cases,
    use=call_for_detections,
    refused_code=(GeneralizedRCNN.forward, RegionProposalNetwork.forward, RoIHeads.forward),
    atol=1e-3,
    mistakes=(
        Mistake(
            "the boxes stay in pixels of the resized picture",
            _with("transform.postprocess", lambda postprocess: lambda found, *sizes: found),
            _BACK_HINT,
        ),
        Mistake(
            "height and width are swapped on the way back",
            _with("transform.postprocess", _swapped_sizes),
            "sizes are (height, width), as in the shape of a picture.",
        ),
        Mistake(
            "every picture has the size of the padded batch",
            _with("transform.forward", _padded_sizes),
            _SIZES_HINT,
        ),
        Mistake(
            "the anchors are taken for the proposals",
            _with(
                "rpn.box_coder.decode",
                lambda decode: lambda deltas, anchors: decode(torch.zeros_like(deltas), anchors),
            ),
            "the RPN head says how each anchor moves and stretches: decode its deltas.",
        ),
        Mistake(
            "the outputs of the RPN head are flattened as they lie",
            _with("rpn.head.forward", _flattened_as_they_lie),
            "row by row, in a row cell by cell, in a cell anchor by anchor: that is the order of "
            "the anchors, but not of [N, A, H, W]. concat_box_prediction_layers knows it.",
        ),
        Mistake(
            "all decoded anchors are proposals",
            _with(
                "rpn.filter_proposals",
                lambda keep: lambda boxes, scores, sizes, counts: (list(boxes), None),
            ),
            "the best proposals of each picture are enough: filter them.",
        ),
        Mistake(
            "the branches are not called",
            lambda model, images, branches=(): reference(model, images),
            "after the boxes are found, each branch adds to the detections.",
        ),
        Mistake(
            "the branches are called after the way back",
            _branches_at_the_end,
            "the features belong to the resized pictures, so a branch needs boxes in their pixels.",
        ),
    ),
)
