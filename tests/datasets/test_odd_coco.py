"""Odd COCO files: each is read as its row in `odd_coco.KINDS` says, or refused in its words."""

import copy
import json
import math

import pytest
import torch

from rcnn_course.datasets import CocoPictures
from tests.datasets.odd_coco import KINDS, good, write


def changed(kind):
    content = good()
    other = kind.change(content)
    return other if isinstance(other, str | bytes) else content


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_odd_file_is_read_or_refused_in_words(kind, tmp_path):
    file = write(tmp_path, changed(kind), kind.pictures)
    if kind.read is not None:
        assert kind.read(CocoPictures(tmp_path, file, **(kind.options or {})))
        return
    with pytest.raises((ValueError, FileNotFoundError), match=kind.said):
        list(CocoPictures(tmp_path, file))


def test_annotations_of_other_pictures_are_not_looked_at(tmp_path):
    content = good()
    content["annotations"][0]["bbox"] = [30, 20, -20, -10]
    pictures = CocoPictures(tmp_path, write(tmp_path, content), image_ids=[2])
    assert pictures[0][1]["boxes"].tolist() == [[5, 5, 25, 25]]


def test_annotation_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.json"):
        CocoPictures(tmp_path, tmp_path / "nowhere.json")


def places(record, path=()):
    """Yield the paths of all values in nested lists and dictionaries."""
    items = record.items() if isinstance(record, dict) else enumerate(record)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


WRONG = [
    None,
    math.nan,
    -math.inf,
    "text",
    "",
    [],
    {},
    [None],
    [[]],
    {"size": 1},
    2**70,
    True,
    -0.5,
]


def spoilt():
    """Yield the good content with one value taken away or replaced."""
    for path in list(places(good())):
        for value in [..., *WRONG]:
            content = good()
            *parents, last = path
            place = content
            for key in parents:
                place = place[key]
            if value is ...:
                del place[last]
            else:
                place[last] = copy.deepcopy(value)
            yield path, value, content


def read(folder, file):
    return [
        {key: values.tolist() for key, values in target.items()}
        for target in (CocoPictures(folder, file)._load_target(id) for id in (1, 2))
    ]


def test_any_value_of_a_file_may_be_spoilt_and_no_box_is_another(tmp_path):
    """All single edits of the good file: the same boxes and labels are read, or it is refused."""
    file = write(tmp_path, good())
    right = read(tmp_path, file)
    wrong, refused = [], 0
    for path, value, content in spoilt():
        file.write_text(json.dumps(content))
        try:
            found = read(tmp_path, file)
        except (ValueError, FileNotFoundError):
            refused += 1
            continue
        same = all(
            one[key] == other[key]
            for one, other in zip(right, found, strict=True)
            for key in ("boxes", "labels", "image_id")
        )
        if not same and not is_another_file(path, value):
            wrong.append((path, value))
    assert wrong == []
    assert refused > 500


def is_another_file(path, value):
    """Say whether an edit makes a good file of other objects: one less, a crowd, one that moved."""
    removes = path[0] == "annotations" and len(path) == 2 and value is ...
    empties = path == ("annotations",) and value == []
    crowd = path[-1] == "iscrowd" and value is True
    shifts = "bbox" in path and value == -0.5
    return removes or empties or crowd or shifts


def test_targets_have_the_types_of_torchvision(tmp_path):
    _, target = CocoPictures(tmp_path, write(tmp_path, good()))[0]
    assert {key: value.dtype for key, value in target.items()} == {
        "boxes": torch.float32,
        "labels": torch.int64,
        "masks": torch.uint8,
        "keypoints": torch.float32,
        "area": torch.float32,
        "iscrowd": torch.int64,
        "image_id": torch.int64,
    }
