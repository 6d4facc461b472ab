"""Explorers of functions whose results are right, or nearly so, but not as the library has them."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils._pytree import tree_map
from torchvision import ops
from torchvision.models.detection import roi_heads

from rcnn_course import widgets
from rcnn_course.reference import boxes, fpn, rpn
from rcnn_course.reference.box_head import postprocess_detections

pytestmark = pytest.mark.usefixtures("silent")


def changed(function, change):
    """Return a function whose resulting tensors are changed."""

    def other(*args, **kwargs):
        return tree_map(lambda x: change(x) if torch.is_tensor(x) else x, function(*args, **kwargs))

    return other


def floating(change):
    return lambda x: change(x) if x.is_floating_point() else x


def spoilt(value):
    """Return a change that puts a value into the middle of a tensor."""

    def change(x):
        x = x.clone()
        x.view(-1)[x.numel() // 2 : x.numel() // 2 + 1] = value
        return x

    return floating(change)


CHANGES = {
    "float64": floating(torch.Tensor.double),
    "float16": floating(torch.Tensor.half),
    "bfloat16": floating(torch.Tensor.bfloat16),
    "whole numbers": floating(torch.Tensor.long),
    "narrow indices": lambda x: x if x.is_floating_point() else x.to(torch.int32),
    "unsigned indices": lambda x: x if x.is_floating_point() or (x < 0).any() else x.byte(),
    "with a gradient": floating(lambda x: x.clone().requires_grad_()),
    "a parameter": floating(nn.Parameter),
    "not contiguous": lambda x: torch.stack([x, x], dim=-1)[..., 0],
    "no number": spoilt(math.nan),
    "infinite": spoilt(math.inf),
    "minus infinite": spoilt(-math.inf),
    "huge": spoilt(1e30),
}

EXPLORERS = {
    "anchors": lambda other, *_: widgets.AnchorExplorer(
        other(rpn.cell_anchors), other(rpn.grid_anchors), other(rpn.match_anchors)
    ),
    "detections": lambda other, model, scene: widgets.DetectionExplorer(
        model, *scene, select_detections=other(boxes.select_detections)
    ),
    "keypoints": lambda other, model, scene: widgets.KeypointExplorer(
        model, scene[0], other(roi_heads.heatmaps_to_keypoints)
    ),
    "masks": lambda other, *_: widgets.MaskExplorer(other(roi_heads.paste_masks_in_image)),
    "nms": lambda other, *_: widgets.NMSExplorer(other(ops.nms)),
    "postprocess": lambda other, model, scene: widgets.PostprocessExplorer(
        other(postprocess_detections), model, scene[0]
    ),
    "proposals": lambda other, model, scene: widgets.ProposalExplorer(
        model, scene[0], other(rpn.filter_proposals)
    ),
    "pyramid": lambda other, *_: widgets.PyramidExplorer(
        other(fpn.assign_levels), other(fpn.top_down_merge)
    ),
    "roi align": lambda other, *_: widgets.RoIAlignExplorer(
        other(ops.roi_align), other(ops.roi_pool)
    ),
    "upsampling": lambda other, *_: widgets.UpsamplingExplorer(
        other(F.conv_transpose1d), other(F.conv_transpose2d)
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("make", EXPLORERS.values(), ids=EXPLORERS)
def test_any_result_is_drawn_or_answered_in_words_of_its_own(make, change, model, scene):
    explorer = make(lambda function: changed(function, change), model, scene)
    problems = [explorer.problem]
    for control in explorer.controls:
        if isinstance(control.value, bool):
            control.value = not control.value
        elif hasattr(control, "max"):
            control.value = control.max
        problems.append(explorer.problem)
    said = "\n".join(problems).replace("This cannot be drawn: boxes must be xyxy", "")
    assert "cannot be drawn" not in said
