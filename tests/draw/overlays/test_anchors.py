import pytest
import torch
from torchvision.models.detection._utils import Matcher
from torchvision.ops import box_iou

from rcnn_course.draw import draw_anchors, show_image
from rcnn_course.draw.base import style
from rcnn_course.draw.overlays.anchors import IGNORED, NEGATIVE

ANCHORS = torch.tensor([[5.0, 5, 25, 45], [30, 10, 50, 50], [55, 5, 75, 55], [2, 48, 20, 58]])
MATCHES = torch.tensor([0, -2, -1, -1])


def counts_of(ax):
    return {group.get_label(): len(group.get_paths()) for group in ax.collections}


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_anchors_are_told_apart_by_colour_and_line_style(grey, has_color):
    ax = draw_anchors(ANCHORS, matches=MATCHES, image=grey)
    assert counts_of(ax) == {"negative": 2, "ignored": 1, "positive": 1}
    assert len({str(group.get_linestyle()) for group in ax.collections}) == 3
    assert has_color(ax, 5, 25, style.ORANGE)
    assert has_color(ax, 40, 10, style.SKY, reach=6)
    assert not has_color(ax, 65, 5, style.ORANGE, reach=6)


def test_legend_counts_each_kind(grey):
    ax = draw_anchors(ANCHORS, matches=MATCHES, gt_boxes=ANCHORS[:1], image=grey)
    assert legend_of(ax) == ["1 ground truth", "1 positive", "1 ignored", "2 negative"]
    assert draw_anchors(ANCHORS, matches=MATCHES, image=grey, legend=False).get_legend() is None


def test_matches_mean_what_torchvisions_matcher_means(grey):
    matcher = Matcher(0.7, 0.3)
    assert (matcher.BELOW_LOW_THRESHOLD, matcher.BETWEEN_THRESHOLDS) == (NEGATIVE, IGNORED)
    truth = torch.tensor([[5.0, 5, 25, 45], [30, 10, 50, 36]])
    matches = matcher(box_iou(truth, ANCHORS))
    ax = draw_anchors(ANCHORS, matches=matches, gt_boxes=truth, image=grey)
    assert counts_of(ax) == {"negative": 2, "ignored": 1, "positive": 1, "ground truth": 2}


def test_what_matters_more_lies_on_top(grey, has_color):
    same = ANCHORS[:1].repeat(3, 1)
    ax = draw_anchors(same, matches=torch.tensor([0, -2, -1]), image=grey)
    assert has_color(ax, 5, 25, style.ORANGE, reach=0)
    draw_anchors(same, matches=torch.tensor([0, -2, -1]), gt_boxes=same[:1], ax=ax)
    assert has_color(ax, 5, 25, style.PAPER, reach=0)


def test_anchors_without_matches_are_drawn_alike(grey):
    ax = draw_anchors(ANCHORS, image=grey)
    assert counts_of(ax) == {"positive": 4}
    assert ax.get_legend() is None


def test_anchors_around_the_origin_make_the_page_fit():
    ax = draw_anchors(torch.tensor([[-90.0, -45, 90, 45], [-32, -32, 32, 32]]))
    bottom, top = ax.get_ylim()
    assert ax.get_xlim()[0] <= -90
    assert bottom >= 45 > -45 >= top


def test_no_anchors_leave_the_picture_alone(grey):
    none = torch.empty(0, 4)
    ax = draw_anchors(none, matches=torch.empty(0, dtype=torch.int64), gt_boxes=none, image=grey)
    assert set(counts_of(ax).values()) == {0}
    assert legend_of(ax)[1] == "0 positive"


def test_anchors_are_added_to_the_axes_given(grey):
    ax = show_image(grey)
    assert draw_anchors(ANCHORS, ax=ax) is ax


def test_thousands_of_anchors_are_few_artists(grey):
    many = ANCHORS.repeat(2000, 1)
    assert len(draw_anchors(many, matches=MATCHES.repeat(2000), image=grey).collections) == 3


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"anchors": torch.zeros(3, 3)}, ValueError, r"anchors must have shape \[R, 4\]"),
        ({"gt_boxes": torch.zeros(4)}, ValueError, r"gt_boxes must have shape"),
        ({"matches": MATCHES[:2]}, ValueError, r"matches must have shape \[4\], got \[2\]"),
        ({"matches": MATCHES.float()}, TypeError, r"must be integers, got torch\.float32"),
        ({"matches": MATCHES - 1}, ValueError, r"matches must be -2, -1 or an index .*got -3"),
    ],
)
def test_impossible_anchors_are_refused_with_the_reason(grey, arguments, error, message):
    with pytest.raises(error, match=message):
        draw_anchors(**{"anchors": ANCHORS, "image": grey} | arguments)
