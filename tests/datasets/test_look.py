"""`rcnn-course data`: what a user sees of a labelled set, good or broken."""

import pytest
from PIL import Image

from rcnn_course.cli import main
from rcnn_course.datasets import GeneratedPeople, export_coco
from tests.datasets.odd_coco import KINDS, NAMES, WIDTH, good, jpeg, ramp, write


@pytest.fixture
def looked(tmp_path, capsys, monkeypatch):
    """Write a set, run the command, and return its exit code and its lines."""
    monkeypatch.chdir(tmp_path)

    def looked(content, pictures=None, *options):
        write(tmp_path, content, pictures)
        code = main(["data", "own.json", *options])
        return code, capsys.readouterr().out.splitlines()

    return looked


def test_good_set_can_be_trained_on_and_is_drawn(looked, tmp_path):
    code, lines = looked(good())
    assert code == 0
    assert lines[0] == "own.json: 2 pictures, 3 objects that can be read"
    assert lines[1:4] == [
        "  categories: kite 2, bird 1",
        "  masks: of all objects",
        "  keypoints: 5 (tip, left_wing, right_wing, tail, middle)",
    ]
    assert lines[-2:] == [
        "The course can train on this set: boxes, masks, keypoints.",
        "Pictures with their truth: own-sheet.png",
    ]
    assert not [line for line in lines if " × " in line]  # nothing odd
    with Image.open(tmp_path / "own-sheet.png") as sheet:
        assert sheet.width > 2 * 320


def test_broken_set_is_told_by_kind_with_examples(looked):
    content = good()
    first, second, third = content["annotations"]
    first["bbox"] = [30, 20, -20, -10]
    second["category_id"] = 7
    third["bbox"] = [50, 5, 20, 20]
    code, lines = looked(content, {"two.png": jpeg(ramp())[:-300]})
    assert code == 1
    begin = lines.index("Cannot be read: mend this first:")
    assert lines[begin + 1 : begin + 6] == [
        "  1 × box is turned",
        "      picture 1, annotation 11: bbox must have a width and height of 0 or more, "
        "got [30, 20, -20, -10]",
        "  1 × category id that no category has",
        "      picture 1, annotation 12: category_id must be one of [1, 2], got 7",
        "  1 × picture is damaged",
    ]
    assert lines[begin + 6].startswith("      picture 2: two.png is damaged or cut off: ")
    begin = lines.index("Read, but have a look:")
    assert "  1 × box over the border: cut there" in lines[begin:]
    assert "  1 × box and outline of different places" in lines[begin:]
    assert "  1 × category without objects" in lines[begin:]
    assert "The course cannot train on this set: 3 faults to mend." in lines


def test_pictures_with_other_faults_are_of_other_kinds(looked):
    content = good()
    content["images"][0]["height"] = WIDTH  # a square, which EXIF may turn
    content["images"][1]["width"] = WIDTH - 1
    content["categories"][0]["name"] = "kite\n"
    _, lines = looked(content, {"one.png": jpeg(ramp(WIDTH, WIDTH), 6)})
    assert r"  categories: kite\n 2, bird 1" in lines
    begin = lines.index("Cannot be read: mend this first:")
    assert [line for line in lines[begin:] if " × " in line][:2] == [
        "  1 × picture that EXIF turns",
        "  1 × picture of another size",
    ]


def test_objects_without_an_outline_leave_boxes_to_train_on(looked):
    content = good()
    content["annotations"][0]["segmentation"] = []
    code, lines = looked(content)
    assert code == 0
    assert "  masks: of 2 of 3 objects" in lines
    assert "No masks for a mask head:" in lines
    assert "The course can train on this set: boxes, keypoints." in lines


def test_many_of_a_kind_are_counted_and_three_are_shown(looked):
    content = good()
    content["annotations"] = [
        {**content["annotations"][0], "id": number, "iscrowd": 2} for number in range(5)
    ]
    _, lines = looked(content)
    begin = lines.index("  5 × iscrowd of another value")
    assert lines[begin + 4] == "      … and 2 more"


def test_set_without_objects_cannot_be_trained_on(looked):
    code, lines = looked({**good(), "annotations": []})
    assert code == 1
    assert "  2 × picture without objects: background" in lines
    assert "The course cannot train on this set: it has no object to learn." in lines


def test_crowds_alone_are_nothing_to_learn(looked):
    content = good()
    for annotation in content["annotations"]:
        annotation["iscrowd"] = 1
    code, lines = looked(content)
    assert code == 1
    assert "The course cannot train on this set: it has no object to learn." in lines


