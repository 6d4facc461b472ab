"""A test that needs a program is skipped where it is missing, and its reason says how to get it."""

import re
import subprocess
from pathlib import Path

import pytest

from tests import programs

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
SKIPS = re.compile(r"mark\.skip|pytest\.skip|importorskip")
OF_SKIPPING = {TESTS / "conftest.py", TESTS / "setup/test_skips.py", Path(__file__)}


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine on which no program is in reach; `put` one there."""

    def put(name, script):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(programs, "INITDB", str(tmp_path / "no such folder"))
    for asked in (programs.chromium, programs.fault):
        asked.cache_clear()
    yield put
    for asked in (programs.chromium, programs.fault):
        asked.cache_clear()


@pytest.mark.parametrize("program", programs.PROGRAMS)
def test_missing_program_is_named_with_the_command_that_installs_it(bare, program):
    fault = f"{program} is not installed (on Debian and Ubuntu: sudo apt install {program})"
    assert programs.fault(program) == fault


def test_chromium_that_only_says_where_to_get_it_counts_as_missing(bare):
    bare("chromium-browser", "echo install the snap; exit 1")
    assert "chromium is not installed" in programs.fault("chromium")


def test_first_chromium_that_starts_is_taken(bare):
    bare("chromium", "exit 1")
    bare("google-chrome", "exit 0")
    assert programs.fault("chromium") == ""
    assert Path(programs.chromium()).name == "google-chrome"


def test_bubblewrap_that_does_not_work_is_not_told_to_be_installed(bare):
    bare("bwrap", "echo no right >&2; exit 1")
    assert programs.fault("bubblewrap").endswith("does not work: no right")


def test_script_plays_a_machine_without_programs():
    words = ["bwrap", "make", "--", "sh", "-c", "command -v make bwrap; command -v cat; exit 7"]
    done = subprocess.run([ROOT / "scripts/without", *words], capture_output=True, text=True)
    assert done.returncode == 7
    assert done.stdout.endswith("/cat\n")
    assert len(done.stdout.splitlines()) == 1


def test_unknown_program_is_refused():
    with pytest.raises(ValueError, match=r"requires\('chrome'\): expected one of bubblewrap, chr"):
        programs.fault("chrome")


def test_nothing_else_skips_a_test():
    others = set(TESTS.rglob("*.py")) - OF_SKIPPING
    assert [path for path in others if SKIPS.search(path.read_text(encoding="utf-8"))] == []
