"""An answer whose rightness depends on the student: judged elsewhere, with the name it brings."""

import pytest

from rcnn_course.checks import examine
from rcnn_course.checks.remote import Question, answer, verdict

ADA = {
    1: ("anchors", "grid_anchors", "stride_unused"),
    2: ("anchors", "grid_anchors", "centred_in_cells"),
    3: (None, "match_anchors", "kinds_swapped"),
}


def found_by(name, rows):
    def bug_found(number):
        return name, *rows[number]

    return bug_found


def judged(subject):
    """Return the report of an answer that goes from one process to another as data."""
    question = Question("bug_found", seed=7)
    return verdict(question, answer(question, {"bug_found": subject})).report


def test_what_a_kernel_sends_says_nothing_of_right_or_wrong():
    (way,) = answer(Question("bug_found"), {"bug_found": found_by("ada", ADA)})
    sent = str(way)
    assert "stride_unused" in sent
    assert "'found'" not in sent


@pytest.mark.parametrize("by", [judged, examine], ids=["from a distance", "at once"])
@pytest.mark.parametrize(
    ("name", "changes", "outcome", "said"),
    [
        ("ada", {}, "correct", "3 cases equal what is planted in your detectors"),
        (" ADA", {}, "correct", ""),
        ("grace", {}, "incorrect", "expected 'found'"),
        ("ada", {2: ("", "", "")}, "incorrect", "round 2"),
        ("ada", {2: ("", "", "")}, "incorrect", "'not named yet', expected 'found'"),
        ("ada", {3: ("anchors", *ADA[3][1:])}, "incorrect", "another stage"),
        ("ada", {1: ADA[2]}, "incorrect", "what is planted in another round"),
        ("ada", {1: ("anchors", "cell_anchors", "stride_unused")}, "incorrect", "another part"),
        ("ada", {1: (*ADA[1][:2], "no_nms")}, "incorrect", "another mistake"),
        ("ada", {1: ("anchors",)}, "incorrect", "must be four things"),
        ("ada", {1: (1, 2, 3)}, "incorrect", "must be four things"),
        (None, {}, "incorrect", "must be four things"),
    ],
)
def test_answer_is_judged_by_the_name_that_it_brings(by, name, changes, outcome, said):
    report = by(found_by(name, ADA | changes))
    assert report.outcome == outcome, report.message
    assert said in " ".join(report.message.split())


def test_one_wrong_round_gets_the_hint_of_its_round():
    report = examine(found_by("ada", ADA | {3: (None, "rpn_loss", "no_nms")}))
    assert "the losses tell" in " ".join(report.message.split())
