import re

import pytest
import torch
from torchvision.models.detection.roi_heads import heatmaps_to_keypoints

from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.models import load_detector
from rcnn_course.widgets import KeypointExplorer

pytestmark = pytest.mark.usefixtures("silent")


def test_keypoints_are_those_of_the_detector(model, scene):
    explorer = KeypointExplorer(model, scene[0])
    with torch.no_grad():
        (output,) = model([scene[0]])
    found, _ = heatmaps_to_keypoints(explorer.heatmaps, explorer.boxes)
    people = (output["labels"] == 1) & (output["scores"] >= 0.5)
    assert explorer.heatmaps.shape == (people.sum(), 17, 56, 56)
    assert (found - output["keypoints"][people]).abs().max() < 1.5  # pixels


def test_model_runs_once_and_is_left_as_it_was(model, scene):
    calls = []
    counter = model.backbone.register_forward_hook(lambda *call: calls.append(call))
    try:
        model.train()
        KeypointExplorer(model, scene[0])
        assert model.training
    finally:
        counter.remove()
        model.eval()
    assert len(calls) == 1
    assert not model.backbone._forward_pre_hooks


def test_text_follows_person_and_keypoint(model, scene):
    explorer = KeypointExplorer(model, scene[0])
    found, scores = heatmaps_to_keypoints(explorer.heatmaps, explorer.boxes)
    for person in range(len(explorer.boxes)):
        for keypoint in (0, 9, 16):
            with explorer.quietly():
                explorer.person.value, explorer.keypoint.value = person + 1, keypoint
            x, y, _ = found[person, keypoint]
            assert f"lands at x = {x:.1f}, y = {y:.1f} pixels" in explorer.text
            assert f"the score {scores[person, keypoint]:.1f}" in explorer.text
            assert "torchvision puts it" not in explorer.text


def unlike(first, second):
    """Return the ids of the parts of a scene that another one has not, or has otherwise."""
    former = {part.id: part for part in first.parts}
    return {part.id for part in second.parts if former.get(part.id) != part}


def test_opacity_changes_the_heatmap_and_not_the_skeleton(model, scene):
    explorer = KeypointExplorer(model, scene[0])
    before = explorer.shown
    explorer.opacity.value = 0.0
    assert explorer.shown["heat"].opacity == 0.0
    assert unlike(before, explorer.shown) == {"heat"}


def test_high_threshold_leaves_no_skeleton(model, scene):
    explorer = KeypointExplorer(model, scene[0])
    assert explorer.shown.of("left-side")
    assert explorer.shown.of("right-side")
    explorer.score_threshold.value = 40.0
    assert "0 of 17 keypoints reach the threshold" in explorer.text
    assert not explorer.shown.of("left-side")
    assert not explorer.shown.of("midline")


def test_maximum_is_dragged_and_the_keypoint_follows(model, scene):
    explorer = KeypointExplorer(model, scene[0])
    explorer.keypoint.value = wrist = KEYPOINT_NAMES.index("left_wrist")
    before = explorer.shown
    peak = explorer.shown.handle("peak")
    row, column = peak.y.value, peak.x.value
    explorer._grabbed({peak.x.sets: 10, peak.y.sets: 40})
    assert explorer.shown.handle("peak").says.startswith("row 40, column 10, lands at x = ")
    x1, y1, x2, y2 = explorer.boxes[0].tolist()
    landed = re.search(r"lands at x = ([\d.]+), y = ([\d.]+)", explorer.text).groups()
    cell = (x2 - x1) / 56, (y2 - y1) / 56
    assert float(landed[0]) == pytest.approx(x1 + 10.5 * cell[0], abs=1 + cell[0])
    assert float(landed[1]) == pytest.approx(y1 + 40.5 * cell[1], abs=1 + cell[1])
    assert f"The head had its maximum in row {row}, column {column}." in explorer.text
    assert {"left wrist", "heat", "peak"} <= unlike(before, explorer.shown)
    assert "right wrist" not in unlike(before, explorer.shown)
    explorer._grabbed({"column": column, "row": row})
    assert "The head had" not in explorer.text
    assert explorer.heatmaps[0, wrist].argmax() == 56 * row + column


def test_keypoint_is_decoded_once_until_a_heatmap_is_moved(model, scene):
    calls = []

    def counting(heatmaps, boxes):
        calls.append(boxes)
        return heatmaps_to_keypoints(heatmaps, boxes)

    explorer = KeypointExplorer(model, scene[0], counting)
    explorer.opacity.value, explorer.keypoint.value = 0.2, 3
    assert len(calls) == 1
    explorer._grabbed({"row": 3})
    assert len(calls) == 2


def aside(heatmaps, boxes):
    points, scores = heatmaps_to_keypoints(heatmaps, boxes)
    return points + torch.tensor([3.0, 4.0, 0.0]), scores


def test_difference_to_torchvision_is_told_in_pixels(model, scene):
    assert "5.0 pixels away" in KeypointExplorer(model, scene[0], aside).text


def test_comparison_draws_how_far_off_keypoints_are(model, scene):
    explorer = KeypointExplorer(model, scene[0], aside)
    assert not explorer.shown.of("differs")
    explorer.compare.value = True
    assert len(explorer.shown.of("reference")) == 18  # all on the right, one on the left
    (x1, y1), (x2, y2) = explorer.shown["differs left nose"].points
    assert (x1 - x2, y1 - y2) == pytest.approx((3, 4), abs=1e-3)
    explorer = KeypointExplorer(model, scene[0])
    explorer.compare.value = True
    assert not explorer.shown.of("differs")


def test_one_tensor_instead_of_two_is_told(model, scene):
    def keypoints(heatmaps, boxes):
        return heatmaps_to_keypoints(heatmaps, boxes)[0]

    assert "should return two tensors" in KeypointExplorer(model, scene[0], keypoints).problem


def test_model_without_keypoints_and_empty_picture_are_refused(model, scene):
    with pytest.raises(ValueError, match="no keypoint head"):
        KeypointExplorer(load_detector("maskrcnn", weights="course"), scene[0])
    with pytest.raises(ValueError, match="found nobody"):
        KeypointExplorer(model, torch.full((3, 96, 96), 0.5))
