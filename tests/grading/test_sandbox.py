"""The sandbox, entered as root and as an ordinary user."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from rcnn_course.grading import sandbox
from rcnn_course.grading.release import release
from rcnn_course.grading.sandbox import NOBODY, Limits, Sandbox, package_folders
from tests.grading.classes import GRADE, WRONG, hand_in_for, in_gradebook
from tests.processes import lives, wait_for_end_of

pytestmark = pytest.mark.requires("bubblewrap")

IS_ROOT = os.geteuid() == 0
USER = ["--unshare-user", "--uid", "1000", "--gid", "1000"]
ORDINARY = ["bwrap", "--dev-bind", "/", "/", *USER] if IS_ROOT else []
"""What makes an ordinary user, without any of root's capabilities, of root."""

WHO_AM_I = """
def add(a, b):
    import os
    with open("/proc/self/status") as status:
        words = [line.split()[1] for line in status if line[:6] in ("CapEff", "CapBnd", "NoNewP")]
    raise ValueError(f"{words} {sorted(os.listdir('/home'))} {os.getpid() < 10}")
"""


@pytest.mark.slow
@pytest.mark.parametrize("before", [[], ORDINARY], ids=["this user", "ordinary user"])
def test_class_is_graded_by_root_and_by_an_ordinary_user(course, before):
    release(course)
    hand_in_for(course, "ada")
    hand_in_for(course, "bob", {"add": WRONG})
    hand_in_for(course, "cyd", {"add": WHO_AM_I})
    command = [*before, *GRADE, "--json"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    points = {name: row["score"] for name, row in in_gradebook(course).items()}
    assert points == {"ada": 10, "bob": 5, "cyd": 5}
    nothing = "0" * 16
    shown = [path.split("/") for path in package_folders() if path.startswith("/home/")]
    homes = sorted({"student", *(words[2] for words in shown)})  # of others, the packages alone
    assert f"ValueError: ['{nothing}', '{nothing}', '1'] {homes} True" in done.stdout


@pytest.mark.parametrize("before", [[], ORDINARY], ids=["this user", "ordinary user"])
def test_fault_is_none_for_root_and_for_an_ordinary_user(before):
    program = "from rcnn_course.grading.sandbox import fault; print(fault())"
    command = [*before, sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "\n"


def test_root_grades_in_the_name_of_nobody_where_nobody_can_read_the_packages(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "closed").mkdir(mode=0o700)
    assert sandbox.user(["/usr", "/usr/bin"]) == (NOBODY if IS_ROOT else None)
    assert sandbox.user(["/usr", str(tmp_path / "closed")]) is None


def test_sandbox_of_nobody_can_be_entered(monkeypatch):
    """With Debian's Python, since nobody may be kept from reading that of these tests."""
    python = Path("/usr/bin/python3")
    paths = [Path(sandbox.__file__).parents[2], *filter(None, sys.path[1:])]
    if not python.exists() or not IS_ROOT:
        python = Path(sys.executable)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, paths)))
    trial = [python, "-P", "-m", "rcnn_course.grading.namespaces"]
    done = subprocess.run(trial, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_closed_sandbox_leaves_no_process():
    with Sandbox(Limits(), package_folders()) as made:
        inside = psutil.Process(made.pid)
        assert lives(inside)
        everything = [inside, *inside.children(recursive=True)]
        assert (Path("/proc", str(made.pid), "root/home/student")).is_dir()
    wait_for_end_of(everything)


@pytest.mark.parametrize(
    ("platform", "programs", "said"),
    [
        ("darwin", {}, "submissions can be graded in a sandbox on Linux only"),
        ("linux", {}, "bubblewrap is not installed"),
        ("linux", {"bwrap": "exit 1"}, "does not work: bubblewrap ended without a word"),
        ("linux", {"bwrap": "echo no right >&2; exit 1"}, "does not work: no right"),
    ],
)
def test_missing_sandbox_is_explained(monkeypatch, tmp_path, platform, programs, said):
    for name, script in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    assert sandbox.fault().endswith(said)


def test_without_a_sandbox_nothing_is_run(course, monkeypatch, tmp_path):
    release(course)
    hand_in_for(course, "ada")
    monkeypatch.setenv("PATH", str(tmp_path))
    done = subprocess.run(GRADE, cwd=course, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "bubblewrap is not installed" in done.stderr
    assert "give --no-sandbox if you trust every one of them" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (course / "autograded").exists()
