"""Words at the corners of boxes."""

import pytest

from rcnn_course.scene import Scene
from rcnn_course.scene.tags import tags

PAGE = Scene(width=200, height=100)


def places(*boxes, scene=PAGE):
    return [
        (tag.at, tag.side, tag.rise)
        for tag in tags([(f"{n}", "words", box) for n, box in enumerate(boxes)], scene)
    ]


def test_no_boxes_have_no_words():
    assert tags([], PAGE) == []


@pytest.mark.parametrize(
    ("box", "place"),
    [
        ((50, 50, 90, 90), ((50, 50), "start", "above")),
        ((50, 0, 90, 90), ((50, 0), "start", "below")),
        ((180, 50, 199, 90), ((199, 50), "end", "above")),
        ((180, 0, 199, 90), ((199, 0), "end", "below")),
    ],
)
def test_words_stay_within_the_picture(box, place):
    assert places(box) == [place]


def test_words_do_not_hide_one_another_while_there_is_room():
    box = (50, 40, 150, 60)
    found = places(*[box] * 5)
    assert len(set(found)) == 5
    assert places(*[box] * 9)[-1] == found[0]


def test_a_picture_that_is_shown_larger_has_more_room():
    box, other = (50, 50, 90, 90), (75, 50, 90, 90)
    assert places(box, other)[1][2] == "below"
    assert places(box, other, scene=Scene(width=200, height=100, zoom=4))[1][2] == "above"
