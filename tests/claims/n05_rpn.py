import re

import torch
from torchvision import ops

from rcnn_course.datasets import CATEGORIES
from tests.claims import claim

PERSON = CATEGORIES.index("person")


@claim("The truth, and what the trained RPN proposes. It does not say what is in a box.")
def proposals_cover_the_objects(n):
    boxes = n["target"]["boxes"]
    (picture,) = n.shown["part-picture"]
    assert len(picture.drawing.axes) == 3
    for of_step in (n["proposals"][0][:10], n["proposals"][0]):
        assert ops.box_iou(boxes, of_step).amax(dim=1).min() > 0.5


@claim("15 boxes around the middle of the picture, from 12 to 316 pixels a side.")
def anchors_of_one_place_have_these_sides(n):
    anchors = torch.cat(n["of_levels"])
    sides = anchors[:, 2:] - anchors[:, :2]
    assert len(anchors) == 15
    assert [sides.min(), sides.max()] == [12, 316]


@claim("Those of the marked cell stand around its upper left corner.")
def anchors_stand_at_the_corner_of_their_cell(n):
    middle = (n["cell"][:, :2] + n["cell"][:, 2:]) / 2 + torch.tensor([48, 32])
    assert middle.tolist() == [[48, 32]] * 3


def best_on_levels(n):
    """Return the best probability of each object in its place on each level, [G, 5]."""
    rows = []
    for box in n["target"]["boxes"]:
        row = []
        for level, stride in zip(n["probabilities"].values(), (4, 8, 16, 32, 64), strict=True):
            x1, y1, x2, y2 = (box / stride).int().tolist()
            row.append(level[0, 0][y1 : y2 + 1, x1 : x2 + 1].max())
        rows.append(torch.stack(row))
    return torch.stack(rows)


@claim(
    "Small things show on P3 and P4, large ones on P5 and P6; nothing here is small enough for P2."
)
def things_show_on_the_levels_of_their_size(n):
    best = best_on_levels(n)
    large = ops.box_area(n["target"]["boxes"]).sqrt() > 100
    assert large.sum() == 2
    assert (best[~large, 1:3].amin(dim=1) > 0.7).all()
    assert (best[~large, 4] < 0.1).all()
    assert (best[large, 3:].amin(dim=1) > 0.5).all()
    assert best[:, 0].max() < 0.5


@claim("At each of the two large people, dx is bright on the left, 'move right', and dark on the")
def dx_points_to_the_middle_of_a_person(n):
    boxes = n["target"]["boxes"]
    by_anchor, logits = n["by_anchor"], n["your_logits"][3][0]
    for x1, y1, x2, y2 in (boxes[ops.box_area(boxes).sqrt() > 100] / 32).tolist():
        rows = slice(int(y1) + 1, int(y2) + 1)
        dx = by_anchor[2, 0, rows]  # of the tall anchor
        assert dx[:, int(x1)].mean() > 0 > dx[:, min(int(x2), 15)].mean() + 0.05
        assert logits[2, rows, int(x1) : int(x2) + 1].max() > logits[2].quantile(0.98)


@claim("Five dashed anchors over people and a ball, and boxes that fit more tightly.")
def decoded_boxes_fit_better(n):
    before, after = (
        torch.tensor([float(x) for x in re.findall(r"'(\d\.\d\d)'", line)])
        for line in n.said["decode-made"].splitlines()
    )
    assert len(before) == 5
    assert (after > before + 0.05).all()
    assert after.min() > 0.7


@claim("A and D are the same.")
def boxes_of_the_example_overlap_as_stated(n):
    overlap = ops.box_iou(n["five"][:1], n["five"][1:])[0]
    assert abs(overlap[0] - 0.76) < 0.01
    assert overlap[1:].tolist() == [0, 0]


@claim("What your function leaves of 45,024 anchors, step by step. k is 20, n is 20.")
def every_step_leaves_fewer_and_the_last_one_twenty(n):
    left = [len(boxes) for boxes in n["steps"].values()]
    assert len(n["expected"]) == 45_024
    assert left == sorted(left, reverse=True)
    assert left[1] > left[2] > left[3] > left[4]
    assert left[-1] == 20
    people = n["target"]["boxes"][n["target"]["labels"] == PERSON]
    assert ops.box_iou(people, [*n["steps"].values()][-1]).amax(dim=1).min() > 0.5


def covered(explorer, threshold):
    """Return how many proposals cover each object after NMS with a threshold."""
    with explorer.quietly():
        explorer.step.value, explorer.iou_threshold.value = 6, threshold
    boxes, _ = explorer.stage(6)
    return (ops.box_iou(explorer.truth, explorer._on_picture(boxes)) >= 0.5).sum(dim=1)


@claim("set the NMS threshold to 0.3: which of the two people who overlap is lost?")
def one_of_two_is_lost_in_a_crowd(n):
    (explorer,) = n.shown["proposal-explorer"]
    assert (covered(explorer, 0.7) > 0).all()
    (lost,) = torch.where(covered(explorer, 0.3) == 0)[0].tolist()
    assert "5 of 6 objects" in explorer.text
    assert n["objects"]["labels"][lost] == PERSON
    overlaps = ops.box_iou(explorer.truth[lost][None], explorer.truth)[0]
    assert overlaps.topk(2).values[1] > 0.3, "nobody overlaps"


