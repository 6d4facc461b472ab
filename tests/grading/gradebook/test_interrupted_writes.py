"""Whichever write fails, or is interrupted: the next run ends as if nothing had happened."""

import contextlib
import errno
import os
import random
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from nbgrader.api import InvalidEntry
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from rcnn_course.authoring.release import release
from tests.grading.classes import WRONG, autograded, copy_course, hand_in_for, in_gradebook
from tests.grading.conftest import make_course
from tests.grading.remembering import CRASH

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "somewhere")
LOCKED = OperationalError("COMMIT", {}, sqlite3.OperationalError("database is locked"))
FAULTS = [FULL, LOCKED, KeyboardInterrupt()]


class Fault:
    """Lets the n-th step that changes something fail; counts the steps."""

    def __init__(self, patch, number, error):
        self.number, self.error, self.steps = number, error, 0
        self.connections = []
        for owner, name in (
            (os, "rename"),
            (Path, "write_bytes"),
            (Path, "mkdir"),
            (tempfile, "mkdtemp"),
            (shutil, "rmtree"),
        ):
            patch.setattr(owner, name, self.failing(getattr(owner, name)))
        self.listeners = {
            "connect": self.on_connect,
            "before_cursor_execute": self.before_statement,
            "commit": self.before_commit,
        }
        for name, listener in self.listeners.items():
            event.listen(Engine, name, listener)

    def close(self):
        """Undo what is not committed, as the end of a process does."""
        for name, listener in self.listeners.items():
            event.remove(Engine, name, listener)
        for connection in self.connections:
            with contextlib.suppress(sqlite3.ProgrammingError):  # it is closed
                connection.rollback()

    def on_connect(self, connection, record):
        self.connections.append(connection)

    def failing(self, function):
        def step(*args, **kwargs):
            self.step()
            return function(*args, **kwargs)

        return step

    def before_statement(self, connection, cursor, statement, *rest):
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            self.step()

    def before_commit(self, connection):
        self.step()

    def step(self):
        self.steps += 1
        if self.steps == self.number:
            raise self.error


@pytest.fixture(scope="module")
def class_of_three(tmp_path_factory):
    course = make_course(tmp_path_factory.mktemp("course"))
    release(course)
    hand_in_for(course, "ada")
    hand_in_for(course, "bob", {"add": WRONG})
    hand_in_for(course, "cyd", {"add": CRASH})
    return course


def grade_with_fault(grade, course, number, error):
    """Grade; return how many steps there were until the end or the fault."""
    with pytest.MonkeyPatch.context() as patch:
        fault = Fault(patch, number, error)
        ends = pytest.raises((OSError, OperationalError, InvalidEntry, KeyboardInterrupt))
        with contextlib.closing(fault), ends if number else contextlib.nullcontext() as raised:
            grade(course)
            if fault.steps < number:
                raise error  # there was less to do than in a first run
    assert raised is None or error in (raised.value, raised.value.__context__)
    return fault.steps


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_any_step_may_fail(class_of_three, tmp_path, grade_quickly, seed):
    undisturbed = copy_course(class_of_three, tmp_path / "undisturbed")
    steps = grade_with_fault(grade_quickly, undisturbed, 0, FULL)
    assert steps > 50
    expected = in_gradebook(undisturbed), autograded(undisturbed)

    moments = random.Random(seed)
    course = copy_course(class_of_three, tmp_path / "course")
    numbers = sorted(moments.sample(range(1, steps), 12))
    for number in numbers:
        error = moments.choice(FAULTS)
        grade_with_fault(grade_quickly, course, number, error)
        for folder in ("autograded", "gradebook.db"):
            if moments.random() < 0.5:
                shutil.rmtree(course / folder, ignore_errors=True)
                if folder != "autograded":
                    (course / folder).unlink(missing_ok=True)
    reasons = [(one.student, one.reason) for one in grade_quickly(course)]
    assert (in_gradebook(course), autograded(course)) == expected, (numbers, reasons)
