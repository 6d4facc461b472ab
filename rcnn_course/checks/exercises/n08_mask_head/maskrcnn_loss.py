"""Exercise `maskrcnn_loss`: each RoI's mask of its true class against the truth, cut to the RoI.

Source: He et al. 2017, Mask R-CNN, section 3; torchvision.models.detection.roi_heads.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.cases import all_about
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.losses import averaged_over_images

_targets_of = roi_heads.project_masks_on_boxes
_cross_entropy, _mse_loss = F.binary_cross_entropy_with_logits, F.mse_loss

_CLASSES, _HEIGHT, _WIDTH = 4, 24, 32

_EMPTY_HINT = "the mean of nothing is NaN. Return a 0 that still depends on mask_logits."
_TRUTH_HINT = "RoI i belongs to object mask_matched_idxs[i], for its label and its mask alike."

_ROAD_HINT = (
    "RoI i belongs to object mask_matched_idxs[i]: its label chooses the map of logits, its mask, "
    "cut to the RoI, is the target."
)


@all_about(_ROAD_HINT)
def _cases(normal: Draw, uniform: Draw) -> Cases:
    def masks(number: int, height: int = _HEIGHT, width: int = _WIDTH) -> Tensor:
        """Return ragged blobs: where smooth noise is high."""
        coarse = normal(number, 1, 6, 8)
        smooth = F.interpolate(coarse, size=(height, width), mode="bilinear")
        return (smooth[:, 0] > 0).to(torch.uint8)

    def proposals(number: int) -> Tensor:
        corner = uniform(number, 2) * torch.tensor([14.0, 9.0]) + 0.3
        return torch.cat([corner, corner + uniform(number, 2, low=5.0, high=13.0)], dim=1)

    def image(objects: int, rois: int) -> tuple[Tensor, ...]:
        """Return an image's proposals, masks, labels, and the object of each proposal."""
        labels = 1 + torch.arange(objects) % (_CLASSES - 1)
        matched = (torch.arange(rois).flip(0) + 1) % max(objects, 1)
        return proposals(rois), masks(objects), labels, matched

    def lists(*images: tuple[Tensor, ...]) -> tuple[list[Tensor], ...]:
        return tuple(map(list, zip(*images, strict=True)))

    def logits(rois: int, size: int = 7) -> Tensor:
        return 2 * normal(rois, _CLASSES, size, size)

    yield Case(
        "two RoIs of one image with three objects",
        (logits(2), *lists(image(3, 2))),
        hint=_ROAD_HINT,
    )
    yield Case(
        "two images with two and four RoIs",
        (logits(6), *lists(image(3, 2), image(2, 4))),
        hint="the rows of mask_logits go on from image to image; indices of objects do not.",
    )
    yield Case(
        "an image without RoIs between two others",
        (logits(3), *lists(image(2, 1), image(2, 0), image(1, 2))),
        hint="an image may have objects and no RoI.",
    )
    nothing = logits(0).requires_grad_(), *lists(image(2, 0))
    yield Case("no RoIs at all", nothing, hint=_EMPTY_HINT)
    yield Case("masks of 28 x 28 cells", (logits(2, size=28), *lists(image(2, 2))))
    yield Case(
        "logits of 100 and -100",
        (100 * logits(2).sign(), *lists(image(2, 2))),
        hint="log(sigmoid(-100)) is not a number in float32; the loss with logits avoids it.",
    )
    yield Case(
        "logits of 30 and -30",
        (30 * logits(2).sign(), *lists(image(2, 2))),
        hint="sigmoid(30) is 1 in float32, whose rest is lost; the loss with logits keeps it.",
    )
    rois, _, *rest = image(2, 2)
    yield Case(
        "two images of different size",
        (logits(3), *lists((rois, masks(2, 30, 27), *rest), image(1, 1))),
        hint="each image has masks of its own height and width.",
    )


def _compared(measure: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Call], Tensor | None]:
    """Make the mistake of another measure between the logits of the true class and the targets."""

    def wrong(call: Call) -> Tensor | None:
        logits = call.mask_logits
        images = zip(call.gt_masks, call.proposals, call.mask_matched_idxs, strict=True)
        targets = torch.cat([_targets_of(*image, logits.shape[-1]) for image in images])
        labels = torch.cat(_of_matched(call.gt_labels, call.mask_matched_idxs))
        return measure(logits[torch.arange(len(logits)), labels], targets) if len(logits) else None

    return wrong


def _of_matched(values: list[Tensor], matched: list[Tensor]) -> list[Tensor]:
    return [of_image[indices] for of_image, indices in zip(values, matched, strict=True)]


def _in_order(call: Call) -> list[Tensor]:
    """Return object i for RoI i; where there are fewer objects it starts again."""
    lists = zip(call.mask_matched_idxs, call.gt_labels, strict=True)
    return [torch.arange(len(matched)) % len(labels) for matched, labels in lists]


