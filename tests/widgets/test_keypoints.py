import pytest
import torch
from torchvision.models.detection.roi_heads import heatmaps_to_keypoints

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


def test_opacity_changes_the_heatmap_and_not_the_skeleton(model, scene, difference):
    explorer = KeypointExplorer(model, scene[0])
    changed = difference(explorer, explorer.opacity, 0.0)
    middle = changed.shape[1] // 2
    assert changed[:, :middle].sum() > 500
    assert not changed[:, middle + 10 :].any()


def test_high_threshold_leaves_no_skeleton(model, scene):
    explorer = KeypointExplorer(model, scene[0])
    explorer.score_threshold.value = 40.0
    assert "0 of 17 keypoints reach the threshold" in explorer.text


def test_difference_to_torchvision_is_told_in_pixels(model, scene):
    def aside(heatmaps, boxes):
        points, scores = heatmaps_to_keypoints(heatmaps, boxes)
        return points + torch.tensor([3.0, 4.0, 0.0]), scores

    assert "5.0 pixels away" in KeypointExplorer(model, scene[0], aside).text


def test_one_tensor_instead_of_two_is_told(model, scene):
    def keypoints(heatmaps, boxes):
        return heatmaps_to_keypoints(heatmaps, boxes)[0]

    assert "should return two tensors" in KeypointExplorer(model, scene[0], keypoints).problem


def test_model_without_keypoints_and_empty_picture_are_refused(model, scene):
    with pytest.raises(ValueError, match="no keypoint head"):
        KeypointExplorer(load_detector("maskrcnn", weights="course"), scene[0])
    with pytest.raises(ValueError, match="found nobody"):
        KeypointExplorer(model, torch.full((3, 96, 96), 0.5))
