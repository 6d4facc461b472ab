"""Answers to the exercises of 01_detect_people: wrong, right in other ways, and handed over.

`WRONG[exercise][mistake]` is an edit of the notebook's own solution, (old text, new text), that
makes this typical mistake. `RIGHT[exercise][style]` and `DELEGATING[exercise]` are whole sources.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_CORNERS = "torch.stack([x, y, x + width, y + height], dim=1)"
_SIDES = "(ends - starts).clamp(min=0).prod(dim=2)"
_UNION = "box_area(boxes1)[:, None] + box_area(boxes2) - intersection"
_RATIO = "return intersection / union"
_STARTS = "starts = torch.maximum("
_ORDER = "order = scores.argsort(descending=True)"
_KEPT = "return order[kept]"
_IF_KEPT = "if kept[place]:"
_DICTIONARY = "{name: values[stays] for name, values in detections.items()}"
_LABELS = 'stays &= torch.isin(detections["labels"], torch.tensor(labels))'
_SURE = 'stays = detections["scores"] >= score_threshold'

WRONG = {
    "xywh_to_xyxy": {
        "the boxes are returned as they came": (_CORNERS, "boxes.clone()"),
        "x and y are taken for the middle of the box": (
            _CORNERS,
            "torch.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], dim=1)",
        ),
        "the boxes are converted the other way round": (
            "x + width, y + height",
            "width - x, height - y",
        ),
        "one pixel is taken off the right and the lower edge": (
            "x + width, y + height",
            "x + width - 1, y + height - 1",
        ),
        "width and height are swapped": ("x, y, width, height =", "x, y, height, width ="),
        "the corners are written as y, x": (
            "[x, y, x + width, y + height]",
            "[y, x, y + height, x + width]",
        ),
        "the numbers stand as x1, x2, y1, y2": (
            "[x, y, x + width, y + height]",
            "[x, x + width, y, y + height]",
        ),
    },
    "box_iou": {
        "the union counts the intersection twice": (_UNION, _UNION.removesuffix(" - intersection")),
        "the sides of the intersection may be negative": (".clamp(min=0)", ""),
        "the sides of the intersection are multiplied before negative ones become 0": (
            _SIDES,
            "(ends - starts).prod(dim=2).clamp(min=0)",
        ),
        "one pixel is added to each side": (
            _STARTS,
            "boxes1, boxes2 = (b + torch.tensor([0, 0, 1, 1]) for b in (boxes1, boxes2))\n"
            f"    {_STARTS}",
        ),
        "the intersection itself is returned": (_RATIO, "return intersection"),
        "the intersection is divided by the area of the first box": (
            _RATIO,
            "return intersection / box_area(boxes1)[:, None]",
        ),
        "the intersection is divided by the area of the smaller box": (
            _RATIO,
            "return intersection / torch.minimum(box_area(boxes1)[:, None], box_area(boxes2))",
        ),
        "rows and columns are swapped": (_RATIO, "return (intersection / union).T"),
        "the numbers are read as x1, x2, y1, y2": (
            _STARTS,
            f"boxes1, boxes2 = boxes1[:, [0, 2, 1, 3]], boxes2[:, [0, 2, 1, 3]]\n    {_STARTS}",
        ),
        "distances are returned instead of overlaps": (_RATIO, "return 1 - intersection / union"),
    },
    "nms": {
        "boxes that were dropped still suppress others": (_IF_KEPT, "if True:"),
        "only the best box of all suppresses others": (_IF_KEPT, "if place == 0:"),
        "boxes that overlap by exactly the threshold are dropped": (
            "> iou_threshold",
            ">= iou_threshold",
        ),
        "the indices count the sorted boxes": (_KEPT, "return kept.nonzero()[:, 0]"),
        "the indices stand in the order of the boxes": (_KEPT, "return order[kept].sort().values"),
        "the indices stand with the lowest score first": (_KEPT, "return order[kept].flip(0)"),
        "the box with the lowest score is taken first": ("descending=True", "descending=False"),
        "the scores are not used": (_ORDER, "order = torch.arange(len(scores))"),
        "no box is dropped": (_KEPT, "return order"),
        "a mask is returned instead of indices": (
            _KEPT,
            "return torch.zeros_like(kept).index_fill(0, order[kept], True)",
        ),
        "the boxes are returned instead of their indices": (_KEPT, "return boxes[order[kept]]"),
    },
    "select_detections": {
        "only boxes, labels and scores are returned": (
            _DICTIONARY,
            '{name: detections[name][stays] for name in ("boxes", "labels", "scores")}',
        ),
        "masks or keypoints keep the rows that the boxes lose": (
            _DICTIONARY,
            "detections | "
            '{name: detections[name][stays] for name in ("boxes", "labels", "scores")}',
        ),
        "the labels are not used": (_LABELS, "pass"),
        "only the first label is used": (
            _LABELS,
            'stays &= detections["labels"] == (labels[0] if labels else -1)',
        ),
        "an empty list of labels keeps everything": ("if labels is not None:", "if labels:"),
        "the wanted labels are the ones that go": ("torch.isin(", "~torch.isin("),
        "a score or a label is enough": ("stays &= torch.isin", "stays |= torch.isin"),
        "detections with exactly the threshold are dropped": (
            ">= score_threshold",
            "> score_threshold",
        ),
        "detections below the threshold are the ones that stay": (
            ">= score_threshold",
            "<= score_threshold",
        ),
        "the detections are sorted by score": (
            _DICTIONARY,
            "{name: values[stays][detections['scores'][stays].argsort(descending=True)]\n"
            "            for name, values in detections.items()}",
        ),
        "a list of detections is returned": (
            _DICTIONARY,
            "[\n"
            "        {name: values[row] for name, values in detections.items()}\n"
            "        for row in stays.nonzero()[:, 0]\n"
            "    ]",
        ),
    },
}

DELEGATING = {
    "xywh_to_xyxy": """
def xywh_to_xyxy(boxes):
    from torchvision.transforms.v2 import functional
    return functional.convert_bounding_box_format(boxes, "XYWH", "XYXY")
""",
    "box_iou": """
def box_iou(boxes1, boxes2):
    from torchvision.ops import boxes
    inter, union = boxes._box_inter_union(boxes1, boxes2)
    return inter / union
""",
    "nms": """
def nms(boxes, scores, iou_threshold):
    one_category = torch.zeros(len(boxes))
    return ops.batched_nms(boxes, scores, one_category, iou_threshold)
""",
    "select_detections": """
def select_detections(detections, score_threshold, labels=None):
    from rcnn_course.checks.catalogue import EXERCISES
    return EXERCISES["select_detections"].reference(detections, score_threshold, labels)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
