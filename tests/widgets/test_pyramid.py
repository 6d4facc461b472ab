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


def test_merge_off_leaves_the_lateral_map(difference):
    explorer = PyramidExplorer()
    changed = difference(explorer, explorer.merges[0], False)
    assert changed.sum() > 1000
    assert not changed[: changed.shape[0] // 2].any()


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
