import pytest
import torch

from rcnn_course.draw import draw_tolerances
from rcnn_course.draw.base import style


@pytest.fixture
def points():
    """A nose, a left eye and a right eye that is not labelled."""
    return torch.tensor([[30.0, 20.0, 2.0], [60.0, 20.0, 1.0], [45.0, 50.0, 0.0]])


def test_rings_have_their_radius_in_pixels_and_the_colour_of_their_side(grey, points, has_color):
    ax = draw_tolerances(points, torch.tensor([5.0, 10.0, 5.0]), image=grey)
    assert has_color(ax, 35, 20, style.PAPER)
    assert has_color(ax, 70, 20, style.VERMILION)
    assert has_color(ax, 60, 10, style.VERMILION)
    assert not has_color(ax, 65, 20, style.VERMILION)


def test_keypoint_that_is_not_labelled_has_no_ring(grey, points):
    ax = draw_tolerances(points, torch.tensor([5.0, 10.0, 5.0]), image=grey)
    assert len(ax.collections[0].get_offsets()) == 2


def test_person_without_keypoints_draws_nothing(grey):
    ax = draw_tolerances(torch.zeros(17, 3), torch.ones(17), image=grey)
    assert len(ax.collections[0].get_offsets()) == 0


def test_impossible_arguments_are_refused(points):
    with pytest.raises(ValueError, match="radii must be positive, got 0"):
        draw_tolerances(points, torch.tensor([5.0, 0.0, 5.0]))
    with pytest.raises(ValueError, match="radii must"):
        draw_tolerances(points, torch.ones(2))
