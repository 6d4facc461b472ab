"""Exercise `postprocess_detections`: from logits and deltas to detections, class by class.

Source: Ren et al. 2015, Faster R-CNN, section 3; torchvision `RoIHeads.postprocess_detections`.
"""

import torch
from torch import Tensor

from rcnn_course.checks.engine.cases import all_about
from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Exercise, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n07_box_head.postprocess_mistakes import MISTAKES
from rcnn_course.reference.box_head import Shapes, postprocess_detections

_ORDER_HINT = "softmax, decode, clip, drop the background; then score, size, NMS and the best."


def _places(count: int) -> Tensor:
    """Return the place of each RoI: about four look at the same."""
    return torch.arange(count) % max(count // 4, 1)


@all_about(_ORDER_HINT)
def _cases(normal: Draw, uniform: Draw) -> Cases:
    def rois(count: int, size: tuple[int, int]) -> Tensor:
        """Return about four proposals around each of some places, in pixels."""
        height, width = size
        picture = torch.tensor([width, height]).float()
        places = _places(count)
        centres = (0.2 + 0.6 * uniform(count, 2))[places] + 0.03 * normal(count, 2)
        sides = (0.2 + 0.2 * uniform(count, 2))[places] * (1 + 0.1 * uniform(count, 2))
        return torch.cat([centres - sides / 2, centres + sides / 2], 1) * picture.repeat(2)

    def batch(*counts: int, sizes: Shapes, classes: int = 4) -> tuple:
        alike = [2 * normal(count, classes)[_places(count)] for count in counts]
        logits = torch.cat(alike) + normal(sum(counts), classes) / 2
        deltas = normal(sum(counts), 4 * classes) / 2
        proposals = [rois(count, size) for count, size in zip(counts, sizes, strict=True)]
        return logits, deltas, proposals, sizes

    one, two = [(80, 120)], [(80, 120), (140, 60)]
    yield Case(
        "twelve RoIs of one image, 5 classes",
        batch(12, sizes=one, classes=5),
        hint=_ORDER_HINT,
    )
    yield Case(
        "two images of different size",
        batch(8, 12, sizes=two),
        hint="the first rows belong to image 0, as many as it has proposals.",
    )
    yield Case("person or background", batch(12, sizes=one, classes=2))
    logits, deltas, *rest = batch(28, 28, sizes=two)
    alike = _places(28).repeat(2) == 0  # the best candidates all find the same
    count = int(alike.sum())
    logits[alike] = 0
    logits[alike, 1] = 6 + 2 * uniform(count).argsort() / count  # no two scores nearly equal
    deltas[alike] = 0
    yield Case(
        "at most 3 detections in an image",
        (logits, deltas, *rest),
        {"detections_per_img": 3, "nms_thresh": 0.3},
        hint="the best of each image are kept, over all its classes.",
    )
    yield Case(
        "other thresholds",
        batch(16, sizes=one),
        {"score_thresh": 0.3, "nms_thresh": 0.2},
        hint="a score must be higher than score_thresh; boxes are suppressed above nms_thresh.",
    )
    logits, deltas, (proposals,), sizes = batch(12, sizes=one)
    yield Case(
        "boxes that reach over the border, and boxes beyond it",
        (logits, deltas, [2 * proposals - torch.tensor([60.0, 40, 60, 40])], sizes),
        hint="boxes are clipped before NMS; what then is narrower or lower than 0.01 is dropped.",
    )
    logits, deltas, proposals, sizes = batch(8, sizes=one)
    yield Case(
        "deltas that ask for enormous boxes",
        (logits, 30 * deltas, proposals, sizes),
        hint="decode limits the stretching to 1000 / 16, so that exp stays finite.",
    )
    yield Case(
        "an image without proposals",
        batch(0, 8, sizes=two),
        hint="its entries are tensors of the shapes [0, 4], [0] and [0].",
    )
    yield Case(
        "no proposals in two images",
        batch(0, 0, sizes=two),
        hint="each image has its entries: tensors of the shapes [0, 4], [0] and [0].",
    )
    logits, *rest = batch(8, sizes=one)
    yield Case(
        "nothing but background",
        (logits + torch.tensor([30.0, 0, 0, 0]), *rest),
        hint="where no score is high enough, the entries are empty.",
    )
    apart = torch.tensor([[0.0, 0, 30, 20], [40, 0, 90, 25], [0, 40, 25, 70], [40, 40, 100, 60]])
    sure = torch.tensor([[0.0, 2.0], [0, 0], [1, 0], [0, 0.5]])
    yield Case(
        "a score of exactly score_thresh",
        (sure, torch.zeros(4, 8), [apart], one),
        {"score_thresh": 0.5},
        hint="a score must be higher than score_thresh.",
    )
    thin = torch.tensor([[5.0, 5, 5.015, 30], [40, 5, 70, 5.015], [5, 40, 5.007, 70]])
    thin = torch.cat([thin, torch.tensor([[40.0, 40, 70, 40.007], [80, 5, 110, 30]])])
    yield Case(
        "sides of about a hundredth of a pixel",
        (logits[:5, :2] * 0.1, torch.zeros(5, 8), [thin], one),
        hint="boxes whose sides are at least 0.01 stay.",
    )
    column, row = torch.arange(110) % 11, torch.arange(110) // 11
    corner = torch.stack([10.0 * column, 7.0 * row], dim=1)
    yield Case(
        "more than a hundred detections",
        (
            torch.stack([torch.zeros(110), uniform(110).argsort() / 50], dim=1),
            torch.zeros(110, 8),
            [torch.cat([corner, corner + 6], dim=1)],
            one,
        ),
        hint="100 of an image are kept, unless the caller asks for others.",
    )
    yield Case("more classes than RoIs", batch(6, sizes=one, classes=9))


POSTPROCESS_DETECTIONS = Exercise(
    name="postprocess_detections",
    reference=postprocess_detections,
    source="torchvision's RoIHeads",
    picture="boxes",
    steps=(
        "Softmax over the classes, decode the boxes, clip them to the image, and leave class "
        "0 out.",
        "From here on every pair of RoI and class is a candidate with its box, score and "
        "label: flatten all three in the same way.",
        "Drop low scores, then boxes without size.",
        "NMS on each class for itself, which ops.batched_nms does; keep the first "
        "detections_per_img.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["class_logits", "box_regression", "proposals"],
        hints={"float64": "boxes and scores have the dtype of the inputs, labels are int64."},
    ),
    refused=(works.ROI_HEADS,),
    mistakes=MISTAKES,
)
