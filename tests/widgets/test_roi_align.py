import pytest
import torch
from torchvision import ops

from rcnn_course.widgets import RoIAlignExplorer

pytestmark = pytest.mark.usefixtures("silent")


def test_default_equals_torchvision_for_every_option():
    explorer = RoIAlignExplorer()
    for method in ("RoIAlign", "RoI pooling"):
        for ratio in (-1, 1, 2, 3):
            for aligned in (False, True):
                with explorer.quietly():
                    explorer.method.value, explorer.sampling_ratio.value = method, ratio
                    explorer.aligned.value = aligned
                assert explorer.problem == ""
                assert "differs" not in explorer.text


@pytest.mark.parametrize(("aligned", "place"), [(False, 5.0), (True, 4.5)])
def test_first_sample_is_where_it_is_by_hand(aligned, place):
    explorer = RoIAlignExplorer()
    with explorer.quietly():
        explorer.x.value = explorer.y.value = 128.0  # 4 cells of 32 pixels
        explorer.roi_width.value = explorer.roi_height.value = 64.0  # 2 cells
        explorer.output_size.value, explorer.sampling_ratio.value = 1, 1
        explorer.aligned.value = aligned
    assert f"y = {place:.2f}, x = {place:.2f} in cells" in explorer.text
    assert ("White: the box as asked for" in explorer.text) is not aligned
    weights = "(5, 5) × 1.00" if not aligned else "(4, 4) × 0.25, (4, 5) × 0.25"
    assert weights in explorer.text


def test_weights_are_those_of_the_function():
    def nearest(input, boxes, size, scale, ratio, aligned):
        """Read the cell above and to the left of each sample alone."""
        places = torch.arange(19.0)[:, None].expand(19, 16), torch.arange(16.0).expand(19, 16)
        y, x = ops.roi_align(torch.stack(places)[None], boxes, size, scale, 1, aligned)[0]
        return input[:, :, y.int(), x.int()]

    explorer = RoIAlignExplorer(nearest)
    with explorer.quietly():
        explorer.output_size.value, explorer.sampling_ratio.value = 2, 1
    assert explorer.problem == ""
    assert " × 1.00." in explorer.text
    assert explorer.text.count(" × ") == 1
    explorer.roi_align = lambda *arguments: torch.zeros_like(ops.roi_align(*arguments))
    explorer.point.value = 2
    assert "Sample 1 of 1 of the bin reads none of the cells around it" in explorer.text
    explorer.roi_align = ops.roi_align
    explorer.point.value = 1
    assert explorer.text.count(" × ") == 4


def test_rounding_error_is_in_cells_and_pixels():
    explorer = RoIAlignExplorer()
    explorer.x.value = 140.0  # 4.375 cells, rounded to 4
    assert "left -0.38 cells = -12 px" in explorer.text


def corners(shape):
    return [round(value, 3) for value in shape.xyxy]


def drag(explorer, name, across, down):
    """Set what a handle's tracks say, moved by so many steps to the right and down."""
    handle = explorer.shown.handle(name)
    x, y = handle.x, handle.y
    explorer._grabbed({x.sets: x.value + across * x.step, y.sets: y.value + down * y.step})


def test_region_that_is_read_lies_half_a_cell_off_the_one_that_is_asked_for():
    explorer = RoIAlignExplorer()
    assert corners(explorer.shown["asked"]) == [183, 141, 350, 333]
    assert corners(explorer.shown["region"]) == [199, 157, 366, 349]
    explorer.aligned.value = True
    assert corners(explorer.shown["region"]) == [183, 141, 350, 333]


def test_region_is_dragged_and_its_samples_go_with_it():
    explorer = RoIAlignExplorer()
    before = explorer.shown["sample 1"].at
    drag(explorer, "grip", 32, -16)
    assert (explorer.x.value, explorer.y.value) == (215, 125)
    after = explorer.shown["sample 1"].at
    assert [round(b - a, 3) for a, b in zip(before, after, strict=True)] == [32, -16]
    assert explorer.shown.handle("grip").says == "left 215, top 125 pixels"


def test_corner_makes_the_region_larger_up_to_the_edge_of_the_canvas():
    explorer = RoIAlignExplorer()
    drag(explorer, "corner", 13, 8)
    assert (explorer.roi_width.value, explorer.roi_height.value) == (180, 200)
    assert (explorer.x.value, explorer.y.value) == (183, 141)
    corner = explorer.shown.handle("corner")
    assert (corner.says, corner.x.high) == ("180 × 200 pixels", 320)
    explorer.x.value = 390.0
    assert explorer.shown.handle("corner").x.high == 512 + 64 - 390
    explorer.roi_width.value = 320.0
    assert explorer.x.value == 512 + 64 - 320


def test_bin_is_dragged_on_the_output():
    explorer = RoIAlignExplorer()
    drag(explorer, "bin", 2, 1)
    assert explorer.point.value == 6
    assert corners(explorer.shown["bin on the output"]) == [808, 208, 904, 304]
    x1, y1, x2, y2 = explorer.shown["bin on the map"].xyxy
    (x, y), (left, top, *_) = explorer.shown["chosen sample"].at, explorer.shown["region"].xyxy
    assert (x1 - left, y1 - top) == (pytest.approx(2 * 167 / 4), pytest.approx(192 / 4))
    assert x1 < x < x2
    assert y1 < y < y2
    explorer.output_size.value = 1
    assert explorer.point.value == 0


