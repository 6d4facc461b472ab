"""What libraries have for the exercises of 10_assemble."""

import contextlib
import io
from types import SimpleNamespace

import torch
from torchvision.models.detection.generalized_rcnn import GeneralizedRCNN
from torchvision.models.detection.roi_heads import RoIHeads

from rcnn_course.datasets import evaluate_detections
from rcnn_course.models import stages
from rcnn_course.reference import planted, training


class wire_faster_rcnn:
    def called(model, images, branches=()):
        return _only_boxes(model, lambda: model(images))

    def class_forward(model, images, branches=()):
        return _only_boxes(model, lambda: GeneralizedRCNN.forward(model, images))

    def unhooked(model, images, branches=()):
        return _only_boxes(model, lambda: model._call_impl(images))

    def network_and_heads(model, images, branches=()):
        sizes = [tuple(image.shape[-2:]) for image in images]
        batch, _ = model.transform(images)
        features = model.backbone(batch.tensors)
        proposals, _ = model.rpn(batch, features)
        found, _ = _only_boxes(
            model, lambda: model.roi_heads(features, proposals, batch.image_sizes)
        )
        return model.transform.postprocess(found, batch.image_sizes, sizes)

    def network_alone(model, images, branches=()):
        sizes = [tuple(image.shape[-2:]) for image in images]
        batch, _ = model.transform(images)
        features = model.backbone(batch.tensors)
        proposals, _ = model.rpn(batch, features)
        heads = model.roi_heads
        rois = heads.box_roi_pool(features, proposals, batch.image_sizes)
        found = heads.postprocess_detections(
            *heads.box_predictor(heads.box_head(rois)), proposals, batch.image_sizes
        )
        detections = [
            {"boxes": b, "labels": y, "scores": s} for b, s, y in zip(*found, strict=True)
        ]
        return model.transform.postprocess(detections, batch.image_sizes, sizes)

    def recorded_by_the_course(model, images, branches=()):
        with torch.no_grad(), stages._recorded_calls(model) as calls:
            _only_boxes(model, lambda: model(images))
        return calls["back to the picture"][1]


def _only_boxes(model, call):
    """Call a detector without its other heads."""
    heads = model.roi_heads
    kept = {name: vars(heads).get(name) for name in ("has_mask", "has_keypoint")}
    heads.has_mask = heads.has_keypoint = lambda: False
    try:
        return call()
    finally:
        for name, value in kept.items():
            if value is None:
                del vars(heads)[name]
            else:
                vars(heads)[name] = value


def _with_boxes(model, features, detections, image_sizes, forward, names):
    boxes, labels, scores = ([d[key] for d in detections] for key in ("boxes", "labels", "scores"))
    heads = model.roi_heads
    heads.postprocess_detections = lambda *_: (boxes, scores, labels)
    try:
        found, _ = forward(heads, features, boxes, image_sizes)
    finally:
        del vars(heads)["postprocess_detections"]
    return [
        {**d, **{name: f[name] for name in names}} for d, f in zip(detections, found, strict=True)
    ]


def _branch(names):
    """Return what libraries have for a branch that adds `names`."""

    def heads(model, features, detections, image_sizes):
        return _with_boxes(
            model, features, detections, image_sizes, lambda heads, *args: heads(*args), names
        )

    def class_forward(model, features, detections, image_sizes):
        return _with_boxes(model, features, detections, image_sizes, RoIHeads.forward, names)

    def unhooked(model, features, detections, image_sizes):
        return _with_boxes(
            model,
            features,
            detections,
            image_sizes,
            lambda heads, *args: heads._call_impl(*args),
            names,
        )

    def namespace(model, features, detections, image_sizes):
        me = SimpleNamespace(training=False)
        for name in dir(model.roi_heads):
            if not name.startswith("_") and name != "training":
                setattr(me, name, getattr(model.roi_heads, name))
        boxes, labels, scores = (
            [d[key] for d in detections] for key in ("boxes", "labels", "scores")
        )
        me.postprocess_detections = lambda *_: (boxes, scores, labels)
        found, _ = RoIHeads.forward(me, features, boxes, image_sizes)
        return [
            {**d, **{name: f[name] for name in names}}
            for d, f in zip(detections, found, strict=True)
        ]

    return {
        "heads": heads,
        "class_forward": class_forward,
        "unhooked": unhooked,
        "namespace": namespace,
    }


wire_mask_rcnn = type("wire_mask_rcnn", (), _branch(["masks"]))
wire_keypoint_rcnn = type("wire_keypoint_rcnn", (), _branch(["keypoints", "keypoints_scores"]))


class evaluate_coco:
    def course_data(targets, outputs, iou_threshold=0.5):
        with contextlib.redirect_stdout(io.StringIO()):
            result = evaluate_detections(targets, outputs, iou_types=["bbox"]).bbox
        return result.AP50 if iou_threshold == 0.5 else result.AP75

    def curves_of_course_data(targets, outputs, iou_threshold=0.5):
        with contextlib.redirect_stdout(io.StringIO()):
            result = evaluate_detections(targets, outputs, iou_types=["bbox"]).bbox
        curves = result.curves_by_category(iou_threshold=iou_threshold)
        return float(torch.tensor([curve.mean().item() for curve in curves.values()]).mean())


class train_one_epoch:
    def private_names(model, optimizer, batches, scheduler=None):
        return vars(training)["train_one_epoch"](model, optimizer, batches, scheduler)


class bug_found:
    def what_is_planted(number):
        bug = planted.planted("grace")[number - 1]
        return "grace", bug.stage, bug.part, bug.mistake


class cascade_boxes:
    """No library has it."""
