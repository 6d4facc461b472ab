"""Colours of objects."""

from rcnn_course.draw.base import style
from rcnn_course.scene.shapes import OBJECTS
from rcnn_course.scene.tones import TONES, tones


def box(x):
    return (x, 0.0, x + 1.0, 1.0)


def test_colours_differ_and_begin_with_those_of_drawings():
    assert len(set(TONES)) == len(OBJECTS)
    assert TONES[:6] == tuple(color.lower() for color in style.CATEGORIES)


def test_no_boxes_have_no_colours():
    assert tones([]) == []


def test_colour_that_has_to_be_used_again_is_that_of_the_farthest_object():
    places = [0.0, 500.0, *range(1, 11)]
    assert tones([box(x) for x in places])[:12] == list(range(12))
    assert tones([box(x) for x in (*places, 5.0)])[-1] == 1
