import re

import torch
from torchvision import ops

from tests.claims import claim


def lit(n, cell):
    """Return by the name of each map the share of the cells on people that are lit, as shown."""
    titles = [text.get_text() for text in n.shown[cell][0].drawing.texts]
    found = (re.fullmatch(r"(.+): (\d+)% lit", title) for title in titles)
    return {match[1]: int(match[2]) / 100 for match in found if match}


def lit_elsewhere(n, map_):
    """Return the share of the cells without people that are lit."""
    outside = n["shares_of_people"](n["target"], map_.shape[2]) < 0.1
    return (map_[0, 0][outside] > 0.5).float().mean()


@claim("On the one map of stride 16 it has three cells a side")
def small_ball_has_three_cells(n):
    ball = n["boxes"][n["target"]["labels"] == 2]
    sides = (ball[:, 2:] - ball[:, :2]).amin(dim=0) / 16
    assert sides.int().tolist() == [3, 3]
    assert ops.box_iou(ball, torch.tensor([[826.0, 170, 1050, 394]])).max() > 0.03, "in the corner"


@claim("The way down: at every step the place of things becomes clearer.")
def every_merge_adds_place(n):
    finest = n["scales"][0]
    away = []
    for map_ in n["merged"][::-1]:
        large = torch.nn.functional.interpolate(map_, size=finest.shape[-2:], mode="nearest")
        away.append((large - finest).abs().mean().item())
    assert away == sorted(away, reverse=True)
    assert away[-1] < 1e-5 < away[0] / 100
    assert list(n["merged"][-1].shape[-2:]) == [19, 29]


@claim("C2 answers to edges and hardly to people; C5 to people, in cells of 32 pixels.")
def meaning_comes_with_depth(n):
    shares = [*lit(n, "fpn-backbone").values()]
    assert shares == sorted(shares)
    assert shares[0] < 0.35
    assert shares[-1] > 0.75
    assert lit_elsewhere(n, n["of_backbone"]["C5"]) < 0.05


@claim("What the levels of your FPN know about people: they light up on every level.")
def people_light_up_on_every_level(n):
    assert [*lit(n, "fpn-made")] == ["P2", "P3", "P4", "P5"]
    assert min(lit(n, "fpn-made").values()) > 0.7
    for name, map_ in n["of_pyramid"].items():
        assert lit_elsewhere(n, map_) < 0.05, name


@claim("Right: people are filled, although a plain shirt has no edges.")
def pathway_fills_people(n):
    alone, joined = lit(n, "fpn-without-made").values()
    assert alone < 0.5
    assert joined > 0.75
    largest = n["target"]["masks"][n["target"]["area"].argmax()][None, None].float()
    shirt = torch.nn.functional.interpolate(largest[..., 140:200, 60:110], size=(22, 18))
    assert shirt.mean() > 0.9, "the place of a shirt"
    place = slice(51, 73), slice(22, 40)
    assert (n["joined"][0, 0][place] > 0.5).float().mean() > 0.8
    assert (n["alone"][0, 0][place] > 0.5).float().mean() < 0.3


@claim("The whole FPN of the detector is replaced by yours, and it still finds the people.")
def detector_with_the_students_fpn_finds_people(n):
    people = n["target"]["boxes"][n["target"]["labels"] == 1]
    assert ops.box_iou(people, n["found"]["boxes"]).amax(dim=1).min() > 0.5
    assert "equal boxes: True" in n.said["pool-made"]


@claim("Below 112 pixels everything is read from P2, from 448 pixels on everything from P5.")
def clamps_of_the_levels(n):
    levels = {
        n["assign_levels"]([torch.tensor([[0.0, 0, side, side]])]).item() for side in (1.0, 56, 111)
    }
    assert levels == {0}
    assert n["assign_levels"]([torch.tensor([[0.0, 0, 112, 112]])]).item() == 1
    assert n["assign_levels"]([torch.tensor([[0.0, 0, 448, 448], [0, 0, 2e3, 2e3]])]).tolist() == [
        3,
        3,
    ]


@claim("Boxes with the names of levels; the larger the box, the higher its number.")
def larger_boxes_have_higher_levels(n):
    levels = [int(name[1:]) for name in n["names"]]
    by_size = ops.box_area(n["boxes"]).argsort()
    assert [levels[k] for k in by_size] == sorted(levels)
    assert len(set(levels)) >= 3


@claim("they keep the edges and forget what is between them")
def without_a_merge_the_explorer_keeps_edges_alone(n):
    (explorer,) = n.shown["explorer"]
    whole = explorer._merged()[0]
    explorer.merges[0].value = False
    edges = explorer._merged()[0]
    flat = whole.diff(dim=3).abs()[:, :, 1:] < 0.01
    assert edges[:, :, 1:, 1:][flat].abs().median() < 0.01
    assert whole[:, :, 1:, 1:][flat].mean() > 0.2
    assert edges.abs().max() > 0.2


def best_by_size(n, levels):
    """Return the best IoU of each thing of the first scene with a box of its name, small first."""
    boxes, labels = n["find_reading_from"](levels, n["scene"])
    order = ops.box_area(n["present"]["boxes"]).argsort()
    same = n["present"]["labels"][:, None] == labels
    return (ops.box_iou(n["present"]["boxes"], boxes) * same).amax(dim=1)[order]


@claim("The two large people are found; the two small ones and the ball are lost.")
def small_things_are_lost_on_p4(n):
    sizes = ops.box_area(n["present"]["boxes"]).sqrt().sort().values
    best = best_by_size(n, n["from_p4"])
    assert sizes[2] * 1.5 < sizes[3], "two are large"
    assert best[:3].max() < 0.1
    assert best[3:].min() > 0.8
    assert n["present"]["labels"].sort().values.tolist() == [1, 1, 1, 1, 2]


@claim("A trained detector has proposed boxes for all of them: four people and a ball.")
def all_five_are_proposed(n):
    detector = n["detector"]
    with torch.no_grad():
        images, (target,) = detector.transform([n["scene"]], [n["present"]])
        proposals, _ = detector.rpn(images, detector.backbone(images.tensors))
    assert ops.box_iou(target["boxes"], proposals[0]).amax(dim=1).min() > 0.6


@claim("What is found when each box is read from the level of its size: all five.")
def all_five_have_a_box(n):
    assert best_by_size(n, n["assign_levels"]).min() > 0.8
    assert len(n["found_boxes"]) == 5


@claim("The new levels are called N2 to N5, and N2 is P2.")
def finest_new_level_is_the_old_one(n):
    assert len(n["new"]) == 4
    assert torch.equal(n["new"][0], n["ones"][0])
    assert n["read"].sum() > 1
