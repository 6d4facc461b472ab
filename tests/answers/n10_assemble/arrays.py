"""Right answers of notebook 10 that go through NumPy, or arrange whole arrays by hand."""

import torch


def wire_faster_rcnn(model, images, branches=()):
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


def wire_mask_rcnn(model, features, detections, image_sizes):
    heads = model.roi_heads
    boxes = [d["boxes"] for d in detections]
    labels = torch.cat([d["labels"] for d in detections])
    logits = heads.mask_predictor(
        heads.mask_head(heads.mask_roi_pool(features, boxes, image_sizes))
    )
    masks = logits.sigmoid()[torch.arange(len(labels)), labels, None]
    masks = masks.split([len(b) for b in boxes])
    return [d | {"masks": m} for d, m in zip(detections, masks, strict=True)]


def wire_keypoint_rcnn(model, features, detections, image_sizes):
    heads = model.roi_heads
    boxes = [d["boxes"] for d in detections]
    rois = heads.keypoint_roi_pool(features, boxes, image_sizes)
    found = keypointrcnn_inference(  # noqa: F821
        heads.keypoint_predictor(heads.keypoint_head(rois)), boxes
    )
    results = [dict(d) for d in detections]
    for result, keypoints, scores in zip(results, *found, strict=True):
        result.update(keypoints_scores=scores, keypoints=keypoints)
    return results


def evaluate_coco(targets, outputs, iou_threshold=0.5):
    import numpy as np

    def overlap(box, boxes):
        low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
        shared = np.clip(high - low, 0, None).prod(1)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        return shared / (areas + (box[2:] - box[:2]).prod() - shared)

    classes = np.unique(np.concatenate([t["labels"].numpy() for t in targets]))
    values = []
    for c in classes:
        truths = [t["boxes"].double().numpy()[t["labels"].numpy() == c] for t in targets]
        rows = [
            (score, picture, box)
            for picture, o in enumerate(outputs)
            for score, label, box in zip(
                o["scores"].numpy(), o["labels"].numpy(), o["boxes"].double().numpy(), strict=True
            )
            if label == c
        ]
        rows.sort(key=lambda row: row[0], reverse=True)
        free = [np.ones(len(truth), bool) for truth in truths]
        hits = np.zeros(len(rows), bool)
        for place, (_, picture, box) in enumerate(rows):
            iou = overlap(box, truths[picture]) * free[picture]
            if len(iou) and iou.max() >= iou_threshold:
                free[picture][iou.argmax()] = False
                hits[place] = True
        true_positives = np.cumsum(hits)
        recall = true_positives / sum(map(len, truths))
        precision = true_positives / np.maximum(np.arange(len(rows)) + 1, 1)
        levels = np.linspace(0, 1, 101)
        reached = recall[None] >= levels[:, None]
        values.append(np.where(reached, precision, 0).max(axis=1, initial=0).mean())
    return np.mean(values).item()


def train_one_epoch(model, optimizer, batches, scheduler=None):
    import numpy as np

    model.train(True)
    rows, names = [], []
    for images, targets in batches:
        optimizer.zero_grad(set_to_none=False)
        losses = model(images, targets)
        torch.stack(list(losses.values())).sum().backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        names = list(losses)
        rows.append([loss.detach().numpy() for loss in losses.values()])
    return dict(zip(names, np.array(rows).T.tolist(), strict=True))
