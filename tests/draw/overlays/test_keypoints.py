import pytest
import torch

from rcnn_course.datasets import KEYPOINT_NAMES
from rcnn_course.draw import draw_keypoints, show_image
from rcnn_course.draw.base import style

AT = {"nose": (40, 8), "left_shoulder": (52, 20), "right_shoulder": (28, 20), "left_hip": (48, 40),
      "right_hip": (32, 40), "left_ankle": (50, 56), "right_ankle": (30, 56)}  # fmt: skip


@pytest.fixture
def person():
    """One person [1, 17, 3] that faces the camera, with seven keypoints seen."""
    points = torch.zeros(1, 17, 3)
    for name, (x, y) in AT.items():
        points[0, KEYPOINT_NAMES.index(name)] = torch.tensor([x, y, 2.0])
    return points


def dots_of(ax):
    return [tuple(dot) for collection in ax.collections[2:] for dot in collection.get_offsets()]


def bones_of(ax):
    return ax.collections[1].get_segments()


def test_keypoints_are_dots_where_they_are(grey, person):
    assert sorted(dots_of(draw_keypoints(person, image=grey))) == sorted(AT.values())


def test_left_and_right_have_their_own_colour(grey, person, has_color):
    ax = draw_keypoints(person, image=grey)
    assert has_color(ax, *AT["left_shoulder"], style.VERMILION)
    assert has_color(ax, *AT["right_shoulder"], style.SKY)
    assert has_color(ax, *AT["nose"], style.PAPER)


def test_bones_join_what_is_seen_in_the_colour_of_their_side(grey, person, has_color):
    ax = draw_keypoints(person, image=grey)
    assert len(bones_of(ax)) == 4
    assert has_color(ax, 50, 30, style.VERMILION)
    assert has_color(ax, 30, 30, style.SKY)
    assert has_color(ax, 40, 20, style.PAPER)


def test_keypoints_that_are_not_labelled_are_left_out_with_their_bones(grey, person):
    person[0, KEYPOINT_NAMES.index("left_hip"), 2] = 0
    ax = draw_keypoints(person, image=grey)
    assert AT["left_hip"] not in dots_of(ax)
    assert len(bones_of(ax)) == 2


def test_hidden_keypoints_are_rings_in_a_truth(grey, person, has_color):
    person[0, KEYPOINT_NAMES.index("nose"), 2] = 1
    ax = draw_keypoints(person, image=grey)
    assert has_color(ax, *AT["nose"], style.INK, reach=0)
    assert not has_color(ax, *AT["left_hip"], style.INK, reach=0)


def test_people_may_have_a_colour_each(grey, person, has_color):
    other = person.clone()
    other[0, :, 0] -= 20
    colors = [style.ORANGE, style.GREEN]
    ax = draw_keypoints(torch.cat([person, other]), image=grey, colors=colors)
    assert has_color(ax, *AT["left_shoulder"], style.ORANGE)
    assert has_color(ax, AT["left_shoulder"][0] - 20, AT["left_shoulder"][1], style.GREEN)
    assert has_color(ax, 50, 30, style.ORANGE)
    with pytest.raises(ValueError, match="colors must have one entry for each of 1 keypoints"):
        draw_keypoints(person, image=grey, colors=colors)


def test_predicted_keypoints_are_filled(grey, person, has_color):
    person[..., 2].clamp_(max=1)
    assert has_color(draw_keypoints(person, image=grey), *AT["nose"], style.PAPER, reach=0)


def test_keypoints_below_the_threshold_are_left_out(grey, person):
    scores = torch.full((1, 17), -1.0)
    scores[0, 0] = 4.0
    ax = draw_keypoints(person, image=grey, scores=scores, threshold=2.0)
    assert dots_of(ax) == [AT["nose"]]


def test_names_stand_beside_the_keypoints(grey, person):
    words = [text.get_text() for text in draw_keypoints(person, image=grey, names=True).texts]
    assert sorted(words) == sorted(name.replace("_", " ") for name in AT)


def test_names_hide_no_other_dot_and_stay_in_the_picture(grey, person):
    wrist = KEYPOINT_NAMES.index("left_wrist")
    person[0, wrist] = torch.tensor([56.0, 40.5, 2.0])  # beside the left hip, at (48, 40)
    person[0, KEYPOINT_NAMES.index("left_ankle"), 1] = grey.shape[1]
    ax = draw_keypoints(person, image=grey, names=True)
    extents = {text.get_text(): text.get_window_extent() for text in ax.texts}
    for dot in ax.transData.transform(person[0, person[0, :, 2] > 0, :2]):
        assert not any(extent.contains(*dot) for extent in extents.values())
    assert extents["left ankle"].y0 >= ax.get_window_extent().y0 - 1
    (nose,) = (text for text in ax.texts if text.get_text() == "nose")
    assert nose.get_verticalalignment() == "center"


def test_dots_grow_with_the_person(grey, person):
    small = person.clone()
    small[..., :2] = small[..., :2] / 4
    sizes = draw_keypoints(torch.cat([person, small]), image=grey).collections[2].get_widths()
    assert sizes.max() > sizes.min()


@pytest.mark.parametrize("points", [torch.empty(0, 17, 3), torch.zeros(2, 17, 3)])
def test_nobody_leaves_the_picture_alone(grey, points):
    ax = draw_keypoints(points, image=grey, names=True)
    assert not ax.collections
    assert not ax.texts


def test_one_keypoint_alone_is_drawn(grey):
    points = torch.zeros(1, 17, 3)
    points[0, 0] = torch.tensor([40.0, 30.0, 2.0])
    assert dots_of(draw_keypoints(points, image=grey)) == [(40, 30)]


def test_keypoints_without_a_picture_make_the_page_fit(person):
    ax = draw_keypoints(person)
    bottom, top = ax.get_ylim()
    assert bottom >= 56 > 8 >= top


def test_keypoints_are_added_to_the_axes_given(grey, person):
    ax = show_image(grey)
    assert draw_keypoints(person, ax=ax) is ax


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"keypoints": [1]}, TypeError, r"keypoints must be a torch\.Tensor, got list"),
        ({"keypoints": torch.zeros(17, 3)}, ValueError, r"\[R, 17, 3\], got \[17, 3\]"),
        ({"keypoints": torch.zeros(1, 5, 3)}, ValueError, r"\[R, 17, 3\], got \[1, 5, 3\]"),
        (
            {"keypoints": torch.zeros(2, 17, 3), "scores": torch.zeros(2)},
            ValueError,
            r"scores must have shape \[2, 17\], got \[2\]",
        ),
    ],
)
def test_keypoints_of_another_kind_are_refused_with_the_reason(grey, arguments, error, message):
    with pytest.raises(error, match=message):
        draw_keypoints(**arguments, image=grey)
