"""What the levels of isolation say of themselves, and what the documents say of them."""

import re
from pathlib import Path

from rcnn_course.grading.sandbox import Isolation
from rcnn_course.grading.sandbox.levels import FULL, LEVELS, REACHES, WITHOUT_NAMESPACES

INSTRUCTORS = Path(__file__).parents[3] / "docs" / "instructors.md"


def test_table_for_instructors_is_what_the_levels_say():
    text = INSTRUCTORS.read_text(encoding="utf-8")
    head, rows = re.search(r"(\| can a submission … .*)\n\|[-|]+\n((?:\|.*\n)+)", text).groups()
    assert head == f"| can a submission … | {' | '.join(LEVELS)} |"
    wanted = [
        [text, *("yes" if key in level.lets else "no" for level in LEVELS.values())]
        for key, text in REACHES.items()
    ]
    assert [row.strip("| ").split(" | ") for row in rows.splitlines()] == wanted


def test_lesser_level_says_why_and_what_it_lacks():
    refused = {
        "full": "bubblewrap is not installed",
        "without /proc": "bubblewrap is not installed",
    }
    said = Isolation(WITHOUT_NAMESPACES, refused=refused).shortfall
    assert said.startswith(
        "Submissions run in a sandbox without namespaces, since bubblewrap is not installed. "
        "It lets a submission learn that a file or a process is there"
    )
    assert WITHOUT_NAMESPACES.lacks in said


def test_full_level_has_nothing_to_say():
    assert Isolation(FULL, program="bwrap").shortfall == ""
    assert FULL.keeps_out == tuple(REACHES)
