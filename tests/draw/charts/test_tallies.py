import pytest

from rcnn_course.draw import draw_class
from rcnn_course.draw.base.style import BLUE, ORANGE

OUTCOMES = {"roi_pool": {"correct": 6, "incorrect": 4}, "roi_align": {"not attempted": 10}}
MISTAKES = {"roi_pool": {"x and y are swapped": 3, "raises IndexError": 1}}


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def test_bar_has_a_part_for_each_outcome_and_its_number(has_color):
    ax = draw_class(OUTCOMES, MISTAKES)
    assert {"roi_pool", "6", "4", "roi_align", "10"} <= set(texts_of(ax))
    assert has_color(ax, 3.0, 0.5, BLUE)
    assert has_color(ax, 8.0, 0.5, ORANGE)
    assert not has_color(ax, 3.0, 0.5, ORANGE)


def test_mistakes_stand_below_their_exercise_with_their_counts():
    written = texts_of(draw_class(OUTCOMES, MISTAKES))
    below = written[written.index("roi_pool") : written.index("roi_align")]
    assert below == ["roi_pool", "6", "4", "3", "x and y are swapped", "1", "raises IndexError"]


def test_description_says_what_the_picture_shows():
    assert draw_class(OUTCOMES, MISTAKES).get_label() == (
        "roi_pool: 6 correct, 4 incorrect, 0 not attempted "
        "(3 x and y are swapped; 1 raises IndexError). "
        "roi_align: 0 correct, 0 incorrect, 10 not attempted."
    )


@pytest.mark.parametrize("outcomes", [{}, {"roi_pool": {}}, {"roi_pool": {"correct": 0}}])
def test_class_of_nobody_is_drawn(outcomes):
    assert draw_class(outcomes, {}).patches


@pytest.mark.parametrize(
    ("outcomes", "mistakes", "message"),
    [
        ({"a": {"wrong": 1}}, {}, r"outcomes\['a'\] must be of correct, .*; got 'wrong'"),
        ({"a": {"correct": -1}}, {}, r"outcomes\['a'\] must be counts, got \{'correct': -1\}"),
        ({"a": {}}, {"a": {"x": -2}}, r"mistakes\['a'\] must be counts"),
    ],
)
def test_impossible_counts_are_refused(outcomes, mistakes, message):
    with pytest.raises(ValueError, match=message):
        draw_class(outcomes, mistakes)
