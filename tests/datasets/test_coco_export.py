import json
import math

import pytest
import torch
from pycocotools.coco import COCO
from torch.utils.data import Subset

from rcnn_course.datasets import (
    CATEGORIES,
    KEYPOINT_NAMES,
    CocoPictures,
    GeneratedPeople,
    evaluate_detections,
    export_coco,
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("coco") / "people"
    export_coco(GeneratedPeople(5), folder)
    return folder


def test_pycocotools_loads_the_export(exported, capsys):
    coco = COCO(exported / "annotations.json")
    names = [category["name"] for category in coco.loadCats(coco.getCatIds())]
    assert tuple(names) == CATEGORIES[1:]
    person = coco.loadCats(1)[0]
    assert tuple(person["keypoints"]) == KEYPOINT_NAMES
    assert min(min(bone) for bone in person["skeleton"]) == 1
    assert max(max(bone) for bone in person["skeleton"]) == len(KEYPOINT_NAMES)
    assert min(coco.getAnnIds()) == 1  # COCOeval takes 0 for "no match"
    for annotation in coco.loadAnns(coco.getAnnIds()):
        x, y, width, height = annotation["bbox"]
        rows, columns = coco.annToMask(annotation).nonzero()
        assert (x, y) == (columns.min(), rows.min())
        assert (x + width, y + height) == (columns.max() + 1, rows.max() + 1)
        assert annotation["area"] == len(rows)
        flags = annotation.get("keypoints", [])[2::3]
        assert annotation.get("num_keypoints", 0) == sum(flag > 0 for flag in flags)


def test_export_survives_a_round_trip_exactly(exported):
    people = GeneratedPeople(5)
    read = CocoPictures(exported, exported / "annotations.json")
    assert len(read) == len(people)
    for index in range(len(people)):
        (image, target), (read_image, read_target) = people[index], read[index]
        assert torch.equal(image, read_image)
        assert set(target) == set(read_target)
        for key, value in target.items():
            assert torch.equal(torch.as_tensor(value), torch.as_tensor(read_target[key])), key


def test_truth_that_was_read_back_has_an_ap_of_one(exported):
    targets = [target for _, target in CocoPictures(exported, exported / "annotations.json")]
    scored = [{**target, "scores": torch.ones(len(target["labels"]))} for target in targets]
    evaluation = evaluate_detections(targets, scored, categories=CATEGORIES)
    assert (evaluation.bbox.AP, evaluation.segm.AP, evaluation.keypoints.AP) == (1, 1, 1)


def test_empty_dataset_is_exported(tmp_path):
    annotations = json.loads(export_coco(GeneratedPeople(0), tmp_path / "none").read_text())
    assert annotations["images"] == annotations["annotations"] == []


def test_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("work")
    with pytest.raises(FileExistsError, match="must be new or empty"):
        export_coco(GeneratedPeople(1), tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "work"


def test_failure_leaves_nothing_half_written(tmp_path):
    twice = [GeneratedPeople(1)[0]] * 2
    with pytest.raises(ValueError, match="its own image_id; 0 is twice"):
        export_coco(twice, tmp_path / "people")
    assert list(tmp_path.iterdir()) == []


def own_target(**changes):
    """A picture of 40 × 60 pixels with two objects, with masks and two keypoints each."""
    masks = torch.zeros(2, 40, 60, dtype=torch.uint8)
    masks[0, 5:20, 10:30] = masks[1, 10:30, 20:50] = 1
    target = {
        "boxes": torch.tensor([[10.25, 5, 30, 20], [20, 10, 50.5, 30]]),
        "labels": torch.tensor([1, 3]),
        "masks": masks,
        "keypoints": torch.tensor([[[12.5, 7, 2], [20, 10, 1]], [[0, 0, 0], [0, 0, 0.0]]]),
        "area": torch.tensor([300.0, 600]),
        "iscrowd": torch.tensor([0, 0]),
        "image_id": torch.tensor(7),
    }
    return {key: value for key, value in {**target, **changes}.items() if value is not None}


OWN = {
    "categories": ["__background__", "kite", "N/A", "bird"],
    "keypoint_names": ["tip", "tail"],
    "skeleton": [(0, 1)],
}


def exported_again(dataset, folder, **names):
    return CocoPictures(folder, export_coco(dataset, folder, **names))


def test_own_names_and_keypoints_survive_two_round_trips_exactly(tmp_path):
    image = torch.arange(3 * 40 * 60).reshape(3, 40, 60) % 256 / 255
    empty = {key: value[:0] for key, value in own_target(image_id=None).items()}
    dataset = [(image, own_target()), (image, {**empty, "image_id": torch.tensor(8)})]
    read = exported_again(dataset, tmp_path / "first", **OWN)
    again = exported_again(read, tmp_path / "second")
    subset = exported_again(Subset(read, [0]), tmp_path / "third")
    for pictures in (read, again, subset):
        assert pictures.categories == OWN["categories"]
        assert list(pictures.keypoint_names) == OWN["keypoint_names"]
        assert list(pictures.skeleton) == OWN["skeleton"]
        for (image, target), (read_image, read_target) in zip(dataset, pictures, strict=False):
            assert torch.equal(image, read_image)
            assert set(target) == set(read_target)
            for key, value in target.items():
                assert torch.equal(value, read_target[key]), key


@pytest.mark.parametrize("left_out", [{"masks": None}, {"keypoints": None}])
def test_what_a_target_has_not_is_not_read_back(left_out, tmp_path):
    read = exported_again([(torch.zeros(3, 40, 60), own_target(**left_out))], tmp_path / "x", **OWN)
    assert set(read[0][1]) == set(own_target(**left_out))


def test_area_and_crowds_that_are_left_out_are_filled_in(tmp_path):
    target = own_target(area=None, iscrowd=None)
    _, read = exported_again([(torch.zeros(3, 40, 60), target)], tmp_path / "x", **OWN)[0]
    assert read["area"].tolist() == [300, 600]  # of the masks
    assert read["iscrowd"].tolist() == [0, 0]


BLACK = torch.zeros(3, 40, 60)


@pytest.mark.parametrize(
    ("image", "changes", "message"),
    [
        (BLACK + 1.5, {}, r"the image of picture 7 must have values from 0 to 1, got 1\.5 to 1\.5"),
        (BLACK - 0.1, {}, r"the image of picture 7 must have values from 0 to 1, got -0\.1"),
        (BLACK * math.nan, {}, "the image of picture 7 must have values from 0 to 1, got nan"),
        (BLACK.byte(), {}, r"the image of picture 7 must be float from 0 to 1, got torch\.uint8"),
        (BLACK[0], {}, r"the image of picture 7 must have shape \[3, H, W\], got \[40, 60\]"),
        (BLACK, {"boxes": torch.ones(2, 4) * math.nan}, r"picture 7\['boxes'\] must be finite"),
        (
            BLACK,
            {"boxes": torch.tensor([[30.0, 5, 10, 20]] * 2)},
            r"boxes of picture 7 must be .* got \[30\.0, 5\.0, 10\.0, 20\.0\]",
        ),
        (
            BLACK,
            {"boxes": torch.tensor([[10.0, 5, 61, 20]] * 2)},
            "boxes of picture 7 must be .* in its image, 60 × 40 pixels",
        ),
        (BLACK, {"labels": torch.tensor([0, 1])}, "labels must be 1 to 3, .* but picture 7 has 0"),
        (BLACK, {"labels": torch.tensor([1.5, 1])}, r"labels must be .* but picture 7 has 1\.5"),
        (BLACK, {"labels": torch.tensor([1])}, r"picture 7\['boxes'\] must have shape \[1, 4\]"),
        (
            BLACK,
            {"masks": torch.zeros(2, 60, 40)},
            r"the masks of picture 7 must be as large as its image, \[40, 60\], got \[60, 40\]",
        ),
        (
            BLACK,
            {"masks": torch.full((2, 40, 60), 0.7)},
            r"the masks of picture 7 must be one of \[0, 1\], got 0\.7",
        ),
        (
            BLACK,
            {"keypoints": torch.full((2, 2, 3), 3.0)},
            r"the visibility of keypoints of picture 7 must be one of \[0, 1, 2\], got 3",
        ),
        (
            BLACK,
            {"keypoints": torch.zeros(2, 5, 3)},
            r"keypoint_names must name each keypoint, got 2 names for .* \[2, 5, 3\]",
        ),
        (BLACK, {"iscrowd": torch.tensor([0, 2])}, r"iscrowd of picture 7 must be one of \[0, 1\]"),
        (BLACK, {"area": torch.tensor([-1.0, 2])}, "area of picture 7 must be 0 or more, got -1"),
        (BLACK, {"image_id": None}, "each target must have an image_id, .* number 0 has None"),
        (BLACK, {"image_id": torch.tensor(1.5)}, r"each target must have an image_id, .* 1\.5"),
    ],
)
def test_what_cannot_be_written_is_refused(image, changes, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        export_coco([(image, own_target(**changes))], tmp_path / "x", **OWN)
    assert list(tmp_path.iterdir()) == []


def test_masks_of_some_pictures_alone_are_refused(tmp_path):
    other = own_target(masks=None, image_id=torch.tensor(8))
    with pytest.raises(ValueError, match="all targets must have the same entries, but picture 8"):
        export_coco([(BLACK, own_target()), (BLACK, other)], tmp_path / "x", **OWN)


def test_label_without_a_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match="labels must be 1 to 1, the names in categories"):
        export_coco(GeneratedPeople(5), tmp_path / "x", categories=("__background__", "person"))
