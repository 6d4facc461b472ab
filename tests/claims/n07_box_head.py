import re

import torch
from torchvision import ops

from rcnn_course.datasets import CATEGORIES
from tests.claims import claim

PERSON = CATEGORIES.index("person")


def truth(n):
    """Return the true boxes of the picture in pixels of the resized one."""
    height, width = n["size"]
    scale = torch.tensor([width / n["image"].shape[2], height / n["image"].shape[1]] * 2)
    return n["target"]["boxes"] * scale


@claim("The box head has to judge each of these 100 proposals.")
def hundred_proposals_cover_all(n):
    assert len(n["proposals"]) == 100
    assert ops.box_iou(truth(n), n["proposals"]).amax(dim=1).min() > 0.5
    names = {CATEGORIES[label] for label in n["target"]["labels"]}
    assert names == {"person", "kite", "sports ball"}, "as the alternative text says"


@claim("a fixed number in each picture, at most a quarter of them on objects")
def a_quarter_of_the_samples_is_on_objects(n):
    assert len(n["labels"]) % 24 == 0
    assert 0.1 < (n["labels"] > 0).float().mean() <= 0.25


@claim("RoIs of one class (on the diagonal) look more alike than those of two.")
def rois_of_one_class_look_alike(n):
    alike = n["middles"] @ n["middles"].T
    own = alike.diagonal()
    others = alike.clone().fill_diagonal_(-1).amax(dim=1)
    assert (own > others + 0.1).all()
    labels = [text.get_text() for text in n.shown["two-mlp-made"][0].drawing.texts]
    assert labels.count("person") == 2, "rows and columns are named"


@claim(
    "the three that are surest of a person, of a ball and of a kite, and below them the one that"
)
def three_are_sure_and_one_hesitates(n):
    lines = n.said["predictor-made"].splitlines()[1:]
    rows = torch.tensor([[float(x) for x in line.split()[1:]] for line in lines])
    assert rows[:3].argmax(dim=1).tolist() == [1, 2, 3]
    assert rows[:3].amax(dim=1).min() > 0.9
    assert rows[3].max() < 0.65


@claim("A dashed box around a person and four solid boxes, of which the person's fits best.")
def box_of_the_likely_class_fits_best(n):
    fits = ops.box_iou(truth(n), n["of_classes"]).amax(dim=0)[1:]
    assert fits.argmax() == PERSON - 1
    assert fits[0] > 0.9
    assert fits[1:].max() < 0.9


@claim("Above, all deltas are small. Below, with the weights, they spread by about 1.")
def weights_bring_deltas_to_a_spread_of_1(n):
    labels = [ax.get_label() for ax in n.shown["encode-spread-made"][0].drawing.axes]
    without, weighted = (
        [float(x) for x in re.findall(r"(\d\.\d\d)[,.]", label)] for label in labels if label
    )
    assert max(without) < 0.25
    assert max(abs(spread - 1) for spread in weighted) < 0.1


@claim("Your box loss: a parabola up to 1/9 on both sides, then straight lines.")
def box_loss_is_a_parabola_and_lines(n):
    errors, yours = n["errors"], torch.tensor(n["yours"])
    inner = errors.abs() < 1 / 9
    assert torch.allclose(yours[inner], 4.5 * errors[inner] ** 2, atol=1e-5)
    assert torch.allclose(yours[~inner], errors[~inner].abs() - 1 / 18, atol=1e-5)


@claim("Your loss, falling while it trains your predictor.")
def both_losses_fall(n):
    for losses in n["history"].values():
        assert losses[-1] < 0.1 < losses[0] / 5


@claim(
    "First with the trained weights, then with the predictor that you trained above on 24 pictures"
)
def both_predictors_find_everything(n):
    assert len(n.shown["post-made"]) == 2
    for picture in n.shown["post-made"]:
        assert picture.caption.startswith(f"{len(truth(n))} detections by your parts")
    assert ops.box_iou(truth(n), n["found"][0][0]).amax(dim=1).min() > 0.5


