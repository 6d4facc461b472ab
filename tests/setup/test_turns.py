"""Slow tests take turns on a user's machine; all of them run in CI, and where tests are named."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import TURNS

CONFTEST = Path(__file__).parents[1] / "conftest.py"
QUICK = "def test_quick():\n    pass\n"
SLOW = "import pytest\npytestmark = pytest.mark.slow\ndef test_slow():\n    pass\n"


@pytest.fixture
def passed(tmp_path, monkeypatch):
    """Give a function that runs a quick file and four slow ones, and returns which have passed."""
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    (tmp_path / "test_quick.py").write_text(QUICK)
    for name in "abcd":
        (tmp_path / f"test_{name}.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(CONFTEST.parents[1]))

    def run(*options, day=0):
        monkeypatch.setenv("RCNN_COURSE_DAY", str(day))
        command = [sys.executable, "-m", "pytest", "-rp", "--numprocesses", "2", *options]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        lines = [line for line in run.stdout.splitlines() if line.startswith("PASSED ")]
        return {line.partition("test_")[2].partition(".py")[0] for line in lines}, run.stdout

    return run


def test_each_slow_file_has_its_turn_and_quick_ones_always(passed):
    parts = [passed("--in-turn", day=day)[0] for day in range(TURNS)]
    assert set.intersection(*parts) == {"quick"}
    assert sorted(name for part in parts for name in part - {"quick"}) == list("abcd")


def test_run_says_which_part_it_takes(passed):
    assert f"slow tests: part 2 of {TURNS}" in passed("--in-turn", day=1)[1]


def test_all_run_where_no_turns_are_asked_for(passed):
    assert passed()[0] == {"quick", *"abcd"}
