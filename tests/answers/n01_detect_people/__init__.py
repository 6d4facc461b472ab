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
_GIOU = "return intersection / union - (hull - union) / hull"

WRONG = {
    "xywh_to_xyxy": {
        "unchanged": (_CORNERS, "boxes.clone()"),
        "corner_as_middle": (
            _CORNERS,
            "torch.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], dim=1)",
        ),
        "other_way_round": (
            "x + width, y + height",
            "width - x, height - y",
        ),
        "pixel_taken_off": (
            "x + width, y + height",
            "x + width - 1, y + height - 1",
        ),
        "width_and_height_swapped": ("x, y, width, height =", "x, y, height, width ="),
        "x_and_y_swapped": (
            "[x, y, x + width, y + height]",
            "[y, x, y + height, x + width]",
        ),
        "x1_x2_y1_y2": (
            "[x, y, x + width, y + height]",
            "[x, x + width, y, y + height]",
        ),
    },
    "box_iou": {
        "intersection_twice": (_UNION, _UNION.removesuffix(" - intersection")),
        "sides_negative": (".clamp(min=0)", ""),
        "clamped_late": (
            _SIDES,
            "(ends - starts).prod(dim=2).clamp(min=0)",
        ),
        "pixel_added": (
            _STARTS,
            "boxes1, boxes2 = (b + torch.tensor([0, 0, 1, 1]) for b in (boxes1, boxes2))\n"
            f"    {_STARTS}",
        ),
        "not_divided": (_RATIO, "return intersection"),
        "over_first_area": (
            _RATIO,
            "return intersection / box_area(boxes1)[:, None]",
        ),
        "over_smaller_area": (
            _RATIO,
            "return intersection / torch.minimum(box_area(boxes1)[:, None], box_area(boxes2))",
        ),
        "rows_and_columns_swapped": (_RATIO, "return (intersection / union).T"),
        "x1_x2_y1_y2": (
            _STARTS,
            f"boxes1, boxes2 = boxes1[:, [0, 2, 1, 3]], boxes2[:, [0, 2, 1, 3]]\n    {_STARTS}",
        ),
        "distances": (_RATIO, "return 1 - intersection / union"),
    },
    "nms": {
        "dropped_suppress": (_IF_KEPT, "if True:"),
        "only_best_suppresses": (_IF_KEPT, "if place == 0:"),
        "only_last_suppresses": (
            "~overlaps[place, place + 1 :]",
            "~overlaps[place, place + 1 :].long().cumprod(0).bool()",
        ),
        "equal_dropped": (
            "> iou_threshold",
            ">= iou_threshold",
        ),
        "indices_of_sorted": (_KEPT, "return kept.nonzero()[:, 0]"),
        "order_of_boxes": (_KEPT, "return order[kept].sort().values"),
        "lowest_first": (_KEPT, "return order[kept].flip(0)"),
        "lowest_taken_first": ("descending=True", "descending=False"),
        "scores_unused": (_ORDER, "order = torch.arange(len(scores))"),
        "none_dropped": (_KEPT, "return order"),
        "mask": (
            _KEPT,
            "return torch.zeros_like(kept).index_fill(0, order[kept], True)",
        ),
        "boxes_returned": (_KEPT, "return boxes[order[kept]]"),
    },
    "select_detections": {
        "three_entries": (
            _DICTIONARY,
            '{name: detections[name][stays] for name in ("boxes", "labels", "scores")}',
        ),
        "other_entries_whole": (
            _DICTIONARY,
            "detections | "
            '{name: detections[name][stays] for name in ("boxes", "labels", "scores")}',
        ),
        "labels_unused": (_LABELS, "pass"),
        "only_first_label": (
            _LABELS,
            'stays &= detections["labels"] == (labels[0] if labels else -1)',
        ),
        "empty_list_as_none": ("if labels is not None:", "if labels:"),
        "labels_go": ("torch.isin(", "~torch.isin("),
        "score_or_label": ("stays &= torch.isin", "stays |= torch.isin"),
        "equal_dropped": (
            ">= score_threshold",
            "> score_threshold",
        ),
        "below_kept": (
            ">= score_threshold",
            "<= score_threshold",
        ),
        "sorted": (
            _DICTIONARY,
            "{name: values[stays][detections['scores'][stays].argsort(descending=True)]\n"
            "            for name, values in detections.items()}",
        ),
        "list": (
            _DICTIONARY,
            "[\n"
            "        {name: values[row] for name, values in detections.items()}\n"
            "        for row in stays.nonzero()[:, 0]\n"
            "    ]",
        ),
    },
    "generalized_box_iou": {
        "plain_iou": (_GIOU, "return intersection / union"),
        "empty_added": ("union - (hull - union)", "union + (hull - union)"),
        "empty_not_divided": ("(hull - union) / hull", "(hull - union)"),
        "over_union": ("(hull - union) / hull", "(hull - union) / union"),
        "intersection_off_hull": ("(hull - union)", "(hull - intersection)"),
        "clamped": (_GIOU, "return (intersection / union - (hull - union) / hull).clamp(min=0)"),
        "loss": (_GIOU, "return 1 - intersection / union + (hull - union) / hull"),
        "rows_and_columns_swapped": (
            _GIOU,
            "return (intersection / union - (hull - union) / hull).T",
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
    "generalized_box_iou": """
def generalized_box_iou(boxes1, boxes2):
    pairs = boxes1[:, None].expand(-1, len(boxes2), 4), boxes2.expand(len(boxes1), -1, 4)
    return 1 - ops.generalized_box_iou_loss(*pairs)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
