"""What `hint` says: a step more at each call, as far as the last check has found it."""

import threading
from dataclasses import replace

import pytest

from rcnn_course import allow_hints, check, hint
from rcnn_course.checks import CheckFailed, catalogue, checking, hints, steps
from tests.answers import solutions, write

SOLUTION = solutions("00_start_here")["box_area"]
WORDS = ("a box has two sides.", "each side is a difference.")

TWO_EDITS = "def box_area(boxes):\n    return (boxes[:, 2] * boxes[:, 0]).sin().cos()"
NEGATIVE = (
    "def box_area(boxes):\n    x1, y1, x2, y2 = boxes.unbind(1)\n    return -(x2 - x1) * (y2 - y1)"
)
NEAR = """def box_area(boxes):
    x1, y1, x2, y2 = boxes.unbind(1)
    width = x2 - x1
    height = y2 + y1
    return width * height"""

HANDED_OVER = """def box_area(boxes):
    from torchvision.ops import box_area

    return box_area(boxes)"""


@pytest.fixture(autouse=True)
def _restarted_kernel(monkeypatch):
    """Begin as after a restart, and as in a course without a limit."""
    monkeypatch.setattr(checking, "last_examinations", {})
    monkeypatch.setattr(hints, "_given", {})
    monkeypatch.setattr(steps, "_most", None)


@pytest.fixture
def written(monkeypatch):
    """Give `box_area` steps in words, as its author may."""
    exercise = replace(catalogue.EXERCISES["box_area"], steps=WORDS)
    monkeypatch.setitem(catalogue.EXERCISES, "box_area", exercise)


@pytest.fixture
def said(capsys):
    """Call `hint`; return what it printed, on one line, and demand that standard error is empty."""

    def said(subject="box_area"):
        hint(subject)
        out, err = capsys.readouterr()
        assert err == ""
        assert max(map(len, out.splitlines())) <= 80
        return " ".join(out.split())

    return said


def fail(source, capsys):
    """Check a wrong answer; return the check's message, on one line."""
    with pytest.raises(CheckFailed) as failed:
        check(write("00_start_here", "box_area", source))
    capsys.readouterr()
    return " ".join(str(failed.value).split())


def test_symptom_idea_and_line_come_one_after_another(said, capsys):
    fail(NEAR, capsys)
    first, second, third, fourth = said(), said(), said(), said()
    assert first.startswith("box_area, hint 1. Case 1 of ")
    assert "expected" in first
    assert "line" not in first + second
    assert second.startswith("box_area, hint 2. ")
    assert "hint 3. One small change would make it right: look at" in third
    assert "in line 4." in third
    assert first.endswith('More help: hint("box_area")')
    assert third.endswith("There is no further hint.")
    assert fourth == third


def test_line_is_looked_for_where_a_typical_mistake_is_named_too(said, capsys):
    message = fail(NEGATIVE, capsys)
    assert "is incorrect: " in message
    assert "in line" not in message + said() + said()
    assert "line 3" in said()


def test_name_and_function_mean_the_same_exercise(said, capsys):
    fail(NEAR, capsys)
    assert "hint 1." in said(write("00_start_here", "box_area", NEAR))
    assert "hint 2." in said("box_area")


def test_another_failure_begins_anew_and_the_same_goes_on(said, capsys):
    fail(NEAR, capsys)
    said(), fail(NEAR, capsys)
    assert "hint 2." in said()
    fail(TWO_EDITS, capsys)
    assert "hint 1." in said()


def test_written_steps_follow_where_no_line_is_found(said, capsys, written):
    message = fail(TWO_EDITS, capsys)
    assert message.endswith('More help: hint("box_area")')
    texts = [said() for _ in range(4)]
    assert [word in text for word, text in zip(WORDS, texts[1:3], strict=True)] == [True, True]
    assert "Read the docstring of box_area again" in texts[3]
    assert "help(torchvision.ops.box_area)" in texts[3]
    assert texts[3].endswith("There is no further hint.")


def test_answer_that_hands_the_work_over_gets_the_written_steps(said, capsys, written):
    message = fail(HANDED_OVER, capsys)
    assert message.endswith('More help: hint("box_area")')
    texts = [said() for _ in range(4)]
    assert "torchvision.ops.boxes.box_area, which gives the answer away" in texts[0]
    assert [word in text for word, text in zip(WORDS, texts[1:3], strict=True)] == [True, True]
    assert texts[3].endswith("There is no further hint.")


def test_message_that_has_said_all_sends_nobody_to_hint(capsys, written):
    assert "hint(" not in fail(NEAR, capsys)


def test_untouched_exercise_gets_the_written_steps(said, capsys, written):
    message = fail("def box_area(boxes):\n    raise NotImplementedError", capsys)
    assert message.endswith('More help: hint("box_area")')
    assert WORDS[0] in said()


def test_without_a_check_since_the_restart_hint_asks_for_one(said):
    text = said()
    assert catalogue.EXERCISES["box_area"].steps[0] in text
    assert text.startswith("check(box_area) says what differs; it was not run in this kernel.")


def test_after_a_check_that_passes_there_is_nothing_to_hint_at(said, capsys):
    fail(NEAR, capsys)
    check(write("00_start_here", "box_area", SOLUTION))
    capsys.readouterr()
    assert said() == "box_area passed its last check: nothing to hint at."


@pytest.mark.parametrize("most", [1, 2])
def test_course_allows_so_many_steps_and_no_line_before_the_third(most, said, capsys):
    allow_hints(most)
    message = fail(NEAR, capsys)
    assert "line" not in message
    texts = [said() for _ in range(4)]
    assert not [text for text in texts if "in line" in text]
    assert f"hint {most}. " in texts[-1]
    assert "This course gives no further hint for it." in texts[-1]


def test_course_may_allow_no_hints_or_three(said, capsys):
    allow_hints(3)
    assert "line 4" in fail(NEAR, capsys)
    allow_hints(0)
    assert said() == "This course gives no hints; check(box_area) says what differs."


def test_number_of_hints_is_not_negative():
    with pytest.raises(ValueError, match="most must be 0 or more, got -1"):
        allow_hints(-1)


def test_in_grading_hint_says_one_sentence(said, monkeypatch):
    monkeypatch.setattr(checking, "_FIRST_ANSWERS", {})
    assert said() == "box_area gets no hints when this notebook is graded."


def test_hidden_seeds_leave_nothing_behind(said, capsys):
    with pytest.raises(CheckFailed):
        check(write("00_start_here", "box_area", NEAR), seed=7)
    capsys.readouterr()
    assert not checking.last_examinations


@pytest.mark.parametrize("name", catalogue.EXERCISES)
def test_every_exercise_has_steps_in_short_sentences(name):
    steps = catalogue.EXERCISES[name].steps
    assert len(steps) >= 2
    assert all(len(step) <= 250 and step.rstrip()[-1] in ".?" for step in steps), steps


def test_unknown_exercise_is_named():
    with pytest.raises(ValueError, match="no exercise is called 'box_aria'"):
        hint("box_aria")


def test_hints_work_in_another_thread(capsys):
    fail(NEAR, capsys)
    thread = threading.Thread(target=lambda: [hint("box_area") for _ in range(3)])
    thread.start()
    thread.join()
    out, err = capsys.readouterr()
    assert out.count("box_area, hint ") == 3
    assert "in line 4" in " ".join(out.split())
    assert err == ""
