import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.transforms import Bbox

from rcnn_course.draw import draw_boxes, show_image
from rcnn_course.draw.base import style
from rcnn_course.draw.base.tags import tags_of

BOXES = torch.tensor([[10.0, 10.0, 50.0, 40.0], [30.0, 20.0, 70.0, 55.0]])


def words_of(ax):
    return [tag.text for tag in tags_of(ax)]


def tag_extents(ax):
    ax.figure.canvas.draw()
    return [tag.get_window_extent() for tag in tags_of(ax)]


def hides(first, second):
    """Whether one tag covers a part of another; side by side they may touch."""
    return first.padded(-0.5).overlaps(second)


def test_scores_may_need_a_gradient_and_nothing_is_said(grey, recwarn):
    scores = torch.tensor([0.987, 0.5], requires_grad=True)
    assert words_of(draw_boxes(BOXES, image=grey, scores=scores)) == ["0.99", "0.50"]
    assert not recwarn.list


def test_boxes_are_drawn_where_they_are(grey, has_color):
    ax = draw_boxes(BOXES, image=grey, color=style.VERMILION)
    corners = [(*patch.get_xy(), patch.get_width(), patch.get_height()) for patch in ax.patches]
    assert corners == [(10, 10, 40, 30), (30, 20, 40, 35)]
    assert has_color(ax, 10, 25, style.VERMILION)
    assert has_color(ax, 50, 55, style.VERMILION)
    assert not has_color(ax, 20, 20, style.VERMILION)


def test_each_box_has_its_own_colour(grey, has_color):
    ax = draw_boxes(BOXES, image=grey)
    assert has_color(ax, 10, 25, style.category_color(0))
    assert has_color(ax, 70, 40, style.category_color(1))


def test_no_boxes_leave_the_picture_alone(grey):
    ax = draw_boxes(torch.empty(0, 4), image=grey, labels=[], scores=torch.empty(0))
    assert len(ax.images) == 1
    assert not ax.patches
    assert not words_of(ax)


def test_no_boxes_and_no_picture_leave_a_blank_page():
    assert not draw_boxes(torch.empty(0, 4)).patches


def test_labels_and_scores_are_written_as_torchvision_gives_them(grey):
    ax = draw_boxes(
        BOXES,
        image=grey,
        labels=torch.tensor([1, 2]),
        scores=torch.tensor([0.987, 0.5]),
        categories=["background", "person", "kite"],
    )
    assert words_of(ax) == ["person 0.99", "kite 0.50"]


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"labels": torch.tensor([1, 7])}, ["1", "7"]),
        ({"labels": ["left", "right"]}, ["left", "right"]),
        ({"labels": ["", "right"]}, ["right"]),
        ({"scores": torch.tensor([1.0, 0.0])}, ["1.00", "0.00"]),
        ({}, []),
    ],
)
def test_only_what_is_known_is_written(grey, known, words):
    assert words_of(draw_boxes(BOXES, image=grey, **known)) == words


def test_boxes_without_a_picture_make_the_page_fit_with_y_down():
    ax = draw_boxes(torch.tensor([[-40.0, -20.0, 40.0, 20.0]]), labels=["an anchor"])
    bottom, top = ax.get_ylim()
    assert bottom >= 20 > -20 >= top
    assert ax.get_xlim()[0] <= -40


def test_boxes_are_added_to_the_axes_given(grey):
    ax = show_image(grey)
    assert draw_boxes(BOXES, ax=ax) is ax
    assert draw_boxes(BOXES, ax=ax, linestyle="--").patches[-1].get_linestyle() == "--"
    assert len(ax.patches) == 4


@pytest.mark.parametrize(
    "box",
    [
        (0, 0, 10, 10),
        (74, 0, 80, 8),
        (70, 50, 80, 60),
        (0, 50, 8, 60),
        (-30, -30, 20, 20),
        (60, 40, 130, 120),
        (0, 0, 80, 60),
    ],
)
def test_words_stay_on_the_picture_wherever_the_box_is(grey, box):
    ax = draw_boxes(torch.tensor([box]).float(), image=grey, labels=["a long label"])
    (extent,), frame = tag_extents(ax), ax.get_window_extent()
    assert frame.x0 - 1 <= extent.x0 < extent.x1 <= frame.x1 + 1
    assert frame.y0 - 1 <= extent.y0 < extent.y1 <= frame.y1 + 1


def test_words_of_boxes_in_one_place_do_not_hide_one_another(grey):
    same = torch.tensor([[20.0, 20.0, 60.0, 45.0]]).repeat(4, 1)
    extents = tag_extents(draw_boxes(same, image=grey, labels=["one", "two", "three", "four"]))
    for index, extent in enumerate(extents):
        assert not any(hides(extent, other) for other in extents[index + 1 :])


