import re
from itertools import pairwise

import torch
from torchvision import ops

from rcnn_course.datasets import CATEGORIES
from tests.claims import claim


def sure(found, threshold=0.5):
    """Return the boxes and labels of detections with at least this score."""
    keep = found["scores"] >= threshold
    return found["boxes"][keep], found["labels"][keep]


@claim("has found everything in this picture, and is sure of it: all scores are 1.00.")
def everything_is_found_surely(n):
    keep = n["forgotten"]["scores"] >= 0.5
    assert n["forgotten"]["scores"][keep].min() > 0.995
    labels = n["forgotten"]["labels"][keep]
    assert sorted(labels.tolist()) == sorted(n["target"]["labels"].tolist())


@claim("no box is where it should be, and two lie outside the picture.")
def no_box_is_in_its_place(n):
    boxes, _ = sure(n["forgotten"])
    height, width = n["image"].shape[1:]
    assert ops.box_iou(boxes, n["target"]["boxes"]).max() < 0.1
    assert ((boxes[:, 0] > width) | (boxes[:, 1] > height)).sum() == 2


@claim("Each coordinate of a box on the left is 352 / 192 = 1.83 times the one on the right")
def boxes_had_stayed_in_pixels_of_the_resized_picture(n):
    before, after = (found["boxes"] for found in n["by_title"].values())
    assert torch.allclose(before, after * 352 / 192, atol=1e-2)
    boxes, _ = sure(n["by_title"]["yours"])
    assert ops.box_iou(n["target"]["boxes"], boxes).amax(dim=1).min() > 0.6


@claim("up to about 1e-4 it is rounding.")
def own_parts_differ_by_rounding_alone(n):
    lines = n.said["stages-made"].splitlines()
    assert max(float(line.split()[-1]) for line in lines[:-1]) < 1e-4
    assert lines[-1] == "first stage that differs: None"
    assert "first stage that differs: None" in n.said["resnet-made"]


@claim("To see it find something, we plant a fault")
def planted_fault_is_found(n):
    assert n.said["fault-made"] == "first stage that differs: decoded anchors\n"


@claim("A generated scene with labelled boxes around people, a kite and a ball.")
def detections_are_people_a_kite_and_a_ball(n):
    _, labels = sure(n["by_title"]["yours"])
    names = sorted(CATEGORIES[label] for label in labels)
    assert names == ["kite", "person", "person", "sports ball"]


@claim("here about 5 instead of 100.")
def few_detections_get_masks(n):
    assert n.said["faster-made"].startswith("5 detections")


@claim("Two people in the scene, each with a box, a mask and a skeleton of keypoints.")
def two_people_have_all_three(n):
    people = n["people"]
    assert len(people["boxes"]) == 2
    assert people["masks"].flatten(1).amax(dim=1).min() > 0.9
    assert list(people["keypoints"].shape) == [2, 17, 3]
    assert float(n.said["keypoint-made"].split()[-1]) < 1e-3


@claim("The higher the threshold, the sooner the curve falls.")
def curves_fall_sooner_at_higher_thresholds(n):
    ends = [int((curve > 0).sum()) for curve in n["curves"].values()]
    assert ends == sorted(ends, reverse=True)
    assert ends[0] > ends[1] > ends[2]


@claim("The AP in the legend is the mean of the curve.")
def legend_states_the_mean_of_each_curve(n):
    (picture,) = n.shown["evaluate-curve"]
    legend = [text.get_text() for text in picture.drawing.get_legend().texts]
    means = [float(curve.mean()) for curve in n["curves"].values()]
    assert [text.split()[-1] for text in legend] == [f"{mean:.2f}" for mean in means]


@claim("and beside it what pycocotools says.")
def own_function_agrees_with_pycocotools(n):
    mine, theirs = re.findall(r"0\.\d+", n.said["evaluate-made"])
    assert mine == theirs
    assert n.said["evaluate-hand"].split()[-1] == "0.835"


@claim("Nearly everything is found, but few boxes are exact to the pixel.")
def nearly_all_is_found_and_few_boxes_are_exact(n):
    scores = list(n["at_each"].values())
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.95
    assert scores[-1] < 0.4


@claim("1,100 batches with torchvision's parts, 171 seconds of work for one core.")
def record_is_as_long_as_stated(n):
    assert n["recorded"].looks[-1].batches == 1100
    assert n["recorded"].seconds == 171


@claim("a detector of a few seconds finds nothing.")
def few_seconds_find_nothing(n):
    assert n["MINUTES"] <= 0.1
    (score,) = (ap for name, ap in n["scores"].items() if "yours" in name)
    assert score < 0.15


@claim("AP50 from scratch, after more and more batches; then yours, and that of the bundled")
def scores_rise_with_the_batches(n):
    recorded = [ap for name, ap in n["scores"].items() if "recorded" in name]
    assert all(after > before - 0.01 for before, after in pairwise(recorded))
    assert recorded[0] < 0.15 < 0.7 < recorded[-1] < n["scores"]["AP50 bundled"]


@claim("from stage to stage of the record, boxes fit better.")
def boxes_fit_better_from_stage_to_stage(n):
    truth = n["held_out"][0][1]
    fits = []
    for look in (n["recorded"].looks[i] for i in (1, 3, -1)):
        boxes, _ = sure(look.detections[0])
        fits.append(ops.box_iou(truth["boxes"], boxes).amax(dim=1).mean())
    assert fits[0] + 0.05 < fits[1] < fits[2] - 0.05


@claim("what the first one returns is better than the proposals")
def each_stage_brings_the_box_nearer(n):
    overlaps = [float(line.split()[-1]) for line in n.said["stretch-cascade-made"].splitlines()]
    assert len(overlaps) == 4
    assert all(before < after for before, after in pairwise(overlaps))
