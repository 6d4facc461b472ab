"""A COCO file with nothing left out, such as notebook 11 gives to a student's own reader."""

import pytest

from rcnn_course.datasets.coco.plain import plain_records
from tests.datasets.odd_coco import (
    NAMES,
    good,
    of_all,
    polygon,
    ramp,
    renumbered,
    stored,
    without,
    write,
)


def records(folder, *changes, pictures=None):
    content = good()
    for change in changes:
        change(content)
    return plain_records(write(folder, content, pictures))


def test_good_file_stays_as_it_is(tmp_path):
    found = records(tmp_path)
    for name in ("images", "annotations", "categories"):
        for record, expected in zip(found[name], good()[name], strict=True):
            assert record | {"file_name": None} == expected | {"file_name": None}
    assert [image["file_name"] for image in found["images"]] == [
        str(tmp_path / name) for name in ("one.png", "two.png")
    ]


def test_box_alone_is_its_own_outline(tmp_path):
    found = records(tmp_path, of_all(segmentation=[]))["annotations"]
    assert found[0]["segmentation"] == polygon(10, 10, 30, 20)


def test_ids_as_text_become_numbers(tmp_path):
    found = records(tmp_path, renumbered(image=str, category=str))
    assert [a["image_id"] for a in found["annotations"]] == [1, 1, 2]
    assert [c["id"] for c in found["categories"]] == [1, 2]


def test_categories_and_keypoints_without_names_get_some(tmp_path):
    found = records(tmp_path, without("categories"))["categories"]
    assert [category["name"] for category in found] == ["category 1", "category 2"]
    assert found[0]["keypoints"] == [f"keypoint {k}" for k in range(1, 1 + len(NAMES))]


def test_keypoints_that_are_not_labelled_have_no_names(tmp_path):
    assert "keypoints" not in records(tmp_path, of_all(keypoints=...))["categories"][0]


def test_names_of_windows_are_found(tmp_path):
    found = records(
        tmp_path,
        lambda c: c["images"][0].update(file_name="day 1\\kite.png"),
        pictures={"day 1/kite.png": stored(ramp())},
    )
    assert found["images"][0]["file_name"] == str(tmp_path / "day 1" / "kite.png")


@pytest.mark.parametrize("missing", [("annotations",), ("images", "annotations")])
def test_file_without_pictures_or_objects_is_a_sentence(tmp_path, missing):
    words = rf"must hold {missing[0]} that can be read: `rcnn-course data"
    with pytest.raises(ValueError, match=words):
        records(tmp_path, lambda content: content.update({name: [] for name in missing}))
