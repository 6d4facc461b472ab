import re

import pytest
import torch

from rcnn_course.models import load_detector
from rcnn_course.widgets import PostprocessExplorer

pytestmark = pytest.mark.usefixtures("silent")


@pytest.fixture(scope="module")
def detector():
    return load_detector("fasterrcnn", weights="course")


@pytest.fixture
def library(detector):
    """The library's post-processing as a function with three settings."""

    def postprocess(logits, deltas, proposals, sizes, score, nms, count):
        heads = detector.roi_heads
        heads.score_thresh, heads.nms_thresh, heads.detections_per_img = score, nms, count
        return heads.postprocess_detections(logits, deltas, proposals, sizes)

    return postprocess


@pytest.fixture
def explorer(detector, library, scene):
    return PostprocessExplorer(library, detector, scene[0])


def test_outputs_are_those_of_the_detector(explorer, detector, library, scene):
    _, *outputs = explorer.box_stage
    found, *_ = library(*outputs, 0.3, 0.5, 20)
    (expected,) = detector([scene[0]])
    height, width = explorer.box_stage.sizes[0]
    scale = torch.tensor([width / 256, height / 192]).repeat(2)
    torch.testing.assert_close(found[0] / scale, expected["boxes"], atol=1e-3, rtol=1e-4)
    assert f"{len(found[0])} are left" in explorer.text


def test_higher_score_threshold_leaves_fewer_boxes_and_takes_them_off(explorer):
    def above():
        return int(re.search(r"(\d+) have a higher score", explorer.text)[1])

    explorer.score_thresh.value = 0.0
    many = above()  # a probability may be so small that it is stored as 0
    assert 380 <= many <= 400
    drawn = len(explorer.shown.shapes)
    explorer.score_thresh.value = 0.95
    assert len(explorer.shown.shapes) < drawn
    assert above() < many / 4


@pytest.mark.parametrize("count", [1, 3])
def test_at_most_so_many_are_left(explorer, count):
    explorer.detections_per_img.value = count
    assert f"; {count} are left" in explorer.text


def test_objects_that_are_left_are_counted_beside_the_truth(detector, library, scene):
    image, target = scene
    count = len(target["boxes"])
    explorer = PostprocessExplorer(library, detector, image, truth=target["boxes"])
    assert f"{count} of {count} objects. White: the truth." in explorer.text
    explorer.detections_per_img.value = 1
    assert f"1 of {count} objects" in explorer.text


def test_nms_of_1_leaves_copies(explorer):
    apart = explorer.text
    explorer.nms_thresh.value = 1.0
    assert explorer.text != apart


def test_comparison_marks_what_torchvision_has_not_and_what_it_has(detector, library, scene):
    def without_nms(logits, deltas, proposals, sizes, score, nms, count):
        return library(logits, deltas, proposals, sizes, score, 1.0, count)

    def one(*args):
        return [[part[0][:1]] for part in library(*args)]

    explorer = PostprocessExplorer(without_nms, detector, scene[0])
    assert not explorer.shown.of("differs")
    explorer.compare.value, explorer.detections_per_img.value = True, 100
    assert explorer.shown.of("differs")
    assert not explorer.shown.of("reference")
    explorer = PostprocessExplorer(one, detector, scene[0])
    explorer.compare.value = True
    assert not explorer.shown.of("differs")
    (alone,) = re.findall(r"Purple: 0 not in torchvision's result; green: (\d+)", explorer.text)
    assert len(explorer.shown.of("reference")) == int(alone) > 0
    assert explorer.shown["missing name 1"].text.startswith("missing: ")
    explorer = PostprocessExplorer(library, detector, scene[0])
    explorer.compare.value = True
    assert not explorer.shown.of("differs") + explorer.shown.of("reference")


@pytest.mark.parametrize("result", [None, [], torch.zeros(3), ([], [], []), (1, 2, 3)])
def test_result_of_another_kind_is_told(result, detector, scene):
    def postprocess(*args):
        return result

    explorer = PostprocessExplorer(postprocess, detector, scene[0])
    assert explorer.problem.startswith("postprocess ")
    assert "returned None" in explorer.problem or "should return boxes" in explorer.problem


def test_boxes_of_another_number_are_told(detector, scene):
    def postprocess(*args):
        return [torch.zeros(2, 4)], [torch.zeros(3)], [torch.zeros(3)]

    problem = PostprocessExplorer(postprocess, detector, scene[0]).problem
    assert problem.startswith("postprocess should return a tensor of shape [3, 4]")


def test_unwritten_function_is_told(detector, scene):
    def postprocess(*args):
        raise NotImplementedError

    assert PostprocessExplorer(postprocess, detector, scene[0]).problem.endswith("not written yet.")
