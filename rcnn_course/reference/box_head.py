"""The box head's parts (Ren et al. 2015, Faster R-CNN, section 3), as functions.

Letters: `R` RoIs of all images, `C` classes with the background, `D` detections of an image.
"""

from types import SimpleNamespace

from torch import Tensor
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.roi_heads import RoIHeads

Shapes = list[tuple[int, int]]
Detections = tuple[list[Tensor], list[Tensor], list[Tensor]]

_BoxCoder, _postprocess_detections = BoxCoder, RoIHeads.postprocess_detections


def postprocess_detections(
    class_logits: Tensor,
    box_regression: Tensor,
    proposals: list[Tensor],
    image_shapes: Shapes,
    score_thresh: float = 0.05,
    nms_thresh: float = 0.5,
    detections_per_img: int = 100,
    weights: tuple[float, float, float, float] = (10.0, 10.0, 5.0, 5.0),
) -> Detections:
    """Turn scores and deltas into detections as torchvision's `RoIHeads` does.

    Args:
        class_logits (Tensor[R, C]): image after image; class 0 is the background.
        box_regression (Tensor[R, 4 C]): deltas of every class, times the weights.
        proposals (list of Tensor[L, 4]): of each image, xyxy in pixels.
        image_shapes: height and width of each image, in pixels.
        score_thresh: probability that a detection exceeds.
        nms_thresh: IoU above which of two boxes of a class only the better one stays.
        detections_per_img: most detections of an image.
        weights: of the deltas of x, y, width and height.

    Returns:
        (list[Tensor[D, 4]], list[Tensor[D]], list[Tensor[D]]): boxes, scores and labels of each
        image, the best first.

    Source: Ren et al. 2015, section 3; torchvision `RoIHeads.postprocess_detections`.
    """
    settings = SimpleNamespace(
        box_coder=_BoxCoder(weights),
        score_thresh=score_thresh,
        nms_thresh=nms_thresh,
        detections_per_img=detections_per_img,
    )
    return _postprocess_detections(settings, class_logits, box_regression, proposals, image_shapes)