@claim("Lower `score_thresh` to 0 and see what the head thinks possible.")
def more_is_possible_than_is_shown(n):
    (explorer,) = n.shown["explorer"]
    explorer.score_thresh.value = 0.0
    possible = len(explorer._detections(explorer.postprocess, [0.0, 0.5, 100])[0])
    assert possible > 3 * len(explorer._detections(explorer.postprocess, [0.3, 0.5, 100])[0])


@claim("Raise `nms_thresh` to 1: no box suppresses another.")
def without_nms_people_come_many_times(n):
    (explorer,) = n.shown["explorer"]
    boxes, labels, _ = explorer._detections(explorer.postprocess, [0.3, 1.0, 100])
    people = n["objects"]["labels"] == PERSON
    times = ops.box_iou(explorer.truth[people], boxes[labels == PERSON]) > 0.5
    assert (times.sum(dim=1) > 1).all()


@claim("Set it to 0: which people disappear, although they are there?")
def people_who_overlap_disappear_at_0(n):
    (explorer,) = n.shown["explorer"]
    people = n["objects"]["labels"] == PERSON
    found = {}
    for threshold in (0.5, 0.0):
        boxes, labels, _ = explorer._detections(explorer.postprocess, [0.3, threshold, 20])
        overlaps = ops.box_iou(explorer.truth[people], boxes[labels == PERSON])
        found[threshold] = overlaps.amax(dim=1) >= 0.5
    assert found[0.5].all()
    assert (~found[0.0]).sum() >= 2
    with explorer.quietly():
        explorer.score_thresh.value, explorer.nms_thresh.value = 0.3, 0.0
    assert "2 of 5 objects" in explorer.text


def fits(n, boxes):
    """Return the IoU of each of the four boxes with what it is meant for."""
    return ops.box_iou(n["present"]["boxes"], boxes).diagonal()


@claim("kites stick out, and the woman who sits has lost her head")
def four_proposals_cut_off_a_part(n):
    truth, proposed = n["present"]["boxes"], n["proposed"]
    assert len(n["all_proposed"]) == 100
    assert [CATEGORIES[label] for label in n["present"]["labels"]].count("kite") == 2
    assert fits(n, proposed).max() < 0.6
    sits = (truth[:, 2] * (n["present"]["labels"] == PERSON)).argmax()
    lost = (proposed[sits, 1] - truth[sits, 1]) / (truth[sits, 3] - truth[sits, 1])
    assert lost > 0.25


@claim("solid, the boxes that your parts make of them, with names.")
def head_mends_the_four_boxes(n):
    assert n["classes"].equal(n["present"]["labels"])
    assert fits(n, n["mended"]).min() > 0.9


@claim("falls to 0.8 × exp(−0.49 / 0.5) = 0.30. So C is next, with 0.5, and B comes last.")
def soft_nms_by_hand_is_that_by_code(n):
    boxes = torch.tensor([[0.0, 0, 100, 100], [0, 0, 100, 70], [200, 0, 260, 90]])
    kept, scores = n["soft_nms"](boxes, torch.tensor([0.9, 0.8, 0.5]))
    assert kept.tolist() == [0, 2, 1]
    assert [round(score, 2) for score in scores.tolist()] == [0.9, 0.5, 0.3]


@claim("A duplicate with IoU 0.9 keeps a fifth of its score at σ = 0.5; a neighbour with 0.3 keeps")
def duplicate_keeps_a_fifth_and_a_neighbour_most(n):
    for overlap, share in ((90.0, 0.20), (30.0, 0.84)):
        boxes = torch.tensor([[0.0, 0, 100, 100], [0, 0, 100, overlap]])
        _, scores = n["soft_nms"](boxes, torch.tensor([1.0, 0.9]))
        assert round(scores[1].item() / 0.9, 2) == share


@claim("another one may be lost whom the network has seen well.")
def nms_loses_the_neighbour_and_soft_nms_keeps_it(n):
    lost, kept = n.said["stretch-soft-made"].splitlines()
    assert lost.endswith("[0]")
    scores = {int(i): float(s) for i, s in re.findall(r"(\d): (\d\.\d\d)", kept)}
    assert [*scores] == [0, 2, 1]
    assert scores[2] > 2 * scores[1]
