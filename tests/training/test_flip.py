"""Mirroring: where everything goes, and which keypoints change places."""

import pytest
import torch
from torchvision import tv_tensors
from torchvision.transforms import v2

from rcnn_course.datasets import FLIP_INDICES, KEYPOINT_NAMES, GeneratedPeople
from rcnn_course.training import RandomFlip, flip_indices, horizontal_flip


@pytest.mark.parametrize(
    ("names", "indices"),
    [
        ([], ()),  # no keypoints
        (["tip"], (0,)),
        (["nose", "left_eye", "right_eye"], (0, 2, 1)),  # COCO's way
        (["eye_right", "eye_left"], (1, 0)),
        (["L wing", "R wing", "bright"], (1, 0, 2)),  # "bright" says no side
        (["leftEye", "rightEye"], (1, 0)),
        (["top-left", "top-right", "bottom-right", "bottom-left"], (1, 0, 3, 2)),
        (["upper_left_arm", "upper_right_arm"], (1, 0)),
        (["left_1", "left_2", "right_1", "right_2"], (2, 3, 0, 1)),
        (KEYPOINT_NAMES, FLIP_INDICES),
    ],
)
def test_flip_indices_follow_the_names(names, indices):
    assert flip_indices(names) == indices


def test_flip_indices_follow_given_pairs_alone():
    names = ["left_ear", "right_ear", "port", "starboard"]
    assert flip_indices(names, [("port", "starboard")]) == (0, 1, 3, 2)
    assert flip_indices(names, []) == (0, 1, 2, 3)


@pytest.mark.parametrize(
    ("names", "pairs", "words"),
    [
        (["left_ear", "nose"], None, "keypoint 'left_ear' must have a partner on the other side"),
        (["a", "a"], None, "names must differ, but 'a' comes twice"),
        (["a", "b"], [("a", "c")], r"a pair must be two of the keypoints.* got \('a', 'c'\)"),
        (["a", "b"], [("a", "a")], "a pair must be two of the keypoints"),
        (["a", "b", "c"], [("a", "b"), ("b", "c")], r"none in another pair, but got \('b', 'c'\)"),
    ],
)
def test_flip_indices_refuse_what_has_no_one_meaning(names, pairs, words):
    with pytest.raises(ValueError, match=words):
        flip_indices(names, pairs)


def test_flip_agrees_with_torchvision_on_pictures_boxes_and_masks():
    image, target = GeneratedPeople(1, size=(64, 96))[0]
    boxes = tv_tensors.BoundingBoxes(target["boxes"], format="XYXY", canvas_size=(64, 96))
    expected = v2.functional.hflip
    flipped_image, flipped = horizontal_flip(image, target, FLIP_INDICES)
    assert torch.equal(flipped_image, expected(image))
    assert torch.equal(flipped["masks"], expected(tv_tensors.Mask(target["masks"])))
    torch.testing.assert_close(flipped["boxes"], expected(boxes).as_subclass(torch.Tensor))
    assert torch.equal(flipped["labels"], target["labels"])


def test_flip_exchanges_left_and_right_and_leaves_unlabelled_keypoints_at_zero():
    keypoints = torch.tensor([[[10.0, 5.0, 2.0], [0.0, 0.0, 0.0], [30.0, 6.0, 1.0]]])
    target = {"boxes": torch.tensor([[0.0, 0.0, 40.0, 20.0]]), "keypoints": keypoints}
    _, flipped = horizontal_flip(torch.rand(3, 20, 100), target, (0, 2, 1))
    expected = [[90.0, 5.0, 2.0], [70.0, 6.0, 1.0], [0.0, 0.0, 0.0]]
    assert flipped["keypoints"][0].tolist() == expected


def test_flipped_twice_is_the_same():
    image, target = GeneratedPeople(3, size=96)[2]
    twice = horizontal_flip(*horizontal_flip(image, target, FLIP_INDICES), FLIP_INDICES)
    assert torch.equal(twice[0], image)
    for key, values in target.items():
        torch.testing.assert_close(twice[1][key], values)


def test_picture_without_objects_is_flipped():
    target = {"boxes": torch.zeros(0, 4), "keypoints": torch.zeros(0, 3, 3)}
    _, flipped = horizontal_flip(torch.rand(3, 8, 8), target, (0, 2, 1))
    assert flipped["keypoints"].shape == (0, 3, 3)


@pytest.mark.parametrize("indices", [None, (0, 1), (0, 0, 1)])
def test_keypoints_without_fitting_indices_are_refused(indices):
    target = {"boxes": torch.zeros(1, 4), "keypoints": torch.zeros(1, 3, 3)}
    with pytest.raises(ValueError, match="indices must say for each of 3 keypoints"):
        horizontal_flip(torch.rand(3, 8, 8), target, indices)


def test_random_flip_mirrors_by_torchs_chance():
    target = {"boxes": torch.tensor([[1.0, 1.0, 3.0, 3.0]])}
    image = torch.rand(3, 8, 8)
    torch.manual_seed(0)
    flipped = [RandomFlip()(image, target)[1]["boxes"][0, 0] == 5 for _ in range(200)]
    assert 70 < sum(flipped) < 130
    assert not torch.equal(RandomFlip(probability=1)(image, target)[0], image)
    assert torch.equal(RandomFlip(probability=0)(image, target)[0], image)
