"""Tiny detectors for the cases, and mistakes in one stage of a detector."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import nn
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads, KeypointRCNNPredictor
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.ops import MultiScaleRoIAlign

from rcnn_course.checks.engine.exercise import Call
from rcnn_course.checks.engine.random_tensors import OwnRandomNumbers
from rcnn_course.reference.detectors import replaced

CHANNELS, CLASSES, KEYPOINTS = 8, 4, 5
BOX_BINS = 3
_SHORT_SIDE = 64


def tiny_detector(seed: int, **settings: Any) -> MaskRCNN:
    """Build a small detector with box, mask and keypoint heads and random weights.

    Args:
        seed: of the weights.
        settings: of `MaskRCNN` that differ from those of the cases.
    """
    with OwnRandomNumbers(seed):
        model = MaskRCNN(**(_settings() | settings))
        heads = model.roi_heads
        heads.keypoint_roi_pool = _pool(6)
        heads.keypoint_head = KeypointRCNNHeads(CHANNELS, (CHANNELS,))
        heads.keypoint_predictor = KeypointRCNNPredictor(CHANNELS, KEYPOINTS)
        for parameter in model.parameters():  # or everything would look like background
            if parameter.ndim > 1:
                nn.init.kaiming_normal_(parameter)
    return model.eval()


def without_branches(model: MaskRCNN) -> MaskRCNN:
    """Take the mask head and the keypoint head away, which leaves a Faster R-CNN."""
    for part in ("roi_pool", "head", "predictor"):
        setattr(model.roi_heads, f"mask_{part}", None)
        setattr(model.roi_heads, f"keypoint_{part}", None)
    return model


def _settings() -> dict[str, Any]:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for number, stride in enumerate((4, 2, 2, 2), start=1):
        inputs = 3 if number == 1 else CHANNELS
        convolution = nn.Conv2d(inputs, CHANNELS, kernel_size=3, stride=stride, padding=1)
        layers[f"layer{number}"] = nn.Sequential(convolution, nn.ReLU())
    returned = {f"layer{number}": str(number - 1) for number in (1, 2, 3, 4)}
    return {
        "backbone": BackboneWithFPN(
            nn.Sequential(layers), returned, [CHANNELS] * len(returned), CHANNELS
        ),
        "min_size": _SHORT_SIDE,
        "max_size": 2 * _SHORT_SIDE,
        "rpn_anchor_generator": AnchorGenerator(
            ((8,), (16,), (32,), (48,), (64,)), ((0.5, 1.0, 2.0),) * 5
        ),
        "rpn_pre_nms_top_n_test": 20,
        "rpn_post_nms_top_n_test": 12,
        "box_roi_pool": _pool(BOX_BINS),
        "box_head": TwoMLPHead(CHANNELS * BOX_BINS**2, CHANNELS),
        "box_predictor": FastRCNNPredictor(CHANNELS, CLASSES),
        "box_detections_per_img": 6,
        "mask_roi_pool": _pool(4),
        "mask_head": MaskRCNNHeads(CHANNELS, (CHANNELS,), dilation=1),
        "mask_predictor": MaskRCNNPredictor(CHANNELS, CHANNELS, CLASSES),
    }


def _pool(bins: int) -> MultiScaleRoIAlign:
    return MultiScaleRoIAlign(["0", "1", "2", "3"], bins, sampling_ratio=2, canonical_scale=64)


def stage_changed(path: str, change: Callable[[Any], Any]) -> Callable[[Call], Any]:
    """Make the mistake of another function, or setting, in the place of one stage of the model.

    Args:
        path: of what is changed, such as 'rpn.head.forward'.
        change: makes the new one from the old one.
    """

    def wrong(call: Call) -> Any:
        with replaced(call.model, path, change):
            return call()

    return wrong


def output_changed(path: str, change: Callable[[Any], Any]) -> Callable[[Call], Any]:
    """Make the mistake of one stage of the model whose output is changed."""
    return stage_changed(path, lambda forward: lambda *inputs: change(forward(*inputs)))


def call_for_detections(subject: Callable, *args: Any, **kwargs: Any) -> Any:
    """Call a wiring, whose dictionaries may have their entries in any order."""
    results = subject(*args, **kwargs)
    if not isinstance(results, Sequence) or not all(isinstance(r, Mapping) for r in results):
        return results
    return [dict(sorted(result.items())) for result in results]
