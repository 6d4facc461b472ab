import re

import pytest
import torch
from torchvision import ops

from rcnn_course.reference import rpn
from rcnn_course.widgets import AnchorExplorer

pytestmark = pytest.mark.usefixtures("silent")


def test_picture_without_the_truth_is_a_clear_error():
    with pytest.raises(ValueError, match="image and gt_boxes belong together"):
        AnchorExplorer(image=torch.full((3, 64, 96), 0.5))


def test_anchors_of_the_cell_and_their_overlap():
    truth = torch.tensor([[16.0, 16, 48, 48]])
    explorer = AnchorExplorer(image=torch.full((3, 64, 96), 0.5), gt_boxes=truth)
    with explorer.quietly():
        explorer.level.value, explorer.size.value = "P5", 32
        explorer.row.value = explorer.column.value = 1
        explorer.ratios.value = (1.0,)
    assert "32 × 32 pixels; best IoU 1.00" in explorer.text
    assert "Of all 6 anchors of P5: 1 positive" in explorer.text


def test_kinds_follow_the_thresholds():
    explorer = AnchorExplorer()
    with explorer.quietly():
        explorer.low.value, explorer.high.value = 0.0, 0.0
    assert "1,152 positive, 0 ignored, 0 negative" in explorer.text
    with explorer.quietly():
        explorer.low.value, explorer.high.value = 1.0, 1.0
    assert " 0 ignored" in explorer.text
    assert explorer.problem == ""


def test_low_above_high_does_no_harm():
    explorer = AnchorExplorer()
    explorer.low.value = 0.9
    assert explorer.problem == ""


@pytest.mark.parametrize(("level", "rows", "columns"), [("P2", 64, 96), ("P6", 4, 6)])
def test_cells_follow_the_level(level, rows, columns):
    explorer = AnchorExplorer()
    explorer.level.value = level
    assert (explorer.row.max, explorer.column.max) == (rows - 1, columns - 1)
    assert f"Of all {3 * rows * columns:,} anchors of {level}" in explorer.text
    positive, each = re.search(r"([\d,]+) positive.*1 to 5: ([\d, ]+)\.", explorer.text).groups()
    assert sum(map(int, each.split(", "))) == int(positive.replace(",", ""))


def test_cell_is_dragged_over_the_picture_and_takes_its_anchors_along():
    explorer = AnchorExplorer()
    before = explorer.shown["anchor 2"].xyxy
    handle = explorer.shown.handle("grip")
    assert (handle.x.value, handle.x.scale) == (4, 16)
    explorer._grabbed({handle.x.sets: 6, handle.y.sets: 9})
    assert (explorer.column.value, explorer.row.value) == (6, 9)
    moved = [new - old for new, old in zip(explorer.shown["anchor 2"].xyxy, before, strict=True)]
    assert moved == [32, -16, 32, -16]
    assert explorer.shown["cell"].xyxy == (96, 144, 112, 160)
    assert explorer.shown.handle("grip").says == "row 9, column 6"


def test_anchors_have_the_look_of_their_kind_and_say_their_numbers():
    truth = torch.tensor([[16.0, 16, 48, 48]])
    explorer = AnchorExplorer(image=torch.full((3, 64, 96), 0.5), gt_boxes=truth)
    with explorer.quietly():
        explorer.level.value, explorer.size.value = "P5", 32
        explorer.row.value = explorer.column.value = 1
        explorer.ratios.value = (1.0,)
    anchor = explorer.shown["anchor 1"]
    assert (anchor.meaning, anchor.tip) == ("positive", "32 × 32 pixels, best IoU 1.00: positive")
    assert explorer.shown["iou 1"].text == "IoU 1.00 with 1"
    explorer.column.value = 0
    assert explorer.shown["anchor 1"].meaning == "negative"


def test_shape_of_the_students_anchors_is_told():
    def cell_anchors(sizes, ratios):
        return torch.zeros(len(sizes), 4)

    assert "should return a tensor of shape [3, 4]" in AnchorExplorer(cell_anchors).problem


def test_student_who_inverts_the_ratio_sees_it():
    def inverted(sizes, ratios):
        sides = [(size * ratio**0.5, size / ratio**0.5) for size in sizes for ratio in ratios]
        return torch.tensor([[-w / 2, -h / 2, w / 2, h / 2] for w, h in sides])

    explorer = AnchorExplorer(inverted)
    explorer.size.value = 32
    first = explorer.text.split("pixels")[0]
    assert "23 × 45, 32 × 32, 45 × 23" in first
    assert ops.box_area(inverted((32,), (0.5,))).item() == pytest.approx(1024)


def test_library_functions_are_beside_themselves_nothing():
    assert "torchvision" not in AnchorExplorer().text


def test_student_whose_anchors_stand_in_the_middle_of_cells_is_told():
    def centred(grid_sizes, strides, cell_anchors):
        levels = rpn.grid_anchors(grid_sizes, strides, cell_anchors)
        return [level + stride[0] / 2 for level, stride in zip(levels, strides, strict=True)]

    explorer = AnchorExplorer(grid_anchors=centred)
    assert "These anchors differ from torchvision's by up to 8.0 pixels" in explorer.text
    explorer.compare.value = True
    mine, reference = explorer.shown["anchor 1"].xyxy, explorer.shown["reference 1"].xyxy
    assert [a - b for a, b in zip(mine, reference, strict=True)] == [8, 8, 8, 8]
    assert explorer.shown["differs 1 upper left"].points == (mine[:2], reference[:2])


def test_student_who_forgets_the_rule_is_told():
    def without_rule(iou, high, low, rule=False):
        return rpn.match_anchors(iou, high, low)

    explorer = AnchorExplorer(match_anchors=without_rule)
    assert "torchvision's matcher finds" in explorer.text
    assert not explorer.shown.of("differs")
    explorer.compare.value = True
    assert explorer.shown.of("differs")[0].tip == "negative; torchvision: positive"
    explorer.rule.value = False
    assert not explorer.shown.of("differs")
    assert "torchvision's matcher finds" not in explorer.text
    assert "whatever their IoU" not in explorer.text


def test_grid_that_is_no_list_is_told():
    def joined(*args):
        return torch.cat(rpn.grid_anchors(*args))

    explorer = AnchorExplorer(grid_anchors=joined)
    assert "should return a list with one tensor for each level" in explorer.problem


def test_unwritten_parts_are_told():
    def match_anchors(*args):
        raise NotImplementedError

    assert (
        AnchorExplorer(match_anchors=match_anchors).problem == "match_anchors is not written yet."
    )


def test_anchors_are_made_once_for_a_level_and_size():
    calls = []

    def counting(*args):
        calls.append(args)
        return rpn.grid_anchors(*args)

    explorer = AnchorExplorer(grid_anchors=counting)
    explorer.column.value = 3
    explorer.low.value = 0.2
    assert len(calls) == 1
    explorer.size.value = 64
    assert len(calls) == 2
