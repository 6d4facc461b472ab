import torch
from torchvision import ops

from rcnn_course.datasets import CATEGORIES
from tests.claims import at_thresholds, claim

PERSON = CATEGORIES.index("person")


@claim("Compare the three people who overlap")
def three_people_overlap_in_the_six_tasks(n):
    overlaps = ops.box_iou(n["target"]["boxes"], n["target"]["boxes"]).fill_diagonal_(0)
    people = torch.where(n["target"]["labels"] == PERSON)[0]
    in_front = n["target"]["area"].argmax()
    walkers = [p for p in people.tolist() if overlaps[p, people].max() > 0.5]
    assert len(people) == 4
    assert len(walkers) == 2
    assert in_front not in walkers
    assert overlaps[in_front, walkers].max() > 0.05


@claim("**N is not**: it is 5 in the picture above")
def five_objects_are_there(n):
    assert len(n["target"]["boxes"]) == 5


@claim("Of the two who walk one behind the other, one has a lower score than all the rest.")
def a_walker_is_found_with_a_lower_score(n):
    scores = n["found"]["scores"]
    assert len(scores) == len(n["target"]["boxes"])
    assert scores[-1] < 0.95 < scores[-2]
    meant = ops.box_iou(n["found"]["boxes"][-1:], n["target"]["boxes"])[0].topk(2)
    assert meant.values.min() > 0.3, "a walker's box overlaps both walkers"


@claim("Keypoints of which it is unsure are left out.")
def some_keypoints_are_unsure(n):
    unsure = n["found"]["keypoints_scores"][n["people"]] < 2.0
    assert 3 <= unsure.sum() <= 25


@claim("Which of the two rises, which falls? Who is lost first, and what makes that person hard")
def recall_falls_by_a_person_half_hidden_and_precision_rises(n):
    (explorer,) = n.shown["explorer"]
    precision, recall = zip(*at_thresholds(explorer, (0.05, 0.5, 0.6, 0.95)), strict=True)
    assert list(precision) == sorted(precision)
    assert precision[0] < 0.9
    assert precision[-1] == 1
    assert recall[:2] == (1, 1)
    assert recall[1] > recall[2] > recall[3]
    boxes, scores = explorer.detections["boxes"], explorer.detections["scores"]
    overlaps = ops.box_iou(explorer.target["boxes"], boxes[scores >= 0.6]).amax(dim=1)
    (lost,) = torch.where(overlaps < 0.5)[0].tolist()
    assert explorer.target["labels"][lost] == PERSON
    others = ops.box_iou(explorer.target["boxes"], explorer.target["boxes"]).fill_diagonal_(0)
    assert others[lost].max() > 0.05, "nobody stands in front"


@claim("The box of the suitcase begins at x = 37, y = 139 and ends at x = 146, y = 257.")
def suitcase_has_this_box(n):
    assert n["suitcase"].tolist() == [37, 139, 146, 257]


@claim(
    "The suitcase fills four fifths of its box; of the two who walk, one behind the other, neither"
)
def suitcase_fills_its_box_and_walkers_do_not(n):
    _, suitcase, *walkers, _ = n["filled"]
    assert 0.75 < suitcase < 0.85
    assert max(walkers) < 0.4
