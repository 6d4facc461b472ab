"""Whatever is wrong with a course: a sentence on standard error, exit code 1, no traceback."""

import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import psutil
import pytest

from rcnn_course import cli
from rcnn_course.authoring.release import release
from rcnn_course.grading import faults
from rcnn_course.grading.gradebook import database
from tests.grading.classes import GRADE, hand_in_for
from tests.patience import PATIENCE
from tests.processes import command_of, wait_for_end_of

needs_sandbox = pytest.mark.requires("bubblewrap")
pytestmark = pytest.mark.slow

LATER = "def add(a, b):\n    import time\n    time.sleep(600)\n    return a + b"


def source(course):
    return course / "solutions" / "toy" / "toy.ipynb"


def append_to_settings(line):
    def apply(course):
        with (course / "nbgrader_config.py").open("a") as file:
            file.write(f"\n{line}\n")

    return apply


def truncate_gradebook(course):
    shutil.copy(course / "gradebook.db", course / "whole.db")
    content = (course / "gradebook.db").read_bytes()
    (course / "gradebook.db").write_bytes(content[: len(content) // 3])


def change_gradebook(statement):
    def apply(course):
        with closing(sqlite3.connect(course / "gradebook.db")) as connection:
            connection.execute(statement)
            connection.commit()

    return apply


def replace_source(old, new):
    def apply(course):
        text = source(course).read_text()
        assert old in text
        source(course).write_text(text.replace(old, new, 1))

    return apply


def make_folder(name):
    def apply(course):
        (course / name).unlink(missing_ok=True)
        (course / name).mkdir()

    return apply


DAMAGES = {
    "gradebook truncated": (truncate_gradebook, "it is damaged. Put a backup"),
    "gradebook of noise": (
        lambda course: (course / "gradebook.db").write_bytes(b"noise " * 5000),
        "it is damaged. Put a backup",
    ),
    "gradebook of an older nbgrader": (
        change_gradebook("UPDATE alembic_version SET version_num = '724cde206c17'"),
        "`nbgrader db upgrade` brings it up to date",
    ),
    "gradebook without a column": (
        change_gradebook("ALTER TABLE student DROP COLUMN lms_user_id"),
        "no such column: student.lms_user_id",
    ),
    "gradebook is a folder": (make_folder("gradebook.db"), "unable to open database file"),
    "lock is a folder": (make_folder(".grading.lock"), ".grading.lock: "),
    "settings do not compile": (append_to_settings("c = }"), "nbgrader_config.py, line "),
    "settings raise": (append_to_settings("1 / 0"), "ZeroDivisionError: division by zero"),
    "settings exit": (append_to_settings("raise SystemExit('no')"), "SystemExit: no"),
    "setting of the wrong kind": (
        append_to_settings("c.ExecuteSubmission.max_memory = 'much'"),
        "nbgrader_config.py: The 'max_memory' trait",
    ),
    "term that is a number": (
        append_to_settings("c.TermSeeds.term = 2027"),
        "nbgrader_config.py: The 'term' trait",
    ),
    "settings missing": (
        lambda course: (course / "nbgrader_config.py").unlink(),
        "is not inside a course",
    ),
    "source missing": (lambda course: source(course).unlink(), "there is no assignment 'toy'"),
    "source cut off": (
        lambda course: source(course).write_bytes(source(course).read_bytes()[:2000]),
        "toy.ipynb: not a valid notebook: ",
    ),
    "source not UTF-8": (
        lambda course: source(course).write_bytes(b"\xff\xfe{}"),
        "toy.ipynb: not a valid notebook: ",
    ),
    "source is another thing": (
        lambda course: source(course).write_text("[1, 2]"),
        "toy.ipynb: not a valid notebook: ",
    ),
    "source in a merge": (
        lambda course: source(course).write_text("{\n<<<<<<< HEAD\n"),
        "holds both sides of a merge that Git could not finish",
    ),
    "marker mistyped": (replace_source("END SOLUTION", "END SOLUTON"), "is not a marker"),
    "points are a word": (replace_source('"points": 2', '"points": "two"'), "toy.ipynb"),
    "grade_id twice": (
        replace_source('"grade_id": "check_multiply"', '"grade_id": "check_add"'),
        "another cell has the same grade_id",
    ),
}


@pytest.fixture
def graded_course(course, grade_quickly, monkeypatch):
    release(course)
    hand_in_for(course, "ada")
    grade_quickly(course)
    monkeypatch.chdir(course)
    return course


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_named_in_a_sentence(graded_course, capsys, damage):
    apply, expected = DAMAGES[damage]
    apply(graded_course)
    assert cli.main(["grade", "toy", "--no-sandbox"]) == 1
    said = capsys.readouterr().err
    assert expected in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize("command", [["feedback", "toy"], ["course"], ["demo", "toy"]])
def test_other_commands_say_it_in_a_sentence_too(graded_course, capsys, command):
    append_to_settings("c = }")(graded_course)
    assert cli.main(command) == 1
    said = capsys.readouterr().err
    assert "nbgrader_config.py, line " in said
    assert "Traceback" not in said


def test_gradebook_that_another_program_writes_to_for_too_long(graded_course, capsys, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.1)
    hand_in_for(graded_course, "bob").write_text("no notebook")
    with closing(sqlite3.connect(graded_course / "gradebook.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert cli.main(["grade", "toy", "--no-sandbox"]) == 1
    said = capsys.readouterr().err
    assert "another program has been writing to it for too long" in said
    assert "Traceback" not in said


def test_error_that_nobody_has_foreseen_is_kept_in_a_file(graded_course, capsys, monkeypatch):
    def stumble(*arguments, **options):
        raise KeyError("x")

    monkeypatch.setattr("rcnn_course.grading.commands.grade_class", stumble)
    assert cli.main(["grade", "toy", "--no-sandbox"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    file = said.rpartition(" ")[2].strip()
    with open(file, encoding="utf-8") as report:
        assert "in stumble" in report.read()
    os.unlink(file)


def test_full_disk_is_no_submissions_fault():
    full = OSError(errno.ENOSPC, "No space left on device", "/somewhere")
    assert faults.is_of_machine(full)
    assert faults.sentence(full).startswith("/somewhere: the disk is full. Make room.")
    assert not faults.is_of_machine(ValueError("it has no cells"))


def start_grading(course):
    """Start to grade a submission that does not end, and wait until its kernel runs."""
    hand_in_for(course, "ada", {"add": LATER})
    command = subprocess.Popen(
        GRADE,
        cwd=course,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # nohup ignores it
    )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and command.poll() is None:
        family = psutil.Process(command.pid).children(recursive=True)
        if any("bwrap" in " ".join(command_of(process)[:1]) for process in family):
            return command, family
        time.sleep(0.02)
    command.kill()
    raise AssertionError(command.communicate()[1])


@needs_sandbox
@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP], ids=str)
def test_ended_command_leaves_no_process(course, kill):
    release(course)
    command, family = start_grading(course)
    command.send_signal(kill)
    command.communicate()
    assert command.returncode == -kill
    wait_for_end_of(family)


@needs_sandbox
def test_command_that_is_killed_while_it_loads_leaves_no_process(course):
    release(course)
    hand_in_for(course, "ada")
    command = subprocess.Popen(GRADE, cwd=course, stderr=subprocess.DEVNULL)
    while not (family := psutil.Process(command.pid).children(recursive=True)):
        time.sleep(0.01)
    command.kill()
    command.wait()
    wait_for_end_of(family)


@needs_sandbox
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_in_a_sentence_however_often(course, times):
    release(course)
    command, family = start_grading(course)
    for _ in range(times):
        command.send_signal(signal.SIGINT)
        time.sleep(0.05)
    _, said = command.communicate(timeout=PATIENCE)
    assert command.returncode == 130
    assert "Traceback" not in said
    wait_for_end_of(family)
