"""In CI a skipped test fails; on a user's machine it is listed with its reason."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = ROOT / "tests" / "conftest.py"
SKIPS = """
import pytest

@pytest.mark.skip(reason="reason of a mark")
def test_with_mark():
    pass

def test_with_call():
    pytest.skip("reason of a call")

@pytest.fixture
def browser():
    pytest.skip("reason of a fixture")

def test_with_fixture(browser):
    pass

@pytest.mark.requires("chromium")
def test_with_program():
    pass

@pytest.mark.xfail
def test_that_is_expected_to_fail():
    assert False
"""
SKIPPED_MODULE = 'import pytest\npytest.skip("reason of a module", allow_module_level=True)\n'
REASONS = [f"reason of a {what}" for what in ("mark", "call", "fixture", "module")]
REASONS.append("chromium is not installed")


@pytest.fixture
def run_pytest(tmp_path):
    """Run the two files above under the real conftest, with or without CI in the environment."""
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_skips.py").write_text(SKIPS)
    (tmp_path / "test_module.py").write_text(SKIPPED_MODULE)

    def run(**extra):
        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        environment |= {"PATH": "no programs", "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-ra", "--continue-on-collection-errors"],
            cwd=tmp_path,
            env=environment | extra,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_skip_fails_in_ci_and_gives_its_reason(run_pytest):
    run = run_pytest(CI="true")
    assert run.returncode == 1, run.stdout
    assert "1 failed, 1 xfailed, 4 errors" in run.stdout
    assert "in CI a skipped test is a failure" in run.stdout
    assert all(reason in run.stdout for reason in REASONS), run.stdout


def test_skip_is_listed_with_its_reason_on_a_users_machine(run_pytest):
    run = run_pytest()
    assert run.returncode == 0, run.stdout
    assert "5 skipped, 1 xfailed" in run.stdout
    assert all(reason in run.stdout for reason in REASONS), run.stdout
