import re

import pytest
import torch
from torchvision.models.detection.roi_heads import paste_masks_in_image

from rcnn_course.widgets import MaskExplorer

pytestmark = pytest.mark.usefixtures("silent")


def iou(explorer):
    return float(re.search(r"IoU (\d\.\d+)", explorer.text)[1])


def test_finer_masks_come_closer_to_the_truth():
    explorer = MaskExplorer()
    found = []
    for cells in (4, 14, 28, 64):
        explorer.cells.value = cells
        found.append(iou(explorer))
    assert found == sorted(found)
    assert found[0] < 0.8
    assert found[-1] > 0.96


def test_threshold_trades_pixels_too_many_for_missing_ones():
    explorer = MaskExplorer()
    counts = []
    for threshold in (0.1, 0.9):
        explorer.threshold.value = threshold
        counts.append([int(n) for n in re.findall(r"(\d+) (?:pixels too|\(verm)", explorer.text)])
    (many, _), (few, missing) = counts
    assert many > few
    assert missing > 100


def test_cells_change_both_halves_of_the_picture(difference):
    changed = difference(explorer := MaskExplorer(), explorer.cells, 10)
    half = changed.shape[1] // 2
    assert changed[:, :half].any()
    assert changed[:, half:].any()


def test_every_object_can_be_chosen():
    explorer = MaskExplorer()
    said = set()
    for number in range(1, explorer.instance.max + 1):
        explorer.instance.value = number
        assert explorer.problem == ""
        said.add(explorer.text)
    assert len(said) == explorer.instance.max
    assert any(text.startswith("sports ball") for text in said)


def test_students_other_pasting_is_told():
    def without_rim(masks, boxes, img_shape):
        return paste_masks_in_image(masks, boxes, img_shape, padding=0)

    assert "torchvision pastes other probabilities" not in MaskExplorer().text
    assert "torchvision pastes other probabilities" in MaskExplorer(without_rim).text


def test_wrong_shape_and_stub_are_told():
    def stub(masks, boxes, img_shape):
        raise NotImplementedError

    flat = MaskExplorer(lambda masks, boxes, img_shape: torch.zeros(1, *img_shape))
    assert "should return a tensor of shape [1, 1, 240, 360]" in flat.problem
    assert MaskExplorer(stub).problem == "stub is not written yet."
