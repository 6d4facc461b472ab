"""The base of explorers that matplotlib draws, through a small one that draws a box."""

import io
import sys
import threading
import warnings

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image

from rcnn_course import draw
from rcnn_course.widgets.controls import choice, slider, switch
from rcnn_course.widgets.picture import PictureExplorer, new_figure, picture_figure
from rcnn_course.widgets.student import ask

pytestmark = pytest.mark.usefixtures("silent")


class Shifted(PictureExplorer):
    """A box that a function moves to the right."""

    def __init__(self, function):
        self.function = function
        self.drawn = 0
        self.shift = slider("shift", 10.0, 0.0, 60.0, 1.0)
        self.tone = choice("tone", {"dark": 0.2, "light": 0.8}, 0.8)
        self.thick = switch("thick", True)
        super().__init__([self.shift, self.tone, self.thick], alt="A box on a plain ground.")

    def backdrop_key(self):
        return self.tone.value

    def backdrop(self):
        self.drawn += 1
        figure = new_figure(4, 2)
        draw.show_image(
            torch.full((3, 100, 200), self.tone.value), ax=figure.add_axes((0, 0, 1, 1))
        )
        return figure

    def overlay(self, axes):
        (ax,) = axes
        box = ask(self.function, torch.tensor([[10.0, 20, 60, 80]]), self.shift.value, shape=(1, 4))
        draw.draw_boxes(box, ax=ax, color="#D55E00")
        return f"The left side is at {box[0, 0]:.0f}."


def shift(boxes, by):
    return boxes + torch.tensor([by, 0.0, by, 0.0])


def is_orange(pixels):
    return (pixels[..., 0] > 180) & (pixels[..., 2] < 60)


def columns(explorer):
    """First and last column of the picture that shows the box."""
    where = is_orange(explorer.pixels).any(axis=0).nonzero()[0]
    return where[0], where[-1]


def test_picture_and_text_follow_the_slider():
    explorer = Shifted(shift)
    first = columns(explorer)
    explorer.shift.value = 40.0
    moved = columns(explorer)
    assert [b - a for a, b in zip(first, moved, strict=True)] == [60, 60]  # two pixels for one
    assert explorer.text == "The left side is at 50."
    assert "The left side is at 50." in explorer.words.value
    jpeg = np.array(Image.open(io.BytesIO(explorer.picture.value)))
    assert np.abs(jpeg.astype(int) - explorer.pixels).mean() < 3


def test_nothing_of_the_last_picture_stays():
    explorer = Shifted(shift)
    for value in (0.0, 60.0, 30.0, 10.0):
        explorer.shift.value = value
    assert (explorer.pixels == Shifted(shift).pixels).all()


def test_backdrop_is_drawn_again_only_where_it_changes():
    explorer = Shifted(shift)
    explorer.shift.value = 20.0
    explorer.thick.value = False
    assert explorer.drawn == 1
    explorer.tone.value = 0.2
    assert explorer.drawn == 2
    assert explorer.pixels[0, 0, 0] < 100


def test_values_of_all_controls_stand_in_the_text():
    explorer = Shifted(shift)
    explorer.shift.value = 12.0
    assert "shift 12 · tone light · thick on" in explorer.words.value


def test_setting_several_controls_quietly_draws_once():
    calls = []
    explorer = Shifted(lambda boxes, by: calls.append(by) or shift(boxes, by))
    with explorer.quietly():
        explorer.shift.value = 20.0
        explorer.shift.value = 30.0
        explorer.thick.value = False
    assert calls == [10.0, 30.0]


def test_composes_and_can_be_observed():
    explorer, heard = Shifted(shift), []
    box = ipywidgets.VBox([explorer])
    explorer.shift.observe(lambda change: heard.append(change["new"]), "value")
    box.children[0].shift.value = 25.0
    assert heard == [25.0]


def raises(boxes, by):
    print("on its way")
    print("to an error", file=sys.stderr)
    warnings.warn("and a warning", stacklevel=1)
    raise ValueError(f"cannot shift\nby {by}")


def unwritten(boxes, by):
    raise NotImplementedError


TROUBLE = [
    (raises, "raises raised ValueError: cannot shift"),
    (unwritten, "unwritten is not written yet."),
    (lambda boxes, by: None, "returned None"),
    (lambda boxes, by: boxes[0], "tensor of shape [1, 4], but returned one of shape [4]"),
    (lambda boxes, by: boxes.tolist(), "should return a tensor, but returned a value of type list"),
    (lambda boxes, by: boxes * float("nan"), "This cannot be drawn"),
    (lambda boxes, by: sys.exit("bye"), "SystemExit"),
]


