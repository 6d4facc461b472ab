"""Right answers to `wire_keypoint_rcnn`, one for each style."""

import torch


def wire_keypoint_rcnn_arrays(model, features, detections, image_sizes):
    heads = model.roi_heads
    boxes = [d["boxes"] for d in detections]
    rois = heads.keypoint_roi_pool(features, boxes, image_sizes)
    found = keypointrcnn_inference(heads.keypoint_predictor(heads.keypoint_head(rois)), boxes)
    results = [dict(d) for d in detections]
    for result, keypoints, scores in zip(results, *found, strict=True):
        result.update(keypoints_scores=scores, keypoints=keypoints)
    return results


def wire_keypoint_rcnn_functions(model, features, detections, image_sizes):
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


def wire_keypoint_rcnn_loops(model, features, detections, image_sizes):
    results = []
    for index, detection in enumerate(detections):
        own = {name: values[index : index + 1] for name, values in features.items()}
        rois = model.roi_heads.keypoint_roi_pool(own, [detection["boxes"]], [image_sizes[0]])
        maps = model.roi_heads.keypoint_predictor(model.roi_heads.keypoint_head(rois))
        (keypoints,), (scores,) = keypointrcnn_inference(maps, [detection["boxes"]])
        results.append(dict(detection, keypoints=keypoints, keypoints_scores=scores))
    return results
