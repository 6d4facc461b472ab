"""What the fork server loads of the course is there: it would pass over what is not."""

import pytest

from rcnn_course.grading.kernel import preload


@pytest.mark.parametrize(
    "load", preload.CHECKS + preload.PICTURES, ids=lambda load: load.__name__.strip("_")
)
def test_part_of_the_course_can_be_loaded(load):
    load()