def test_boxes_that_a_tool_has_rotated_or_detected_are_told(looked):
    content = good()
    first, second, third = content["annotations"]
    first["attributes"] = {"occluded": False, "rotation": 30.0}
    second["rotation"] = 45
    third.update(attributes={"rotation": 0.0}, rotation=0, score=0.31)
    code, lines = looked(content)
    assert code == 0
    begin = lines.index("  2 × rotated box: read as if it were upright")
    assert lines[begin + 1] == "      picture 1, annotation 11: rotation is 30.0"
    assert "  1 × score: a detection rather than truth?" in lines


def test_picture_that_cannot_be_opened_is_one_fault_among_others(looked):
    content = good()
    content["images"][0]["file_name"] = 300 * "A"
    code, lines = looked(content)
    assert code == 1
    assert "The course cannot train on this set: 1 fault to mend." in lines
    assert "Pictures with their truth: own-sheet.png" in lines


def test_set_without_any_picture_is_told_without_a_sheet(looked, tmp_path):
    code, lines = looked(good(), {"one.png": None, "two.png": None})
    assert code == 1
    assert "  2 × picture is missing" in lines
    assert lines[-1].startswith("Are the pictures in another folder? --pictures says")
    assert not (tmp_path / "own-sheet.png").exists()


def test_pictures_elsewhere_and_another_name_of_the_sheet(tmp_path, capsys):
    file = export_coco(GeneratedPeople(2), tmp_path / "set")
    moved = tmp_path / "labels.json"
    file.rename(moved)
    sheet = tmp_path / "look.png"
    options = ["--pictures", str(tmp_path / "set"), "--sheet", str(sheet)]
    assert main(["data", str(moved), *options]) == 0
    assert sheet.is_file()
    capsys.readouterr()
    assert main(["data", str(moved), "--sheet", str(tmp_path / "none.png")]) == 1


def test_sheet_and_pictures_of_another_kind_are_a_sentence(looked, capsys):
    looked(good())
    assert main(["data", "own.json", "--sheet", "sheet.txt"]) == 1
    assert (
        "a sheet must be a PNG file, with .png at its end, got sheet.txt" in capsys.readouterr().err
    )
    assert main(["data", "own.json", "--pictures", "one.png"]) == 1
    assert "the pictures must be in a folder, but one.png is none" in capsys.readouterr().err


def test_what_is_no_coco_file_is_a_sentence(looked, tmp_path, capsys):
    (tmp_path / "own.json").write_text("{")
    assert main(["data", str(tmp_path / "own.json")]) == 1
    assert "own.json is not JSON" in capsys.readouterr().err
    assert main(["data", str(tmp_path / "nowhere.json")]) == 1
    assert "nowhere.json" in capsys.readouterr().err


@pytest.mark.parametrize("odd", KINDS, ids=[kind.name for kind in KINDS])
def test_command_says_the_same_as_reading(odd, looked):
    """What is refused is not called trainable, and what is read is."""
    content = good()
    other = odd.change(content)
    code, _ = looked(other if isinstance(other, str | bytes) else content, odd.pictures)
    has_object = odd.name != "no annotations at all"
    assert code == int(not (odd.read or odd.boxes_alone) or not has_object)


def test_sheet_replaces_a_sheet_and_nothing_else(looked, tmp_path, capsys):
    looked(good())
    assert looked(good())[0] == 0  # a sheet of before
    mine = (tmp_path / "mine.png").write_bytes(jpeg(ramp()))
    code, lines = looked(good(), None, "--sheet", "mine.png")
    assert code == 1
    assert lines[-1] == "The course can train on this set: boxes, masks, keypoints."
    assert (tmp_path / "mine.png").stat().st_size == mine


def test_sheet_says_what_is_in_its_way(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, good())
    assert main(["data", "own.json", "--sheet", "one.png"]) == 1
    said = capsys.readouterr().err
    assert said == (
        "rcnn-course: one.png is there already, and is no sheet: choose another name for it\n"
    )


def test_no_terminal_obeys_a_name(looked):
    content = good()
    content["categories"][0]["name"] = "kite\x1b[2J\x9b31m\r"
    content["categories"][0]["keypoints"] = content["categories"][1]["keypoints"] = [
        f"{name}\x07" for name in NAMES
    ]
    code, lines = looked(content)
    assert code == 0
    assert lines[1] == r"  categories: kite\x1b[2J\x9b31m\r 2, bird 1"
    assert r"tip\x07" in lines[3]
    assert all(character.isprintable() for line in lines for character in line)
