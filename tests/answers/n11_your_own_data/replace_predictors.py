"""Right answers to `replace_predictors`, one for each style."""

from torch import nn
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNPredictor
from torchvision.models.detection.mask_rcnn import MaskRCNNPredictor


def replace_predictors_loops(model, num_classes, num_keypoints=None, freeze_body=False):
    def channels(predictor):
        return next(predictor.parameters()).shape

    heads = model.roi_heads
    heads.box_predictor = FastRCNNPredictor(channels(heads.box_predictor)[1], num_classes)
    if heads.has_mask():
        inputs, inside = channels(heads.mask_predictor)[:2]
        heads.mask_predictor = MaskRCNNPredictor(inputs, inside, num_classes)
    if heads.has_keypoint():
        old = heads.keypoint_predictor
        heads.keypoint_predictor = KeypointRCNNPredictor(channels(old)[0], num_keypoints)
    for parameter in model.backbone.body.parameters():
        if freeze_body:
            parameter.requires_grad = False
    return model


def replace_predictors_layers(model, num_classes, num_keypoints=None, freeze_body=False):
    box = model.roi_heads.box_predictor
    box.cls_score = nn.Linear(box.cls_score.in_features, num_classes)
    box.bbox_pred = nn.Linear(box.bbox_pred.in_features, 4 * num_classes)
    mask = model.roi_heads.mask_predictor
    if mask is not None:
        first = mask.conv5_mask
        mask.conv5_mask = nn.ConvTranspose2d(first.in_channels, first.out_channels, 2, 2)
        mask.mask_fcn_logits = nn.Conv2d(first.out_channels, num_classes, 1)
    keypoint = model.roi_heads.keypoint_predictor
    if keypoint is not None:
        inputs = keypoint.kps_score_lowres.in_channels
        keypoint.kps_score_lowres = nn.ConvTranspose2d(inputs, num_keypoints, 4, 2, 1)
    if freeze_body:
        for name, parameter in model.named_parameters():
            if name.startswith("backbone.body."):
                parameter.requires_grad_(False)
    return model


def replace_predictors_table(model, num_classes, num_keypoints=None, freeze_body=False):
    heads = model.roi_heads
    makers = {
        "box_predictor": lambda old: FastRCNNPredictor(old.bbox_pred.in_features, num_classes),
        "mask_predictor": lambda old: MaskRCNNPredictor(
            old.conv5_mask.in_channels, old.conv5_mask.out_channels, num_classes
        ),
        "keypoint_predictor": lambda old: KeypointRCNNPredictor(
            old.kps_score_lowres.in_channels, num_keypoints
        ),
    }
    for name, make in makers.items():
        old = getattr(heads, name)
        if old is not None:
            setattr(heads, name, make(old))
    model.backbone.body.requires_grad_(not freeze_body)
    return model
