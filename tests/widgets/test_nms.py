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


def test_threshold_changes_boxes_and_not_the_sky(difference):
    explorer = NMSExplorer()
    changed = difference(explorer, explorer.iou_threshold, 0.1)
    assert changed.sum() > 200
    assert not changed[:40].any()


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
