"""Exercise `maskrcnn_inference`: of each RoI's masks, the one of its class, as probabilities.

Source: He et al. 2017, Mask R-CNN, section 3; torchvision.models.detection.roi_heads.
"""

import torch
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works

_MAP_HINT = "map 0 is the background's, so label 1 is map 1."
_ROWS_HINT = "row i of x belongs to label i: first those of image 0, then those of image 1."
_TAKE_HINT = "of each RoI, take the map whose index is its label; then the sigmoid."


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def labels(*counts: int) -> list[Tensor]:
        """Return labels from 1 to 3 of 5 classes, so that a label one off exists too."""
        return [1 + (uniform(count) * 3).long() for count in counts]

    yield Case(
        "three RoIs of one image and two of another",
        (normal(5, 6, 4, 4), [torch.tensor([2, 1, 3]), torch.tensor([3, 1])]),
        hint=_ROWS_HINT,
        also=(_TAKE_HINT,),
    )
    roi, classes = torch.arange(6.0).view(6, 1, 1, 1), torch.arange(4.0).view(4, 1, 1)
    yield Case(
        "logits of 0.5 * RoI - class",
        (
            (0.5 * roi - classes + normal(1) / 1000).repeat(1, 1, 2, 2),
            [torch.tensor([1, 2]), torch.tensor([2]), torch.tensor([1, 2, 1])],
        ),
        hint=_TAKE_HINT,
        also=(_ROWS_HINT,),
    )
    yield Case(
        "an image without detections between two others",
        (normal(3, 5, 4, 4), labels(2, 0, 1)),
        hint="every image gets a tensor, also one with [0, 1, M, M].",
        also=(_ROWS_HINT, _TAKE_HINT),
    )
    yield Case(
        "no detections at all",
        (normal(0, 5, 4, 4), labels(0, 0)),
        hint="every image gets a tensor of the shape [0, 1, M, M].",
    )
    yield Case("a single image", (normal(4, 5, 4, 4), labels(4)), also=(_TAKE_HINT,))


def _largest_of_all_classes(call: Call) -> list[Tensor]:
    background = [torch.zeros_like(of_image) for of_image in call.labels]
    return call(x=call.x.amax(dim=1, keepdim=True), labels=background)


MASKRCNN_INFERENCE = Exercise(
    name="maskrcnn_inference",
    reference=roi_heads.maskrcnn_inference,
    source="torchvision.models.detection.roi_heads.maskrcnn_inference",
    steps=(
        "Of each RoI one map out of num_classes is wanted: that of its label.",
        "Index with two tensors at once, the numbers of the rows and the labels of all images.",
        "Sigmoid, not softmax: classes do not compete. Then split into the images, with a "
        "channel of one.",
    ),
    own_cases=_cases,
    odd=Odd(length=["x", "labels"], gradient=["x"], of=4),
    refused=(works.ROI_HEADS,),
    mistakes={
        "softmax": Mistake(
            "a softmax over the classes stands in the place of the sigmoid",
            lambda call: call(x=call.x.softmax(dim=1).logit()),
            "the box head has decided on the class already; a mask only says 'here' or 'not "
            "here', on its own.",
        ),
        "softmax_foreground": Mistake(
            "a softmax over the classes without background stands in the place of the sigmoid",
            lambda call: call(
                x=torch.cat([call.x[:, :1], call.x[:, 1:].softmax(dim=1).logit()], dim=1)
            ),
            "a mask only says 'here' or 'not here', on its own: that is a sigmoid.",
        ),
        "logits": Mistake(
            "the masks are logits",
            lambda call: [masks.logit() for masks in call()],
            "a logit of 0 means one half. The sigmoid turns logits into probabilities.",
        ),
        "cut_at_half": Mistake(
            "the masks are cut at one half already",
            lambda call: [(masks > 0.5).to(masks.dtype) for masks in call()],
            "the threshold comes after pasting; the edge needs the values in between.",
        ),
        "label_minus_one": Mistake(
            "the classes are counted without the background",
            lambda call: call(labels=[of_image - 1 for of_image in call.labels]),
            _MAP_HINT,
        ),
        "label_plus_one": Mistake(
            "the classes are counted one too far",
            lambda call: call(labels=[of_image + 1 for of_image in call.labels]),
            _MAP_HINT,
        ),
        "always_class_1": Mistake(
            "every RoI gets the mask of class 1",
            lambda call: call(labels=[torch.ones_like(of_image) for of_image in call.labels]),
            "each RoI has a label of its own; take the map with this index.",
        ),
        "largest_of_classes": Mistake(
            "each cell takes the largest of all classes",
            _largest_of_all_classes,
            "the label says which map is meant; the others are ignored.",
        ),
        "images_from_row_0": Mistake(
            "every image starts again at the first row of x",
            lambda call: [
                call(x=call.x[: len(of_image)], labels=[of_image])[0] for of_image in call.labels
            ],
            "the rows of x go on from image to image: image 1 starts where image 0 ends.",
        ),
        "channel_axis_missing": Mistake(
            "the masks have no axis for their one channel",
            lambda call: [masks[:, 0] for masks in call()],
            "a mask has the shape [L, 1, M, M], as an image with one channel.",
        ),
    },
)