def _taken_apart(call: Call, labels: list[Tensor], masks: list[Tensor]) -> Tensor:
    """Give each RoI the label of one object and the mask of another."""
    return call(
        gt_labels=_of_matched(call.gt_labels, labels),
        gt_masks=_of_matched(call.gt_masks, masks),
        mask_matched_idxs=[torch.arange(len(indices)) for indices in labels],
    )


def _images_averaged(call: Call) -> Tensor | None:
    """Say nothing of an image without RoIs: its mean may be NaN, 0 or left out."""
    if not all(map(len, call.proposals)):
        return None
    lists = ["proposals", "gt_masks", "gt_labels", "mask_matched_idxs"]
    return averaged_over_images(call, ["mask_logits"], lists)


def _whole_pictures(call: Call) -> Tensor:
    images = zip(call.proposals, call.gt_masks, strict=True)
    return call(
        proposals=[
            rois.new_tensor([0, 0, *masks.shape[:0:-1]]).expand_as(rois) for rois, masks in images
        ]
    )


def _all_classes(call: Call) -> Tensor:
    """Compare the maps of all classes with the one target."""
    same = [[torch.full_like(y, number) for y in call.gt_labels] for number in range(_CLASSES)]
    return torch.stack([call(gt_labels=labels) for labels in same]).mean()


MASKRCNN_LOSS = Exercise(
    name="maskrcnn_loss",
    reference=roi_heads.maskrcnn_loss,
    source="torchvision.models.detection.roi_heads.maskrcnn_loss",
    steps=(
        "A RoI's target is the true mask of its object, cut to the RoI and read on M x M "
        "cells: RoIAlign does both.",
        "Matched indices count inside an image, so make the targets image by image and join them.",
        "Of the num_classes maps of a RoI only that of the true class is taught.",
        "A mean of nothing is NaN: without RoIs return a 0 that still depends on the logits.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["mask_logits", "proposals", "mask_matched_idxs"],
        gradient=["mask_logits"],
        float64=False,
        hints={"empty": _EMPTY_HINT},
    ),
    refused=(works.ROI_HEADS,),
    mistakes={
        "summed": Mistake(
            "the loss is summed over the cells",
            _compared(partial(_cross_entropy, reduction="sum")),
            "the mean over all cells of all RoIs does not grow with their number.",
        ),
        "cells_summed": Mistake(
            "the loss is summed over the cells and averaged over the RoIs",
            _compared(lambda x, y: _cross_entropy(x, y, reduction="sum") / len(x)),
            "the mean goes over all cells of all RoIs.",
        ),
        "images_averaged": Mistake(
            "the images are averaged instead of the RoIs",
            _images_averaged,
            "every RoI weighs the same, whichever image it is from: put them together first.",
        ),
        "all_classes": Mistake(
            "the masks of all classes are compared with the target",
            _all_classes,
            "only the mask of the true class is trained by a RoI; the others learn nothing of it.",
        ),
        "label_minus_one": Mistake(
            "the classes are counted without the background",
            lambda call: call(gt_labels=[labels - 1 for labels in call.gt_labels]),
            "map 0 is the background's, so label 1 is map 1.",
        ),
        "match_unused": Mistake(
            "RoI i is taken for object i",
            lambda call: call(mask_matched_idxs=_in_order(call)),
            _TRUTH_HINT,
        ),
        "match_unused_for_label": Mistake(
            "RoI i has the label of object i",
            lambda call: _taken_apart(call, _in_order(call), call.mask_matched_idxs),
            _TRUTH_HINT,
        ),
        "match_unused_for_mask": Mistake(
            "RoI i has the mask of object i",
            lambda call: _taken_apart(call, call.mask_matched_idxs, _in_order(call)),
            _TRUTH_HINT,
        ),
        "whole_picture": Mistake(
            "the target is the mask of the whole picture",
            _whole_pictures,
            "the head sees only the RoI, so the target is what of the mask lies in the RoI.",
        ),
        "aligned": Mistake(
            "the truth is read with aligned=True",
            lambda call: call(proposals=[rois - 0.5 for rois in call.proposals]),
            "torchvision reads the truth like the features, with aligned=False.",
        ),
        "rois_rounded": Mistake(
            "the RoIs are rounded to whole pixels before the truth is cut out",
            lambda call: call(proposals=[rois.round() for rois in call.proposals]),
            "the features were read by RoIAlign without rounding; so is the truth.",
        ),
        "targets_cut": Mistake(
            "the targets are cut to 0 and 1",
            _compared(lambda x, y: _cross_entropy(x, (y >= 0.5).to(y.dtype))),
            "a cell on the edge is partly inside; its target is that part.",
        ),
        "sigmoid_twice": Mistake(
            "the sigmoid is applied twice",
            _compared(lambda x, y: _cross_entropy(x.sigmoid(), y)),
            "the loss with logits applies the sigmoid itself.",
        ),
        "squared_difference": Mistake(
            "the squared difference is taken",
            _compared(lambda x, y: _mse_loss(x.sigmoid(), y)),
            "the paper takes the average binary cross-entropy.",
        ),
    },
)
