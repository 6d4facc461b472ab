"""The course detector: torchvision's module tree, made small."""

import re

import pytest
import torch
from torch import nn
from torchvision.models.detection import (
    FasterRCNN,
    KeypointRCNN,
    MaskRCNN,
    fasterrcnn_resnet50_fpn,
    keypointrcnn_resnet50_fpn,
    maskrcnn_resnet50_fpn,
)

from rcnn_course.models import course_rcnn

BIG = {
    "fasterrcnn": fasterrcnn_resnet50_fpn,
    "maskrcnn": maskrcnn_resnet50_fpn,
    "keypointrcnn": keypointrcnn_resnet50_fpn,
}
CLASSES = {
    "fasterrcnn": FasterRCNN,
    "maskrcnn": MaskRCNN,
    "keypointrcnn": KeypointRCNN,
    "maskkeypointrcnn": MaskRCNN,
}


def outer_modules(model):
    """Names and classes without what differs in number: residual blocks and head layers."""
    inner = re.compile(r"layer\d\.|keypoint_head\.|mask_head\.\d\.")
    return {
        name: type(module)
        for name, module in model.named_modules()
        if not inner.search(name) and type(module).__name__ != "FrozenBatchNorm2d"
    }


@pytest.mark.parametrize("name", BIG)
def test_module_names_and_classes_are_torchvisions(name):
    big = outer_modules(BIG[name](weights=None, weights_backbone=None))
    small = outer_modules(course_rcnn(name, norm_layer=nn.BatchNorm2d))
    assert small == big


@pytest.mark.parametrize("name", CLASSES)
def test_each_name_gives_torchvisions_class(name):
    model = course_rcnn(name)
    assert type(model) is CLASSES[name]
    assert model.roi_heads.has_mask() == ("mask" in name)
    assert model.roi_heads.has_keypoint() == ("keypoint" in name)


def test_all_heads_hold_the_weights_of_each_smaller_detector():
    whole = course_rcnn("maskkeypointrcnn").state_dict()
    parts = [course_rcnn(name).state_dict() for name in BIG]
    assert set(whole) == set().union(*parts)
    for part in parts:
        assert all(tensor.shape == whole[key].shape for key, tensor in part.items())


def test_unknown_name_is_refused():
    with pytest.raises(ValueError, match=r"name must be 'fasterrcnn', .*, but got 'retinanet'"):
        course_rcnn("retinanet")


def scene(*labels):
    """An image and its target: boxes in a row; keypoints on people alone."""
    count = len(labels)
    lefts = torch.arange(count) * 40.0 + 4
    boxes = torch.stack([lefts, torch.full_like(lefts, 20), lefts + 24, lefts * 0 + 70], dim=1)
    masks = torch.zeros(count, 128, 128, dtype=torch.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes.int().tolist(), strict=True):
        mask[y1:y2, x1:x2] = 1
    keypoints = torch.zeros(count, 17, 3)
    people = torch.tensor(labels) == 1
    keypoints[people, :, 0] = lefts[people, None] + 12
    keypoints[people, :, 1] = torch.linspace(24, 66, 17)
    keypoints[people, :, 2] = 2
    target = {"boxes": boxes, "labels": torch.tensor(labels)}
    return torch.rand(3, 128, 128), {**target, "masks": masks, "keypoints": keypoints}


def losses_of(*labels):
    torch.manual_seed(0)
    model = course_rcnn(norm_layer=nn.BatchNorm2d).train()
    model.transform.min_size = (128,)
    image, target = scene(*labels)
    return model, model([image], [target])


def test_keypoint_loss_ignores_other_categories():
    model, losses = losses_of(3, 4)
    assert losses["loss_keypoint"] == 0
    sum(losses.values()).backward()
    predictor = model.roi_heads.keypoint_predictor.kps_score_lowres
    assert not predictor.weight.grad.any()


def test_every_loss_reaches_its_own_layers():
    model, losses = losses_of(1, 2)
    assert set(losses) == {
        "loss_classifier",
        "loss_box_reg",
        "loss_mask",
        "loss_keypoint",
        "loss_objectness",
        "loss_rpn_box_reg",
    }
    sum(losses.values()).backward()
    untouched = [name for name, p in model.named_parameters() if p.grad is None]
    assert untouched == []
    assert model.roi_heads.keypoint_predictor.kps_score_lowres.weight.grad.any()
    by_class = model.roi_heads.mask_predictor.mask_fcn_logits.weight.grad.flatten(1).any(dim=1)
    assert by_class.tolist() == [False, True, True, False, False]


def test_picture_without_objects_can_be_trained_on():
    model = course_rcnn(norm_layer=nn.BatchNorm2d).train()
    model.transform.min_size = (128,)
    target = {
        "boxes": torch.zeros(0, 4),
        "labels": torch.zeros(0, dtype=torch.int64),
        "masks": torch.zeros(0, 128, 128, dtype=torch.uint8),
        "keypoints": torch.zeros(0, 17, 3),
    }
    losses = model([torch.rand(3, 128, 128), scene(1)[0]], [target, scene(1)[1]])
    assert all(torch.isfinite(loss) for loss in losses.values())


def test_batch_norm_weights_fit_the_frozen_detector():
    trained = course_rcnn(norm_layer=nn.BatchNorm2d)
    frozen = course_rcnn()
    frozen.load_state_dict(trained.state_dict())
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        expected = trained.eval().backbone(image)
        actual = frozen.eval().backbone(image)
    for level, feature in actual.items():
        torch.testing.assert_close(feature, expected[level])
