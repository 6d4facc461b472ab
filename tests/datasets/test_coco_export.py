import json

import pytest
import torch
from pycocotools.coco import COCO

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


def test_label_without_a_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match="labels must be 1 to 1, the names in categories"):
        export_coco(GeneratedPeople(5), tmp_path / "x", categories=("__background__", "person"))