@pytest.mark.parametrize(("function", "says"), TROUBLE)
def test_trouble_is_told_and_the_last_good_picture_stays(function, says):
    explorer = Shifted(shift)
    good, text = explorer.picture.value, explorer.text
    explorer.function = function
    explorer.shift.value = 50.0
    assert says in explorer.problem
    assert explorer.problem.splitlines() == [explorer.problem]
    assert explorer.picture.value == good
    assert explorer.text == text
    assert 'role="alert"' in explorer.words.value
    explorer.function = shift
    explorer.shift.value = 51.0
    assert explorer.problem == ""
    assert explorer.picture.value != good


def test_first_picture_is_the_backdrop_where_nothing_is_written_yet():
    explorer = Shifted(unwritten)
    assert explorer.problem == "unwritten is not written yet."
    assert explorer.picture.value
    assert not is_orange(explorer.pixels).any()


def test_slow_function_is_told(clock):
    def slow(boxes, by):
        clock.now += 0.75
        return shift(boxes, by)

    assert "This took 0.8 s;" in Shifted(slow).text
    assert "took" not in Shifted(shift).text


def test_move_during_a_redraw_in_another_thread_waits_for_nobody_and_is_drawn(neighbour):
    inside, go = threading.Event(), threading.Event()

    def slow(boxes, by):
        if by == 20.0:
            inside.set()
            go.wait(120)
        return shift(boxes, by)

    explorer = Shifted(slow)
    neighbour.start(lambda: setattr(explorer.shift, "value", 20.0))
    assert inside.wait(120)
    explorer.shift.value = 30.0
    go.set()
    neighbour.result()
    assert explorer.problem == ""
    expected = Shifted(shift)
    expected.shift.value = 30.0
    assert (explorer.pixels == expected.pixels).all()


def test_two_threads_that_move_one_explorer_leave_the_newest_picture(neighbour):
    explorer, expected = Shifted(shift), Shifted(shift)

    def move(values):
        for value in values:
            explorer.shift.value = float(value)

    neighbour.start(lambda: move(range(0, 60, 2)))
    move(range(1, 60, 2))
    neighbour.result()
    assert explorer.problem == ""
    expected.shift.value = explorer.shift.value
    assert (explorer.pixels == expected.pixels).all()
    assert len(explorer._canvas.figure.axes[0].get_children()) == len(
        expected._canvas.figure.axes[0].get_children()
    )


def test_function_may_move_its_own_explorer():
    def moving(boxes, by):
        if by < 15.0:
            explorer.shift.value = by + 1.0
        return shift(boxes, by)

    explorer = Shifted(shift)
    explorer.function = moving
    explorer.shift.value = 12.0
    assert explorer.shift.value == 15.0
    assert explorer.text == "The left side is at 25."


def test_explorer_goes_on_after_an_interruption():
    def interrupted(boxes, by):
        raise KeyboardInterrupt

    explorer = Shifted(shift)
    explorer.function = interrupted
    with pytest.raises(KeyboardInterrupt):
        explorer.shift.value = 50.0
    explorer.function = shift
    explorer.shift.value = 20.0
    assert explorer.text == "The left side is at 30."


class OnPicture(PictureExplorer):
    """A box on a picture of 30 x 60 pixels, half red, with a blue corner at the lower right."""

    def __init__(self):
        super().__init__([], alt="A box on a picture.")

    def backdrop(self):
        image = torch.zeros(3, 30, 60)
        image[0, :15] = 1.0
        image[2, 15:, 30:] = 1.0
        return picture_figure(image, width=3.0, fade=0.5)

    def overlay(self, axes):
        (ax,) = axes
        draw.draw_boxes(torch.tensor([[40.0, 20.0, 50.0, 26.0]]), ax=ax, color="#00FF00")
        return "A box."


def test_picture_fills_its_figure_upright_and_faded_below_what_is_drawn():
    pixels = OnPicture().pixels.astype(int)
    assert pixels.shape == (150, 300, 3)
    for row, column, color in [
        (0, 0, (255, 127, 127)),
        (0, 299, (255, 127, 127)),
        (149, 0, (127, 127, 127)),
        (149, 299, (127, 127, 255)),
        (115, 225, (127, 127, 255)),
    ]:
        assert np.allclose(pixels[row, column], color, atol=3), (row, column)
    green = (pixels[..., 1] > 200) & (pixels[..., 0] < 60)
    rows, columns = green.any(axis=1).nonzero()[0], green.any(axis=0).nonzero()[0]
    assert np.allclose([columns[0], columns[-1], rows[0], rows[-1]], [200, 250, 100, 130], atol=2)
