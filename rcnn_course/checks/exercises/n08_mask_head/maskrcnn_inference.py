"""Exercise `maskrcnn_inference`: of each RoI's masks, the one of its class, as probabilities.

Source: He et al. 2017, Mask R-CNN, section 3; torchvision.models.detection.roi_heads.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

reference = roi_heads.maskrcnn_inference


def _inference_cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def labels(*counts: int, classes: int = 5) -> list[Tensor]:
        """Return labels from 1 to `classes` - 2, so that a label one off exists too."""
        return [1 + (uniform(count) * (classes - 2)).long() for count in counts]

    yield Case(
        "three RoIs of one image and two of another",
        (normal(5, 5, 4, 4), [torch.tensor([2, 1, 3]), torch.tensor([3, 1])]),
        hint="row i of x belongs to label i: first those of image 0, then those of image 1.",
    )
    roi, classes = torch.arange(6.0).view(6, 1, 1, 1), torch.arange(4.0).view(4, 1, 1)
    yield Case(
        "logits of 0.5 * RoI - class",
        (
            (0.5 * roi - classes + normal(1) / 1000).repeat(1, 1, 2, 2),
            [torch.tensor([1, 2]), torch.tensor([2]), torch.tensor([1, 2, 1])],
        ),
        hint="of each RoI, take the map whose index is its label; then the sigmoid.",
    )
    yield Case(
        "an image without detections between two others",
        (normal(3, 5, 4, 4), labels(2, 0, 1)),
        hint="every image gets a tensor, also one with [0, 1, M, M].",
    )
    yield Case(
        "no detections at all",
        (normal(0, 5, 4, 4), labels(0, 0)),
        hint="every image gets a tensor of the shape [0, 1, M, M].",
    )
    yield Case("a single image", (normal(4, 5, 4, 4), labels(4)))
    yield Case("masks of 3 x 6 cells", (normal(3, 5, 3, 6), labels(1, 2)))
    yield Case("float64", (normal(2, 5, 4, 4, dtype=torch.float64), labels(1, 1)))
    yield Case(
        "logits that are not contiguous in memory",
        (normal(4, 4, 5, 3).permute(3, 2, 0, 1), labels(2, 1)),
    )
    yield Case(
        "the gradient that flows back to the logits",
        (normal(3, 5, 4, 4).requires_grad_(), labels(1, 2)),
    )


def _changed(change: Callable[[Tensor], Tensor]) -> Callable[..., list[Tensor]]:
    """Make the mistake of changing every result."""
    return lambda x, labels: [change(masks) for masks in reference(x, labels)]


def _with_labels(change: Callable[[Tensor], Tensor]) -> Callable[..., Sequence[Tensor]]:
    """Make the mistake of taking the maps of other classes."""
    return lambda x, labels: reference(x, [change(of_image) for of_image in labels])


def _softmax(x: Tensor, labels: list[Tensor]) -> Sequence[Tensor]:
    return reference(x.softmax(dim=1).logit(), labels)


def _softmax_without_background(x: Tensor, labels: list[Tensor]) -> Sequence[Tensor]:
    foreground = x[:, 1:].softmax(dim=1).logit()
    return reference(torch.cat([x[:, :1], foreground], dim=1), labels)


def _likeliest(x: Tensor, labels: list[Tensor]) -> Sequence[Tensor]:
    """Take in each cell the largest of all classes."""
    return reference(x.amax(dim=1, keepdim=True), [of_image * 0 for of_image in labels])


def _labels_of_each_image_from_row_0(x: Tensor, labels: list[Tensor]) -> list[Tensor]:
    return [reference(x[: len(of_image)], [of_image])[0] for of_image in labels]


MASKRCNN_INFERENCE = Exercise(
    name="maskrcnn_inference",
    reference=reference,
    source="torchvision.models.detection.roi_heads.maskrcnn_inference",
    own_cases=_inference_cases,
    refused_code=(roi_heads,),
    mistakes=(
        Mistake(
            "a softmax over the classes stands in the place of the sigmoid",
            _softmax,
            "the box head has decided on the class already; a mask only says 'here' or 'not "
            "here', on its own.",
        ),
        Mistake(
            "a softmax over the classes without background stands in the place of the sigmoid",
            _softmax_without_background,
            "a mask only says 'here' or 'not here', on its own: that is a sigmoid.",
        ),
        Mistake(
            "the masks are logits",
            _changed(torch.logit),
            "a logit of 0 means one half. The sigmoid turns logits into probabilities.",
        ),
        Mistake(
            "the masks are cut at one half already",
            _changed(lambda masks: (masks > 0.5).to(masks.dtype)),
            "the threshold comes after pasting; the edge needs the values in between.",
        ),
        Mistake(
            "the classes are counted without the background",
            _with_labels(lambda labels: labels - 1),
            "map 0 is the background's, so label 1 is map 1.",
        ),
        Mistake(
            "the classes are counted one too far",
            _with_labels(lambda labels: labels + 1),
            "map 0 is the background's, so label 1 is map 1.",
        ),
        Mistake(
            "every RoI gets the mask of class 1",
            _with_labels(torch.ones_like),
            "each RoI has a label of its own; take the map with this index.",
        ),
        Mistake(
            "each cell takes the largest of all classes",
            _likeliest,
            "the label says which map is meant; the others are ignored.",
        ),
        Mistake(
            "every image starts again at the first row of x",
            _labels_of_each_image_from_row_0,
            "the rows of x go on from image to image: image 1 starts where image 0 ends.",
        ),
        Mistake(
            "the masks have no axis for their one channel",
            _changed(lambda masks: masks[:, 0]),
            "a mask has the shape [L, 1, M, M], as an image with one channel.",
        ),
    ),
)
