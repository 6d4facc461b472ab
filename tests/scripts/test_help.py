"""Scripts that write files of the repository write none when they are asked for help."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = ("exercises.numbers", "families", "screenshots", "site.drawings")


@pytest.mark.parametrize(("argument", "code"), [("--help", 0), ("--no-such-option", 2)])
@pytest.mark.parametrize("name", SCRIPTS)
def test_script_that_is_asked_for_help_does_nothing_else(name, argument, code):
    run = subprocess.run(
        [sys.executable, "-m", f"scripts.{name}", argument],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code
    assert "usage: " in run.stdout + run.stderr
