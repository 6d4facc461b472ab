"""The Makefile on machines that lack something, played by a stand-in for Python."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE).group(1).split()

# Writes down how it is called, and fails where its arguments hold the text in $FAIL.
STAND_IN = """#!/bin/sh
echo "$*" >> "$CALLS"
case "$*" in *"-m pip install"*) echo "$TMPDIR" > "$CALLS.tmpdir" ;; esac
case "$*" in scripts/*) exec "$PYTHON_OF_THE_TESTS" "$@" ;; esac
case "$*" in *"$FAIL"*) echo "the cause" >&2; exit 1 ;; esac
case "$*" in *"-m venv"*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; touch .venv/bin/pip ;; esac
"""


class Machine:
    """A folder with the course's set-up files and a stand-in Python."""

    def __init__(self, folder):
        self.course = folder / "a course"
        self.course.mkdir()
        for name in ("Makefile", "pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.course)
        shutil.copytree(ROOT / "scripts", self.course / "scripts")
        self.python = folder / "python"
        self.python.write_text(STAND_IN)
        self.python.chmod(0o755)
        self.calls_file = folder / "calls"

    def make(self, *arguments, fail="no such call"):
        self.calls_file.write_text("")
        environment = {
            "PATH": os.environ["PATH"],
            "CALLS": str(self.calls_file),
            "FAIL": fail,
            "PYTHON_OF_THE_TESTS": sys.executable,
            "CPU_INDEX": "http://127.0.0.1:9",  # nobody listens there
        }
        return subprocess.run(
            ["make", f"PYTHON={self.python}", *arguments],
            cwd=self.course,
            env=environment,  # without the options of the `make test` that runs this
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def calls(self):
        return self.calls_file.read_text()


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_make_alone_lists_every_command(machine):
    run = machine.make()
    assert run.returncode == 0
    assert re.findall(r"^  make (\S+)", run.stdout, re.MULTILINE) == TARGETS
    assert machine.calls == ""


def test_lab_makes_the_environment_and_opens_the_course(machine):
    run = machine.make("lab")
    assert run.returncode == 0, run.stderr
    venv, index, install, lab = machine.calls.splitlines()[-4:]
    assert venv == "-m venv .venv"
    assert index.startswith("scripts/torch_index.py")
    assert install == "-m pip install --constraint constraints.txt --editable ."
    assert lab.startswith("-m jupyterlab --ServerApp.root_dir=course")


def test_downloads_do_not_go_where_memory_is_the_limit(machine):
    machine.make("lab")
    assert Path(f"{machine.calls_file}.tmpdir").read_text() == f"{machine.course / '.venv'}\n"


def test_test_installs_the_tools_and_ends_with_pytest(machine):
    run = machine.make("test")
    assert run.returncode == 0, run.stderr
    calls = machine.calls.splitlines()
    assert "-m pip install --constraint constraints.txt --editable .[test,site]" in calls
    assert "-m rcnn_course.cli course --check" in calls
    spread = "--numprocesses logical --dist loadgroup --no-loadscope-reorder"
    assert calls[-1] == f"-m pytest {spread} --in-turn"


@pytest.mark.parametrize("words", ["CI=true", "ARGS=-k doctor"])
def test_test_leaves_out_no_slow_tests_in_ci_and_where_some_are_named(machine, words):
    machine.make("test", words)
    assert "-m pytest" in machine.calls
    assert "--in-turn" not in machine.calls


@pytest.mark.parametrize("command", ["lab", "test"])
def test_second_time_installs_nothing(machine, command):
    machine.make(command)
    run = machine.make(command)
    assert run.returncode == 0, run.stderr
    assert "venv" not in machine.calls
    assert "pip" not in machine.calls


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_changed_dependencies_are_installed(machine, name):
    machine.make("lab")
    changed = (machine.course / ".venv/bin/pip").stat().st_mtime + 60
    os.utime(machine.course / name, (changed, changed))
    machine.make("lab")
    assert "pip install" in machine.calls


def test_moved_folder_is_installed_again(machine):
    machine.make("lab")
    machine.course = machine.course.rename(machine.course.with_name("elsewhere"))
    machine.make("lab")
    assert "pip install" in machine.calls


def test_old_python_is_named_with_the_way_out(machine):
    run = machine.make("lab", fail="version_info")
    assert run.returncode != 0
    assert f"The course needs Python 3.11 or newer, and '{machine.python}' is not" in run.stdout
    assert "make lab PYTHON=python3.12" in run.stdout
    assert "venv" not in machine.calls


def test_missing_python_is_named_with_the_way_out(machine):
    run = machine.make("test", "PYTHON=no-such-python")
    assert run.returncode != 0
    assert "'no-such-python' is not that" in run.stdout
    assert "make test PYTHON=python3.12" in run.stdout


def test_python_without_venv_is_told_what_to_install(machine):
    run = machine.make("lab", fail="ensurepip")
    assert run.returncode != 0
    assert "sudo apt install python3-venv" in run.stdout


def test_lab_after_test_installs_nothing(machine):
    machine.make("test")
    machine.make("lab")
    assert "pip" not in machine.calls


def test_test_after_lab_installs_the_tools(machine):
    machine.make("lab")
    machine.make("test")
    assert ".[test,site]" in machine.calls


@pytest.mark.parametrize("step", ["-m venv", "-m pip"])
def test_interrupted_set_up_says_what_to_do_and_can_be_repeated(machine, step):
    run = machine.make("test", fail=step)
    assert run.returncode != 0
    assert "the cause" in run.stderr
    assert "no network" in run.stdout
    assert "a full disk" in run.stdout
    assert "pytest" not in machine.calls

    run = machine.make("test")
    assert run.returncode == 0, run.stderr
    assert "-m pip install" in machine.calls
    assert "-m pytest" in machine.calls


def test_one_variable_chooses_the_index_of_torch_wheels(machine):
    run = machine.make("lab", "TORCH_INDEX=https://wheels.example/cpu")
    assert "constraints.txt --extra-index-url https://wheels.example/cpu --ed" in machine.calls
    assert "PyTorch comes from https://wheels.example/cpu, as TORCH_INDEX says." in run.stderr


def test_pypi_can_be_asked_for(machine):
    run = machine.make("lab", "TORCH_INDEX=pypi")
    assert "-m pip install --constraint constraints.txt --editable ." in machine.calls
    assert "PyTorch comes from PyPI, as TORCH_INDEX says." in run.stderr


def test_arguments_and_folder_are_passed_on(machine):
    machine.make("lab", "DIR=Ada's course", "ARGS=--no-browser --port=9999")
    assert "--ServerApp.root_dir=Ada's course " in machine.calls
    assert machine.calls.endswith("--no-browser --port=9999\n")


def test_failing_tests_fail_the_command(machine):
    run = machine.make("test", fail="-m pytest")
    assert run.returncode != 0
