import matplotlib.pyplot as plt
import pytest
import torch

from rcnn_course.draw import show_detections
from rcnn_course.draw.base.tags import tags_of


@pytest.fixture
def output():
    """What Mask and Keypoint R-CNN return together, for three instances."""
    return {
        "boxes": torch.tensor([[5.0, 5, 30, 50], [40, 10, 70, 55], [0, 0, 10, 10]]),
        "labels": torch.tensor([1, 1, 2]),
        "scores": torch.tensor([0.98, 0.6, 0.1]),
        "masks": torch.rand(3, 1, 60, 80),
        "keypoints": torch.rand(3, 17, 3).mul(50).add(1),
        "keypoints_scores": torch.rand(3, 17),
    }


def words_of(ax):
    return [tag.text for tag in tags_of(ax)]


def test_all_that_a_detector_returns_is_drawn(grey, output):
    ax = show_detections(grey, output, categories=["background", "person", "kite"])
    assert words_of(ax) == ["person 0.98", "person 0.60"]
    assert len(ax.patches) == 2
    assert len(ax.images) == 2
    assert len(ax.collections[2].get_offsets()) == 2 * 17


def test_instances_below_the_threshold_are_left_out(grey, output):
    assert words_of(show_detections(grey, output, score_threshold=0.9)) == ["1 0.98"]
    assert not words_of(show_detections(grey, output, score_threshold=1.0))


def test_target_without_scores_is_drawn_whole(grey, output):
    del output["scores"]
    assert words_of(show_detections(grey, output)) == ["1", "1", "2"]


def test_boxes_alone_are_enough(grey, output):
    ax = show_detections(grey, {"boxes": output["boxes"]})
    assert len(ax.patches) == 3
    assert len(ax.images) == 1


def test_empty_output_leaves_the_picture_alone(grey, output):
    ax = show_detections(grey, {name: values[:0] for name, values in output.items()})
    assert [*ax.patches, *ax.artists, *ax.collections] == []
    assert len(ax.images) == 1


def test_detections_are_drawn_into_the_axes_given(grey, output):
    _, axes = plt.subplots(1, 2)
    assert show_detections(grey, output, ax=axes[1]) is axes[1]


def test_missing_boxes_are_named(grey):
    with pytest.raises(ValueError, match=r"detections must have the key 'boxes', got \['labels'\]"):
        show_detections(grey, {"labels": torch.tensor([1])})


@pytest.mark.parametrize("name", ["labels", "scores", "masks", "keypoints"])
def test_values_that_do_not_fit_the_boxes_are_named(grey, output, name):
    output[name] = output[name][:2]
    with pytest.raises(ValueError, match=rf"detections\['{name}'\] must .* 3 boxes, got 2"):
        show_detections(grey, output)
