"""Answers to the exercises of 07_box_head: wrong, right in other ways, and handed over.

`n06_roi_align` explains the three names.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_FLAT = "x = x.flatten(start_dim=1)"
_FC6, _FC7 = "x = F.relu(self.fc6(x))", "return F.relu(self.fc7(x))"
_BOTH = "return self.cls_score(x), self.bbox_pred(x)"
_CENTRES = "shift = (g_centre - p_centre) / p_size"
_STRETCH = "stretch = torch.log(g_size / p_size)"
_RESULT = "return weights * torch.cat([shift, stretch], dim=1)"
_ROWS = "rows = torch.where(labels > 0)[0]"
_GROUP = "box_regression.reshape(len(labels), -1, 4)[rows, labels[rows]]"
_SMOOTH = 'F.smooth_l1_loss(deltas, targets[rows], beta=1 / 9, reduction="sum")'
_CLASS = "F.cross_entropy(class_logits, labels)"
_LOSSES = "return class_loss, box_loss / len(labels)"
_SCORES = "class_logits.softmax(dim=-1)"
_CLIP = "ops.clip_boxes_to_image(boxes, size)"
_LABELS = "torch.arange(1, 1 + scores.shape[1])"
_SUPPRESS = "best = ops.batched_nms(boxes[kept], scores[kept], labels[kept], nms_thresh)"
_APPEND = "results.append((boxes[kept], scores[kept], labels[kept]))"
_DECODE = "decode(box_regression, proposals)"


def _best_class_from(start):
    """Edit that keeps one class of each RoI, the best from class `start` on."""
    return (
        "scores = scores[:, 1:]\n",
        f"best = scores[:, {start}:].argmax(dim=1, keepdim=True) + {start}\n"
        "        chosen = torch.zeros_like(scores).scatter(1, best, 1.0)\n"
        "        scores = (scores * chosen)[:, 1:]\n",
    )


_DECAY = "torch.exp(-(overlaps[best, left] ** 2) / sigma)"

WRONG = {
    "TwoMLPHead": {
        "last_relu_missing": (_FC7, "return self.fc7(x)"),
        "first_relu_missing": (_FC6, "x = self.fc6(x)"),
        "no_relu": (f"{_FC6}\n        {_FC7}", "return self.fc7(self.fc6(x))"),
        "second_layer_missing": (_FC7, "return x"),
        "relu_first": (
            f"{_FC6}\n        {_FC7}",
            "return self.fc7(F.relu(self.fc6(F.relu(x))))",
        ),
        "channels_last": (_FLAT, "x = x.permute(0, 2, 3, 1).flatten(1)"),
        "rows_and_columns_swapped": (_FLAT, "x = x.transpose(2, 3).flatten(1)"),
        "other_activation": (
            f"{_FC6}\n        {_FC7}",
            "return F.gelu(self.fc7(F.gelu(self.fc6(x))))",
        ),
    },
    "FastRCNNPredictor": {
        "outputs_swapped": (
            _BOTH,
            "return self.bbox_pred(x), self.cls_score(x)",
        ),
        "softmax": (
            "self.cls_score(x),",
            "self.cls_score(x).softmax(dim=1),",
        ),
        "log_softmax": (
            "self.cls_score(x),",
            "F.log_softmax(self.cls_score(x), dim=1),",
        ),
        "sigmoid": (
            "self.cls_score(x),",
            "torch.sigmoid(self.cls_score(x)),",
        ),
        "relu_on_outputs": (
            _BOTH,
            "return F.relu(self.cls_score(x)), F.relu(self.bbox_pred(x))",
        ),
        "deltas_reshaped": (
            "self.bbox_pred(x)",
            "self.bbox_pred(x).reshape(len(x), self.cls_score.out_features, 4)",
        ),
    },
    "encode_boxes": {
        "weights_unused": (_RESULT, "return torch.cat([shift, stretch], dim=1)"),
        "divided_by_weights": (
            _RESULT,
            "return torch.cat([shift, stretch], dim=1) / weights",
        ),
        "boxes_swapped": (
            "p_size = proposals[:, 2:] - proposals[:, :2]",
            "proposals, reference_boxes = reference_boxes, proposals\n"
            "    p_size = proposals[:, 2:] - proposals[:, :2]",
        ),
        "corners_compared": (
            _CENTRES,
            "shift = (reference_boxes[:, :2] - proposals[:, :2]) / p_size",
        ),
        "true_box_as_unit": (
            _CENTRES,
            "shift = (g_centre - p_centre) / g_size",
        ),
        "shift_in_pixels": (_CENTRES, "shift = g_centre - p_centre"),
        "units_swapped": (
            _CENTRES,
            "shift = (g_centre - p_centre) / p_size.flip(1)",
        ),
        "no_logarithm": (_STRETCH, "stretch = g_size / p_size"),
        "difference": (
            _STRETCH,
            "stretch = (g_size - p_size) / p_size",
        ),
        "log2": (_STRETCH, "stretch = torch.log2(g_size / p_size)"),
        "width_and_height_swapped": (
            _RESULT,
            "return (weights * torch.cat([shift, stretch], dim=1))[:, [0, 1, 3, 2]]",
        ),
        "read_as_xywh": (
            "p_size = proposals[:, 2:] - proposals[:, :2]\n"
            "    g_size = reference_boxes[:, 2:] - reference_boxes[:, :2]",
            "p_size, g_size = proposals[:, 2:], reference_boxes[:, 2:]",
        ),
        "one_pixel_too_large": (
            "p_size = proposals[:, 2:] - proposals[:, :2]\n"
            "    g_size = reference_boxes[:, 2:] - reference_boxes[:, :2]",
            "p_size = proposals[:, 2:] - proposals[:, :2] + 1\n"
            "    g_size = reference_boxes[:, 2:] - reference_boxes[:, :2] + 1",
        ),
    },
    "fastrcnn_loss": {
        "outputs_swapped": (
            _LOSSES,
            "return box_loss / len(labels), class_loss",
        ),
        "foreground_counted": (
            _LOSSES,
            "return class_loss, box_loss / max(len(rows), 1)",
        ),
        "box_loss_averaged": (
            _LOSSES,
            "return class_loss, box_loss / max(4 * len(rows), 1)",
        ),
        "box_loss_summed": (
            _LOSSES,
            "return class_loss, box_loss",
        ),
        "beta_1": ("beta=1 / 9", "beta=1.0"),
        "l1": (
            _SMOOTH,
            'F.l1_loss(deltas, targets[rows], reduction="sum")',
        ),
        "squared": (
            _SMOOTH,
            "4.5 * ((deltas - targets[rows]) ** 2).sum()",
        ),
        "huber": (
            _SMOOTH,
            'F.huber_loss(deltas, targets[rows], delta=1 / 9, reduction="sum")',
        ),
        "background_compared": (_ROWS, "rows = torch.arange(len(labels))"),
        "deltas_of_background": (_GROUP, "box_regression[rows, :4]"),
        "deltas_of_predicted": (
            "[rows, labels[rows]]",
            "[rows, class_logits[rows].argmax(dim=1)]",
        ),
        "coordinate_by_coordinate": (
            ".reshape(len(labels), -1, 4)[",
            ".reshape(len(labels), 4, -1).transpose(1, 2)[",
        ),
        "background_not_classified": (
            _CLASS,
            "F.cross_entropy(class_logits[labels > 0], labels[labels > 0])",
        ),
        "class_loss_summed": (
            _CLASS,
            'F.cross_entropy(class_logits, labels, reduction="sum")',
        ),
        "softmax_twice": (
            _CLASS,
            "F.cross_entropy(class_logits.softmax(dim=1), labels)",
        ),
        "averaged_over_images": (
            "labels, targets = torch.cat(labels), torch.cat(regression_targets)",
            "if len(labels) > 1:\n"
            "        sizes = [len(of_image) for of_image in labels]\n"
            "        images = zip(class_logits.split(sizes), box_regression.split(sizes),\n"
            "                     labels, regression_targets)\n"
            "        each = [fastrcnn_loss(x, d, [y], [t]) for x, d, y, t in images]\n"
            "        return tuple(torch.stack(kind).mean() for kind in zip(*each))\n"
            "    labels, targets = torch.cat(labels), torch.cat(regression_targets)",
        ),
    },
    "postprocess_detections": {
        "background_kept": (
            f"boxes = {_CLIP}[:, 1:].reshape(-1, 4)\n        scores = scores[:, 1:]\n"
            f"        labels = {_LABELS}",
            f"boxes = {_CLIP}.reshape(-1, 4)\n        labels = torch.arange(scores.shape[1])",
        ),
        "labels_too_low": (_LABELS, "torch.arange(scores.shape[1])"),
        "sigmoid": (_SCORES, "class_logits.sigmoid()"),
        "logits": (_SCORES, "class_logits"),
        "softmax_without_background": (
            _SCORES,
            "F.pad(class_logits[:, 1:].softmax(dim=-1), (1, 0))",
        ),
        "best_class_only": _best_class_from(1),
        "background_wins": _best_class_from(0),
        "weights_unused": (
            _DECODE,
            "decode(box_regression * torch.tensor([10.0, 10, 5, 5]).repeat("
            "class_logits.shape[1]).to(box_regression), proposals)",
        ),
        "deltas_of_background": (
            "[:, 1:].reshape(-1, 4)",
            "[:, :1].expand(-1, scores.shape[1] - 1, 4).reshape(-1, 4)",
        ),
        "deltas_of_class_1": (
            "[:, 1:].reshape(-1, 4)",
            "[:, 1:2].expand(-1, scores.shape[1] - 1, 4).reshape(-1, 4)",
        ),
        "deltas_of_class_before": (
            "[:, 1:].reshape(-1, 4)",
            "[:, :-1].reshape(-1, 4)",
        ),
        "coordinate_by_coordinate": (
            _DECODE,
            "decode(box_regression.reshape(len(box_regression), 4, class_logits.shape[1])"
            ".transpose(1, 2).flatten(1), proposals)",
        ),
        "not_clipped": (f"{_CLIP}[", "boxes["),
        "sides_swapped": (_CLIP, _CLIP.replace("size", "size[::-1]")),
        "first_image_only": (
            _CLIP,
            _CLIP.replace("size", "image_shapes[0]"),
        ),
        "nms_across_classes": (
            _SUPPRESS,
            "best = ops.nms(boxes[kept], scores[kept], nms_thresh)",
        ),
        "no_nms": (_SUPPRESS, "best = scores[kept].argsort(descending=True)"),
        "best_before_nms": (
            _SUPPRESS,
            "kept = kept[scores[kept].argsort(descending=True)[:detections_per_img]]\n"
            f"        {_SUPPRESS}",
        ),
        "limit_unused": ("best[:detections_per_img]", "best"),
        "limit_in_each_class": (
            "kept = kept[best[:detections_per_img]]",
            "kept = kept[best]\n"
            "        rank = [(labels[kept[:i]] == labels[k]).sum() for i, k in enumerate(kept)]\n"
            "        kept = kept[torch.tensor(rank, dtype=int) < detections_per_img]",
        ),
        "class_by_class": (
            _APPEND,
            f"kept = kept[labels[kept].argsort(stable=True)]\n        {_APPEND}",
        ),
        "low_scores_kept": ("scores > score_thresh", "scores > 0"),
    },
    "soft_nms": {
        "order_kept": ("now[left].argmax()", "scores[left].argmax()"),
        "first_scores": ("return kept, now[kept]", "return kept, scores[kept]"),
        "not_squared": ("overlaps[best, left] ** 2", "overlaps[best, left]"),
        "linear": (_DECAY, "(1 - overlaps[best, left])"),
        "sigma_doubled": (") / sigma)", ") / (2 * sigma**2))"),
        "threshold_unused": ("now[best] < score_threshold", "now[best] < 0"),
        "order_of_boxes": (
            "kept = torch.tensor(kept,",
            "kept = torch.tensor(sorted(kept),",
        ),
    },
}

DELEGATING = {
    "TwoMLPHead": """