def test_words_make_way_for_those_of_an_earlier_call(grey):
    ax = draw_boxes(BOXES[:1], image=grey, labels=["truth"])
    first, second = tag_extents(draw_boxes(BOXES[:1], ax=ax, labels=["found"]))
    assert not hides(first, second)


def test_words_that_have_to_hide_some_hide_as_little_as_they_can(grey):
    wide = "a label that is wider than a half of the picture and fits into it"
    ax = draw_boxes(torch.tensor([[0.0, 30.0, 80.0, 30.0]]), image=grey, labels=[wide])
    (first,) = tag_extents(ax)
    (_, bottom), (_, top) = ax.transData.inverted().transform(first)
    y1, y2 = (top + part * (bottom - top) for part in (0.7, 0.8))
    draw_boxes(torch.tensor([[0.0, y1, 80.0, y2]]), ax=ax, labels=[wide])
    first, second = tag_extents(ax)
    assert Bbox.intersection(first, second).height == pytest.approx(0.2 * first.height, rel=0.05)


@pytest.mark.parametrize("beside", [(85, 20, 95, 40), (-30, -30, -1, -1), (20, 60, 40, 90)])
def test_words_of_a_box_beside_the_picture_say_so(grey, beside):
    boxes = torch.tensor([beside, (60, 40, 130, 120), (30, 30, 30, 30)]).float()
    ax = draw_boxes(boxes, image=grey, labels=["ball", "kite", "point"])
    assert words_of(ax) == ["ball, outside", "kite", "point"]


@pytest.mark.parametrize("figsize", [(12, 2), (4, 8)])
def test_words_stay_on_the_picture_in_axes_of_another_shape(grey, figsize):
    _, axes = plt.subplots(1, 2, figsize=figsize)
    for ax in axes:
        draw_boxes(torch.tensor([[60.0, 2.0, 79.0, 20.0]]), image=grey, labels=["label"], ax=ax)
        (extent,), frame = tag_extents(ax), ax.get_window_extent()
        assert frame.x0 - 1 <= extent.x0 < extent.x1 <= frame.x1 + 1
        assert frame.y0 - 1 <= extent.y0 < extent.y1 <= frame.y1 + 1


def test_words_are_readable_on_the_colour_of_their_box(grey):
    many = BOXES[:1].repeat(6, 1)
    ax = draw_boxes(many, image=grey, labels=list("abcdef"))
    assert [tag.color for tag in tags_of(ax)] == [style.category_color(i) for i in range(6)]
    for color in style.CATEGORIES:
        assert style.contrast(style.text_color(color), color) >= 4.5


def test_boxes_may_be_integers_or_need_a_gradient(grey):
    assert len(draw_boxes(BOXES.long(), image=grey).patches) == 2
    assert len(draw_boxes(BOXES.clone().requires_grad_(), image=grey).patches) == 2


@pytest.mark.parametrize(
    ("boxes", "error", "message"),
    [
        ([[0, 0, 1, 1]], TypeError, r"boxes must be a torch\.Tensor, got list; torch\.as_tensor"),
        (torch.zeros(4), ValueError, r"boxes must have shape \[R, 4\], got \[4\]"),
        (torch.zeros(2, 5), ValueError, r"boxes must have shape \[R, 4\], got \[2, 5\]"),
        (torch.tensor([[0, 0, np.inf, 1]]), ValueError, "boxes must be finite"),
        (
            torch.tensor([[0.0, 0, 9, 9], [50, 60, 10, 20]]),
            ValueError,
            r"x1 <= x2 and y1 <= y2, got \[50\.0, 60\.0, 10\.0, 20\.0\] in row 1;.*box_convert",
        ),
    ],
)
def test_boxes_of_another_kind_are_refused_with_the_reason(grey, boxes, error, message):
    with pytest.raises(error, match=message):
        draw_boxes(boxes, image=grey)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"labels": ["one"]}, r"labels must have one entry for each of 2 boxes, got 1"),
        ({"scores": torch.rand(3)}, r"scores must have one entry for each of 2 boxes, got 3"),
        (
            {"labels": torch.tensor([1, 9]), "categories": ["background", "person"]},
            r"labels must be from 0 to 1, got 9",
        ),
    ],
)
def test_words_that_do_not_fit_the_boxes_are_refused(grey, words, message):
    with pytest.raises(ValueError, match=message):
        draw_boxes(BOXES, image=grey, **words)


def test_pictures_are_the_same_each_time(grey, color_at):
    first, second = (
        color_at(draw_boxes(BOXES, image=grey, labels="ab"), 40, 30, 200) for _ in "12"
    )
    assert np.array_equal(first, second)
