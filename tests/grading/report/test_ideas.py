"""`rcnn-course ideas`: ideas behind mistakes, by class and student, over notebooks and attempts."""

import json
from pathlib import Path

import pytest

from rcnn_course.authoring.release import release
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.cli import main
from rcnn_course.grading.report import ideas
from rcnn_course.grading.run import grade_class
from rcnn_course.reports import GENERAL
from tests.grading.classes import hand_in_for

TABLE = json.loads(ideas.TABLE.read_text(encoding="utf-8"))
WRONG = "def {}(a, b):\n    return a - b"
BROKEN = "def {}(a, b):\n    return (("


def test_every_typical_mistake_belongs_to_one_idea():
    declared = [
        (exercise, mistake)
        for entry in TABLE.values()
        for exercise, mistakes in entry["mistakes"].items()
        for mistake in mistakes
    ]
    known = [(name, key) for name, exercise in EXERCISES.items() for key in exercise.mistakes]
    assert sorted(declared) == sorted(known)


def test_ideas_are_few_and_have_titles_of_their_own():
    titles = [entry["title"] for entry in TABLE.values()]
    assert 20 <= len(titles) <= 30
    assert len(set(titles) | set(ideas.GENERAL.values())) == len(titles) + len(ideas.GENERAL)
    assert all(entry["mistakes"] for entry in TABLE.values())


@pytest.mark.parametrize("kind", GENERAL)
def test_general_mistake_belongs_to_a_general_idea(kind):
    key = f"{kind}:KeyError" if "raises" in kind else kind
    assert ideas.idea_of("roi_align", key) in ideas.GENERAL


def test_same_key_may_mean_another_idea_in_another_exercise():
    assert ideas.idea_of("roi_align", "scale_unused") == "scale"
    assert ideas.idea_of("wire_keypoint_rcnn", "corner_missing") == "box_format"
    assert ideas.idea_of("upsample_nearest_1d", "rounded") == "rounding"


@pytest.fixture
def graded(course, monkeypatch):
    """A class graded anew three times: Ada mends mistakes, Bob hands in the same each time."""
    mistakes = {("add", "minus"): "axes", ("multiply", "minus"): "half_pixel"}
    monkeypatch.setattr(ideas, "_by_mistake", lambda: mistakes)
    release(course)
    both = {name: WRONG.format(name) for name in ("add", "multiply")}
    for answers in (both, {"multiply": BROKEN.format("multiply")}, {}):
        hand_in_for(course, "ada", answers)
        hand_in_for(course, "bob", {"add": WRONG.format("add")})
        hand_in_for(course, "cyd")
        grade_class(course, "toy", in_sandbox=False, workers=1, force=True)
    monkeypatch.chdir(course)
    return course


def test_ideas_of_class_and_students(graded, capsys):
    assert main(["ideas"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].split() == ["idea", "toy", "students", "in", "the", "last", "attempt"]
    counted = {line.rsplit(maxsplit=3)[0]: line.split()[-3:] for line in said[1:4]}
    assert counted == {
        "x against y, rows against columns": ["2", "2", "1"],
        "half a pixel: where cells and edges lie": ["1", "1", "0"],
        "code that runs to its end": ["1", "1", "0"],
    }
    assert Path("reports/ideas.png").read_bytes().startswith(b"\x89PNG")

    assert main(["ideas", "--student", "ada", "--student", "cyd"]) == 0
    said = capsys.readouterr().out
    assert "toy, attempt 1 of 3: add, the numbers are subtracted (put right since" in said
    assert "toy, attempt 2 of 3: multiply, is no Python (SyntaxError) (put right since" in said
    assert "cyd: nothing that was graded is wrong." in said
    assert "bob" not in said

    assert main(["ideas", "--student", "bob"]) == 0
    assert "toy, attempt 1 of 1: add, the numbers are subtracted\n" in capsys.readouterr().out

    assert main(["ideas", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["counts"]["axes"] == {"toy": 2}
    assert len(report["slips"]) == 4
    assert report["slips"][0]["at"].startswith("20")
    assert set(report["titles"]) == {*TABLE, *ideas.GENERAL}

    assert main(["ideas", "--student", "adda"]) == 1
    assert "did you mean 'ada'?" in capsys.readouterr().err


def test_class_that_was_never_graded_is_told_so(course, monkeypatch, capsys):
    monkeypatch.chdir(course)
    assert main(["ideas"]) == 1
    assert "nothing has been graded yet" in capsys.readouterr().err
