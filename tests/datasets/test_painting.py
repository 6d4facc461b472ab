"""The painting of people, where the truth comes from: polygons, canvas, skeleton and layers."""

from random import Random

import numpy as np
import pytest

from rcnn_course.datasets.keypoints import (
    FLIP_INDICES,
    KEYPOINT_NAMES,
    SKELETON,
    SKELETON_INDICES,
)
from rcnn_course.datasets.painting.canvas import Canvas, mix, shade
from rcnn_course.datasets.painting.composition import compose
from rcnn_course.datasets.painting.person import Person
from rcnn_course.datasets.painting.poses import POSES
from rcnn_course.datasets.painting.shapes import cut, hull_of_circles, rectangle, slab
from rcnn_course.datasets.painting.skeleton import body_joints, project

GREY = (128, 128, 128)
UNTOUCHED = 255


def area(polygon):
    x, y = np.array(polygon).T
    return abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2


def test_a_rectangle_owns_exactly_its_pixels():
    canvas = Canvas(10, 8)
    canvas.paint(rectangle(2, 3, 5, 7), GREY, owner=9)
    expected = np.zeros((10, 8))
    expected[3:7, 2:5] = 9
    np.testing.assert_array_equal(canvas.owners(), expected)


@pytest.mark.parametrize(
    ("left", "right", "first", "last"),
    [(0, 4.2, 0, 3), (0, 4.8, 0, 4), (2.2, 8, 2, 7), (2.8, 8, 3, 7)],
)
def test_a_pixel_belongs_to_what_covers_its_centre(left, right, first, last):
    canvas = Canvas(4, 8)
    canvas.paint(rectangle(left, 0, right, 4), GREY, owner=1)
    columns = canvas.owners().any(axis=0).nonzero()[0]
    assert (columns.min(), columns.max()) == (first, last)


def test_edges_are_smooth():
    canvas = Canvas(4, 8)
    canvas.paint(rectangle(0, 0, 4.4, 4), (255, 255, 255))
    row = canvas.picture()[1, :, 0].tolist()
    assert row[:4] == [255] * 4
    assert 0 < row[4] < 255
    assert row[5:] == [0] * 3


def test_what_is_painted_later_covers_what_is_there():
    canvas = Canvas(6, 6)
    canvas.paint(rectangle(0, 0, 4, 6), GREY, owner=1)
    copy = canvas.copy()
    copy.paint(rectangle(2, 0, 6, 6), GREY, owner=2)
    assert copy.owners()[0].tolist() == [1, 1, 2, 2, 2, 2]
    assert canvas.owners()[0].tolist() == [1, 1, 1, 1, 0, 0]


def test_background_that_is_painted_later_takes_pixels_away():
    canvas = Canvas(6, 6)
    canvas.paint(rectangle(0, 0, 6, 6), GREY, owner=1)
    canvas.paint(rectangle(2, 0, 4, 6), GREY)
    assert canvas.owners()[0].tolist() == [1, 1, 0, 0, 1, 1]


def test_a_shadow_darkens_and_owns_nothing():
    canvas = Canvas(6, 6)
    canvas.paint(rectangle(0, 0, 6, 6), (200, 100, 50), owner=1)
    canvas.paint_shadow(rectangle(-3, 2, 3, 9))
    assert canvas.picture()[4, 1].tolist() == [160, 80, 40]
    assert canvas.picture()[1, 1].tolist() == [200, 100, 50]
    assert (canvas.owners() == 1).all()
    canvas.paint_shadow(rectangle(10, 10, 20, 20))  # outside: nothing to darken


@pytest.mark.parametrize(
    ("through", "normal", "expected"),
    [
        ((1, 0), (1, 0), 6.0),
        ((1, 0), (-1, 0), 2.0),
        ((0, 0), (1, 1), 8.0),  # keeps all
        ((9, 0), (1, 0), 0.0),  # keeps nothing
    ],
)
def test_cut_keeps_the_side_to_which_the_normal_points(through, normal, expected):
    kept = cut(rectangle(0, 0, 4, 2), through, normal)
    assert (area(kept) if kept else 0.0) == expected


def test_cutting_nothing_leaves_nothing():
    assert cut([], (0, 0), (1, 0)) == []


def test_a_slab_lies_between_two_shares_of_an_axis():
    assert area(slab(rectangle(0, 0, 10, 2), (0, 0), (10, 0), 0.2, 0.5)) == pytest.approx(6.0)


def test_the_hull_of_two_circles_is_a_capsule():
    capsule = hull_of_circles((0, 0, 20), (100, 0, 20))
    assert area(capsule) == pytest.approx(100 * 40 + np.pi * 20**2, rel=0.01)
    assert area(hull_of_circles((0, 0, 20), (3, 0, 1))) == pytest.approx(np.pi * 20**2, rel=0.01)


