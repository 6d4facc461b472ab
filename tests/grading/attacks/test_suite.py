"""How the attack suite judges: what it calls stopped, flagged, fallen and hurt."""

import pytest

from tests.grading.attacks import browser, pages, suite
from tests.grading.attacks.quoted import quoted
from tests.grading.attacks.table import Entry

ATTACK = Entry("injection", "a road", lambda *_: None, "verdict", exercise="nms")
COPIED = Entry("handed_over", "a copy", lambda *_: None, "", "copied", exercise="nms")
HONEST = Entry("honest", "a habit", lambda *_: None, exercise="nms", deserves=5)


@pytest.mark.parametrize(
    ("entry", "points", "suspicions", "reached", "verdict", "is_fault"),
    [
        (ATTACK, 0, [], "", "stopped", False),
        (ATTACK, None, [], "", "stopped", False),
        (ATTACK, 5, ["Changed."], "", "flagged", False),
        (ATTACK, 2, [], "", "fallen", True),
        (ATTACK, 0, ["Changed."], "It was heard.", "fallen", True),
        (COPIED, 5, [], "", "fallen", False),
        (HONEST, 5, [], "", "unhurt", False),
        (HONEST, 2, [], "", "hurt", True),
        (HONEST, 5, ["Changed."], "", "hurt", True),
    ],
)
def test_verdict_follows_points_suspicions_and_what_was_reached(
    tmp_path, entry, points, suspicions, reached, verdict, is_fault
):
    others = {"roi_align": {"points": 5}}
    of_nms = {} if points is None else {"nms": {"points": points}}
    one = {"results": others | of_nms, "suspicions": suspicions, "reason": ""}
    results = {entry.assignment: {entry.student: one}}
    graded = suite.Graded(tmp_path, [entry], results, reached={entry.name: reached})
    (found,) = graded.found()
    assert (found.verdict, found.is_fault) == (verdict, is_fault)


@pytest.mark.parametrize("html", browser.HTML.values(), ids=browser.HTML)
def test_payload_that_nobody_has_sanitised_is_seen(html):
    assert any("pwned" in payload for _, payload in pages.live_markup(html))


def test_text_that_has_been_escaped_runs_nothing():
    assert pages.live_markup("<p>&lt;script&gt;pwned()&lt;/script&gt;</p>") == []


def test_table_counts_by_kind_and_stands_between_the_markers():
    found = [
        suite.Found(ATTACK, "stopped", ""),
        suite.Found(COPIED, "fallen", ""),
        suite.Found(HONEST, "unhurt", ""),
    ]
    table = suite.as_markdown(found)
    assert "| code or outputs that speak for the check | 1 | 1 | 0 | 0 |  |" in table
    assert "in spite of the guard | 1 | 0 | 0 | 1 | copied |" in table
    assert "| all of them | 2 | 1 | 0 | 1 |  |" in table
    assert "Honest submissions: 1; lost points or suspected: 0." in table
    document = "before\n<!-- attack -->\nold\n<!-- /attack -->\nafter\n"
    assert quoted(document, table) == document.replace("old\n", table)
