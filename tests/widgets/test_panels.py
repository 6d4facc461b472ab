"""Parts of a picture side by side."""

import pytest
import torch

from rcnn_course.widgets.panels import canvas, two_panels


@pytest.mark.parametrize(
    ("box", "x", "y"),
    [
        ((40.0, 40.0, 60.0, 50.0), 35, 30),  # in the middle
        ((0.0, 40.0, 20.0, 50.0), 0, 30),  # at the left edge
        ((180.0, 90.0, 200.0, 100.0), 170, 70),  # in the corner
        ((0.0, 0.0, 200.0, 100.0), -50, -100),  # larger than the picture
    ],
)
def test_part_has_the_box_in_its_middle_unless_it_would_leave_the_picture(box, x, y):
    left, right = two_panels(box, 1.5, torch.rand(3, 100, 200))
    assert (left.x, left.y) == (right.x, right.y) == (x, y)
    for corner in (box[:2], box[2:]):
        assert left.shows(*corner)


def test_photo_reaches_as_far_as_the_picture():
    image = torch.rand(3, 100, 200)
    panels = two_panels((0.0, 0.0, 200.0, 100.0), 1.5, image)
    assert panels[1].photo("photo", image).xyxy == (356, 100, 556, 200)
    assert canvas(panels).width == 606