def test_colours_stay_between_black_and_white():
    assert (shade((200, 10, 0), 0.5), shade((200, 10, 0), 2)) == ((100, 5, 0), (255, 255, 255))
    assert mix((0, 0, 0), (200, 100, 0), 0.5) == (100, 50, 0)


@pytest.mark.parametrize("name", POSES)
def test_a_pose_stands_on_the_ground_or_jumps(name):
    joints = body_joints(POSES[name])
    lowest = min(joints["left_ankle"][1], joints["right_ankle"][1])
    assert 0 < lowest - POSES[name].lift < 0.12
    assert 0.45 < joints["head"][1] < 1.05


@pytest.mark.parametrize(
    ("yaw", "across", "depth", "ahead"),
    [
        (0, 1, 0, 0),  # faces the camera: the person's left is on the right-hand side
        (180, -1, 0, 0),  # faces away
        (90, 0, -1, 1),  # faces the right-hand edge: the left shoulder is the far one
        (270, 0, 1, -1),  # faces the left-hand edge
    ],
)
def test_left_and_right_are_the_persons_own(yaw, across, depth, ahead):
    joints = project(body_joints(POSES["standing"]), x=50, y=100, height=80, yaw=yaw)
    left, right = joints["left_shoulder"], joints["right_shoulder"]
    assert np.sign(round(left.x - right.x, 3)) == across
    assert np.sign(round(left.depth - right.depth, 3)) == depth
    toes = joints["left_toe"].x + joints["right_toe"].x
    ankles = joints["left_ankle"].x + joints["right_ankle"].x
    assert np.sign(round(toes - ankles, 3)) == ahead


def test_most_joints_lie_in_the_person_that_they_move():
    seen = []
    for seed in range(40):
        person = Person(Random(seed), x=100, y=190, height=150)
        canvas = Canvas(220, 200)
        person.paint(canvas, owner=1)
        owners = canvas.owners()
        seen += [owners[int(y), int(x)] == 1 for x, y, _ in person.keypoints()]
    assert np.mean(seen) > 0.995


def test_a_seat_is_no_part_of_who_sits_on_it():
    people = [Person(Random(seed), x=100, y=190, height=150) for seed in range(60)]
    for person in people:
        canvas = Canvas(220, 200)
        canvas.paint(rectangle(0, 0, 200, 220), GREY, UNTOUCHED)
        person.paint(canvas, owner=1)
        assert (canvas.owners() == 0).any() == person.pose.seated
    assert {person.pose.seated for person in people} == {True, False}


@pytest.mark.parametrize("seed", range(12))
def test_nearer_things_hide_farther_ones(seed):
    composition = compose(Random(seed), 160, 200)
    nears = [thing.near for thing in composition.things]
    assert nears == sorted(nears)
    expected = np.zeros((160, 200))
    for owner, thing in enumerate(composition.things, start=1):
        alone = Canvas(160, 200)
        alone.paint(rectangle(-1, -1, 201, 161), GREY, UNTOUCHED)
        thing.paint(alone, owner)
        footprint = alone.owners() != UNTOUCHED
        expected[footprint] = alone.owners()[footprint]
    labelled = np.isin(expected, [k for k, t in enumerate(composition.things, 1) if t.category])
    np.testing.assert_array_equal(composition.owners, np.where(labelled, expected, 0))


def test_who_is_hardly_seen_is_left_out():
    for seed in range(30):
        composition = compose(Random(seed), 160, 200)
        for owner, thing in enumerate(composition.things, start=1):
            alone = Canvas(160, 200)
            thing.paint(alone, owner)
            whole, seen = (np.sum(o == owner) for o in (alone.owners(), composition.owners))
            assert not thing.category or seen >= max(30, 0.25 * whole)


@pytest.mark.parametrize("seed", [381, 437])  # of which the first attempt shows nobody
def test_a_picture_always_shows_somebody(seed):
    things = compose(Random(seed), 64, 64).things
    assert "person" in {thing.category for thing in things}


def test_the_skeleton_joins_keypoints_and_flipping_swaps_left_and_right():
    assert {name for bone in SKELETON for name in bone} == set(KEYPOINT_NAMES)
    assert [(KEYPOINT_NAMES[a], KEYPOINT_NAMES[b]) for a, b in SKELETON_INDICES] == list(SKELETON)
    swap = {"left": "right", "right": "left"}
    for name, flipped in zip(KEYPOINT_NAMES, FLIP_INDICES, strict=True):
        side, _, part = name.partition("_")
        expected = f"{swap[side]}_{part}" if part else name
        assert KEYPOINT_NAMES[flipped] == expected
