"""The base of all explorers, through a small one that shows a box."""

import base64
import sys
import threading
import warnings

import ipywidgets
import pytest
import torch

from rcnn_course.scene import Box, Handle, Label, Scene, Track
from rcnn_course.widgets.controls import choice, slider, switch
from rcnn_course.widgets.explorer import Explorer, photo_scene
from rcnn_course.widgets.student import ask

pytestmark = pytest.mark.usefixtures("silent")


class Shifted(Explorer):
    """A box that a function moves to the right."""

    def __init__(self, function):
        self.function = function
        self.shift = slider("shift", 10.0, 0.0, 60.0, 1.0)
        self.tone = choice("tone", {"dark": 0.2, "light": 0.8}, 0.8)
        self.thick = switch("thick", True)
        super().__init__([self.shift, self.tone, self.thick], alt="A box on a plain ground.")

    def ground(self):
        grip = Handle(
            id="grip",
            name="box",
            says=f"{self.shift.value:.0f}",
            at=(35, 50),
            x=Track(sets="shift", value=self.shift.value, low=0, high=60),
        )
        return Scene(width=200, height=100, handles=[grip])

    def scene(self):
        box = ask(self.function, torch.tensor([[10.0, 20, 60, 80]]), self.shift.value, shape=(1, 4))
        text = f"The left side is at {box[0, 0]:.0f}."
        name = Label(id="name", at=(0, 0), text="a box")
        return self.ground().plus([Box(id="box", xyxy=tuple(box[0].tolist())), name], text=text)


def shift(boxes, by):
    return boxes + torch.tensor([by, 0.0, by, 0.0])


@pytest.fixture
def sent(monkeypatch):
    """What explorers send to the browser: content and buffers of each message."""
    messages = []
    monkeypatch.setattr(
        "rcnn_course.scene.view.SceneView.send",
        lambda view, content, buffers=None: messages.append((content, buffers)),
    )
    return messages


def test_scene_and_text_follow_the_slider():
    explorer = Shifted(shift)
    assert explorer.shown["box"].xyxy == (20, 20, 70, 80)
    explorer.shift.value = 40.0
    assert explorer.shown["box"].xyxy == (50, 20, 100, 80)
    assert explorer.text == "The left side is at 50."
    assert "The left side is at 50." in explorer.words.value


def test_hand_sets_the_control_of_its_track_and_is_answered(sent):
    explorer = Shifted(shift)
    explorer.picture._heard(explorer.picture, {"moved": {"shift": 25}, "by": "me"}, [])
    assert explorer.shift.value == 25.0
    assert explorer.shown["box"].xyxy[0] == 35
    assert explorer.shown.handle("grip").x.value == 25
    assert sent[-1][0] == {"answers": "me"}


@pytest.fixture
def senders(monkeypatch):
    """The widgets that have sent something, in order."""
    widgets, send = [], ipywidgets.Widget._send

    def note(widget, *message, **buffers):
        widgets.append(widget)
        return send(widget, *message, **buffers)

    monkeypatch.setattr(ipywidgets.Widget, "_send", note)
    return widgets


def test_picture_is_sent_before_the_control_that_a_hand_has_set(senders):
    explorer = Shifted(shift)
    senders.clear()
    explorer.picture._heard(explorer.picture, {"moved": {"shift": 25}, "by": "me"}, [])
    assert senders[0] is explorer.picture
    assert explorer.shift in senders


def test_picture_is_sent_before_the_player_of_its_slider(senders):
    explorer = Played()
    senders.clear()
    explorer.shift.set_state({"value": 4})
    (player,) = (sender for sender in senders if isinstance(sender, ipywidgets.Play))
    assert senders.index(explorer.picture) < senders.index(player)


def test_hand_whose_move_goes_wrong_is_answered_too(sent):
    explorer = Shifted(shift)
    with pytest.raises(AttributeError):
        explorer.picture._heard(explorer.picture, {"moved": {"nothing": 25}, "by": "me"}, [])
    assert sent[-1][0] == {"answers": "me"}


def test_controls_beyond_the_second_stand_behind_more():
    row, more, _, _ = Shifted(shift).children
    assert [child.description for child in row.children] == ["shift", "tone"]
    assert more.selected_index is None
    assert [child.description for child in more.children[0].children] == ["thick"]


class Played(Shifted):
    """The same, with a slider of whole numbers that has an order."""

    def __init__(self):
        self.function = shift
        self.shift = slider("shift", 3, 0, 9)
        self.tone = choice("tone", {"dark": 0.2, "light": 0.8}, 0.8)
        Explorer.__init__(self, [self.shift, self.tone], alt="A box.", play=self.shift)


def test_player_steps_through_the_slider():
    (row, *_) = Played().children
    slider, player, _ = row.children  # beside it
    assert (player.min, player.max, player.value) == (slider.min, slider.max, slider.value)
    player.value = 4
    assert slider.value == 4
    slider.value = 7
    assert player.value == 7
    slider.max = 5
    assert (player.max, player.value) == (5, 5)


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
    (lambda boxes, by: boxes * float("nan"), "returned NaN or infinity"),
    (lambda boxes, by: boxes.to(torch.complex64), "This cannot be drawn"),
    (lambda boxes, by: sys.exit("bye"), "SystemExit"),
]


@pytest.mark.parametrize(("function", "says"), TROUBLE)
def test_trouble_is_told_and_the_last_good_picture_stays(function, says):
    explorer = Shifted(shift)
    good, text = explorer.shown, explorer.text
    explorer.function = function
    explorer.shift.value = 50.0
    assert says in explorer.problem
    assert explorer.problem.splitlines() == [explorer.problem]
    assert explorer.shown == good
    assert explorer.text == text
    assert 'role="alert"' in explorer.words.value
    explorer.function = shift
    explorer.shift.value = 51.0
    assert explorer.problem == ""
    assert explorer.shown != good


def test_ground_is_shown_where_nothing_is_written_yet():
    explorer = Shifted(unwritten)
    assert explorer.problem == "unwritten is not written yet."
    assert explorer.shown == explorer.ground()


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
    assert explorer.shown == expected.shown


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
    assert explorer.shown == expected.shown


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


def test_photo_fills_its_scene():
    scene = photo_scene(torch.zeros(3, 30, 60), width=300, fade=0.25)
    assert (scene.width, scene.height, scene.zoom) == (60, 30, 5)
    assert scene["photo"].xyxy == (0, 0, 60, 30)
    assert scene["photo"].opacity == 0.75
    with pytest.raises(ValueError, match="image must be float from 0 to 1"):
        photo_scene(torch.full((3, 30, 60), 9.0))


def test_static_picture_says_what_it_shows():
    bundle = Shifted(shift)._repr_mimebundle_()
    assert bundle["text/plain"] == "A box on a plain ground. The left side is at 20."
    assert (
        'aria-label="A box on a plain ground. The left side is at 20."' in bundle["image/svg+xml"]
    )
    data = base64.b64encode(bundle["image/svg+xml"].encode()).decode()
    assert f'src="data:image/svg+xml;base64,{data}"' in bundle["text/html"]