from torchvision.models.detection import faster_rcnn

class TwoMLPHead(faster_rcnn.TwoMLPHead):
    pass
""",
    "FastRCNNPredictor": """
class FastRCNNPredictor(nn.Module):
    def __init__(self, in_channels, num_classes):
        super().__init__()
        from torchvision.models.detection.faster_rcnn import FastRCNNPredictor as theirs
        inner = theirs(in_channels, num_classes)
        self.cls_score, self.bbox_pred = inner.cls_score, inner.bbox_pred
        self.forward = inner.forward
""",
    "encode_boxes": """
def encode_boxes(reference_boxes, proposals, weights):
    return BoxCoder(tuple(weights.tolist())).encode([reference_boxes], [proposals])[0]
""",
    "fastrcnn_loss": """
def fastrcnn_loss(class_logits, box_regression, labels, regression_targets):
    loss = torchvision.models.detection.roi_heads.fastrcnn_loss
    return loss(class_logits, box_regression, labels, regression_targets)
""",
    "postprocess_detections": """
def postprocess_detections(class_logits, box_regression, proposals, image_shapes,
                           score_thresh=0.05, nms_thresh=0.5, detections_per_img=100):
    from torchvision.models.detection.roi_heads import RoIHeads
    heads = RoIHeads(None, None, None, 0.5, 0.5, 512, 0.25, None,
                     score_thresh, nms_thresh, detections_per_img)
    return heads.postprocess_detections(class_logits, box_regression, proposals, image_shapes)
""",
    "soft_nms": """
def soft_nms(boxes, scores, sigma=0.5, score_threshold=0.001):
    from rcnn_course.reference.boxes import soft_nms as soften
    return soften(boxes, scores, sigma, score_threshold)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
