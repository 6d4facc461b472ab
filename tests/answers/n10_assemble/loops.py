"""Right answers of notebook 10, one picture, detection or loss at a time."""

import torch
from torchvision import ops
from torchvision.models.detection.rpn import concat_box_prediction_layers


def wire_faster_rcnn(model, images, branches=()):
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


def wire_mask_rcnn(model, features, detections, image_sizes):
    results = []
    for index, detection in enumerate(detections):
        own = {name: values[index : index + 1] for name, values in features.items()}
        rois = model.roi_heads.mask_roi_pool(own, [detection["boxes"]], [image_sizes[0]])
        logits = model.roi_heads.mask_predictor(model.roi_heads.mask_head(rois))
        masks = [
            of_roi[label, None] for of_roi, label in zip(logits, detection["labels"], strict=True)
        ]
        masks = torch.stack(masks).sigmoid() if masks else logits[:, :1]
        results.append({"masks": masks, **detection})
    return results


def wire_keypoint_rcnn(model, features, detections, image_sizes):
    results = []
    for index, detection in enumerate(detections):
        own = {name: values[index : index + 1] for name, values in features.items()}
        rois = model.roi_heads.keypoint_roi_pool(own, [detection["boxes"]], [image_sizes[0]])
        maps = model.roi_heads.keypoint_predictor(model.roi_heads.keypoint_head(rois))
        (keypoints,), (scores,) = keypointrcnn_inference(maps, [detection["boxes"]])  # noqa: F821
        results.append(dict(detection, keypoints=keypoints, keypoints_scores=scores))
    return results


def evaluate_coco(targets, outputs, iou_threshold=0.5):
    labels = sorted({int(label) for target in targets for label in target["labels"]})
    total = 0.0
    for label in labels:
        entries, count = [], 0
        for number, (target, output) in enumerate(zip(targets, outputs, strict=True)):
            truth = list(target["boxes"][target["labels"] == label])
            count += len(truth)
            taken = set()
            rows = [i for i in range(len(output["labels"])) if output["labels"][i] == label]
            for i in sorted(rows, key=lambda i: -output["scores"][i].item()):
                best, best_iou = None, iou_threshold
                for g, box in enumerate(truth):
                    iou = ops.box_iou(output["boxes"][i, None], box[None]).item()
                    if g not in taken and iou >= best_iou:
                        best, best_iou = g, iou
                if best is not None:
                    taken.add(best)
                entries.append((output["scores"][i].item(), best is not None, number))
        entries.sort(key=lambda entry: -entry[0])
        found, points = 0, []
        for place, (_, hit, _) in enumerate(entries, start=1):
            found += hit
            points.append((found / count, found / place))
        for step in range(101):
            total += max((p for r, p in points if r >= step / 100), default=0.0) / 101
    return total / len(labels)


def train_one_epoch(model, optimizer, batches, scheduler=None):
    model.train()
    history = {}
    for images, targets in batches:
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                parameter.grad = None
        losses = model(images, targets)
        total = 0
        for name in losses:
            total = total + losses[name]
            history[name] = [*history.get(name, []), float(losses[name])]
        total.backward()
        optimizer.step()
        if scheduler:
            scheduler.step()
    return history
