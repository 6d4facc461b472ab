"""Every sentence of a check can be reworded: outcomes, statistics and suspicions stay."""

import json
from dataclasses import replace

import pytest
from nbformat.v4 import new_notebook

from rcnn_course import reports
from rcnn_course.checks import checking
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine import explain
from rcnn_course.grading.execution.scores import results_of
from rcnn_course.grading.integrity.examination import examine
from rcnn_course.grading.integrity.probes import armed
from rcnn_course.grading.integrity.settlement import settle
from rcnn_course.grading.outcome import Graded
from rcnn_course.grading.report.class_report import as_json, class_report
from tests.answers import answers, solutions
from tests.grading.forked import in_fork
from tests.grading.made import SAMPLE, SETUP, STUBS

HEAD = STUBS["bilinear_sample"].splitlines()[0]
TYPICAL, (OLD, NEW) = next(iter(answers("06_roi_align").WRONG["bilinear_sample"].items()))

CLASS = {
    "right": (SAMPLE, "correct", ""),
    "stub": (STUBS["bilinear_sample"], "not attempted", ""),
    "typical": (
        solutions("06_roi_align")["bilinear_sample"].replace(OLD, NEW),
        "incorrect",
        TYPICAL,
    ),
    "delegates": (
        f"{HEAD}\n    grid = torch.stack([x, y], -1)[None, None]\n"
        "    return torch.nn.functional.grid_sample(input[None], grid)[0, :, 0]",
        "incorrect",
        "delegated",
    ),
    "raises": (f"{HEAD}\n    return {{}}['no key']", "incorrect", "raises:KeyError"),
    "wrong": (f"{HEAD}\n    return input[:, 0, 0] * 0 - 7", "incorrect", "unknown"),
    "changes": (f"torch.isclose = lambda a, b, **_: a == a\n{SAMPLE}", "correct", ""),
    "syntax": (f"{HEAD}\n    return (", "incorrect", "no_python"),
    "cell": (f"{SAMPLE}\nNameless", "correct", ""),
    "cell_and_wrong": ("1 / 0", "incorrect", "cell_raises:ZeroDivisionError"),
}  # fmt: skip
"""By student: an answer, and outcome and key of what comes out."""


def reword(text):
    """Return other words: the same ones, from back to front."""
    return " ".join(reversed(text.split()))


@pytest.fixture
def reworded(monkeypatch):
    """Reword all that a check can say: mistakes, hints, cases, and the engine's own sentences."""
    for name, exercise in EXERCISES.items():
        mistakes = {
            key: replace(mistake, name=reword(mistake.name), hint=reword(mistake.hint))
            for key, mistake in exercise.mistakes.items()
        }
        monkeypatch.setitem(EXERCISES, name, replace(exercise, mistakes=mistakes))
    monkeypatch.setattr(
        reports, "GENERAL", {key: f"{title}, in short" for key, title in reports.GENERAL.items()}
    )
    for module in (explain, checking):
        monkeypatch.setattr(module, "paragraphs", lambda *texts: "\n".join(map(reword, texts)))


@pytest.fixture
def grade(make_cell):
    """Grade the class; return what came out by student."""

    def grade_one(student, answer):
        cells = [
            make_cell("setup", SETUP),
            make_cell("bilinear_sample", answer, solution=True),
            make_cell("check_bilinear_sample", "check(bilinear_sample)", points=2),
            make_cell("check_bilinear_sample_hidden", "check(bilinear_sample, seed=3)", points=3),
        ]
        executed = in_fork(armed(new_notebook(cells=cells), "a word"))
        found = settle(executed, "a word", examine)
        return Graded(student, "graded", results_of(executed), suspicions=found)

    return lambda: [grade_one(student, answer) for student, (answer, *_) in CLASS.items()]


def of_statistics(graded):
    """Return what scripts read of a class, without the sentences in it."""
    report = json.loads(as_json("class", graded))
    for student in report["students"]:
        for result in student["results"].values():
            del result["said"], result["title"]
    for exercise in report["exercises"].values():
        del exercise["titles"]
    return report


def test_rewording_every_sentence_changes_no_statistic(grade, request):
    before = grade()
    for one in before:
        result = one.results["bilinear_sample"]
        assert (result.outcome, result.mistake) == CLASS[one.student][1:], one.student
    request.getfixturevalue("reworded")
    after = grade()
    assert of_statistics(after) == of_statistics(before)
    assert class_report("class", after) != class_report("class", before)
    for one, other in zip(before, after, strict=True):
        was, now = one.results["bilinear_sample"], other.results["bilinear_sample"]
        assert (now.said != was.said) or one.student in (
            "right",
            "syntax",
            "cell",
            "cell_and_wrong",
            "changes",
        )
        assert not was.title or now.title != was.title
