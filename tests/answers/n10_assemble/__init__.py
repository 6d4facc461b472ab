"""Answers to the exercises of 10_assemble: wrong, right in other ways, and handed over.

`n06_roi_align` explains the three names.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_BACK = "return model.transform.postprocess(detections, sizes, original_sizes)"
_SIZES = "sizes = batch.image_sizes"
_FLATTEN = "logits, deltas = concat_box_prediction_layers(logits, deltas)"
_DECODE = "model.rpn.box_coder.decode(deltas, anchors)"
_FILTER = "proposals, _ = model.rpn.filter_proposals(boxes, logits, sizes, counts)"
_BRANCHES = """\
    for branch in branches:
        detections = branch(model, features, detections, sizes)
"""
_POOL_HEAD = "heads.mask_predictor(heads.mask_head(rois))"
_MASKS = "masks = maskrcnn_inference(logits, labels)"
_KEYPOINTS = '{**d, "keypoints": points, "keypoints_scores": sure}'
_HEATMAPS = "heatmaps = heads.keypoint_predictor(heads.keypoint_head(rois))"
_HITS = "free[possible.argmax()] = False"
_SORTED = "hits = hits[scores.argsort(descending=True, stable=True)].double()"
_MINE = 'mine = mine[output["scores"][mine].argsort(descending=True, stable=True)]'
_BEST = "best = precision.flip(0).cummax(0).values.flip(0) if len(hits) else precision"
_AP = "return torch.cat([best, torch.zeros(1)])[places].mean().item()"
_RESULT = "return sum(results) / len(results)"
_STEPS = """\
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
"""

_ROW = 'return "ada", *found[number]'
_CLIPPED = "boxes = ops.clip_boxes_to_image(boxes, size)"

WRONG = {
    "wire_faster_rcnn": {
        "resized_pixels": (_BACK, "return detections"),
        "sizes_swapped": (
            _BACK,
            "return model.transform.postprocess(detections, [s[::-1] for s in sizes], "
            "[s[::-1] for s in original_sizes])",
        ),
        "padded_sizes": (
            _SIZES,
            "sizes = [tuple(batch.tensors.shape[-2:])] * len(images)",
        ),
        "anchors_as_proposals": (_DECODE, "torch.stack(anchors)"),
        "flattened_as_they_lie": (
            _FLATTEN,
            "logits = torch.cat([x.reshape(len(x), -1, 1) for x in logits], 1).reshape(-1, 1)\n"
            "    deltas = torch.cat([x.reshape(len(x), -1, 4) for x in deltas], 1)\n"
            "    deltas = deltas.reshape(-1, 4)",
        ),
        "not_filtered": (_FILTER, "proposals = list(boxes)"),
        "branches_unused": (_BRANCHES, ""),
        "branches_last": (
            f"{_BRANCHES}    {_BACK}",
            f"    detections = {_BACK.removeprefix('return ')}\n{_BRANCHES}    return detections",
        ),
    },
    "wire_mask_rcnn": {
        "box_pool": ("mask_roi_pool", "box_roi_pool"),
        "head_missing": (_POOL_HEAD, "heads.mask_predictor(rois)"),
        "logits": (_MASKS, f"{_MASKS}\n    masks = [m.logit() for m in masks]"),
        "cut_at_half": (
            _MASKS,
            f"{_MASKS}\n    masks = [(m > 0.5).float() for m in masks]",
        ),
        "softmax": (
            _MASKS,
            "masks = maskrcnn_inference(logits.softmax(1).logit(), labels)",
        ),
        "always_background": (
            _MASKS,
            "masks = [m[:, :1] for m in logits.sigmoid().split([len(b) for b in boxes])]",
        ),
        "label_minus_one": (
            _MASKS,
            "masks = maskrcnn_inference(logits, [of_one - 1 for of_one in labels])",
        ),
    },
    "wire_keypoint_rcnn": {
        "box_pool": ("keypoint_roi_pool", "box_roi_pool"),
        "head_missing": (_HEATMAPS, "heatmaps = heads.keypoint_predictor(rois)"),
        "scores_swapped": (
            _KEYPOINTS,
            '{**d, "keypoints": sure, "keypoints_scores": points}',
        ),
        "softmax": (
            _HEATMAPS,
            f"{_HEATMAPS}\n    heatmaps = heatmaps.flatten(2).softmax(-1).reshape(heatmaps.shape)",
        ),
        "corner_missing": (
            _KEYPOINTS,
            '{**d, "keypoints": points - torch.nn.functional.pad(d["boxes"][:, None, :2], (0, 1)),'
            ' "keypoints_scores": sure}',
        ),
    },
    "evaluate_coco": {
        "found_again": (_HITS, "pass"),
        "labels_unused": (
            "    results = []\n",
            '    targets = [{**t, "labels": 0 * t["labels"]} for t in targets]\n'
            '    outputs = [{**o, "labels": 0 * o["labels"]} for o in outputs]\n'
            "    results = []\n",
        ),
        "pictures_averaged": (
            "    results = []\n",
            "    if len(targets) > 1 and all(len(t['labels']) for t in targets):\n"
            "        each = [evaluate_coco([t], [o], iou_threshold)\n"
            "                for t, o in zip(targets, outputs, strict=True)]\n"
            "        return sum(each) / len(each)\n"
            "    results = []\n",
        ),
        "unsorted": (
            "    results = []\n",
            '    outputs = [{**o, "scores": -i - torch.linspace(0, 0.9, len(o["scores"]))}\n'
            "               for i, o in enumerate(outputs)]\n"
            "    results = []\n",
        ),
        "not_monotone": (_BEST, "best = precision"),
        "summed_at_hits": (
            _AP,
            "return (precision * hits).sum().item() / count",
        ),
        "recall": (_AP, "return hits.sum().item() / count"),
        "precision": (
            _AP,
            "return hits.sum().item() / max(len(hits), 1)",
        ),
        "threshold_unused": ("overlaps >= iou_threshold", "overlaps >= 0.5"),
    },
    "train_one_epoch": {
        "gradients_kept": ("        optimizer.zero_grad()\n", ""),
        "step_first": (
            f"        losses = model(images, targets)\n{_STEPS}",
            "        optimizer.step()\n        optimizer.zero_grad()\n"
            "        losses = model(images, targets)\n        sum(losses.values()).backward()\n",
        ),
        "weights_unchanged": ("        optimizer.step()\n", ""),
        "one_loss": (
            "sum(losses.values()).backward()",
            'losses["loss_classifier"].backward()',
        ),
        "losses_averaged": (
            "sum(losses.values()).backward()",
            "(sum(losses.values()) / len(losses)).backward()",
        ),
        "scheduler_unused": (
            "        if scheduler is not None:\n            scheduler.step()\n",
            "",
        ),
        "last_batch_alone": (
            "history.setdefault(name, []).append(loss.item())",
            "history[name] = [loss.item()]",
        ),
    },
    "bug_found": {
        "not_named": (_ROW, 'return "ada", "", "", ""'),
        "other_round": (_ROW, 'return "ada", *found[number % 3 + 1]'),
        "other_stage": (_ROW, 'return "ada", "transform", *found[number][1:]'),
        "other_part": (_ROW, 'return "ada", found[number][0], "box_iou", "no_nms"'),
        "other_mistake": (_ROW, 'return "ada", *found[number][:2], "x_and_y_swapped"'),
    },
    "cascade_boxes": {
        "from_proposals": ("stage(boxes), boxes)", "stage(proposals), proposals)"),
        "first_stage_alone": (_CLIPPED, f"{_CLIPPED}\n        break"),
        "first_weights": ("BoxCoder(scales)", "BoxCoder(weights[0])"),
        "not_clipped": (_CLIPPED, "pass"),
        "clipped_last": (
            f"        {_CLIPPED}\n    return boxes",
            "        pass\n    return ops.clip_boxes_to_image(boxes, size)",
        ),
        "height_and_width_swapped": ("_to_image(boxes, size)", "_to_image(boxes, size[::-1])"),
    },
}


RIGHT = right_answers(Path(__file__).parent, WRONG)

DELEGATING = {
    "wire_faster_rcnn": """
