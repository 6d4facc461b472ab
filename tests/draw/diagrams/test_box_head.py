import pytest
import torch

from rcnn_course.draw import draw_box_head, draw_encoding

PROPOSAL = torch.tensor([50.0, 40, 150, 240])
BOX = torch.tensor([60.0, 50, 180, 210])


def words_of(ax):
    return [text.get_text().strip() for text in ax.texts if text.get_text()]


def test_box_head_writes_the_numbers_of_each_layer():
    ax = draw_box_head()
    assert {"12,544", "91 class logits", "364 box deltas"} <= set(words_of(ax))
    assert words_of(ax).count("1,024") == 2
    ax = draw_box_head(channels=64, hidden=256, classes=2)
    assert {"3,136", "256", "2 class logits", "8 box deltas"} <= set(words_of(ax))
    assert "64 × 7 × 7 = 3,136" in ax.get_label()


def test_encoding_draws_both_boxes_their_sizes_and_the_way_of_the_centre():
    ax = draw_encoding(PROPOSAL, BOX)
    assert [p.get_bbox().extents.tolist() for p in ax.patches] == [PROPOSAL.tolist(), BOX.tolist()]
    assert {"w 100", "h 200", "w 120", "h 160"} == set(words_of(ax))
    assert [tuple(line.get_xydata()[0]) for line in ax.lines] == [(100, 140), (120, 130)]
    assert ax.yaxis_inverted()
    assert "20 pixels to the right and -10 pixels down" in ax.get_label()


def test_encoding_refuses_what_is_no_box():
    with pytest.raises(ValueError, match=r"box must have shape \[4\], got \[1, 4\]"):
        draw_encoding(PROPOSAL, BOX[None])
    with pytest.raises(ValueError, match="box must be xyxy with x1 <= x2"):
        draw_encoding(PROPOSAL, BOX.flip(0))
