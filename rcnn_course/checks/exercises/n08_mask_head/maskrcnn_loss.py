"""Exercise `maskrcnn_loss`: each RoI's mask of its true class against the truth, cut to the RoI.

Source: He et al. 2017, Mask R-CNN, section 3; torchvision.models.detection.roi_heads.
"""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

reference = roi_heads.maskrcnn_loss
_targets_of = roi_heads.project_masks_on_boxes
_binary_cross_entropy = F.binary_cross_entropy_with_logits

Lists = tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor]]


def _loss_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)
    height, width, classes = 24, 32, 4

    def masks(number: int) -> Tensor:
        """Return ragged blobs: where smooth noise is high."""
        coarse = normal(number, 1, 6, 8)
        smooth = F.interpolate(coarse, size=(height, width), mode="bilinear")
        return (smooth[:, 0] > 0).to(torch.uint8)

    def proposals(number: int) -> Tensor:
        corner = uniform(number, 2) * torch.tensor([14.0, 9.0]) + 0.3
        return torch.cat([corner, corner + uniform(number, 2, low=5.0, high=13.0)], dim=1)

    def image(objects: int, rois: int) -> tuple[Tensor, ...]:
        """Return an image's proposals, masks, labels, and the object of each proposal."""
        labels = 1 + torch.arange(objects) % (classes - 1)
        matched = (torch.arange(rois).flip(0) + 1) % max(objects, 1)
        return proposals(rois), masks(objects), labels, matched

    def lists(*images: tuple[Tensor, ...]) -> Lists:
        return tuple(map(list, zip(*images, strict=True)))

    def logits(rois: int, size: int = 7) -> Tensor:
        return 2 * normal(rois, classes, size, size)

    yield Case(
        "two RoIs of one image with three objects",
        (logits(2), *lists(image(3, 2))),
        hint="RoI i belongs to object mask_matched_idxs[i]: its label chooses the map of logits, "
        "its mask, cut to the RoI, is the target.",
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
    yield Case(
        "no RoIs at all",
        (logits(0).requires_grad_(), *lists(image(2, 0))),
        hint="the mean of nothing is NaN. Return a 0 that still depends on mask_logits.",
    )
    yield Case("masks of 28 x 28 cells", (logits(2, size=28), *lists(image(2, 2))))
    yield Case(
        "logits of 100 and -100",
        (100 * logits(2).sign(), *lists(image(2, 2))),
        hint="log(sigmoid(-100)) is not a number in float32; the loss with logits avoids it.",
    )
    yield Case(
        "logits that are not contiguous in memory",
        (logits(3).mT.contiguous().mT, *lists(image(2, 3))),
    )
    yield Case(
        "the gradient that flows back to the logits",
        (logits(4).requires_grad_(), *lists(image(2, 2), image(1, 2))),
    )


def _compare(
    measure: Callable[[Tensor, Tensor], Tensor],
    proposals_of: Callable[[Tensor], Tensor] = lambda proposals: proposals,
) -> Callable[..., Tensor | None]:
    """Make the mistake of another measure between the logits of the true class and the targets."""

    def wrong(mask_logits: Tensor, *lists: list[Tensor]) -> Tensor | None:
        if not len(mask_logits):
            return None
        size = mask_logits.shape[-1]
        targets = [
            _targets_of(masks, proposals_of(proposals), matched, size)
            for proposals, masks, _, matched in zip(*lists, strict=True)
        ]
        labels = [labels[matched] for _, _, labels, matched in zip(*lists, strict=True)]
        chosen = mask_logits[torch.arange(len(mask_logits)), torch.cat(labels)]
        return measure(chosen, torch.cat(targets))

    return wrong


def _other(change: Callable[..., tuple]) -> Callable[..., Tensor]:
    """Make the mistake of other lists, changed image by image."""

    def wrong(mask_logits: Tensor, *lists: list[Tensor]) -> Tensor:
        images = [change(*image) for image in zip(*lists, strict=True)]
        return reference(mask_logits, *map(list, zip(*images, strict=True)))

    return wrong


def _other_class(step: int) -> Callable[..., Tensor]:
    return _other(
        lambda proposals, masks, labels, matched: (proposals, masks, labels + step, matched)
    )


def _object_of_same_number(matched: Tensor, labels: Tensor) -> Tensor:
    """Return i for RoI i; where there are fewer objects it starts again."""
    return torch.arange(len(matched)) % len(labels)


def _in_order(proposals: Tensor, masks: Tensor, labels: Tensor, matched: Tensor) -> tuple:
    """Take RoI i for object i."""
    return proposals, masks, labels, _object_of_same_number(matched, labels)


def _labels_in_order(proposals: Tensor, masks: Tensor, labels: Tensor, matched: Tensor) -> tuple:
    """Take the label of object i for RoI i, and the mask of the matched object."""
    labels = labels[_object_of_same_number(matched, labels)]
    return proposals, masks[matched], labels, torch.arange(len(matched))


def _masks_in_order(proposals: Tensor, masks: Tensor, labels: Tensor, matched: Tensor) -> tuple:
    """Take the mask of object i for RoI i, and the label of the matched object."""
    masks = masks[_object_of_same_number(matched, labels)]
    return proposals, masks, labels[matched], torch.arange(len(matched))


def _whole_picture(proposals: Tensor, masks: Tensor, labels: Tensor, matched: Tensor) -> tuple:
    height, width = masks.shape[-2:]
    whole = torch.tensor([0.0, 0.0, width, height]).expand_as(proposals)
    return whole, masks, labels, matched


def _moved(step: float) -> Callable[..., Tensor]:
    return _other(
        lambda proposals, masks, labels, matched: (proposals + step, masks, labels, matched)
    )


def _rounded(proposals: Tensor, masks: Tensor, labels: Tensor, matched: Tensor) -> tuple:
    return proposals.round(), masks, labels, matched


def _mean_of_images(mask_logits: Tensor, *lists: list[Tensor]) -> Tensor:
    """Take the mean of the images' means, each image with as much weight as another."""
    rows = mask_logits.split([len(proposals) for proposals in lists[0]])
    images = zip(rows, *lists, strict=True)
    losses = [reference(x, *[[part] for part in parts]) for x, *parts in images]
    return torch.stack(losses).mean()


def _all_classes(mask_logits: Tensor, *lists: list[Tensor]) -> Tensor | None:
    """Compare the maps of all classes with the one target."""
    if not len(mask_logits):
        return None
    classes = mask_logits.shape[1]
    alone = [reference(mask_logits, *_all_labels(lists, label)) for label in range(classes)]
    return torch.stack(alone).mean()


def _all_labels(lists: tuple[list[Tensor], ...], label: int) -> Lists:
    proposals, masks, labels, matched = lists
    return proposals, masks, [torch.full_like(of_image, label) for of_image in labels], matched


_TRUTH_HINT = "RoI i belongs to object mask_matched_idxs[i], for its label and its mask alike."

MASKRCNN_LOSS = Exercise(
    name="maskrcnn_loss",
    reference=reference,
    source="torchvision.models.detection.roi_heads.maskrcnn_loss",
    own_cases=_loss_cases,
    refused_code=(roi_heads,),
    mistakes=(
        Mistake(
            "the loss is summed over the cells",
            _compare(lambda x, y: _binary_cross_entropy(x, y, reduction="sum")),
            "the mean over all cells of all RoIs does not grow with their number.",
        ),
        Mistake(
            "the loss is summed over the cells and averaged over the RoIs",
            _compare(lambda x, y: _binary_cross_entropy(x, y, reduction="sum") / len(x)),
            "the mean goes over all cells of all RoIs.",
        ),
        Mistake(
            "the images are averaged instead of the RoIs",
            _mean_of_images,
            "every RoI weighs the same, whichever image it is from: put them together first.",
        ),
        Mistake(
            "the masks of all classes are compared with the target",
            _all_classes,
            "only the mask of the true class is trained by a RoI; the others learn nothing of it.",
        ),
        Mistake(
            "the classes are counted without the background",
            _other_class(-1),
            "map 0 is the background's, so label 1 is map 1.",
        ),
        Mistake(
            "RoI i is taken for object i",
            _other(_in_order),
            _TRUTH_HINT,
        ),
        Mistake(
            "RoI i has the label of object i",
            _other(_labels_in_order),
            _TRUTH_HINT,
        ),
        Mistake(
            "RoI i has the mask of object i",
            _other(_masks_in_order),
            _TRUTH_HINT,
        ),
        Mistake(
            "the target is the mask of the whole picture",
            _other(_whole_picture),
            "the head sees only the RoI, so the target is what of the mask lies in the RoI.",
        ),
        Mistake(
            "the truth is read with aligned=True",
            _moved(-0.5),
            "torchvision reads the truth like the features, with aligned=False.",
        ),
        Mistake(
            "the RoIs are rounded to whole pixels before the truth is cut out",
            _other(_rounded),
            "the features were read by RoIAlign without rounding; so is the truth.",
        ),
        Mistake(
            "the targets are cut to 0 and 1",
            _compare(lambda x, y: _binary_cross_entropy(x, (y >= 0.5).to(y.dtype))),
            "a cell on the edge is partly inside; its target is that part.",
        ),
        Mistake(
            "the sigmoid is applied twice",
            _compare(lambda x, y: _binary_cross_entropy(x.sigmoid(), y)),
            "the loss with logits applies the sigmoid itself.",
        ),
        Mistake(
            "the squared difference is taken",
            _compare(lambda x, y: F.mse_loss(x.sigmoid(), y)),
            "the paper takes the average binary cross-entropy.",
        ),
    ),
)
