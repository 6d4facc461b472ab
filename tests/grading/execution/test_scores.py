"""What cells have earned and why, read from nbgrader's marks, names of errors and reports."""

import pytest
from nbformat.v4 import new_notebook, new_output

from rcnn_course.grading.execution.scores import results_of
from rcnn_course.reports import MIME, Report

STUB = Report("nms", "not attempted")
SWAPPED = Report("nms", "incorrect", mistake="swapped", title="x and y are swapped")
RIGHT = Report("nms", "correct")


def published(report):
    return new_output("display_data", data={MIME: report.to_data(), "text/plain": ""})


def error(name, text="in whatever words"):
    return new_output("error", ename=name, evalue=text, traceback=[])


@pytest.fixture
def result(make_cell):
    """Return what an exercise gets whose cells have such outputs."""

    def result(*of_check, solution=(), points=5):
        cells = [
            make_cell("nms", "", solution=True),
            make_cell("check_nms", "check(nms)", points=points),
        ]
        cells[0].outputs, cells[1].outputs = list(solution), list(of_check)
        return results_of(new_notebook(cells=cells))["nms"]

    return result


REPORTED = {
    "right": ([published(RIGHT)], "correct", ""),
    "stub": ([published(STUB), error("NotAttempted")], "not attempted", ""),
    "typical": ([published(SWAPPED), error("CheckFailed")], "incorrect", "swapped"),
    "the last counts": (
        [published(STUB), published(SWAPPED), published(RIGHT), error("CheckFailed")],
        "incorrect",
        "swapped",
    ),
    "none": ([error("CheckFailed")], "incorrect", "unknown"),
    "right, but raised": ([published(RIGHT), error("CheckFailed")], "incorrect", "unknown"),
    "raised another error": (
        [published(SWAPPED), error("TypeError")],
        "incorrect",
        "cell_raises:TypeError",
    ),
    "slow": ([error("CellTimeoutError")], "incorrect", "too_slow"),
    "waits": ([error("StoppedByClock")], "incorrect", "waits"),
    "no Python": ([error("IndentationError")], "incorrect", "no_python"),
    "no end": ([error("_IncompleteInputError")], "incorrect", "no_python"),
    "no name": ([error("x\n" * 9)], "incorrect", "unknown"),
    "a long name": ([error("x" * 10_000)], "incorrect", "unknown"),
    "standard error": ([new_output("stream", name="stderr", text="x")], "incorrect", "unknown"),
}


@pytest.mark.parametrize("case", REPORTED)
def test_outcome_and_mistake_are_those_of_report_and_error(result, case):
    outputs, outcome, mistake = REPORTED[case]
    found = result(*outputs)
    assert (found.outcome, found.mistake) == (outcome, mistake)
    assert bool(found.title) == bool(mistake)
    assert (found.points == found.possible) == (outcome == "correct")


def test_error_of_the_answer_itself_comes_first(result):
    found = result(published(STUB), error("NotAttempted"), solution=[error("NameError", "what")])
    assert (found.mistake, found.said) == ("cell_raises:NameError", "NameError: what")


def test_forged_report_gives_no_points_and_takes_none(result):
    assert result(error("NameError"), published(RIGHT)).points == 0
    assert result(published(SWAPPED)).outcome == "correct"


def test_place_of_a_small_change_is_taken_over(result):
    wrong = Report("nms", "incorrect", mistake="unknown", title="none").located("axis", 3)
    found = result(published(wrong), error("CheckFailed"))
    assert (found.change, found.line) == ("axis", 3)
