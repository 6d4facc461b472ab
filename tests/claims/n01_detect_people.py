import re

import torch
from torchvision import ops

from rcnn_course.datasets import CATEGORIES, GeneratedPeople
from rcnn_course.draw.base.tags import tags_of
from tests.claims import at_thresholds, claim

PERSON = CATEGORIES.index("person")
FACE, FLAG, RIBBONS = (
    torch.tensor([[200.0, 150, 340, 340]]),
    torch.tensor([[0.0, 0, 160, 600]]),
    torch.tensor([[330.0, 480, 460, 540]]),
)
"""Places on the photo, xyxy in pixels."""


def inside(boxes, place):
    """Return for each box the share of it that lies within a place."""
    cut = torch.cat([boxes[:, :2].maximum(place[:, :2]), boxes[:, 2:].minimum(place[:, 2:])], dim=1)
    return (cut[:, 2:] - cut[:, :2]).clamp(min=0).prod(dim=1) / ops.box_area(boxes)


def counts(said):
    """Return the numbers of boxes that the notebook prints for its thresholds."""
    return {float(t): int(c) for t, c in re.findall(r"threshold (\S+): (\d+) boxes", said)}


@claim("A man in front, two people walking behind him, a child and a suitcase, all of them found.")
def all_five_are_found(n):
    overlaps = ops.box_iou(n["detections"]["boxes"], n["target"]["boxes"])
    assert sorted(overlaps.argmax(dim=1).tolist()) == list(range(5))
    assert overlaps.amax(dim=1).min() > 0.5


@claim("The network is unsure along the outline.")
def unsure_pixels_lie_at_the_outline(n):
    man = n["man"]
    unsure = (man > 0.1) & (man < 0.9)
    hard = (man >= 0.5).float()[None]
    near = grown(hard, 25) - (1 - grown(1 - hard, 25))
    assert unsure.float().mean() > 0.01
    assert (near[0].bool() & unsure).sum() / unsure.sum() > 0.75


