"""Predictors for other classes and keypoints: the last layer of each head, new and untrained.

Everything before them keeps its weights: what a detector has learnt about edges, parts and shapes
serves other objects, too (Girshick et al. 2014, section 3.3: fine-tuning from a larger data set).
"""

from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNPredictor
from torchvision.models.detection.mask_rcnn import MaskRCNNPredictor


def replace_predictors(
    model: FasterRCNN, *, num_classes: int | None = None, num_keypoints: int | None = None
) -> FasterRCNN:
    """Put new predictors into a detector, for other classes, other keypoints, or both.

    The new layers are drawn from torch's generator; call `torch.manual_seed` before.

    Args:
        model (FasterRCNN): or `MaskRCNN` or `KeypointRCNN`; it is changed in place.
        num_classes: with the background. Boxes, classes and masks are predicted anew.
        num_keypoints: of an object. Keypoints are predicted anew.

    Returns:
        FasterRCNN: `model`, whose other layers keep their weights.

    Raises:
        ValueError: If a number is impossible, or the detector has no keypoint head.

    Example:
        >>> model = load_detector("keypointrcnn", weights="course")
        >>> replace_predictors(model, num_classes=3, num_keypoints=5).roi_heads.box_predictor
        FastRCNNPredictor(
          (cls_score): Linear(in_features=256, out_features=3, bias=True)
          (bbox_pred): Linear(in_features=256, out_features=12, bias=True)
        )
    """
    heads = model.roi_heads
    if num_classes is not None:
        check_num_classes(num_classes)
    if num_keypoints is not None:
        check_num_keypoints(num_keypoints, heads.has_keypoint())
    if num_classes is not None:
        box = heads.box_predictor.cls_score
        heads.box_predictor = FastRCNNPredictor(box.in_features, num_classes).to(box.weight.device)
        if heads.has_mask():
            mask = heads.mask_predictor.conv5_mask
            new = MaskRCNNPredictor(mask.in_channels, mask.out_channels, num_classes)
            heads.mask_predictor = new.to(mask.weight.device)
    if num_keypoints is not None:
        keypoint = heads.keypoint_predictor.kps_score_lowres
        new = KeypointRCNNPredictor(keypoint.in_channels, num_keypoints)
        heads.keypoint_predictor = new.to(keypoint.weight.device)
    return model


def check_num_classes(num_classes: int) -> None:
    """Refuse a number of classes that no detector has."""
    if type(num_classes) is not int or num_classes < 2:
        raise ValueError(
            "num_classes must be a whole number of 2 or more, since the background counts as one, "
            f"but got {num_classes!r}"
        )


def check_num_keypoints(num_keypoints: int, has_keypoint_head: bool) -> None:
    """Refuse a number of keypoints that no detector has, or not this one."""
    if not has_keypoint_head:
        raise ValueError(
            f"num_keypoints must not be given to a detector without a keypoint head, "
            f"but got {num_keypoints!r}: choose 'keypointrcnn' or 'maskkeypointrcnn'"
        )
    if type(num_keypoints) is not int or num_keypoints < 1:
        raise ValueError(
            f"num_keypoints must be a whole number of 1 or more, but got {num_keypoints!r}"
        )
