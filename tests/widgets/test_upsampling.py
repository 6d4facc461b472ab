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


def texts(explorer, name):
    return list(explorer.shown[f"{name} numbers"].texts)


def test_output_and_stamps_bear_their_numbers():
    explorer = UpsamplingExplorer()
    with explorer.quietly():
        explorer.kernel.value, explorer.stride.value, explorer.step.value = 2, 1, 2
    assert texts(explorer, "input")[:4] == ["3", "1", "4", "2"]
    assert texts(explorer, "output")[:5] == ["3", "4", "1", "", ""]
    assert texts(explorer, "stamps")[:5] == ["1", "2", "1", "", ""]


def test_numbers_that_do_not_fit_are_left_to_the_mouse():
    explorer = UpsamplingExplorer()
    with explorer.quietly():
        explorer.weights.value, explorer.kernel.value = "random", 5
        explorer.stride.value = 4
    assert not any(texts(explorer, "output"))
    readout = explorer.shown["output readout"]
    assert np.frombuffer(readout.numbers, np.float32)[0] > 0


@pytest.mark.parametrize(("dimensions", "step", "cell"), [(2, 6, (1, 1)), (1, 3, (0, 2))])
def test_last_input_is_framed_and_its_stamp_too(dimensions, step, cell):
    explorer = UpsamplingExplorer()
    with explorer.quietly():
        explorer.dimensions.value, explorer.step.value = dimensions, step
        explorer.padding.value = 1
    given, output = explorer.shown["input"].xyxy, explorer.shown["output"].xyxy
    side = (given[2] - given[0]) / (4 if dimensions == 2 else 6)
    frame = explorer.shown["stamping"].xyxy
    assert frame[0] - given[0] == pytest.approx(cell[1] * side)
    assert frame[1] - given[1] == pytest.approx(cell[0] * side)
    wide = (output[2] - output[0]) / (7 if dimensions == 2 else 11)
    stamp = explorer.shown["stamp on the output"].xyxy
    assert stamp[0] - output[0] == pytest.approx((2 * cell[1] - 1) * wide)
    assert stamp[2] - stamp[0] == pytest.approx(3 * wide)


def test_stamp_is_framed_as_far_as_padding_leaves_it():
    explorer = UpsamplingExplorer()
    with explorer.quietly():
        explorer.kernel.value, explorer.padding.value, explorer.step.value = 2, 2, 1
    ids = [shape.id for shape in explorer.shown.of("yours")]
    assert ids == ["stamping"]


def test_weight_is_dragged_up_and_becomes_the_students_own():
    explorer = UpsamplingExplorer()
    with explorer.quietly():
        explorer.kernel.value, explorer.step.value = 2, 1
    handle = explorer.shown.handle("weight 3")
    assert (handle.name, handle.says) == ("weight in row 1, column 1", "1.00")
    assert handle.y.scale < 0
    explorer._grabbed({handle.y.sets: -0.5})
    assert explorer.weights.value == "own"
    assert explorer.shown.handle("weight 3").says == "-0.50"
    assert "The sum so far is 7.5." in explorer.text  # a cell of 3, stamped with 1, 1, 1, -0.5
    explorer.weights.value = "ones"
    assert "The sum so far is 12." in explorer.text
    explorer.weights.value = "own"
    assert explorer.shown.handle("weight 3").says == "-0.50"
    explorer.kernel.value = 3
    assert explorer.shown.handle("weight 8").says == "1.00"


def test_row_has_as_many_steps_as_inputs():
    explorer = UpsamplingExplorer()
    explorer.step.value = 16
    explorer.dimensions.value = 1
    assert (explorer.step.max, explorer.step.value) == (6, 6)
    assert len(explorer.shown.handles) == 3


def test_comparison_marks_cells_that_differ():
    def doubled(input, weight, stride, padding):
        return 2 * F.conv_transpose2d(input, weight, stride=stride, padding=padding)

    explorer = UpsamplingExplorer(F.conv_transpose1d, doubled)
    assert not explorer.shown.of("differs")
    explorer.compare.value = True
    readout = explorer.shown["output differs readout"]
    assert np.frombuffer(readout.numbers, np.float32)[0] == 3
    explorer.functions[2] = F.conv_transpose2d
    explorer.step.value = 3
    assert not explorer.shown.of("differs")


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
