"""Adequacy: edits that a check lets pass are seen, and none of an exercise does."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.exercise import Case, Exercise, Odd
from scripts.adequacy import __main__ as command
from scripts.adequacy import table
from scripts.adequacy.answers import Right, right_answers, without_unused
from scripts.adequacy.worker import ALWAYS, keys, try_edits
from tests.answers.styles import _bare

ROOT = Path(__file__).parents[2]
PARTS = 30
"""Of how many parts of all edits one is tried each day."""
MOST_CHANGED = 4
"""How many of the exercises that were changed are tried with all their edits."""


def shifted(x, by=1):
    return x.clamp(min=0) + by


def cases(normal, _):
    yield Case("some numbers", (normal(3, 2),))
    yield Case("a shift", (normal(3),), {"by": 2})


def right(source, own_cases=cases):
    exercise = Exercise("shifted", shifted, "", own_cases, Odd())
    return Right(exercise, "by hand", source, {"torch": torch}, hidden=7)


def passed(source, own_cases=cases):
    """Return the edits of an answer that were not rejected, by what they change."""
    tried = try_edits([right(source, own_cases)], processes=1, seeds=3)
    return {t.key.split(" | ")[2]: t.passed for t in tried if t.passed}


def test_edit_that_computes_something_else_is_rejected():
    assert passed("def shifted(x, by=1):\n    return x.clamp(min=0) + by") == {}


def test_edit_that_computes_the_same_passes_always():
    source = "def shifted(x, by=1):\n    return by * torch.ones(1, dtype=x.dtype) + x.relu()"
    assert set(passed(source).values()) <= {ALWAYS}
    assert passed("def shifted(x, by=1):\n    return x.abs().add(x) / 2 + by") == {}


def test_edit_that_no_case_shows_is_found():
    def positive(normal, _):
        yield Case("positive numbers", (normal(3, 2).abs(),))
        yield Case("a shift", (normal(3).abs(),), {"by": 2})

    found = passed("def shifted(x, by=1):\n    return x.clamp(min=0) + by", positive)
    assert found["x.clamp(min=0) -> x"] == ALWAYS


def test_edit_that_only_luck_shows_is_told_with_the_seed():
    def lucky(normal, _):
        yield Case("a number", (normal(1),))
        yield Case("a shift", (normal(3).abs(),), {"by": 2})

    found = passed("def shifted(x, by=1):\n    return x.clamp(min=0) + by", lucky)
    assert found["x.clamp(min=0) -> x"].startswith("is told by seed ")


@pytest.mark.parametrize(
    "line",
    [
        "while len(x) < 0:\n        pass",  # endless, where it is turned round
        "import os\n    os._exit(0) if len(x) < 0 else None",
        "x.new_zeros(10**12 if len(x) < 0 else 1)",
    ],
    ids=["endless", "crash", "memory"],
)
def test_edit_that_breaks_a_process_is_rejected_and_the_rest_is_tried(line, monkeypatch):
    monkeypatch.setattr("scripts.adequacy.trial.SECONDS", 0.5)
    source = f"def shifted(x, by=1):\n    {line}\n    return x.clamp(min=0) + by"
    tried = list(try_edits([right(source)], processes=1, seeds=1))
    assert [t.key for t in tried] == [key for key, _ in keys(source)]
    turned = next(t for t in tried if "len(x) < 0 -> len(x) > 0" in t.key)
    assert not turned.passed
    assert any(t.passed for t in tried)  # the comparison with 0 itself, which changes nothing


def test_answer_that_is_not_right_is_no_answer_to_edit():
    with pytest.raises(ValueError, match="by hand: the answer itself is rejected"):
        passed("def shifted(x, by=1):\n    return x.clamp(min=0) - by")


def test_keys_tell_equal_edits_of_a_line_apart_and_know_no_line_numbers():
    source = "def f(x):\n    return x[1] + x[1]"
    found = [key for key, _ in keys(source) if "1 -> 2" in key]
    assert found == [
        "index | return x[1] + x[1] | 1 -> 2",
        "index | return x[1] + x[1] | 1 -> 2 | 2",
    ]
    assert {key for key, _ in keys(f"\n\n{source}")} == {key for key, _ in keys(source)}


def test_helpers_that_an_answer_does_not_use_are_not_edited():
    source = (
        "def _used():\n    return 1\ndef _unused():\n    return 2\ndef f():\n    return _used()"
    )
    assert without_unused(source, "f") == source.replace("def _unused():\n    return 2", "\n")


def test_rows_count_what_became_of_edits():
    tried = list(try_edits([right("def shifted(x, by=1):\n    return x.clamp(0) + by")],
                           processes=1, seeds=1))  # fmt: skip
    row = table.Row()
    for each in tried:
        row.add(each, is_listed=False)
    assert (row.edits, row.rejected + row.survived) == (len(tried), len(tried))
    assert str(table.total([row, row])).startswith(f"{2 * len(tried)} | ")


def test_command_fails_where_an_edit_survives(capsys, monkeypatch):
    survivor = right("def shifted(x, by=1):\n    y = x.clone()\n    return y.clamp(min=0) + by")
    monkeypatch.setattr(command, "right_answers", lambda: [survivor])
    monkeypatch.setattr(command, "EXERCISES", {"shifted": survivor.exercise})
    assert command.main(["--processes", "1", "--seeds", "1"]) == 1
    assert "x.clone() -> x" in capsys.readouterr().out


def test_listed_edits_are_edits_of_answers():
    known = {(r.exercise.name, r.style, k) for r in right_answers() for k, _ in keys(r.source)}
    listed = {
        (exercise, style, key)
        for exercise, styles in table.equivalents().items()
        for style, reasons in styles.items()
        for key in reasons
    }
    assert listed <= known
    reasons = [r for s in table.equivalents().values() for k in s.values() for r in k.values()]
    assert all(reasons)


def test_listed_edits_stand_in_the_order_of_the_course():
    listed = [*table.equivalents()]
    assert listed == [name for name in EXERCISES if name in listed]


def test_listed_edits_are_put_into_the_order_of_the_course(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "FOLDER", tmp_path)
    (tmp_path / "equivalent.json").write_text('{"nms": {}, "gone": {}, "box_iou": {}}', "utf-8")
    table.sort_reasons(["box_area", "box_iou", "nms"])
    assert [*table.equivalents()] == ["box_iou", "nms"]


def changed():
    """Return the exercises whose files differ from those before the last commit."""
    words = ["git", "diff", "--name-only", "HEAD~1", "--", "rcnn_course/checks", "tests/answers"]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    stems = {_bare(Path(line).stem) for line in run.stdout.splitlines()}
    return [name for name in EXERCISES if _bare(name) in stems][:MOST_CHANGED]


def run_command(*words):
    run = subprocess.run(
        [sys.executable, "-m", "scripts.adequacy", "--seeds", "10", "--processes", "2", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
def test_no_edit_of_todays_share_survives():
    run_command("--share", f"{datetime.now(UTC).toordinal() % PARTS}/{PARTS}")


@pytest.mark.slow
def test_no_edit_of_an_exercise_that_was_changed_survives():
    if changed():
        run_command(*changed())
