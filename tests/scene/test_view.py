"""What a view sends: all of a scene to who comes, and of a move only what differs."""

import numpy as np
import pytest

from rcnn_course.scene import Box, Dot, Handle, Picture, Readout, Scene, Track
from rcnn_course.scene.pictures import encoded
from rcnn_course.scene.view import SceneView

PHOTO = Picture(id="photo", data=encoded(np.zeros((2, 4, 3), np.uint8)), xyxy=(0, 0, 4, 2))


def scene(x, *more, photo=PHOTO):
    grip = Handle(
        id="grip", name="dot", says="", at=(x, 1), x=Track(sets="x", value=x, low=0, high=4)
    )
    dot = Dot(id="dot", at=(x, 1))
    return Scene(width=4, height=2, zoom=10, shapes=[photo, dot, *more], handles=[grip])


@pytest.fixture
def view(monkeypatch):
    """A view, and what it has sent since the first scene."""
    view = SceneView("A dot.", lambda values: None)
    view.show(scene(1))
    view.messages = []
    monkeypatch.setattr(
        view, "send", lambda content, buffers=(): view.messages.append((content, buffers))
    )
    return view


def test_whole_scene_goes_to_who_comes(view):
    state = view.get_state("scene")["scene"]
    assert state["order"] == ["photo", "dot", "grip"]
    assert state["size"] == [40, 20]
    assert state["parts"]["photo"]["data"] == PHOTO.data
    assert state["parts"]["grip"]["grab"]["x"] == {
        "sets": "x",
        "value": 1,
        "low": 0,
        "high": 4,
        "step": 1.0,
        "scale": 10.0,
    }


def test_move_sends_what_has_moved_and_no_picture(view):
    view.show(scene(2))
    ((patch, buffers),) = view.messages
    assert set(patch["parts"]) == {"dot", "grip"}
    assert patch["version"] == 2
    assert "order" not in patch
    assert not buffers


def test_what_did_not_change_sends_nothing(view):
    view.show(scene(1))
    assert view.messages == []


def test_other_picture_is_sent_as_bytes(view):
    other = Picture(id="photo", data=encoded(np.ones((2, 4, 3), np.uint8)), xyxy=(0, 0, 4, 2))
    view.show(scene(1, photo=other))
    ((patch, buffers),) = view.messages
    assert patch["binary"] == ["photo"]
    assert "data" not in patch["parts"]["photo"]
    assert buffers == [other.data]


def test_numbers_of_a_readout_are_sent_as_bytes(view):
    numbers = np.arange(6, dtype=np.float32).tobytes()
    readout = Readout(id="cells", xyxy=(0, 0, 4, 2), rows=2, columns=3, numbers=numbers)
    view.show(scene(1, readout))
    ((patch, buffers),) = view.messages
    part = patch["parts"]["cells"]
    assert (part["rows"], part["columns"], patch["binary"]) == (2, 3, ["cells"])
    assert buffers == [numbers]


def test_what_comes_and_goes_changes_the_order(view):
    view.show(scene(1, Box(id="box", xyxy=(0, 0, 1, 1))))
    view.show(scene(1))
    (more, _), (less, _) = view.messages
    assert (set(more["parts"]), more["order"]) == ({"box"}, ["photo", "dot", "box", "grip"])
    assert (less["parts"], less["order"]) == ({}, ["photo", "dot", "grip"])
    assert "box" not in view.get_state("scene")["scene"]["parts"]


def test_who_has_missed_a_patch_gets_the_scene(view, monkeypatch):
    states = []
    monkeypatch.setattr(view, "send_state", states.append)
    view._heard(view, {"seen": 1}, [])
    assert states == []
    view.show(scene(2))
    view._heard(view, {"seen": 1}, [])
    assert states == ["scene"]


def test_scene_that_cannot_be_drawn_leaves_the_last_one(view):
    with pytest.raises(ValueError, match="NaN"):
        view.show(scene(float("nan")))
    assert view.shown == scene(1)
    view.show(scene(2))
    assert view.messages[0][0]["version"] == 2
