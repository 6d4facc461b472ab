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
    assert ("Dashed: the box as asked for" in explorer.text) is not aligned
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
    assert "It reads none of the cells around it." in explorer.text
    explorer.roi_align = ops.roi_align
    explorer.point.value = 1
    assert explorer.text.count(" × ") == 4


def test_rounding_error_is_in_cells_and_pixels():
    explorer = RoIAlignExplorer()
    explorer.x.value = 140.0  # 4.375 cells, rounded to 4
    assert "left -0.38 cells = -12 px" in explorer.text


def test_box_moves_and_the_rest_stays(difference):
    explorer = RoIAlignExplorer()
    changed = difference(explorer, explorer.x, 100.0)
    assert changed.sum() > 1000
    assert not changed[-60:, :400].any()


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
    assert RoIAlignExplorer(unwritten).problem == "unwritten is not written yet."


def test_adaptive_ratio_samples_height_and_width_on_their_own():
    explorer = RoIAlignExplorer()
    with explorer.quietly():
        explorer.roi_width.value, explorer.roi_height.value = 32.0, 96.0  # 1 and 3 cells
        explorer.output_size.value, explorer.sampling_ratio.value = 1, -1
    read = explorer._read_at_samples(explorer.features, 1, explorer._box())
    assert read.shape == (3, 3, 1)
    assert explorer.problem == ""
