"""Scenes, shapes and handles as data."""

import pytest

from rcnn_course.scene import Box, Dot, Handle, Readout, Scene, Track

BOX = Box(id="box", meaning="truth", xyxy=(1, 2, 3, 4))


def test_shapes_are_found_by_id_and_by_meaning():
    scene = Scene(width=10, height=10, shapes=[BOX, Dot(id="dot", at=(5, 5))])
    assert scene["box"] is BOX
    assert scene.of("truth") == [BOX]
    assert scene.of("yours") == []
    with pytest.raises(KeyError, match="no shape 'ball'; there are box, dot"):
        scene["ball"]
    with pytest.raises(KeyError, match="no handle 'box'"):
        scene.handle("box")


def test_more_comes_on_top():
    ground = Scene(width=10, height=10, shapes=[BOX], text="A box.")
    more = ground.plus([Dot(id="dot", at=(5, 5))])
    assert [shape.id for shape in more.shapes] == ["box", "dot"]
    assert more.text == "A box."
    assert ground.plus(text="Another.").text == "Another."


def test_two_of_one_id_are_an_error():
    with pytest.raises(ValueError, match="ids must differ, but two parts of the scene are 'box'"):
        Scene(width=10, height=10, shapes=[BOX, BOX])


def test_unknown_meaning_is_an_error():
    with pytest.raises(ValueError, match=r"meaning must be one of plain, .*, got 'good' for box"):
        Box(id="box", meaning="good", xyxy=(1, 2, 3, 4))


def test_readout_without_a_number_for_each_cell_is_an_error():
    with pytest.raises(ValueError, match=r"numbers must hold 2 × 3 float32, .*, got 8 bytes for a"):
        Readout(id="a", xyxy=(0, 0, 3, 2), rows=2, columns=3, numbers=bytes(8))


def test_handle_that_sets_nothing_is_an_error():
    with pytest.raises(ValueError, match="handle grip sets nothing"):
        Handle(id="grip", name="box", says="", at=(0, 0))
    assert Handle(
        id="grip", name="box", says="", at=(0, 0), y=Track(sets="y", value=0, low=0, high=1)
    )
