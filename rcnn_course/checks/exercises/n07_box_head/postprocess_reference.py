"""Reference of `postprocess_detections`: torchvision's method, with settings as arguments."""

from types import SimpleNamespace

from torch import Tensor
from torchvision.models.detection import roi_heads
from torchvision.models.detection._utils import BoxCoder

Detections = tuple[list[Tensor], list[Tensor], list[Tensor]]
Tensors = list[Tensor]
Sizes = list[tuple[int, int]]

_postprocess = roi_heads.RoIHeads.postprocess_detections
_WEIGHTS = (10.0, 10.0, 5.0, 5.0)


def reference(
    class_logits: Tensor,
    box_regression: Tensor,
    proposals: Tensors,
    image_shapes: Sizes,
    score_thresh: float = 0.05,
    nms_thresh: float = 0.5,
    detections_per_img: int = 100,
    weights: tuple[float, float, float, float] = _WEIGHTS,
) -> Detections:
    """Call torchvision's method with these settings of its RoIHeads."""
    settings = SimpleNamespace(
        box_coder=BoxCoder(weights),
        score_thresh=score_thresh,
        nms_thresh=nms_thresh,
        detections_per_img=detections_per_img,
    )
    return _postprocess(settings, class_logits, box_regression, proposals, image_shapes)
