import pytest
import torch

from rcnn_course.widgets import PyramidExplorer

pytestmark = pytest.mark.usefixtures("silent")


@pytest.mark.parametrize(
    ("side", "level"), [(16, 2), (104, 2), (112, 3), (216, 3), (224, 4), (440, 4), (448, 5)]
)
def test_level_follows_equation_1(side, level):
    explorer = PyramidExplorer()
    explorer.size.value = side
    assert f"rounded down and kept from 2 to 5: P{level}." in explorer.text
    assert "torchvision reads" not in explorer.text


def numbers(explorer, name):
    return torch.frombuffer(bytearray(explorer.shown[f"{name} readout"].numbers), dtype=torch.float)


def test_merge_off_leaves_the_lateral_map():
    explorer = PyramidExplorer()
    before = {name: numbers(explorer, name) for name in ("P2", "P3", "lateral 2")}
    assert not torch.equal(before["P2"], before["lateral 2"])
    assert explorer.shown["into P2"].start[0] > explorer.shown["into P2"].end[0]
    explorer.merges[0].value = False
    assert torch.equal(numbers(explorer, "P2"), before["lateral 2"])
    assert torch.equal(numbers(explorer, "P3"), before["P3"])
    assert [shape.id for shape in explorer.shown.of("link")] == ["into P3", "into P4"]


def test_level_is_framed_and_the_box_lies_on_it_as_on_the_photo():
    explorer = PyramidExplorer()
    x1, y1, x2, y2 = explorer.shown["P4"].xyxy
    assert explorer.shown["level, yours"].xyxy == (x1 - 3, y1 - 3, x2 + 3, y2 + 3)
    left, *_, bottom = explorer.shown["box"].xyxy
    on_map = explorer.shown["box on the map"].xyxy
    assert (on_map[0] - x1) / (x2 - x1) == pytest.approx(left / 512)
    assert (on_map[3] - y1) / (y2 - y1) == pytest.approx(bottom / 600)
    assert explorer.shown["level of the box"].text == "P4"


def test_box_is_dragged_and_stays_within_the_photo():
    explorer = PyramidExplorer()
    x1, y1, x2, y2 = explorer.shown["box"].xyxy
    grip = explorer.shown.handle("grip")
    explorer._grabbed({grip.x.sets: grip.x.value + 20, grip.y.sets: grip.y.value - 10})
    assert explorer.shown["box"].xyxy == pytest.approx((x1 + 20, y1 - 10, x2 + 20, y2 - 10))
    explorer.x.value = explorer.y.value = 0.0
    assert explorer.shown["box"].xyxy == pytest.approx((0, 0, x2 - x1, y2 - y1))


def test_corner_makes_the_box_larger_while_the_other_one_stays():
    explorer = PyramidExplorer()
    x1, y1, *_ = explorer.shown["box"].xyxy
    corner = explorer.shown.handle("corner")
    assert (corner.x.sets, corner.x.value, corner.x.step) == ("size", 280, 8)
    explorer._grabbed({"size": 480.0})
    assert explorer.size.value == 480
    assert explorer.shown["box"].xyxy == pytest.approx((x1, y1, x1 + 480 * 0.64, y1 + 480 * 0.64))
    assert "P5" in explorer.text
    assert x1 + explorer.shown.handle("corner").x.high * 0.64 <= 512


def test_merges_are_made_once_for_each_setting():
    calls = []

    def counting(lateral, top):
        calls.append(top)
        return lateral + torch.nn.functional.interpolate(top, size=lateral.shape[-2:])

    explorer = PyramidExplorer(top_down_merge=counting)
    explorer.size.value = 400
    assert len(calls) == 3
    explorer.merges[2].value = False
    assert len(calls) == 5


def test_comparison_frames_torchvisions_level_and_marks_cells():
    def smooth(lateral, top):
        return lateral + torch.nn.functional.interpolate(top, lateral.shape[-2:], mode="bilinear")

    explorer = PyramidExplorer(lambda boxes: torch.tensor([1]), smooth)
    assert not explorer.shown.of("differs")
    explorer.compare.value = True
    marked = [shape.id for shape in explorer.shown.of("differs")]
    assert marked == ["P2 differs", "P3 differs", "P4 differs"]
    x1, y1, x2, y2 = explorer.shown["P4"].xyxy
    assert explorer.shown["level, reference"].xyxy == (x1 + 3, y1 + 3, x2 - 3, y2 - 3)
    own = PyramidExplorer()
    own.compare.value = True
    assert not own.shown.of("differs")


def test_all_merges_give_back_the_picture():
    explorer = PyramidExplorer()
    finest = explorer._merged()[0]
    assert finest.min() >= -1e-6
    explorer.merges[0].value = False
    assert explorer._merged()[0].min() < -0.1


def test_student_who_rounds_is_told_torchvisions_level():
    def rounded(boxes):
        (boxes,) = boxes
        side = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1).sqrt()
        return (4 + torch.log2(side / 224)).round().clamp(2, 5).long() - 2

    explorer = PyramidExplorer(rounded)
    explorer.size.value = 400
    assert explorer.text.endswith("torchvision reads it from P4.")


def test_levels_that_do_not_exist_and_wrong_merges_are_told():
    assert "but is 4" in PyramidExplorer(lambda boxes: torch.tensor([4])).problem
    wrong = PyramidExplorer(top_down_merge=lambda lateral, top: top)
    assert "should return a tensor of shape [1, 1, 19, 16]" in wrong.problem


def test_merge_by_a_factor_does_not_fit_the_odd_sizes():
    def doubled(lateral, top):
        return lateral + top.repeat_interleave(2, 2).repeat_interleave(2, 3)

    assert "doubled raised RuntimeError" in PyramidExplorer(top_down_merge=doubled).problem
