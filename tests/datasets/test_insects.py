"""Generated insects, and the labelled set of them on disk."""

import json

import pytest
import torch

from rcnn_course.checks.exercises.n11_your_own_data.load_target import LOAD_TARGET
from rcnn_course.datasets import CocoPictures
from rcnn_course.datasets.insects import INSECT_KEYPOINTS, INSECTS, GeneratedInsects
from rcnn_course.datasets.labelled_insects import (
    CUT_OFF,
    TURNED_BOX,
    UNKNOWN_CATEGORY,
    write_labelled_insects,
)

FAULTY = (CUT_OFF, UNKNOWN_CATEGORY, TURNED_BOX)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_labelled_insects(tmp_path_factory.mktemp("insects"))


def test_picture_depends_on_seed_and_index_alone():
    image, target = GeneratedInsects(9, seed=3)[4]
    again, same = GeneratedInsects(5, seed=3)[-1]
    assert torch.equal(image, again)
    assert all(torch.equal(target[name], same[name]) for name in target)
    assert not torch.equal(image, GeneratedInsects(9, seed=4)[4][0])


def test_boxes_surround_masks_and_keypoints_lie_on_their_insect():
    for image, target in map(GeneratedInsects(12, seed=5, size=(96, 128)).__getitem__, range(12)):
        assert list(image.shape) == [3, 96, 128]
        for box, mask, points in zip(
            target["boxes"], target["masks"], target["keypoints"], strict=True
        ):
            rows, columns = mask.nonzero(as_tuple=True)
            edges = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert box.tolist() == [int(edge) for edge in edges]
            for x, y, visible in points.tolist():
                assert visible != 2 or mask[int(y), int(x)]


def test_left_wing_is_left_of_the_right_one():
    for _, target in map(GeneratedInsects(12, seed=6).__getitem__, range(12)):
        left, right = target["keypoints"][:, 1], target["keypoints"][:, 2]
        both = (left[:, 2] > 0) & (right[:, 2] > 0)
        assert (left[both, 0] < right[both, 0]).all()


def test_index_and_length_are_checked():
    with pytest.raises(IndexError, match="index must be of 2 pictures, but got 2"):
        GeneratedInsects(2)[2]
    with pytest.raises(ValueError, match="length must be 0 or more, but got -1"):
        GeneratedInsects(-1)


def test_labelled_set_is_read_back_as_it_was_drawn(file):
    content = json.loads(file.read_text("utf-8"))
    drawn = GeneratedInsects(60, seed=7)
    for entry in content["images"]:
        if entry["id"] in FAULTY:
            continue
        mine = [a for a in content["annotations"] if a["image_id"] == entry["id"]]
        target = LOAD_TARGET.reference(mine, entry, content["categories"])
        image, truth = drawn[entry["id"] - 1]
        for name in ("boxes", "labels", "keypoints"):
            assert torch.equal(target[name], truth[name])
        differing = (target["masks"] != truth["masks"]).sum(dim=(1, 2)) / truth["area"]
        assert (differing <= (0.02 if entry["id"] % 2 else 0)).all()
        picture, _ = CocoPictures(file.parent, file, image_ids=[entry["id"]])[0]
        assert torch.equal(picture, image)


@pytest.mark.parametrize(
    ("image_id", "reason"),
    [
        (CUT_OFF, "is damaged or cut off"),
        (UNKNOWN_CATEGORY, "category_id must be one of"),
        (TURNED_BOX, "bbox must have a width and height of 0 or more"),
    ],
)
def test_each_fault_is_refused_in_words(file, image_id, reason):
    with pytest.raises(ValueError, match=f"picture {image_id}.*{reason}"):
        CocoPictures(file.parent, file, image_ids=[image_id])[0]


def test_labelled_set_names_its_keypoints(file):
    pictures = CocoPictures(file.parent, file, image_ids=[1])
    assert pictures.keypoint_names == INSECT_KEYPOINTS
    assert [name for name in pictures.categories if name != "N/A"] == list(INSECTS)


def test_set_is_large_enough_for_its_faults(tmp_path):
    with pytest.raises(ValueError, match="count must be 48 or more, but got 47"):
        write_labelled_insects(tmp_path, count=47)
