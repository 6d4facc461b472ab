import numpy as np
import pytest
import torch

from rcnn_course.draw import draw_box_head, draw_error_losses, draw_offset, draw_offset_spread

PROPOSAL = torch.tensor([50.0, 40, 150, 240])
BOX = torch.tensor([60.0, 50, 180, 210])


def words_of(ax):
    return [text.get_text().strip() for text in ax.texts if text.get_text()]


def test_box_head_writes_the_numbers_of_each_layer():
    ax = draw_box_head()
    assert {"12,544", "91 class logits", "364 box offsets"} <= set(words_of(ax))
    assert words_of(ax).count("1,024") == 2
    ax = draw_box_head(channels=64, hidden=256, classes=2)
    assert {"3,136", "256", "2 class logits", "8 box offsets"} <= set(words_of(ax))
    assert "64 × 7 × 7 = 3,136" in ax.get_label()


def test_offset_draws_both_boxes_their_sizes_and_the_way_of_the_centre():
    ax = draw_offset(PROPOSAL, BOX)
    assert [p.get_bbox().extents.tolist() for p in ax.patches] == [PROPOSAL.tolist(), BOX.tolist()]
    assert {"w 100", "h 200", "w 120", "h 160"} == set(words_of(ax))
    assert [tuple(line.get_xydata()[0]) for line in ax.lines] == [(100, 140), (120, 130)]
    assert ax.yaxis_inverted()
    assert "20 pixels to the right and -10 pixels down" in ax.get_label()


def test_offset_refuses_what_is_no_box():
    with pytest.raises(ValueError, match=r"box must have shape \[4\], got \[1, 4\]"):
        draw_offset(PROPOSAL, BOX[None])
    with pytest.raises(ValueError, match="box must be xyxy with x1 <= x2"):
        draw_offset(PROPOSAL, BOX.flip(0))


def test_offset_spread_names_the_deviation_of_each_column():
    offsets = torch.tensor([[1.0, 2, 0, 0.5], [-1, -2, 0, 0.5]])
    figure = draw_offset_spread({"weights 1, 1": offsets, "doubled": 2 * offsets})
    titles = [ax.get_title() for ax in figure.axes]
    assert titles[:4] == [
        "x: spread 1.00",
        "y: spread 2.00",
        "width: spread 0.00",
        "height: spread 0.00",
    ]
    assert titles[4] == "x: spread 2.00"
    assert figure.axes[0].get_label().startswith("With weights 1, 1, the standard deviations are")


def test_offset_spread_needs_an_entry_of_four_columns():
    with pytest.raises(ValueError, match="offsets must have at least one entry, got none"):
        draw_offset_spread({})
    with pytest.raises(ValueError, match=r"offsets\['a'\] must have shape \[R, 4\]"):
        draw_offset_spread({"a": torch.zeros(3, 5)})


def test_error_losses_draws_each_loss_over_the_errors():
    ax = draw_error_losses([-1, 0, 1], {"absolute": [1, 0, 1], "squared": [2, 0, 2]})
    assert np.allclose(ax.lines[1].get_xydata(), [[-1, 2], [0, 0], [1, 2]])
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert "at the end 1 for absolute, 2 for squared" in ax.get_label()
    with pytest.raises(ValueError, match=r"losses\['a'\] must have one entry for each of 2 errors"):
        draw_error_losses([0, 1], {"a": [0.0]})