@claim("Then set it to 0.95: who is proposed again and again?")
def some_are_proposed_again_and_again(n):
    (explorer,) = n.shown["proposal-explorer"]
    usual, many = covered(explorer, 0.7), covered(explorer, 0.95)
    assert (many >= usual).all()
    assert many.max() >= 20


@claim("Anchors gather around the people and the ball; far more are ignored than positive.")
def more_anchors_are_ignored_than_positive(n):
    matches = n["matches"]
    assert (matches == -2).sum() > 10 * (matches >= 0).sum() > 0
    labels = [text.get_text() for text in n.shown["match-picture"][0].drawing.get_legend().texts]
    assert [int(label.split()[0]) for label in labels] == [
        len(n["target"]["boxes"]),
        int((matches >= 0).sum()),
        int((matches == -2).sum()),
    ]


@claim("Which objects have none without the rule?")
def some_objects_need_the_rule(n):
    (explorer,) = n.shown["match-explorer"]

    def positive(rule):
        explorer.rule.value = rule
        return [
            int(x) for x in re.search(r"objects 1 to \d: ([\d, ]+)\.", explorer.text)[1].split(", ")
        ]

    assert min(positive(True)) > 0
    without = positive(False)
    assert without.count(0) >= 2
    assert max(without) > 0


@claim("so its objectness loss is −log 0.5 = 0.693, whatever the labels")
def zeros_have_this_loss(n):
    assert "objectness 0.693" in n.said["loss-made"].splitlines()[0]


@claim("so its box loss is twice the one that you saw above")
def box_loss_doubles_with_half_of_the_samples(n):
    above = n["losses"]
    parts = (n["labels"], n["targets"])
    torch.manual_seed(0)
    _, box = n["rpn_loss"](n["flat_logits"], n["flat_deltas"], *([p] for p in parts), n["sampler"])
    assert abs(above["loss_rpn_box_reg"] / box - 2) < 1e-3


@claim("With beta = 1/9 it is almost the absolute error, but with a round bottom.")
def narrow_smooth_l1_is_nearly_absolute(n):
    curves = {line.get_label(): line for line in n.shown["loss-shown"][0].drawing.lines}
    narrow, absolute = (curves[f"beta = {beta}"].get_ydata() for beta in ("0.11", "0"))
    assert abs(narrow - absolute).max() < 0.06


def best_in_the_first_scene(n, boxes):
    """Return for each person the best IoU, and what part of the height stays below that box."""
    truth = n["present"]["boxes"]
    overlap, best = ops.box_iou(truth, boxes).max(dim=1)
    return overlap, (truth[:, 3] - boxes[best, 3]) / (truth[:, 3] - truth[:, 1])


@claim("none fits: the feet of the two on the left stay outside")
def best_fixed_boxes_miss_the_feet(n):
    assert len(n["fixed"]) == 45_024
    overlap, below = best_in_the_first_scene(n, n["fixed"])
    assert len(overlap) == 3
    assert overlap.max() < 0.65
    left = n["present"]["boxes"][:, 0].argsort()[:2]
    assert below[left].min() > 0.15


@claim("They fit.")
def proposals_fit_the_three_people(n):
    overlap, below = best_in_the_first_scene(n, n["scene_proposals"])
    assert overlap.min() > 0.75
    assert below.max() < 0.06


@claim("The cross-entropies differ by a factor of 22, the focal losses by nearly 600.")
def losses_by_hand_are_those_by_code(n):
    logits, truth = torch.logit(torch.tensor([0.1, 0.1])), torch.tensor([0.0, 1.0])
    loss = n["F"].binary_cross_entropy_with_logits(logits, truth, reduction="none")
    focal = n["sigmoid_focal_loss"](logits, truth)
    assert round((loss[1] / loss[0]).item()) == 22
    assert 570 < focal[1] / focal[0] < 600
    assert [round(value, 4) for value in focal.tolist()] == [0.0008, 0.4663]


@claim("There are a thousand easy ones for each hard one, and together their small losses would")
def focal_loss_hears_the_hard_one(n):
    shares = [int(share) for share in re.findall(r"(\d+)%", n.said["stretch-focal-made"])]
    assert shares[0] < 5
    assert shares[1] > 30


@claim("So the first anchor becomes 10 × 20 and the second 40 × 40.")
def round_of_kmeans_by_hand_is_that_by_code(n):
    sizes = torch.tensor([[10.0, 20], [20, 50], [60, 30]])
    start = torch.tensor([[10.0, 30], [50, 50]])
    assert n["kmeans_anchors"](sizes, start, 1).tolist() == [[10, 20], [40, 40]]


@claim("Most are higher than wide, as people are, and together they fit better than 15 chosen by")
def chosen_anchors_are_upright_and_fit_better(n):
    assert len(n["nine"]) == 9
    assert (n["nine"][:, 1] > n["nine"][:, 0]).sum() > 9 / 2
    assert len(n["by_hand"]) == 15
    assert n["best_iou"](n["nine"]) > n["best_iou"](n["by_hand"]) + 0.02
