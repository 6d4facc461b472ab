"""The report of a class: nobody is a zero who was not graded, and every name is said."""

import json
from dataclasses import replace

import pytest
from PIL import Image

from rcnn_course.grading.outcome import ExerciseResult, Graded
from rcnn_course.grading.report import mistakes
from rcnn_course.grading.report.class_report import as_json, class_report, duration, row

RIGHT = ExerciseResult(5, 5, "correct")
STUB = ExerciseResult(0, 5, "not attempted", "roi_pool is not attempted yet.")


def swapped(points=0):
    said = "roi_align is incorrect: x and y are swapped."
    return ExerciseResult(points, 5, "incorrect", said, "xy_swapped", "x and y are swapped")


def graded(student, *results, status="graded", **more):
    names = ("roi_pool", "roi_align")[: len(results)]
    return Graded(student, status, dict(zip(names, results, strict=True)), **more)


CLASS = [
    graded("ada", RIGHT, RIGHT),
    graded("bob", RIGHT, swapped(), status="skipped", late=93_600.0),
    graded("cyd", STUB, RIGHT),
    graded("dan", RIGHT, RIGHT, suspicions=("Left running: thread 'x'.",)),
    graded("eva", status="failed", reason="The file is empty.", late=61.0),
    graded("fay", status="missing"),
    graded("gus", RIGHT, swapped(points=2), mended=("Deleted, and put back: check.",)),
]


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")


def line_of(text, start):
    (line,) = (line for line in text.splitlines() if line.startswith(start))
    return line


def test_every_student_has_a_row_and_failures_have_a_reason_instead_of_points():
    text = class_report("06_roi_align", CLASS)
    assert line_of(text, "ada").split() == ["ada", "5", "5", "10/10"]
    assert (
        line_of(text, "bob")
        .split("5/10")[1]
        .startswith("  late by 1 day 2 h; roi_align is incorrect: x and y are swapped.")
    )
    assert line_of(text, "cyd").split()[:4] == ["cyd", "–", "5", "5/10"]
    assert line_of(text, "dan").endswith("10/10  needs a look")
    assert line_of(text, "eva").split(maxsplit=1)[1] == (
        "failed to run: The file is empty; late by 1 min 1 s"
    )
    assert line_of(text, "fay").split() == ["fay", "missing"]


def test_what_needs_a_person_is_said_by_student():
    text = class_report("06_roi_align", CLASS)
    assert "  dan\n    - Left running: thread 'x'." in text
    assert "  gus\n    - Deleted, and put back: check." in text
    quiet = class_report("06_roi_align", CLASS[:1])
    assert "Needs a look (" not in quiet
    assert "Put right before" not in quiet


def test_counts_tell_apart_what_a_sum_of_points_would_not():
    text = class_report("06_roi_align", CLASS)
    counts = {
        "graded": "5",
        "  unchanged since then": "1",
        "  all correct": "2",
        "  something incorrect": "2",
        "  something not attempted": "1",
        "failed to run": "1  eva",
        "missing": "1  fay",
        "late": "2  bob, eva",
        "needs a look": "1  dan",
        "put right": "1  gus",
    }
    for name, count in counts.items():
        assert line_of(text, f"{name} ").removeprefix(name).strip() == count


def test_report_as_json_has_no_points_for_who_was_not_graded():
    report = json.loads(as_json("06_roi_align", CLASS))
    students = {student["student"]: student for student in report["students"]}
    assert students["ada"]["points"] == students["ada"]["possible"] == 10
    assert students["eva"]["points"] is students["fay"]["points"] is None
    assert students["eva"]["reason"] == "The file is empty."
    of_gus = students["gus"]["results"]["roi_align"]
    assert (of_gus["points"], of_gus["outcome"]) == (2, "incorrect")
    assert (of_gus["mistake"], of_gus["title"]) == ("xy_swapped", "x and y are swapped")
    align = report["exercises"]["roi_align"]
    assert align["mistakes"] == {"xy_swapped": 2}
    assert align["titles"] == {"xy_swapped": "x and y are swapped"}
    assert report["counts"]["failed_to_run"] == report["counts"]["something_not_attempted"] == 1


