"""Right answers to `wire_mask_rcnn`, one for each style."""

import torch


def wire_mask_rcnn_arrays(model, features, detections, image_sizes):
    heads = model.roi_heads
    boxes = [d["boxes"] for d in detections]
    labels = torch.cat([d["labels"] for d in detections])
    logits = heads.mask_predictor(
        heads.mask_head(heads.mask_roi_pool(features, boxes, image_sizes))
    )
    masks = logits.sigmoid()[torch.arange(len(labels)), labels, None]
    masks = masks.split([len(b) for b in boxes])
    return [d | {"masks": m} for d, m in zip(detections, masks, strict=True)]


def wire_mask_rcnn_functions(model, features, detections, image_sizes):
    layers = torch.nn.Sequential(model.roi_heads.mask_head, model.roi_heads.mask_predictor)
    rois = model.roi_heads.mask_roi_pool(features, [d["boxes"] for d in detections], image_sizes)
    probabilities = maskrcnn_inference(layers(rois), [d["labels"] for d in detections])
    with_masks = []
    for detection, masks in zip(detections, probabilities, strict=True):
        detection = detection.copy()
        detection["masks"] = masks
        with_masks.append(detection)
    return with_masks


def wire_mask_rcnn_loops(model, features, detections, image_sizes):
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
