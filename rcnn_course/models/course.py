"""The course detector: a small R-CNN with torchvision's own parts and torchvision's module names.

Printed, it reads like `maskrcnn_resnet50_fpn` and `keypointrcnn_resnet50_fpn`, but it is made for
two CPU cores: half as wide as a ResNet-18, with a pyramid of 64 channels, small heads and few
proposals. Boxes, masks and keypoints come from one set of weights.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from torch import nn
from torchvision.models.detection import FasterRCNN, KeypointRCNN, MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads, KeypointRCNNPredictor
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.resnet import BasicBlock
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign

from rcnn_course.datasets import CATEGORIES, KEYPOINT_NAMES
from rcnn_course.models.predictors import check_num_classes, check_num_keypoints

NAMES = ("fasterrcnn", "maskrcnn", "keypointrcnn", "maskkeypointrcnn")
IMAGE_SIZE = 352  # pixels of the shorter side, to which pictures are scaled
PYRAMID = 64  # channels of the feature pyramid

_WIDTHS = (32, 64, 128, 256)  # channels of layer1 … layer4
_BOX_FEATURES = 256
_MASK_LAYERS = (64,) * 4
_KEYPOINT_LAYERS = (96,) * 8  # as many as torchvision's: they must see the whole person


def course_rcnn(
    name: str = "maskkeypointrcnn",
    *,
    num_classes: int = len(CATEGORIES),
    num_keypoints: int | None = None,
    norm_layer: Callable[[int], nn.Module] = FrozenBatchNorm2d,
) -> FasterRCNN:
    """Build the course detector, untrained.

    Args:
        name: the heads, by torchvision's names: "fasterrcnn" has the box head alone, "maskrcnn"
            and "keypointrcnn" one more each, and "maskkeypointrcnn" all three.
        num_classes: with the background; those of generated people by default.
        num_keypoints: of an object, for a detector with a keypoint head; COCO's 17 by default.
        norm_layer: of the backbone. Training from scratch needs `nn.BatchNorm2d`; its state
            dict fits the frozen one, as in torchvision.

    Returns:
        FasterRCNN: torchvision's `FasterRCNN`, `MaskRCNN` or `KeypointRCNN`, in training mode.
            The one with all three heads is a `MaskRCNN` with a keypoint head.

    Raises:
        ValueError: If `name` is none of the four, or a number is impossible.

    Example:
        >>> model = course_rcnn("fasterrcnn")
        >>> model.roi_heads.box_predictor
        FastRCNNPredictor(
          (cls_score): Linear(in_features=256, out_features=5, bias=True)
          (bbox_pred): Linear(in_features=256, out_features=20, bias=True)
        )
        >>> model.roi_heads.mask_head is None, model.training
        (True, True)
    """
    if name not in NAMES:
        raise ValueError(
            "name must be 'fasterrcnn', 'maskrcnn', 'keypointrcnn' or 'maskkeypointrcnn', "
            f"but got {name!r}"
        )
    check_num_classes(num_classes)
    if num_keypoints is not None:
        check_num_keypoints(num_keypoints, "keypoint" in name)
    settings = _box_settings(num_classes, norm_layer)
    keypoints = len(KEYPOINT_NAMES) if num_keypoints is None else num_keypoints
    match name:
        case "fasterrcnn":
            return FasterRCNN(**settings)
        case "maskrcnn":
            return MaskRCNN(**settings, **_mask_settings(num_classes))
        case "keypointrcnn":
            return KeypointRCNN(**settings, **_keypoint_settings(keypoints))
    model = MaskRCNN(**settings, **_mask_settings(num_classes))
    for part, module in _keypoint_settings(keypoints).items():
        setattr(model.roi_heads, part, module)
    return model


def _box_settings(num_classes: int, norm_layer: Callable[[int], nn.Module]) -> dict[str, Any]:
    """Arguments of `FasterRCNN` for pictures with ten objects or so."""
    return {
        "backbone": _backbone(norm_layer),
        "min_size": IMAGE_SIZE,
        "max_size": 2 * IMAGE_SIZE,
        "rpn_anchor_generator": AnchorGenerator(
            ((16,), (32,), (64,), (128,), (224,)), ((0.5, 1.0, 2.0),) * 5
        ),
        "rpn_pre_nms_top_n_train": 200,
        "rpn_pre_nms_top_n_test": 100,
        "rpn_post_nms_top_n_train": 100,
        "rpn_post_nms_top_n_test": 100,
        "rpn_batch_size_per_image": 128,
        "box_roi_pool": _roi_pool(7),
        "box_head": TwoMLPHead(PYRAMID * 7 * 7, _BOX_FEATURES),
        "box_predictor": FastRCNNPredictor(_BOX_FEATURES, num_classes),
        "box_batch_size_per_image": 32,
        "box_detections_per_img": 20,
    }


def _mask_settings(num_classes: int) -> dict[str, Any]:
    channels = _MASK_LAYERS[-1]
    return {
        "mask_roi_pool": _roi_pool(14),
        "mask_head": MaskRCNNHeads(PYRAMID, _MASK_LAYERS, dilation=1),
        "mask_predictor": MaskRCNNPredictor(channels, channels, num_classes),
    }


def _keypoint_settings(num_keypoints: int) -> dict[str, Any]:
    return {
        "keypoint_roi_pool": _roi_pool(14),
        "keypoint_head": KeypointRCNNHeads(PYRAMID, _KEYPOINT_LAYERS),
        "keypoint_predictor": KeypointRCNNPredictor(_KEYPOINT_LAYERS[-1], num_keypoints),
    }


def _roi_pool(output_size: int) -> MultiScaleRoIAlign:
    """Torchvision's pooling; its canonical scale of 224 gives small pictures the finest levels."""
    return MultiScaleRoIAlign(["0", "1", "2", "3"], output_size, sampling_ratio=2)


def _backbone(norm_layer: Callable[[int], nn.Module]) -> BackboneWithFPN:
    """A ResNet-18 of half the width, with a feature pyramid."""
    stem = _WIDTHS[0]
    layers = OrderedDict(
        conv1=nn.Conv2d(3, stem, kernel_size=7, stride=2, padding=3, bias=False),
        bn1=norm_layer(stem),
        relu=nn.ReLU(inplace=True),
        maxpool=nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
    )
    channels = stem
    for number, width in enumerate(_WIDTHS, start=1):
        layers[f"layer{number}"] = _stage(channels, width, 1 if number == 1 else 2, norm_layer)
        channels = width
    body = nn.Sequential(layers)
    for module in body.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return_layers = {f"layer{number}": str(number - 1) for number in (1, 2, 3, 4)}
    return BackboneWithFPN(body, return_layers, list(_WIDTHS), PYRAMID)


def _stage(
    in_channels: int, channels: int, stride: int, norm_layer: Callable[[int], nn.Module]
) -> nn.Sequential:
    """Two basic blocks; the first changes the size where `stride` or the channels ask for it."""
    shortcut = None
    if stride != 1 or in_channels != channels:
        shortcut = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=1, stride=stride, bias=False),
            norm_layer(channels),
        )
    return nn.Sequential(
        BasicBlock(in_channels, channels, stride, shortcut, norm_layer=norm_layer),
        BasicBlock(channels, channels, norm_layer=norm_layer),
    )
