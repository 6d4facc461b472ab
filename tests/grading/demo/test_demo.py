"""The demo class: every member of it earns what it should, and the table says why."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.grading.demo import classroom, members
from rcnn_course.grading.demo.classroom import Outcome, build_classroom, grade_class
from rcnn_course.grading.demo.hand_in import load_answers
from rcnn_course.grading.demo.members import Member, make_members
from rcnn_course.grading.outcome import ExerciseResult
from rcnn_course.grading.report.class_report import header, row
from rcnn_course.grading.report.feedback_pages import write_feedback

REPOSITORY = Path(__file__).parents[3]

RIGHT = ExerciseResult(5, 5, "correct")
SAID = "roi_align is incorrect: x and y are swapped."
WRONG = ExerciseResult(0, 5, "incorrect", SAID, "swapped", "x and y are swapped")

ASSIGNMENT = "06_roi_align"
"""Stands for all: `make demo` grades a class of each, and `test_answers` checks each answer."""


MISTAKEN = 2
"""How many of its members make typical mistakes, each another one of each exercise."""


@pytest.fixture(scope="module")
def demo_class(tmp_path_factory):
    """A graded demo class: its folder, and the outcome of each member."""
    folder = tmp_path_factory.mktemp("class")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classroom, "CELL_SECONDS", 3)  # for the endless loop
        patch.setattr(members, "MISTAKEN", MISTAKEN)
        build_classroom(REPOSITORY, [ASSIGNMENT], folder)
        outcomes = grade_class(REPOSITORY, folder, ASSIGNMENT)
    return folder, {outcome.member.name: outcome for outcome in outcomes}


def lost(results):
    """Return the exercises without points; the others must have all of theirs."""
    assert all(r.points in (0, r.possible) for r in results.values())
    return {name for name, result in results.items() if result.points == 0}


@pytest.mark.slow
def test_demo_class_earns_what_it_should(demo_class):
    folder, outcomes = demo_class
    answers = load_answers(REPOSITORY, ASSIGNMENT)
    wrong = {name: edits for name, edits in answers.WRONG.items() if not EXERCISES[name].is_stretch}
    exercises = list(wrong)
    last = exercises[-1]

    def check(student, loses):
        results = outcomes.pop(student).results
        assert set(results) == set(exercises)
        assert lost(results) == set(loses), student
        for exercise, result in results.items():
            reported = result.mistake or result.outcome
            assert reported == loses.get(exercise, "correct"), student

    write_feedback(folder, ASSIGNMENT, students=["full_solution", "not_json"])
    for student in ("full_solution", "not_json"):
        assert (folder / f"feedback/{student}/{ASSIGNMENT}/{ASSIGNMENT}.html").is_file()
    check("full_solution", {})
    check("written_differently", {})
    check("untouched", dict.fromkeys(exercises, "not attempted"))
    check("half_finished", dict.fromkeys(exercises[len(exercises) // 2 :], "not attempted"))
    check("delegates", dict.fromkeys(exercises, "delegated"))
    check("syntax_error", {last: "no_python"})
    check("endless_loop", {last: "too_slow"})
    for number in range(min(MISTAKEN, max(map(len, wrong.values())))):
        mistakes = {
            name: list(edits)[number] for name, edits in wrong.items() if number < len(edits)
        }
        check(f"mistakes_{number + 1:02}", mistakes)
    broken = outcomes.pop("not_json")
    assert broken.results is None
    assert "not" in broken.failure
    assert outcomes == {}


def test_surprise_is_named():
    wrong_in_one = Member("ada", loses={"roi_align": "swapped"})
    assert list(wrong_in_one.surprises({"roi_pool": RIGHT, "roi_align": WRONG})) == []
    assert list(wrong_in_one.surprises({"roi_pool": WRONG, "roi_align": WRONG})) == [
        "roi_pool: 0 points instead of 5"
    ]
    assert list(wrong_in_one.surprises({"roi_align": RIGHT})) == [
        "roi_align: 5 points instead of 0"
    ]
    (said,) = Member("bob", loses={"roi_align": "rounded"}).surprises({"roi_align": WRONG})
    assert said == "roi_align: expected 'rounded', but the report is 'swapped'"
    assert list(wrong_in_one.surprises(None)) == ["failed to run"]
    broken = Member("eve", file="not a notebook")
    assert list(broken.surprises(None)) == []
    assert list(broken.surprises({})) == ["was graded, although it cannot run"]


@pytest.mark.parametrize(("results", "status"), [({"roi_align": RIGHT}, 0), (None, 1)])
def test_exit_status_and_summary_follow_the_surprises(
    monkeypatch, tmp_path, capsys, results, status
):
    outcomes = [Outcome(Member("full_solution"), results, "" if results else "no kernel")]
    monkeypatch.setattr(classroom.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(classroom, "build_classroom", lambda *_: None)
    monkeypatch.setattr(classroom, "grade_class", lambda *_: outcomes)
    monkeypatch.setattr(classroom, "write_feedback", lambda *_: None)
    monkeypatch.setattr(classroom, "assignments", lambda _: ["06_roi_align"])
    assert classroom.main(REPOSITORY) == status
    printed = capsys.readouterr().out
    assert "Feedback pages: " in printed
    assert "Seconds: " in printed
    unexpected = "Not as expected: 06_roi_align, full_solution: failed to run"
    assert (unexpected in printed) == (status == 1)


def test_one_assignment_can_be_asked_for_and_another_name_is_refused(monkeypatch, tmp_path):
    graded = []
    monkeypatch.setattr(classroom.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(classroom, "build_classroom", lambda *_: None)
    monkeypatch.setattr(classroom, "grade_class", lambda *given: graded.append(given[2]) or [])
    monkeypatch.setattr(classroom, "write_feedback", lambda *_: None)
    assert classroom.main(REPOSITORY, ["06_roi_align"]) == 0
    assert graded == ["06_roi_align"]
    with pytest.raises(ValueError, match="there is no assignment '06_roi'"):
        classroom.main(REPOSITORY, ["06_roi"])


def test_table_has_points_total_and_what_was_wrong():
    results = {"roi_pool": RIGHT, "roi_align": WRONG}
    assert "1 roi_pool (5)   2 roi_align (5)" in header("06_roi_align", results)
    line = row("ada", results)
    assert line.split()[:4] == ["ada", "5", "0", "5/10"]
    assert line.endswith("roi_align is incorrect: x and y are swapped.")


def test_failed_submission_is_no_zero_in_the_table():
    assert row("eve", None, "NotJSONError: no JSON").split(maxsplit=1) == [
        "eve",
        "failed to run: NotJSONError: no JSON",
    ]


def test_long_text_is_cut_to_the_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    long = ExerciseResult(0, 5, "incorrect", "why " * 100)
    assert len(row("ada", {"roi_align": long})) == 120


def test_mistake_that_does_not_fit_the_solution_is_named():
    answers = SimpleNamespace(
        WRONG={"roi_align": {"x and y are swapped": ("x1, y1", "y1, x1")}},
        RIGHT={"roi_align": {"loops": "def roi_align(): ..."}},
        DELEGATING={},
    )
    with pytest.raises(
        ValueError, match="'x and y are swapped' replaces 'x1, y1', which must stand"
    ):
        make_members({"roi_align": "def roi_align(): pass"}, answers)


def test_demo_outside_a_checkout_says_what_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"n06_roi_align.__init__\.py is missing.*checkout"):
        load_answers(tmp_path, "06_roi_align")
