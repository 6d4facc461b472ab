import numpy as np
import pytest
import torch

from rcnn_course.draw import draw_masks, show_image
from rcnn_course.draw.base import style


@pytest.fixture
def soft():
    """Two soft masks [2, 1, 60, 80]: a square on the left, one on the right."""
    masks = torch.zeros(2, 1, 60, 80)
    masks[0, 0, 10:40, 5:35] = 0.9
    masks[1, 0, 10:40, 45:75] = 0.6
    return masks


def test_masks_tint_their_pixels_in_the_colour_of_the_instance(grey, soft, color_at):
    ax = draw_masks(soft, image=grey)
    plain = color_at(ax, 40, 50).mean(axis=(0, 1))
    left, right = (color_at(ax, x, 25).mean(axis=(0, 1)) for x in (20, 60))
    assert np.allclose(plain, 128, atol=2)
    for tint, index in ((left, 0), (right, 1)):
        toward = np.array([int(style.category_color(index)[i : i + 2], 16) for i in (1, 3, 5)])
        assert np.allclose(tint, plain + 0.45 * (toward - plain), atol=6)


def test_masks_have_an_opaque_rim(grey, soft, has_color):
    ax = draw_masks(soft, image=grey, color=style.GREEN)
    assert has_color(ax, 5.5, 25, style.GREEN)
    assert not has_color(ax, 20, 25, style.GREEN)


def test_mask_counts_from_the_threshold_on(grey, soft, color_at):
    ax = draw_masks(soft, image=grey, threshold=0.75)
    assert np.allclose(color_at(ax, 60, 25), 128, atol=2)
    assert not np.allclose(color_at(ax, 20, 25), 128, atol=10)


def test_first_mask_lies_on_top(grey, has_color):
    both = torch.ones(2, 60, 80, dtype=torch.bool)
    ax = draw_masks(both, image=grey, opacity=1.0)
    assert has_color(ax, 40, 30, style.category_color(0))


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.float64])
def test_masks_may_be_hard_and_of_any_dtype(grey, soft, dtype):
    layer = draw_masks((soft[:, 0] > 0.5).to(dtype), image=grey).images[-1].get_array()
    assert (layer[..., 3] > 0).sum() == 1800


@pytest.mark.parametrize("shape", [(0, 1, 60, 80), (0, 60, 80)])
def test_no_masks_leave_the_picture_alone(grey, shape):
    assert len(draw_masks(torch.empty(shape), image=grey).images) == 1


def test_masks_are_added_to_the_axes_given(grey, soft):
    ax = show_image(grey)
    assert draw_masks(soft, ax=ax) is ax
    assert len(ax.images) == 2


@pytest.mark.parametrize(
    ("masks", "error", "message"),
    [
        (np.zeros((1, 4, 4)), TypeError, r"masks must be a torch\.Tensor, got ndarray"),
        (torch.zeros(4, 4), ValueError, r"shape \[R, 1, H, W\] or \[R, H, W\], got \[4, 4\]"),
        (torch.zeros(2, 91, 4, 4), ValueError, r"got \[2, 91, 4, 4\]"),
        (torch.full((1, 4, 4), 255), ValueError, r"from 0 to 1, got 255 to 255"),
        (torch.full((1, 4, 4), -3.0), ValueError, r"from 0 to 1, got -3 to -3; logits need sig"),
        (torch.full((1, 4, 4), torch.nan), ValueError, r"masks must be finite"),
    ],
)
def test_masks_of_another_kind_are_refused_with_the_reason(grey, masks, error, message):
    with pytest.raises(error, match=message):
        draw_masks(masks, image=grey)


def test_opacity_outside_its_range_is_refused(grey, soft):
    with pytest.raises(ValueError, match=r"opacity must be from 0 to 1, got 45"):
        draw_masks(soft, image=grey, opacity=45)
