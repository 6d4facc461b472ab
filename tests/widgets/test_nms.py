import pytest
import torch
from torchvision import ops

from rcnn_course.widgets import NMSExplorer

pytestmark = pytest.mark.usefixtures("silent")


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.7, 1.0])
@pytest.mark.parametrize("taken", [1, 7, 24])
def test_as_many_are_kept_as_torchvision_keeps(threshold, taken):
    explorer = NMSExplorer()
    with explorer.quietly():
        explorer.iou_threshold.value, explorer.step.value = threshold, taken
    kept = ops.nms(explorer.boxes[:taken], explorer.scores[:taken], threshold)
    assert f"{len(kept)} of {taken} are kept" in explorer.text
    assert "torchvision keeps" not in explorer.text


@pytest.fixture
def three():
    """Two boxes that overlap by a half, and one apart."""
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 5], [30, 30, 40, 40]])
    scores = torch.tensor([0.9, 0.8, 0.7])
    explorer = NMSExplorer(boxes=boxes, scores=scores, image=torch.full((3, 50, 50), 0.5))
    explorer.iou_threshold.value = 0.45
    return explorer


def meanings(explorer):
    return [explorer.shown[f"box {number}"].meaning for number in (1, 2, 3)]


def test_arrow_goes_from_the_box_that_suppresses(three):
    assert meanings(three) == ["positive", "negative", "positive"]
    (arrow,) = three.shown.of("link")
    assert (arrow.start, arrow.end) == ((5, 5), (5, 2.5))
    assert three.shown["score 1"].text == "1: 0.90"
    three.iou_threshold.value = 0.55
    assert meanings(three) == ["positive"] * 3
    assert not three.shown.of("link")


def test_box_is_dragged_away_from_the_one_that_suppresses_it(three):
    grip = three.shown.handle("grip 2")
    assert (grip.x.low, grip.x.high, grip.y.high) == (0, 40, 45)
    three._grabbed({grip.x.sets: 20.0, grip.y.sets: 3.0})
    assert three.shown["box 2"].xyxy == (20, 3, 30, 8)
    assert meanings(three) == ["positive"] * 3
    assert "Box 2 is kept" in three.text


def test_box_that_was_grabbed_last_is_dragged_by_its_corner(three):
    assert three.shown.handle("corner").name.endswith("box 3")
    three._grabbed({"left 2": 0.0})
    corner = three.shown.handle("corner")
    assert corner.name.endswith("box 2")
    three._grabbed({corner.x.sets: 10.0, corner.y.sets: 10.0})
    assert three.shown["box 2"].xyxy == (0, 0, 10, 10)
    assert "Box 2 is suppressed by box 1: their IoU is 1.00" in three.text
    three.step.value = 1
    assert three.shown.handle("corner").name.endswith("box 1")


def test_small_boxes_are_above_large_ones_for_the_mouse(three):
    assert [handle.id for handle in three.shown.handles][:2] != ["grip 2", "grip 1"]
    assert [handle.id for handle in three.shown.handles][2:] == ["grip 2", "corner"]


def test_comparison_marks_what_torchvision_decides_otherwise():
    explorer = NMSExplorer(lambda boxes, scores, threshold: torch.arange(len(boxes)))
    explorer.step.value = 7
    assert not explorer.shown.of("differs")
    explorer.compare.value = True
    (mark,) = explorer.shown.of("differs")
    assert mark.id == "differs 7"
    assert explorer.shown["torchvision 7"].text == "torchvision suppresses 7"


def test_boxes_without_a_picture_are_a_clear_error():
    with pytest.raises(ValueError, match="boxes, scores and image belong together"):
        NMSExplorer(boxes=torch.zeros(1, 4), scores=torch.ones(1))


def test_suppressor_and_its_overlap_are_named():
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 5], [30, 30, 40, 40]])
    scores = torch.tensor([0.9, 0.8, 0.7])
    explorer = NMSExplorer(boxes=boxes, scores=scores, image=torch.full((3, 50, 50), 0.5))
    explorer.iou_threshold.value = 0.45
    explorer.step.value = 2
    assert "Box 2 is suppressed by box 1: their IoU is 0.50" in explorer.text
    explorer.iou_threshold.value = 0.55
    assert "Box 2 is kept" in explorer.text


def test_difference_to_torchvision_is_told():
    explorer = NMSExplorer(lambda boxes, scores, threshold: torch.arange(len(boxes)))
    assert "torchvision keeps 8: 1, 2" in explorer.text


@pytest.mark.parametrize(
    "result", [torch.ones(24, dtype=torch.bool), torch.tensor([99]), torch.tensor([0.5]), [0, 1]]
)
def test_result_of_another_kind_is_told(result):
    def nms(boxes, scores, threshold):
        return result

    assert NMSExplorer(nms).problem.startswith("nms should return")


def test_only_the_box_that_the_text_is_about_is_marked():
    explorer = NMSExplorer()
    explorer.step.value = 4
    grips = [handle for handle in explorer.shown.handles if handle.id.startswith("grip")]
    assert [handle.id for handle in grips if handle.marked] == ["grip 4"]
    assert len(grips) == 4
