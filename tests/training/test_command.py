"""`rcnn-course train`: from a COCO file to a detector that is measured, or a sentence."""

import csv
import json
import resource
import signal
import subprocess
import sys

import pytest
import torch
from PIL import Image

from rcnn_course.cli import INTERRUPTED, main
from rcnn_course.datasets import CocoPictures
from rcnn_course.datasets.insects import INSECT_KEYPOINTS, INSECTS
from rcnn_course.models import load_detector

from .conftest import write_insects

QUICK = ["--batch", "2", "--size", "64", "--look-every", "2", "--device", "cpu"]


def train(insects, out, *options):
    data, val = insects
    return main(
        ["train", *map(str, ["--data", data, "--val", val, "--out", out, *QUICK, *options])]
    )


def test_two_classes_with_five_keypoints_are_trained_and_measured(insects, tmp_path, capsys):
    out = tmp_path / "new" / "insects"
    assert train(insects, out, "--steps", 4, "--freeze", "backbone") == 0
    said = capsys.readouterr().out
    assert "4 pictures to learn from, 2 to measure on; classes: butterfly, dragonfly" in said
    assert "left_forewing and right_forewing, left_hindwing and right_hindwing change" in said
    assert "a maskkeypointrcnn learns on cpu; as it is stays backbone" in said
    for name in ("boxes", "masks", "keypoints"):
        assert f"  {name:<9}  AP50 0." in said
    with (out / "losses.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["2", "4"]
    assert float(rows[1]["training"]) < float(rows[0]["training"])
    assert {"validation", "training keypoint", "validation mask"} <= set(rows[0])
    with Image.open(out / "losses.png") as picture:
        assert len(picture.convert("L").getcolors()) > 9  # something is drawn
    model = load_detector("maskkeypointrcnn", weights=out / "detector.pth")
    assert (tuple(model.categories), tuple(model.keypoint_names)) == (INSECTS, INSECT_KEYPOINTS)
    assert model.transform.min_size == (64,)
    bundled = load_detector("maskkeypointrcnn", weights="course")
    for key, weight in bundled.backbone.state_dict().items():
        assert torch.equal(model.backbone.state_dict()[key], weight)
    learnt = model.roi_heads.keypoint_head[0].weight
    assert not torch.equal(learnt, bundled.roi_heads.keypoint_head[0].weight)


def press_ctrl_c_at_picture(monkeypatch, number):
    read, count = CocoPictures.__getitem__, iter(range(1, 1000))

    def pressing(pictures, index):
        if next(count) == number:
            signal.raise_signal(signal.SIGINT)
        return read(pictures, index)

    monkeypatch.setattr(CocoPictures, "__getitem__", pressing)


def test_stopped_and_resumed_ends_exactly_as_one_that_never_stopped(
    insects, tmp_path, monkeypatch, capsys
):
    options = ["--steps", 4, "--detector", "keypointrcnn"]
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert train(insects, whole, *options) == 0
    with monkeypatch.context() as patch:
        press_ctrl_c_at_picture(patch, 8)  # two steps, a look at two pictures, and in step three
        assert train(insects, parts, *options) == INTERRUPTED
    said = capsys.readouterr().out
    assert "Stopped by Ctrl-C after 3 steps" in said
    assert "the same command with --resume goes on at the next step" in said
    load_detector("keypointrcnn", weights=parts / "detector.pth")
    assert train(insects, parts, *options, "--resume") == 0
    for name in ("detector.pth", "training.pth"):
        contents = [torch.load(out / name, weights_only=True) for out in (whole, parts)]
        for content in contents:
            content.get("state", {"history": {}})["history"].pop("seconds", None)
        assert_equal(*contents)
    assert (whole / "losses.csv").read_text() == (parts / "losses.csv").read_text()


def test_ctrl_c_while_measuring_names_the_command_that_measures(
    insects, tmp_path, monkeypatch, capsys
):
    options = ["--steps", 2, "--detector", "fasterrcnn"]
    with monkeypatch.context() as patch:
        press_ctrl_c_at_picture(patch, 7)  # two steps and a look at two pictures came before
        assert train(insects, tmp_path / "out", *options) == INTERRUPTED
    said = capsys.readouterr()
    assert "Done after 2 steps" in said.out
    assert said.err == "rcnn-course: interrupted; the same command with --resume goes on\n"
    assert train(insects, tmp_path / "out", *options, "--resume") == 0
    assert "  boxes      AP50" in capsys.readouterr().out


def assert_equal(actual, expected):
    if isinstance(expected, dict):
        assert actual.keys() == expected.keys()
        for key, value in expected.items():
            assert_equal(actual[key], value)
    elif isinstance(expected, torch.Tensor):
        assert torch.equal(actual, expected)
    else:
        assert actual == expected


def test_training_from_nothing_changes_batch_norm_too(insects, tmp_path):
    options = ["--steps", 1, "--weights", "none", "--detector", "fasterrcnn", "--no-mirror"]
    assert train(insects, tmp_path / "out", *options) == 0
    load_detector("fasterrcnn", weights=tmp_path / "out" / "detector.pth")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--steps", 0], "steps must be more than 0, but got 0"),
        (["--minutes", 0], "minutes must be more than 0, but got 0"),
        (["--steps", 1, "--size", 0], "--size must be 1 pixel or more, but got 0"),
        (["--steps", 1, "--seed", 2**64], "--seed must be a number of 64 bits"),
        (["--steps", 1, "--freeze", "neck"], "freeze must name parts of the detector"),
        (["--steps", 1, "--device", "abacus"], "device must be one that this machine"),
        (["--steps", 1, "--detector", "yolo"], "name must be one of"),
        (["--steps", 1, "--swap", "head"], "--swap must be two names with a colon between"),
        (["--steps", 1, "--swap", "head:tail"], "here, by --swap A:B or --no-mirror"),
        (["--steps", 1, "--resume"], "there is nothing to resume"),
        (["--steps", 1, "--data", "nothing.json"], "nothing.json"),
        (["--steps", 9, "--peak-rate", 1e30], "lower peak_rate"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(insects, tmp_path, capsys, options, words):
    options = [*options, "--detector", "fasterrcnn"] if "--detector" not in options else options
    assert train(insects, tmp_path / "out", *options) == 1
    said = capsys.readouterr().err
    assert said.startswith("rcnn-course: ")
    assert words in said
    assert "does not know" not in said  # what the command says of errors that nobody foresaw


def test_training_that_is_there_is_not_overwritten_and_goes_on_only_as_it_was(
    insects, tmp_path, capsys
):
    options = ["--steps", 1, "--detector", "fasterrcnn"]
    assert train(insects, tmp_path, *options) == 0
    kept = (tmp_path / "training.pth").read_bytes()
    for changed, words in (
        ([], "holds a training already: go on with it by --resume"),
        (["--resume", "--weights", "none"], "weights must be course, as in the training that goes"),
        (["--resume", "--seed", 1], "seed must be 0, as in the training that goes on, but got 1"),
        (["--resume", "--freeze", "rpn"], "freeze must be [], as in the training that goes on"),
    ):
        assert train(insects, tmp_path, *options, *changed) == 1
        assert words in capsys.readouterr().err
    assert (tmp_path / "training.pth").read_bytes() == kept
    assert train(insects, tmp_path, *options, "--resume") == 0
    assert "Done after 1 steps" in capsys.readouterr().out
    (tmp_path / "training.pth").write_bytes(b"something else")
    assert train(insects, tmp_path, *options, "--resume") == 1
    assert "must hold a training that this course has written" in capsys.readouterr().err


def test_full_disk_is_said_and_leaves_nothing_half_written(insects, tmp_path, capsys):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        code = train(insects, tmp_path / "out", "--steps", 1, "--detector", "fasterrcnn")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code == 1
    assert "training.pth: a file may not become as large" in capsys.readouterr().err
    assert list((tmp_path / "out").iterdir()) == []


def test_validation_of_other_classes_is_refused(insects, tmp_path, capsys):
    other = write_insects(tmp_path / "bees", 2, names=("__background__", "bee", "wasp"))
    assert train([insects[0], other], tmp_path / "out", "--steps", 1) == 1
    assert "--val must have the categories of --data" in capsys.readouterr().err


def changed(file, name, **fields):
    """Write a copy with fields of all annotations, or without annotations where none are given."""
    content = json.loads(file.read_text())
    content["annotations"] = [{**a, **fields} for a in content["annotations"] if fields]
    (file.parent / name).write_text(json.dumps(content))
    return file.parent / name


@pytest.mark.parametrize(
    "fields", [{}, {"iscrowd": 1}, {"bbox": [9, 9, 0, 0]}], ids=["none", "crowds", "no size"]
)
@pytest.mark.parametrize("option", ["--data", "--val"])
def test_files_without_an_object_to_learn_or_measure_are_refused(
    insects, tmp_path, capsys, option, fields
):
    empty = changed(insects[option == "--val"], "empty.json", **fields)
    assert train(insects, tmp_path / "out", "--steps", 1, option, empty) == 1
    assert f"{option} must have objects, other than crowds" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_pictures_of_both_files_are_counted_before_training(insects, tmp_path, capsys):
    data, _ = insects
    options = ["--steps", 1, "--detector", "fasterrcnn"]
    assert train([data, data], tmp_path / "out", *options) == 0
    assert "4 pictures of --val are in --data too" in capsys.readouterr().out


def test_files_of_something_else_are_not_overwritten(insects, tmp_path, capsys):
    (tmp_path / "detector.pth").write_text("mine")
    assert train(insects, tmp_path, "--steps", 1) == 1
    assert "detector.pth is there already, of something else" in capsys.readouterr().err
    assert (tmp_path / "detector.pth").read_text() == "mine"


def test_keypoints_that_others_have_not_are_not_learned(insects, tmp_path, capsys):
    val = changed(insects[1], "boxes.json", keypoints=[], segmentation=[])
    assert train([insects[0], val], tmp_path / "out", "--steps", 1) == 0
    assert "a fasterrcnn learns on cpu" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["detector.pth", "training.pth"])
def test_files_that_are_cut_off_are_said_to_be_none(insects, tmp_path, capsys, name):
    options = ["--steps", 1, "--detector", "fasterrcnn"]
    assert train(insects, tmp_path, *options) == 0
    kept = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(kept[: len(kept) // 2])
    if name == "training.pth":
        assert train(insects, tmp_path, *options, "--resume") == 1
        assert "training.pth must hold a training that" in capsys.readouterr().err
    else:
        with pytest.raises(ValueError, match=r"detector\.pth must hold a detector that"):
            load_detector("fasterrcnn", weights=tmp_path / name)


def test_keypoints_without_names_are_not_mirrored_unless_told(insects, tmp_path, capsys):
    names = [f"keypoint {k}" for k in range(1, 6)]
    files = [write_insects(tmp_path / str(n), 1, keypoint_names=names) for n in range(2)]
    options = ["--steps", 1, "--detector", "keypointrcnn"]
    assert train(files, tmp_path / "a", *options) == 0
    assert "Pictures are not mirrored: the keypoints have no names" in capsys.readouterr().out
    assert train(files, tmp_path / "b", *options, "--swap", "keypoint 2:keypoint 3") == 0
    assert "keypoint 2 and keypoint 3 change places" in capsys.readouterr().out


def test_no_terminal_obeys_the_name_of_a_class(insects, tmp_path, capsys):
    named = []
    for file in insects:
        content = json.loads(file.read_text())
        content["categories"][0]["name"] = "moth\x1b[2J"
        named.append(file.with_name(f"named-{file.name}"))
        named[-1].write_text(json.dumps(content))
    assert train(named, tmp_path / "out", "--steps", 1, "--detector", "fasterrcnn") == 0
    said = capsys.readouterr().out
    assert r"classes: moth\x1b[2J, dragonfly" in said
    assert "\x1b" not in said


PRESSED_AS_TORCH_LOADS = """
import signal, sys

class Press:
    def find_spec(self, name, *_):
        if name == "torch":
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Press())
from rcnn_course.cli import main
sys.exit(main())
"""


def test_ctrl_c_in_the_first_second_is_a_sentence(insects, tmp_path):
    files = ["--data", insects[0], "--val", insects[1], "--out", tmp_path / "out", "--steps", "1"]
    command = [sys.executable, "-c", PRESSED_AS_TORCH_LOADS, "train", *map(str, files)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (INTERRUPTED, "")
    assert run.stderr == "rcnn-course: interrupted; the same command goes on\n"
    assert not (tmp_path / "out").exists()
