import io
import re

import pytest
import torch
from PIL import Image
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


def test_cells_change_both_halves_of_the_picture_and_not_the_photo():
    explorer = MaskExplorer()
    before = explorer.shown
    explorer.cells.value = 10
    assert explorer.shown["mask readout"].columns == 10
    assert explorer.shown["errors"] != before["errors"]
    assert explorer.shown["photo"] == before["photo"]


def painted(explorer):
    """Return how many pixels have each colour of the picture of errors, without a colour too."""
    image = Image.open(io.BytesIO(explorer.shown["errors"].data)).convert("RGBA")
    return {color: count for count, color in image.getcolors()}


ORANGE, VERMILION, PURPLE = (230, 159, 0, 255), (213, 94, 0, 255), (204, 121, 167, 255)


def test_wrong_pixels_are_painted_as_many_as_the_text_says():
    explorer = MaskExplorer()
    explorer.cells.value = 7
    many, lacking = map(
        int, re.search(r"has (\d+) pixels too many .* lacks (\d+)", explorer.text).groups()
    )
    assert (painted(explorer)[ORANGE], painted(explorer)[VERMILION]) == (many, lacking)


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


def test_comparison_paints_what_torchvision_decides_otherwise():
    def to_the_right(masks, boxes, img_shape):
        return paste_masks_in_image(masks, boxes, img_shape).roll(1, dims=3)

    explorer = MaskExplorer(to_the_right)
    assert PURPLE not in painted(explorer)
    explorer.compare.value = True
    other = int(re.search(r"(\d+) pixels would be decided otherwise", explorer.text)[1])
    assert painted(explorer)[PURPLE] == other > 0
    explorer = MaskExplorer()
    explorer.compare.value = True
    assert PURPLE not in painted(explorer)


def test_mask_is_pasted_once_for_its_cells():
    calls = []

    def counting(masks, boxes, img_shape):
        calls.append(masks)
        return paste_masks_in_image(masks, boxes, img_shape)

    explorer = MaskExplorer(counting)
    explorer.threshold.value = 0.8
    assert len(calls) == 1
    explorer.cells.value = 7
    assert len(calls) == 2


def test_wrong_shape_and_stub_are_told():
    def stub(masks, boxes, img_shape):
        raise NotImplementedError

    flat = MaskExplorer(lambda masks, boxes, img_shape: torch.zeros(1, *img_shape))
    assert "should return a tensor of shape [1, 1, 240, 360]" in flat.problem
    assert MaskExplorer(stub).problem == "stub is not written yet."