def test_samples_of_a_bin_are_played_one_by_one():
    explorer = RoIAlignExplorer()
    explorer.aligned.value = True
    seen = []
    for number in range(1, explorer.sample.max + 1):
        explorer.sample.value = number
        seen.append(explorer.shown["chosen sample"].at)
        assert f"Sample {number} of 4 of the bin" in explorer.text
    left, top, step_x, step_y = 183, 141, 167 / 8, 192 / 8
    by_hand = [
        (left + (c + 0.5) * step_x, top + (r + 0.5) * step_y) for r in (0, 1) for c in (0, 1)
    ]
    assert torch.allclose(torch.tensor(seen), torch.tensor(by_hand), atol=1e-2)
    explorer.sampling_ratio.value = 1
    assert (explorer.sample.max, explorer.sample.value) == (1, 1)


def test_sample_says_its_place_and_its_weights_in_the_text_and_as_labels():
    explorer = RoIAlignExplorer()
    dot = explorer.shown["chosen sample"]
    assert dot.tip.startswith("sample 1 of 4 at y = 4.78, x = 6.04: (4, 6) × 0.21")
    assert explorer.shown["sample 1"].tip == "sample at y = 4.78, x = 6.04 in cells"
    labels = [explorer.shown[f"weight {number}"].text for number in (1, 2, 3, 4)]
    assert labels == ["0.21", "0.01", "0.75", "0.04"]


def test_samples_far_outside_of_the_map_read_nothing():
    explorer = RoIAlignExplorer()
    with explorer.quietly():
        explorer.x.value, explorer.roi_width.value = 400.0, 176.0
        explorer.output_size.value, explorer.sampling_ratio.value = 1, 3
    assert "sample 2" in [shape.id for shape in explorer.shown.shapes]
    assert "sample 3" not in [shape.id for shape in explorer.shown.shapes]
    explorer.sample.value = 3
    assert "reads none of the cells around it, and counts as 0" in explorer.text


def test_pooled_bins_are_whole_cells():
    explorer = RoIAlignExplorer()
    with explorer.quietly():
        explorer.method.value, explorer.point.value = "RoI pooling", 5
    assert corners(explorer.shown["region"]) == [6 * 32, 4 * 32, 12 * 32, 11 * 32]
    x1, y1, x2, y2 = (side / 32 for side in corners(explorer.shown["bin on the map"]))
    assert (x1, x2) == (7, 9)  # 6 cells cut into 4: from 1.5 to 3, rounded outwards
    assert (y1, y2) == (5, 8)  # 7 cells: from 1.75 to 3.5
    assert explorer.sample.max == 1


def test_comparison_marks_samples_and_bins_that_differ():
    def shifted(input, boxes, size, scale, ratio, aligned):
        return ops.roi_align(input, boxes, size, scale, ratio, not aligned)

    explorer = RoIAlignExplorer(shifted)
    assert not explorer.shown.of("differs")
    explorer.compare.value = True
    mine, reference = explorer.shown["sample 1"].at, explorer.shown["reference 1"].at
    assert [round(b - a, 2) for a, b in zip(mine, reference, strict=True)] == [16, 16]
    assert explorer.shown["differs 1"].points == (mine, reference)
    lines = [shape.id for shape in explorer.shown.of("differs")]
    assert lines == ["output differs", *(f"differs {number}" for number in (1, 2, 3, 4))]
    assert explorer.shown["output differs"].xyxy == explorer.shown["output"].xyxy
    explorer.roi_align = ops.roi_align
    explorer.point.value = 1
    assert not explorer.shown.of("differs")
    assert explorer.shown.of("reference")


def test_wrong_half_cell_is_told():
    def shifted(input, boxes, size, scale, ratio, aligned):
        return ops.roi_align(input, boxes, size, scale, ratio, not aligned)

    assert "torchvision's output differs from this one by up to" in RoIAlignExplorer(shifted).text


def test_wrong_shape_and_unwritten_function_are_told():
    def flat(input, boxes, size, scale, ratio, aligned):
        return torch.zeros(3)

    def unwritten(*arguments):
        raise NotImplementedError

    assert "should return a tensor of shape [1, 3, 4, 4]" in RoIAlignExplorer(flat).problem
    explorer = RoIAlignExplorer(unwritten)
    assert explorer.problem == "unwritten is not written yet."
    assert "bin" not in {handle.id for handle in explorer.shown.handles}, "there is no output yet"


def test_adaptive_ratio_samples_height_and_width_on_their_own():
    explorer = RoIAlignExplorer()
    with explorer.quietly():
        explorer.roi_width.value, explorer.roi_height.value = 32.0, 96.0  # 1 and 3 cells
        explorer.output_size.value, explorer.sampling_ratio.value = 1, -1
    assert [shape.id for shape in explorer.shown.of("yours")][-3:] == [
        f"sample {number}" for number in (1, 2, 3)
    ]
    assert explorer.sample.max == 3
    assert explorer.problem == ""


def test_setting_all_controls_in_their_order_brings_the_same_scene_back():
    explorer, other = RoIAlignExplorer(), RoIAlignExplorer()
    with explorer.quietly():
        explorer.x.value, explorer.output_size.value = 390.0, 7
        explorer.point.value, explorer.sampling_ratio.value = 40, 3
        explorer.sample.value = 8
    with other.quietly():
        other.roi_width.value = 320.0
        for control, given in zip(other.controls, explorer.controls, strict=True):
            control.value = given.value
    assert other.shown == explorer.shown
