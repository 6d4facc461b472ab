"""Wrong answers that a lucky draw could let pass: they fail for every seed."""

import pytest

from rcnn_course.checks import examine
from tests.answers import write

UNLUCKY = {
    "stops at the first one that is not sure": (
        "01_detect_people",
        "select_detections",
        """\
def select_detections(detections, score_threshold, labels=None):
    rows = []
    for row, (score, label) in enumerate(zip(detections["scores"], detections["labels"])):
        if score < score_threshold:
            break
        if labels is None or label.item() in labels:
            rows.append(row)
    return {name: values[rows] for name, values in detections.items()}
""",
    ),
    "saves no anchor for what none overlaps": (
        "05_rpn",
        "match_anchors",
        """\
def match_anchors(iou, high_threshold, low_threshold, allow_low_quality_matches=False):
    best, which = iou.max(0)
    low = torch.where(best < high_threshold, -2, which)
    matches = torch.where(best < low_threshold, -1, low)
    if allow_low_quality_matches:
        saved = ((iou == iou.amax(1, keepdim=True)) & (iou > 0)).any(0)
        matches = torch.where(saved, which, matches)
    return matches
""",
    ),
    "begins the shortcut at what the first convolution gives": (
        "02_backbone",
        "bottleneck_forward",
        """\
def bottleneck_forward(block, x):
    shortcut = x
    x = block.relu(block.bn1(block.conv1(x)))
    if block.downsample is not None:
        shortcut = block.downsample(x if x.shape[1] == shortcut.shape[1] else shortcut)
    x = block.relu(block.bn2(block.conv2(x)))
    return block.relu(block.bn3(block.conv3(x)) + shortcut)
""",
    ),
    "compares a box with the one that was kept last alone": (
        "01_detect_people",
        "nms",
        """\
def nms(boxes, scores, iou_threshold):
    kept = []
    for box in scores.argsort(descending=True).tolist():
        if not kept or box_iou(boxes[[box]], boxes[kept[-1:]]).item() <= iou_threshold:
            kept.append(box)
    return torch.tensor(kept, dtype=torch.int64)
""",
    ),
}


@pytest.mark.parametrize("what", UNLUCKY)
def test_wrong_answer_fails_for_every_seed(what):
    assignment, exercise, source = UNLUCKY[what]
    subject = write(assignment, exercise, source)
    reports = [examine(subject, seed=seed, locating=False) for seed in range(15)]
    assert {report.outcome for report in reports} == {"incorrect"}


TWICE = """\
def rpn_loss(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    positive = torch.cat(fg_bg_sampler(labels)[0]).bool()
    negative = torch.cat(fg_bg_sampler(labels)[1]).bool()
    return objectness[positive | negative].mean(), pred_bbox_deltas[positive].sum()
"""


def test_sampler_that_is_asked_twice_may_draw_something_else():
    report = examine(write("05_rpn", "rpn_loss", TWICE), locating=False)
    assert "asks the sampler more than once" in " ".join(report.message.split())
