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


WRONG = {
    "TwoMLPHead": {
        "the ReLU after the second layer is missing": (_FC7, "return self.fc7(x)"),
        "the ReLU between the layers is missing": (_FC6, "x = self.fc6(x)"),
        "there is no ReLU": (f"{_FC6}\n        {_FC7}", "return self.fc7(self.fc6(x))"),
        "the second layer is left out": (_FC7, "return x"),
        "the ReLU stands in front of each layer": (
            f"{_FC6}\n        {_FC7}",
            "return self.fc7(F.relu(self.fc6(F.relu(x))))",
        ),
        "the channels are flattened last": (_FLAT, "x = x.permute(0, 2, 3, 1).flatten(1)"),
        "rows and columns are swapped": (_FLAT, "x = x.transpose(2, 3).flatten(1)"),
        "another activation stands in the place of ReLU": (
            f"{_FC6}\n        {_FC7}",
            "return F.gelu(self.fc7(F.gelu(self.fc6(x))))",
        ),
    },
    "FastRCNNPredictor": {
        "the two outputs are in the wrong order": (
            _BOTH,
            "return self.bbox_pred(x), self.cls_score(x)",
        ),
        "the scores have gone through a softmax": (
            "self.cls_score(x),",
            "self.cls_score(x).softmax(dim=1),",
        ),
        "the scores have gone through a log-softmax": (
            "self.cls_score(x),",
            "F.log_softmax(self.cls_score(x), dim=1),",
        ),
        "the scores have gone through a sigmoid": (
            "self.cls_score(x),",
            "torch.sigmoid(self.cls_score(x)),",
        ),
        "the outputs have gone through a ReLU": (
            _BOTH,
            "return F.relu(self.cls_score(x)), F.relu(self.bbox_pred(x))",
        ),
        "the deltas are reshaped by class": (
            "self.bbox_pred(x)",
            "self.bbox_pred(x).reshape(len(x), self.cls_score.out_features, 4)",
        ),
    },
    "encode_boxes": {
        "the weights are not used": (_RESULT, "return torch.cat([shift, stretch], dim=1)"),
        "the deltas are divided by the weights": (
            _RESULT,
            "return torch.cat([shift, stretch], dim=1) / weights",
        ),
        "the box and the proposal are swapped": (
            "p_size = proposals[:, 2:] - proposals[:, :2]",
            "proposals, reference_boxes = reference_boxes, proposals\n"
            "    p_size = proposals[:, 2:] - proposals[:, :2]",
        ),
        "upper left corners are compared instead of centres": (
            _CENTRES,
            "shift = (reference_boxes[:, :2] - proposals[:, :2]) / p_size",
        ),
        "the shift is measured in sides of the true box": (
            _CENTRES,
            "shift = (g_centre - p_centre) / g_size",
        ),
        "the shift stays in pixels": (_CENTRES, "shift = g_centre - p_centre"),
        "width and height are swapped as units of the shift": (
            _CENTRES,
            "shift = (g_centre - p_centre) / p_size.flip(1)",
        ),
        "the logarithm is missing": (_STRETCH, "stretch = g_size / p_size"),
        "the sizes are compared by a difference in place of the logarithm": (
            _STRETCH,
            "stretch = (g_size - p_size) / p_size",
        ),
        "the logarithm has the base 2": (_STRETCH, "stretch = torch.log2(g_size / p_size)"),
        "the columns of width and height are swapped": (
            _RESULT,
            "return (weights * torch.cat([shift, stretch], dim=1))[:, [0, 1, 3, 2]]",
        ),
        "the boxes are read as x, y, width, height": (
            "p_size = proposals[:, 2:] - proposals[:, :2]\n"
            "    g_size = reference_boxes[:, 2:] - reference_boxes[:, :2]",
            "p_size, g_size = proposals[:, 2:], reference_boxes[:, 2:]",
        ),
        "the boxes are one pixel too wide and too high": (
            "p_size = proposals[:, 2:] - proposals[:, :2]\n"
            "    g_size = reference_boxes[:, 2:] - reference_boxes[:, :2]",
            "p_size = proposals[:, 2:] - proposals[:, :2] + 1\n"
            "    g_size = reference_boxes[:, 2:] - reference_boxes[:, :2] + 1",
        ),
    },
    "fastrcnn_loss": {
        "the two losses are in the wrong order": (
            _LOSSES,
            "return box_loss / len(labels), class_loss",
        ),
        "the box loss is divided by the number of foreground RoIs": (
            _LOSSES,
            "return class_loss, box_loss / max(len(rows), 1)",
        ),
        "the box loss is the mean over all compared numbers": (
            _LOSSES,
            "return class_loss, box_loss / max(4 * len(rows), 1)",
        ),
        "the box loss is not divided by the number of RoIs": (
            _LOSSES,
            "return class_loss, box_loss",
        ),
        "beta is 1": ("beta=1 / 9", "beta=1.0"),
        "the box loss is L1 without the smooth part": (
            _SMOOTH,
            'F.l1_loss(deltas, targets[rows], reduction="sum")',
        ),
        "the box loss squares every difference": (
            _SMOOTH,
            "4.5 * ((deltas - targets[rows]) ** 2).sum()",
        ),
        "the box loss is a Huber loss": (
            _SMOOTH,
            'F.huber_loss(deltas, targets[rows], delta=1 / 9, reduction="sum")',
        ),
        "background RoIs count in the box loss": (_ROWS, "rows = torch.arange(len(labels))"),
        "the deltas are those of the background": (_GROUP, "box_regression[rows, :4]"),
        "the deltas are those of the class that is predicted": (
            "[rows, labels[rows]]",
            "[rows, class_logits[rows].argmax(dim=1)]",
        ),
        "the deltas are read coordinate by coordinate": (
            ".reshape(len(labels), -1, 4)[",
            ".reshape(len(labels), 4, -1).transpose(1, 2)[",
        ),
        "the class loss leaves out the background": (
            _CLASS,
            "F.cross_entropy(class_logits[labels > 0], labels[labels > 0])",
        ),
        "the class loss is summed": (
            _CLASS,
            'F.cross_entropy(class_logits, labels, reduction="sum")',
        ),
        "the class loss takes a softmax twice": (
            _CLASS,
            "F.cross_entropy(class_logits.softmax(dim=1), labels)",
        ),
        "the losses are averaged image by image": (
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
        "the background is kept as a class": (
            f"boxes = {_CLIP}[:, 1:].reshape(-1, 4)\n        scores = scores[:, 1:]\n"
            f"        labels = {_LABELS}",
            f"boxes = {_CLIP}.reshape(-1, 4)\n        labels = torch.arange(scores.shape[1])",
        ),
        "the labels are one too low": (_LABELS, "torch.arange(scores.shape[1])"),
        "the scores are sigmoids": (_SCORES, "class_logits.sigmoid()"),
        "the scores are logits": (_SCORES, "class_logits"),
        "the softmax leaves out the background": (
            _SCORES,
            "F.pad(class_logits[:, 1:].softmax(dim=-1), (1, 0))",
        ),
        "each RoI keeps its best class alone": _best_class_from(1),
        "RoIs that look most like background are dropped": _best_class_from(0),
        "the deltas are decoded without their weights": (
            _DECODE,
            "decode(box_regression * torch.tensor([10.0, 10, 5, 5]).repeat("
            "class_logits.shape[1]).to(box_regression), proposals)",
        ),
        "every class has the deltas of the background": (
            "[:, 1:].reshape(-1, 4)",
            "[:, :1].expand(-1, scores.shape[1] - 1, 4).reshape(-1, 4)",
        ),
        "every class has the deltas of class 1": (
            "[:, 1:].reshape(-1, 4)",
            "[:, 1:2].expand(-1, scores.shape[1] - 1, 4).reshape(-1, 4)",
        ),
        "the deltas are those of the class before": (
            "[:, 1:].reshape(-1, 4)",
            "[:, :-1].reshape(-1, 4)",
        ),
        "the deltas are read coordinate by coordinate": (
            _DECODE,
            "decode(box_regression.reshape(len(box_regression), 4, class_logits.shape[1])"
            ".transpose(1, 2).flatten(1), proposals)",
        ),
        "the boxes are not clipped to the image": (f"{_CLIP}[", "boxes["),
        "height and width of the image are swapped": (_CLIP, _CLIP.replace("size", "size[::-1]")),
        "every image is clipped to the size of the first": (
            _CLIP,
            _CLIP.replace("size", "image_shapes[0]"),
        ),
        "NMS suppresses across classes": (
            _SUPPRESS,
            "best = ops.nms(boxes[kept], scores[kept], nms_thresh)",
        ),
        "there is no NMS": (_SUPPRESS, "best = scores[kept].argsort(descending=True)"),
        "the best are chosen before NMS": (
            _SUPPRESS,
            "kept = kept[scores[kept].argsort(descending=True)[:detections_per_img]]\n"
            f"        {_SUPPRESS}",
        ),
        "detections_per_img is not used": ("best[:detections_per_img]", "best"),
        "the best are kept in each class": (
            "kept = kept[best[:detections_per_img]]",
            "kept = kept[best]\n"
            "        rank = [(labels[kept[:i]] == labels[k]).sum() for i, k in enumerate(kept)]\n"
            "        kept = kept[torch.tensor(rank, dtype=int) < detections_per_img]",
        ),
        "the detections stand class by class": (
            _APPEND,
            f"kept = kept[labels[kept].argsort(stable=True)]\n        {_APPEND}",
        ),
        "low scores are kept": ("scores > score_thresh", "scores > 0"),
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
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
