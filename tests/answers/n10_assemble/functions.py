"""Right answers of notebook 10 in another order, with helpers and the library's shortcuts."""

import torch
from torchvision import ops
from torchvision.models.detection.rpn import concat_box_prediction_layers


def wire_faster_rcnn(model, images, branches=()):
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


def wire_mask_rcnn(model, features, detections, image_sizes):
    layers = torch.nn.Sequential(model.roi_heads.mask_head, model.roi_heads.mask_predictor)
    rois = model.roi_heads.mask_roi_pool(features, [d["boxes"] for d in detections], image_sizes)
    probabilities = maskrcnn_inference(layers(rois), [d["labels"] for d in detections])  # noqa: F821
    with_masks = []
    for detection, masks in zip(detections, probabilities, strict=True):
        detection = detection.copy()
        detection["masks"] = masks
        with_masks.append(detection)
    return with_masks


def wire_keypoint_rcnn(model, features, detections, image_sizes):
    from torchvision.models.detection.roi_heads import heatmaps_to_keypoints

    heads, boxes = model.roi_heads, [d["boxes"] for d in detections]
    layers = torch.nn.Sequential(heads.keypoint_head, heads.keypoint_predictor)
    maps = layers(heads.keypoint_roi_pool(features, boxes, image_sizes))
    keypoints, scores = heatmaps_to_keypoints(maps, torch.cat(boxes))
    counts = [len(b) for b in boxes]
    return [
        {**d, "keypoints": k, "keypoints_scores": s}
        for d, k, s in zip(detections, keypoints.split(counts), scores.split(counts), strict=True)
    ]


def evaluate_coco(targets, outputs, iou_threshold=0.5):
    def of_class(picture, label):
        chosen = picture["labels"] == label
        return {name: values[chosen] for name, values in picture.items()}

    def ranked(picture):
        order = picture["scores"].sort(descending=True).indices
        return {name: values[order] for name, values in picture.items()}

    def matches(found, true_boxes):
        iou = ops.box_iou(found["boxes"], true_boxes)
        hit = torch.zeros(len(iou))
        for row in range(len(iou) if iou.numel() else 0):
            value, column = iou[row].max(0)
            if value >= iou_threshold:
                hit[row], iou[:, column] = 1, -1
        return hit

    precisions = []
    for label in set(torch.cat([t["labels"] for t in targets]).tolist()):
        truths = [of_class(t, label)["boxes"] for t in targets]
        found = [ranked(of_class(o, label)) for o in outputs]
        hit = torch.cat([matches(f, t) for f, t in zip(found, truths, strict=True)])
        hit = hit[torch.cat([f["scores"] for f in found]).sort(descending=True).indices]
        place = torch.arange(1, len(hit) + 1)
        curve = hit.cumsum(0) / place
        recall = hit.cumsum(0) / sum(len(t) for t in truths)
        levels = [curve[recall >= level] for level in torch.linspace(0, 1, 101)]
        precisions.append(torch.stack([c.max() if len(c) else c.sum() for c in levels]).mean())
    return torch.stack(precisions).mean()


def train_one_epoch(model, optimizer, batches, scheduler=None):
    model.train()
    history = {}

    def step(images, targets):
        losses = model(images, targets)
        torch.autograd.backward(list(losses.values()))
        optimizer.step()
        optimizer.zero_grad()
        if scheduler is not None:
            scheduler.step()
        return {name: loss.item() for name, loss in losses.items()}

    optimizer.zero_grad()
    for batch in batches:
        for name, loss in step(*batch).items():
            history.setdefault(name, []).append(loss)
    return history