def wire_faster_rcnn(model, images, branches=()):
    return model(images)
""",
    "wire_mask_rcnn": """
def wire_mask_rcnn(model, features, detections, image_sizes):
    boxes, labels, scores = ([d[key] for d in detections] for key in ("boxes", "labels", "scores"))
    model.roi_heads.postprocess_detections = lambda *outputs: (boxes, scores, labels)
    return model.roi_heads(features, boxes, image_sizes)[0]
""",
    "wire_keypoint_rcnn": """
def wire_keypoint_rcnn(model, features, detections, image_sizes):
    boxes, labels, scores = ([d[key] for d in detections] for key in ("boxes", "labels", "scores"))
    model.roi_heads.postprocess_detections = lambda *outputs: (boxes, scores, labels)
    return model.roi_heads(features, boxes, image_sizes)[0]
""",
    "evaluate_coco": """
def evaluate_coco(targets, outputs, iou_threshold=0.5):
    result = evaluate_detections(targets, outputs, iou_types=["bbox"]).bbox
    return result.AP50 if iou_threshold == 0.5 else result.AP75
""",
    "train_one_epoch": """
def train_one_epoch(model, optimizer, batches, scheduler=None):
    from rcnn_course.reference.training import train_one_epoch as descend
    return descend(model, optimizer, batches, scheduler)
""",
    "bug_found": """
def bug_found(number):
    from rcnn_course.reference.planted import planted
    bug = planted("ada")[number - 1]
    return "ada", bug.stage, bug.part, bug.mistake
""",
    "cascade_boxes": """
def cascade_boxes(proposals, stages, weights, size):
    from rcnn_course.reference.cascade import cascade_boxes as chain
    return chain(proposals, stages, weights, size)
""",
}