def test_class_without_submissions_has_a_report():
    text = class_report("06_roi_align", [Graded("ada", "missing")])
    assert line_of(text, "graded").split() == ["graded", "0"]
    assert json.loads(as_json("06_roi_align", []))["students"] == []


def test_long_reason_is_wrapped_not_cut():
    line = row("eve", None, "the Python process crashed (Segmentation fault) in " + "long " * 30)
    assert line.count("long") == 30
    assert all(len(part) <= 120 for part in line.splitlines())
    assert all(part.startswith(" " * 28) for part in line.splitlines()[1:])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "less than 1 s"),
        (59, "59 s"),
        (3600, "1 h"),
        (90061, "1 day 1 h"),
        (2e5, "2 days 7 h"),
    ],
)
def test_duration_has_two_units(seconds, words):
    assert duration(seconds) == words


def test_tally_counts_by_exercise_and_names_the_most_common_first():
    results = [one.results for one in CLASS]
    tallies = mistakes.tally(results)
    assert list(tallies) == ["roi_pool", "roi_align"]
    pool, align = tallies.values()
    assert (pool.correct, pool.incorrect, pool.not_attempted) == (4, 0, 1)
    assert (align.correct, align.incorrect, align.not_attempted) == (3, 2, 0)
    assert align.mistakes == {"xy_swapped": 2}
    lines = mistakes.table(tallies).splitlines()
    assert lines[1].split() == ["roi_pool", "4", "0", "1"]
    assert lines[3].split(maxsplit=1) == ["2", "x and y are swapped"]


def test_rare_mistakes_are_counted_together():
    titles = {key: f"it is {key}" for key in "abcde"}
    counts = mistakes.Tally(0, 15, 0, {"a": 5, "b": 4, "c": 3, "d": 2, "e": 1}, titles)
    assert counts.shown == {"it is a": 5, "it is b": 4, "it is c": 3, "other mistakes": 3}


def test_picture_of_a_class_is_saved_whatever_a_kernel_has_reported(tmp_path):
    path = tmp_path / "reports" / "06_roi_align.png"
    forged = ExerciseResult(0, 5, "incorrect", mistake="forged", title=r"costs $\no^^ formula$ {")
    results = [one.results for one in [*CLASS, graded("eve", forged, RIGHT)]]
    mistakes.save_picture(mistakes.tally(results), path)
    with Image.open(path) as picture:
        assert picture.width > 500


def test_answers_that_one_small_change_makes_right_are_said_with_their_place():
    unexplained = ExerciseResult(2, 5, "incorrect", "roi_align is incorrect.", "unknown", "none")
    near = replace(unexplained, change="comparison", line=7)
    students = [graded("ada", RIGHT, near, located=True), graded("bob", RIGHT, unexplained)]
    text = class_report("06_roi_align", students)
    place = "roi_align, the comparison in line 7"
    assert line_of(text, "ada").split("7/10  ")[1].startswith(f"one small change away: {place};")
    assert f"  ada\n    - {place}" in text
    assert "       1  of 2 wrong: one small change away" in text
    assert line_of(text, "one small change away").split()[-2:] == ["1", "ada"]
    assert "no typical mistake explains: 1. `rcnn-course grade --near`" in text
    report = json.loads(as_json("06_roi_align", students))
    result = report["students"][0]["results"]["roi_align"]
    assert (result["change"], result["line"]) == ("comparison", 7)
    assert report["exercises"]["roi_align"]["near"] == 1


def test_zone_of_times_without_one_is_said_where_somebody_is_late():
    assert "name no zone" in class_report("06_roi_align", CLASS)
    assert "name no zone" not in class_report("06_roi_align", [graded("ada", RIGHT, RIGHT)])
