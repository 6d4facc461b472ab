import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg

from rcnn_course.draw import show_image


def shown(ax):
    return np.asarray(ax.images[0].get_array())


def test_picture_is_shown_pixel_by_pixel_with_its_corner_at_zero():
    image = torch.randint(0, 256, (3, 4, 6), dtype=torch.uint8)
    ax = show_image(image)
    assert np.array_equal(shown(ax), image.permute(1, 2, 0).numpy())
    assert ax.images[0].get_extent() == (0, 6, 4, 0)
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 6), (4, 0))


def test_float_and_uint8_pictures_look_the_same():
    image = torch.arange(48, dtype=torch.uint8).reshape(3, 4, 4) * 5
    assert np.array_equal(shown(show_image(image)), shown(show_image(image / 255)))


def test_one_channel_is_shown_as_grey():
    pixels = shown(show_image(torch.tensor([[[0.0, 1.0]]])))
    assert pixels.tolist() == [[[0, 0, 0], [255, 255, 255]]]


def test_picture_may_need_a_gradient_or_be_a_view():
    image = torch.rand(4, 5, 3, requires_grad=True).permute(2, 0, 1)
    assert shown(show_image(image)).shape == (4, 5, 3)


def test_picture_is_drawn_into_the_axes_given():
    _, axes = plt.subplots(1, 2)
    assert show_image(torch.zeros(3, 4, 4), ax=axes[1], title="right") is axes[1]
    assert axes[1].get_title(loc="left") == "right"
    assert not axes[0].images


def test_new_figure_has_the_shape_of_the_picture():
    figure = show_image(torch.zeros(3, 50, 200)).figure
    width, height = figure.get_size_inches()
    assert width / height == pytest.approx(4)


def test_fade_calms_the_picture():
    image = torch.zeros(3, 2, 2)
    assert shown(show_image(image, fade=0.6)).max() == 153
    assert shown(show_image(image, fade=1.0)).min() == 255


def test_picture_outlives_what_is_drawn_outside_of_it():
    ax = show_image(torch.zeros(3, 4, 6))
    ax.plot([-50, 100], [-50, 100])
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 6), (4, 0))


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((3, 4, 4)), TypeError, r"image must be a torch\.Tensor, got ndarray"),
        (torch.zeros(4, 4), ValueError, r"image must have shape \[3, H, W\] or .*got \[4, 4\]"),
        (torch.zeros(4, 4, 3), ValueError, r"image must have shape .*got \[4, 4, 3\]"),
        (torch.zeros(3, 0, 4), ValueError, r"image must have at least one pixel, got \[3, 0, 4\]"),
        (torch.zeros(3, 4, 4, dtype=torch.int64), TypeError, r"uint8 or float, got torch\.int64"),
        (torch.full((3, 4, 4), 200.0), ValueError, r"from 0 to 1, got 200 to 200; undo"),
        (torch.full((3, 4, 4), -2.1), ValueError, r"from 0 to 1, got -2\.1 to -2\.1"),
        (torch.full((3, 4, 4), torch.nan), ValueError, r"from 0 to 1, got nan"),
    ],
)
def test_picture_of_another_kind_is_refused_with_the_reason(image, error, message):
    with pytest.raises(error, match=message):
        show_image(image)


def rendered(ax):
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:, :, :3].astype(int)


def as_matplotlib_shows(image, **limits):
    figure = show_image(image).figure
    ax = figure.axes[0]
    photo = ax.images[0]
    photo.remove()
    ax.imshow(photo.get_array(), extent=photo.get_extent())
    ax.set(**limits)
    return rendered(ax)


def test_small_picture_is_enlarged_in_squares():
    image = torch.randint(0, 256, (3, 5, 7), dtype=torch.uint8)
    assert np.array_equal(rendered(show_image(image)), as_matplotlib_shows(image))


def test_photo_is_enlarged_as_matplotlib_does():
    smooth = torch.nn.functional.interpolate(torch.rand(1, 3, 9, 12), (300, 400), mode="bilinear")
    difference = rendered(show_image(smooth[0])) - as_matplotlib_shows(smooth[0])
    assert np.abs(difference).max() <= 4


def test_view_may_reach_beyond_the_picture():
    smooth = torch.nn.functional.interpolate(torch.rand(1, 3, 9, 12), (300, 400), mode="bilinear")
    limits = {"xlim": (-60, 220), "ylim": (150, -30)}
    ax = show_image(smooth[0])
    ax.set(**limits)
    difference = np.abs(rendered(ax) - as_matplotlib_shows(smooth[0], **limits))
    assert np.percentile(difference, 99) <= 4


def test_part_of_a_picture_can_be_shown():
    image = torch.rand(3, 300, 400)
    limits = {"xlim": (100, 140), "ylim": (230, 200)}
    ax = show_image(image)
    ax.set(**limits)
    assert np.array_equal(rendered(ax), as_matplotlib_shows(image, **limits))


def test_fade_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"fade must be from 0 to 1, got 2"):
        show_image(torch.zeros(3, 4, 4), fade=2)
