"""Right answers to `wire_faster_rcnn`, one for each style."""

import torch
from torchvision.models.detection.rpn import concat_box_prediction_layers


def wire_faster_rcnn_arrays(model, images, branches=()):
    batch, _ = model.transform(images)
    features = model.backbone.fpn(model.backbone.body(batch.tensors))
    logits, deltas = model.rpn.head(list(features.values()))
    anchors = torch.stack(model.rpn.anchor_generator(batch, list(features.values())))
    n = len(images)
    rows = [of_level.permute(0, 2, 3, 1).reshape(n, -1, 1) for of_level in logits]
    moves = [
        of_level.unflatten(1, (-1, 4)).permute(0, 3, 4, 1, 2).reshape(n, -1, 4)
        for of_level in deltas
    ]
    rows, counts = torch.cat(rows, 1), [of_level.shape[1] for of_level in rows]
    boxes = model.rpn.box_coder.decode_single(
        torch.cat(moves, 1).reshape(-1, 4), anchors.reshape(-1, 4)
    )
    proposals, _ = model.rpn.filter_proposals(
        boxes.reshape(n, -1, 4), rows.reshape(-1, 1), batch.image_sizes, counts
    )
    heads = model.roi_heads
    pooled = heads.box_roi_pool(features, proposals, batch.image_sizes)
    outputs = heads.box_predictor(heads.box_head(pooled))
    boxes, scores, labels = heads.postprocess_detections(*outputs, proposals, batch.image_sizes)
    detections = [
        dict(boxes=boxes[i], labels=labels[i], scores=scores[i]) for i in range(len(images))
    ]
    for branch in branches:
        detections = branch(model, features, detections, batch.image_sizes)
    results = []
    for image, (height, width), detection in zip(
        images, batch.image_sizes, detections, strict=True
    ):
        factor = torch.tensor([image.shape[2] / width, image.shape[1] / height] * 2)
        results.append({**detection, "boxes": detection["boxes"] * factor})
    return results


def wire_faster_rcnn_functions(model, images, branches=()):
    def propose(batch, features):
        levels = list(features.values())
        objectness, deltas = model.rpn.head(levels)
        counts = [o.shape[1] * o.shape[2] * o.shape[3] for o in objectness]
        objectness, deltas = concat_box_prediction_layers(objectness, deltas)
        anchors = model.rpn.anchor_generator(batch, levels)
        boxes = model.rpn.box_coder.decode(deltas, anchors)
        boxes = torch.stack(boxes.squeeze(1).split(sum(counts)))
        return model.rpn.filter_proposals(boxes, objectness, batch.image_sizes, counts)[0]

    def detect(features, proposals, sizes):
        heads = model.roi_heads
        x = heads.box_predictor(heads.box_head(heads.box_roi_pool(features, proposals, sizes)))
        results = heads.postprocess_detections(*x, proposals, sizes)
        return [
            dict(zip(("boxes", "scores", "labels"), r, strict=True))
            for r in zip(*results, strict=True)
        ]

    with torch.no_grad():
        shapes = [image.shape[-2:] for image in images]
        batch = model.transform(images)[0]
        features = model.backbone(batch.tensors)
        detections = detect(features, propose(batch, features), batch.image_sizes)
        for add in branches:
            detections = add(model, features, detections, batch.image_sizes)
        return model.transform.postprocess(detections, batch.image_sizes, shapes)


def wire_faster_rcnn_loops(model, images, branches=()):
    batch, _ = model.transform(images, None)
    features = model.backbone(batch.tensors)
    levels = list(features.values())
    logits, deltas = model.rpn.head(levels)
    anchors = model.rpn.anchor_generator(batch, levels)
    counts = []
    for of_level in logits:
        _, anchors_of_cell, height, width = of_level.shape
        counts.append(anchors_of_cell * height * width)
    logits, deltas = concat_box_prediction_layers(logits, deltas)
    boxes = model.rpn.box_coder.decode(deltas.detach(), anchors)
    boxes = boxes.view(len(images), sum(counts), 4)
    proposals = model.rpn.filter_proposals(boxes, logits, batch.image_sizes, counts)[0]
    heads = model.roi_heads
    detections = []
    rois = heads.box_head(heads.box_roi_pool(features, proposals, batch.image_sizes))
    class_logits, box_regression = heads.box_predictor(rois)
    start = 0
    for proposal, size in zip(proposals, batch.image_sizes, strict=True):
        rows = slice(start, start + len(proposal))
        start += len(proposal)
        boxes, scores, labels = heads.postprocess_detections(
            class_logits[rows], box_regression[rows], [proposal], [size]
        )
        detections.append({"scores": scores[0], "labels": labels[0], "boxes": boxes[0]})
    for branch in branches:
        detections = branch(model, features, detections, batch.image_sizes)
    results = []
    for image, size, detection in zip(images, batch.image_sizes, detections, strict=True):
        results += model.transform.postprocess([detection], [size], [image.shape[1:]])
    return results