def grown(mask, size):
    return torch.nn.functional.max_pool2d(mask, size, stride=1, padding=size // 2)


@claim("with two thirds of the width in common it is down to 0.50")
def iou_of_moved_boxes_falls_fast(n):
    boxes = n["moved"]
    shared = 1 - 45 / (boxes[0, 2] - boxes[0, 0])
    assert abs(shared - 2 / 3) < 0.01
    stated = [f"{iou:.2f}" for iou in ops.box_iou(boxes[:1], boxes)[0]]
    assert stated == re.findall(r"\d\.\d\d", n.shown["iou-made"][0].alt)


@claim("In each row one value stands out.")
def each_row_of_the_matrix_has_one_large_value(n):
    overlaps = ops.box_iou(n["detections"]["boxes"], n["target"]["boxes"])
    assert overlaps.shape == (5, 5)
    best, second = overlaps.topk(2, dim=1).values.T
    assert (best > 0.5).all()
    assert (best - second > 0.2).all()


@claim("boxes for four people, all with a score of 0.3 or more.")
def many_boxes_stand_around_four_people(n):
    assert (n["target"]["labels"] == PERSON).sum() == 4
    assert n["scores"].min() >= 0.3
    around = ops.box_iou(n["target"]["boxes"], n["boxes"]) > 0.5
    assert len(n["boxes"]) > 20
    assert (around.sum(dim=1)[n["target"]["labels"] == PERSON] >= 3).all()


@claim("At 0.3, the good box of one of the two who walk one behind the other is dropped")
def at_a_low_threshold_a_walker_keeps_a_worse_box(n):
    walkers = n["target"]["boxes"][2:4]
    (overlap,) = ops.box_iou(walkers[:1], walkers[1:])[0].tolist()
    assert 0.5 < overlap < 0.6, "the answer to the question says 0.56"
    good, worse = (own_box(n, walkers, threshold) for threshold in (0.5, 0.3))
    assert ops.box_iou(good, walkers[1:]) > ops.box_iou(worse, walkers[1:]) + 0.1
    assert (worse - good)[0, [0, 2]].max() < -5, "it leans to the left, away from the other"


def own_box(n, walkers, threshold):
    """Return the kept box that means the second walker more than the first one."""
    kept = n["boxes"][n["nms"](n["boxes"], n["scores"], threshold)]
    first, second = ops.box_iou(walkers, kept)
    return kept[(second * (second > first)).argmax()][None]


@claim("From 0.7 on, people are found twice.")
def at_a_high_threshold_people_are_found_twice(n):
    found = counts(n.said["nms-made"])
    assert found[0.3] == found[0.5] == 4
    assert 4 < found[0.7] < found[0.9]


@claim("Boxes and masks of the people that the detector is sure of; the suitcase has none.")
def four_sure_people_are_chosen(n):
    assert n["people"]["labels"].tolist() == [PERSON] * 4
    assert n["people"]["scores"].min() >= 0.9


@claim("Lower the score threshold, and wrong boxes join: precision falls. Raise it, and people are")
def precision_falls_below_and_recall_above(n):
    (explorer,) = n.shown["select-explorer-shown"]
    lower, here, higher, top = at_thresholds(explorer, (0.05, 0.5, 0.7, 0.9))
    assert lower[0] < here[0] < higher[0] == 1
    assert lower[1] == here[1] == higher[1] == 1
    assert top[1] < 1
    scores, boxes = explorer.detections["scores"], explorer.detections["boxes"]
    overlaps = ops.box_iou(explorer.target["boxes"], boxes[scores >= 0.9]).amax(dim=1)
    assert explorer.target["labels"][overlaps < 0.5].tolist() == [PERSON]


@claim("It finds balls among the ribbons and people in the flag")
def photo_has_balls_among_ribbons_and_people_in_the_flag(n):
    (explorer,) = n.shown["photo-course"]
    found = explorer.detections
    balls = (inside(found["boxes"], RIBBONS) > 0.8) & (found["labels"] == 2)
    people = (inside(found["boxes"], FLAG) > 0.8) & (found["labels"] == PERSON)
    assert (found["scores"][balls] > 0.5).sum() >= 2
    assert (found["scores"][people] > 0.5).sum() >= 1


@claim("the *person* of whom it is surest is a jacket with half a face")
def surest_is_a_jacket_with_half_a_face(n):
    (explorer,) = n.shown["photo-course"]
    found = explorer.detections
    assert found["scores"].argmax() == 0
    assert found["labels"][0] == PERSON
    box = found["boxes"][:1]
    assert box[0, 3] > 590, "down to the jacket's end"
    face = inside(FACE, box).item()
    assert 0.5 < face < 0.9


@claim("with 128, four detections with a score of 0.5 or more are left of seven, and the surest")
def smaller_photo_leaves_fewer_detections_and_flag_and_sleeve(n):
    (own,), (small,) = n.shown["photo-course"], n.shown["photo-scale"]
    left = [int((e.detections["scores"] >= 0.5).sum()) for e in (own, small)]
    assert left == [7, 4]
    surest = small.detections["boxes"][:1]
    assert inside(surest, FLAG).item() > 0.4, "the flag and the sleeve before it"
    assert inside(FACE, surest).item() < 0.8


def box_of_the_man(n):
    """Return the man in the orange shirt as he is, and the best raw box of high score."""
    truth = GeneratedPeople(19, seed=15, size=(288, 432))[18][1]["boxes"][3][None]
    sure = n["raw_boxes"][n["raw_scores"] > 0.9]
    return truth, sure[ops.box_iou(truth, sure).argmax()][None]


@claim("A detector has looked at this picture. It is sure of three people")
def one_of_four_people_has_no_box(n):
    (picture,) = n.shown["failure-shown"]
    man, _ = box_of_the_man(n)
    assert len(n["found_boxes"]) == len(tags_of(picture.drawing)) == 3
    assert n["found_scores"].min() > 0.9
    overlaps = ops.box_iou(man, n["found_boxes"])[0]
    assert overlaps.max() < 0.6


@claim("among its raw answers is a box that fits him, with a high score")
def man_has_a_raw_box(n):
    assert ops.box_iou(*box_of_the_man(n)) > 0.8


@claim("With 0.7 somebody is found twice")
def a_higher_threshold_saves_the_man_and_costs_a_box(n):
    truth, box = box_of_the_man(n)
    (overlap,) = ops.box_iou(box, n["found_boxes"]).max(dim=1).values.tolist()
    assert 0.5 < overlap < 0.6
    found = counts(n.said["mended-made"])
    assert (found[0.5], found[0.6]) == (3, 4)
    assert found[0.7] > 4
    assert ops.box_iou(truth, n["raw_boxes"][n["kept"]]).max() > 0.8


@claim("GIoU = 0.2 − 11 / 56 = 0.004. Boxes far apart come near −1.")
def generalized_iou_by_hand_is_that_by_code(n):
    boxes = torch.tensor([[1.0, 1, 7, 5], [4, 2, 9, 8], [4000, 4000, 4009, 4008]])
    giou = n["generalized_box_iou"](boxes[:1], boxes[1:])[0]
    assert round(giou[0].item(), 3) == 0.004
    assert giou[1] < -0.99


@claim("0 says nothing: no small move changes it.")
def iou_stays_at_zero_where_generalized_iou_falls(n):
    rows = [line.split() for line in n.said["stretch-giou-made"].splitlines()]
    iou, giou = ([float(row[place]) for row in rows] for place in (-3, -1))
    assert iou == [1.0, 0.33, 0.0, 0.0, 0.0]
    assert giou == sorted(set(giou), reverse=True)
