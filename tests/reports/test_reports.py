"""A report goes through JSON and back, and nothing that only looks like one is taken for it."""

import json
from dataclasses import replace

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output

from rcnn_course.checks import CheckFailed, NotAttempted
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.report import announce
from rcnn_course.reports import GENERAL, LONGEST, MIME, NOTHING, Report, general, reports_in

WRONG = Report(
    "roi_align",
    "incorrect",
    "roi_align is incorrect: x and y are swapped.\nCase 2 of 10, two boxes: ...",
    "xy_swapped",
    "x and y are swapped",
    case="two boxes",
    place="The result[0, 1]",
    found="3",
    expected="5",
)
DATA = WRONG.to_data()
NEAR = WRONG.located("comparison", 7)


def test_report_comes_back_without_its_message():
    assert Report.from_data(json.loads(json.dumps(DATA))) == Report(**DATA)
    assert "message" not in DATA


def test_place_of_a_small_change_comes_back_and_is_said_last():
    found = Report.from_data(json.loads(json.dumps(NEAR.to_data())))
    assert (found.change, found.line) == ("comparison", 7)
    advice = "One small change would make it right: look at the comparison in line 7."
    assert NEAR.message == f"{WRONG.message}\n{advice}"


def test_report_of_an_earlier_version_has_no_place():
    earlier = {name: value for name, value in DATA.items() if name not in ("change", "line")}
    assert Report.from_data(earlier) == Report(**DATA)


def test_long_and_unprintable_texts_are_cut_so_that_they_can_be_read_again():
    report = Report("nms", "incorrect", "", "key", "title", found="\x1b[31m" + "9\n" * LONGEST)
    found = Report.from_data(report.to_data()).found
    assert found.startswith("[31m9 9 9")
    assert len(found) == LONGEST


HOSTILE = [
    *(None, 3, "text", [], [DATA], {}, {"exercise": "nms", "outcome": "correct"}),
    *({**DATA, "outcome": outcome} for outcome in ("right", "", None, ["correct"])),
    *({**DATA, "outcome": outcome} for outcome in ("correct", "not attempted")),
    *({**NEAR.to_data(), "line": line} for line in (0, -1, 10**9, True, 7.0, "7", None, [7])),
    *({**NEAR.to_data(), "change": change} for change in ("", "magic", None, 7, ["comparison"])),
    {**Report("nms", "correct").to_data(), "change": "comparison", "line": 7},
    *({**DATA, name: ""} for name in ("mistake", "title")),
    *({**DATA, "mistake": value} for value in (None, 1, {}, "x" * (LONGEST + 1), "a\nb", "\x1b[m")),
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_what_only_looks_like_a_report_is_left_out(data):
    with pytest.raises(ValueError, match=r"a report has|must be one of"):
        Report.from_data(data)
    output = new_output("display_data", data={MIME: data})
    fit = new_output("display_data", data={MIME: DATA})
    plain = new_output("stream", text="roi_align: visible checks passed.")
    assert reports_in([output, fit, plain]) == [Report(**DATA)]


def test_error_is_part_of_a_general_mistake():
    assert general("raises", "KeyError") == ("raises:KeyError", "raises KeyError")
    assert general("unknown") == ("unknown", GENERAL["unknown"])


@pytest.mark.parametrize("name", EXERCISES)
def test_exercise_has_no_mistake_under_a_general_key(name):
    assert not GENERAL.keys() & set(EXERCISES[name].mistakes)


@pytest.fixture
def published():
    """What has been published in a notebook."""
    shell = InteractiveShell.instance()
    shell.display_pub = CapturingDisplayPublisher()
    yield shell.display_pub.outputs
    InteractiveShell.clear_instance()


def test_notebook_shows_one_line_of_a_right_answer_with_its_report(published, capsys):
    announce(Report("nms", "correct", "nms: passed."))
    (output,) = published
    assert output["data"]["text/plain"] == "nms: passed."
    assert reports_in([output]) == [Report("nms", "correct")]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("report", "error"), [(WRONG, CheckFailed), (Report("nms", "not attempted"), NotAttempted)]
)
def test_notebook_shows_the_error_alone_of_another_answer(published, capsys, report, error):
    with pytest.raises(error) as raised:
        announce(replace(report, message="nms is\nnot right"))
    assert type(raised.value) is error
    assert str(raised.value) == "nms is\nnot right"
    (output,) = published
    assert output["data"] == {**NOTHING, MIME: report.to_data()}
    assert reports_in([output]) == [replace(report, message="")]
    assert capsys.readouterr() == ("", "")


def test_notebook_that_somebody_works_in_goes_on_behind_an_unwritten_exercise(
    published, monkeypatch, capsys
):
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(InteractiveShell.instance(), "kernel", object(), raising=False)
    stub = Report("nms", "not attempted", "nms is not attempted yet.")
    announce(stub)
    (output,) = published
    assert output["data"] == {"text/plain": stub.message, MIME: stub.to_data()}
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(NotAttempted):
        announce(stub)
    assert capsys.readouterr() == ("", "")


def test_python_without_a_notebook_prints_or_raises(capsys):
    announce(Report("nms", "correct", "nms: passed."))
    assert capsys.readouterr() == ("nms: passed.\n", "")
    with pytest.raises(CheckFailed, match="not right"):
        announce(Report("nms", "incorrect", "not right"))
    assert capsys.readouterr() == ("", "")
