import itertools

import numpy as np
import pytest
import torch.nn.functional as F

from rcnn_course.widgets import UpsamplingExplorer

pytestmark = pytest.mark.usefixtures("silent")


def test_every_setting_is_drawn_or_explained():
    explorer = UpsamplingExplorer()
    for d, k, s, p in itertools.product((1, 2), (1, 4, 5), (1, 2, 4), (0, 2)):
        with explorer.quietly():
            explorer.dimensions.value, explorer.kernel.value = d, k
            explorer.stride.value, explorer.padding.value = s, p
        size = ((6 if d == 1 else 4) - 1) * s - 2 * p + k
        if size < 1:
            assert "would have" in explorer.problem
        else:
            assert explorer.problem == ""
            assert f"= {size}." in explorer.text


@pytest.mark.parametrize(("kernel", "stride", "even"), [(3, 2, False), (4, 2, True), (2, 2, True)])
def test_checkerboard_is_told(kernel, stride, even):
    explorer = UpsamplingExplorer()
    with explorer.quietly():
        explorer.kernel.value, explorer.stride.value = kernel, stride
    assert ("overlap evenly" in explorer.text) == even
    assert ("checkerboard" in explorer.text) != even


def test_each_step_adds_one_stamp():
    explorer = UpsamplingExplorer()
    with explorer.quietly():
        explorer.kernel.value, explorer.step.value = 2, 1
    assert "The sum so far is 12." in explorer.text  # a cell of 3, stamped on 2 x 2
    explorer.step.value = 2
    assert "The sum so far is 16." in explorer.text


def test_step_changes_the_output_and_not_the_titles(difference):
    explorer = UpsamplingExplorer()
    changed = difference(explorer, explorer.step, 12)
    assert changed.sum() > 1000
    assert not changed[:30].any()


def test_difference_to_pytorch_and_wrong_shapes_are_told():
    def doubled(input, weight, stride, padding):
        return 2 * F.conv_transpose2d(input, weight, stride=stride, padding=padding)

    def padded(input, weight, stride, padding):
        return F.conv_transpose2d(input, weight, stride=stride)

    assert "PyTorch's output differs" in UpsamplingExplorer(F.conv_transpose1d, doubled).text
    explorer = UpsamplingExplorer(F.conv_transpose1d, padded)
    explorer.padding.value = 1
    assert "should return a tensor of shape [1, 1, 7, 7]" in explorer.problem


def test_output_of_a_row_is_told_in_numbers():
    explorer = UpsamplingExplorer()
    with explorer.quietly():
        explorer.dimensions.value, explorer.kernel.value, explorer.step.value = 1, 2, 2
    assert "Output: 3, 3, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0." in explorer.text


def test_cell_bears_its_number_where_something_was_stamped():
    explorer = UpsamplingExplorer()
    explorer.kernel.value = 2  # 8 x 8 cells of 31 pixels in a panel that starts at (295, 45)
    first, last = explorer.pixels[51:70, 301:320], explorer.pixels[270:289, 520:539]
    assert np.ptp(first.astype(int), axis=(0, 1)).max() > 100
    assert not np.ptp(last.astype(int), axis=(0, 1)).any()
