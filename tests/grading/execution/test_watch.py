"""Limits of processor time: what is too long, what is put back, and what a person is asked."""

import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import nbformat
import psutil
import pytest

from rcnn_course.authoring.release import release
from rcnn_course.grading.execution import watch
from rcnn_course.grading.execution.execute import ExecuteSubmission
from rcnn_course.grading.execution.scores import undecided
from rcnn_course.grading.execution.watch import Limit, Meter, Reading
from rcnn_course.grading.report.class_report import as_json, class_report
from rcnn_course.grading.report.progress import Progress
from rcnn_course.grading.run import grade_class
from tests.grading.classes import hand_in_for, in_gradebook

EVERYWHERE = pytest.mark.parametrize(
    "in_sandbox",
    [
        pytest.param(True, marks=[pytest.mark.requires("bubblewrap"), pytest.mark.slow]),
        pytest.param(False, marks=pytest.mark.slow),
    ],
    ids=["sandbox", "no sandbox"],
)

LOOPS = "def add(a, b):\n    while True:\n        pass"
SWALLOWS = """def add(a, b):
    while True:
        try:
            while True:
                pass
        except KeyboardInterrupt:
            pass"""
FORKS = """import subprocess, sys

def add(a, b):
    subprocess.run([sys.executable, "-S", "-c", "while True: pass"])
    return a + b"""
SLEEPS = "import time\n\ndef add(a, b):\n    time.sleep(10**6)"
DEADLOCK = """import threading

def add(a, b):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()"""
SLEEPS_ON = """import time

def add(a, b):
    while True:
        try:
            time.sleep(10**6)
        except KeyboardInterrupt:
            pass"""
SLEEPS_AT_ONCE = "import time\n\ntime.sleep(10**6)\n\ndef add(a, b):\n    return a + b"


class Seen(Progress):
    """Notes in which order submissions are put back and finished."""

    def __init__(self):
        self.put, self.finished = [], []

    def put_back(self, student):
        self.put.append(student)

    def done(self, graded):
        self.finished.append(graded.student)


@pytest.fixture
def short(course, monkeypatch):
    """A course in which a cell may use one second, looked at often."""
    monkeypatch.setattr(watch, "LOOK", 0.1)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("\nc.Execute.timeout = 1\nc.Execute.iopub_timeout = 1\n")
    release(course)
    return course


def points(graded):
    return {name: result.points for name, result in graded.results.items()}


def everything_of(execute):
    """The processes of a submission."""
    if execute.provisioner is None:
        return [psutil.Process(execute.km.provisioner.pid)]
    return psutil.Process(execute.provisioner.pid).children(recursive=True)


@pytest.fixture
def starved(monkeypatch):
    """No submission gets a processor for `check_add` in its first run, and patience is short."""
    preprocess_cell = ExecuteSubmission.preprocess_cell

    def starve(execute, cell, resources, index):
        if (
            not execute.last_try
            and cell.metadata.get("nbgrader", {}).get("grade_id") == "check_add"
        ):
            execute.patience = 0.05
            for process in everything_of(execute):
                process.suspend()
        return preprocess_cell(execute, cell, resources, index)

    monkeypatch.setattr(ExecuteSubmission, "preprocess_cell", starve)


@EVERYWHERE
@pytest.mark.usefixtures("starved")
def test_starved_submission_is_run_again_and_loses_nothing(course, in_sandbox):
    release(course)
    hand_in_for(course, "ada")
    seen = Seen()
    (ada,) = grade_class(course, "toy", in_sandbox=in_sandbox, progress=seen)
    assert (ada.status, points(ada)) == ("graded", {"add": 5, "multiply": 5})
    assert (ada.run_again, ada.undecided) == (True, {})
    assert seen.put == seen.finished == ["ada"]
    text = class_report("toy", [ada])
    assert "Run again after the others" in text
    assert "points by hand                0" in text
    assert '"run_again": 1' in as_json("toy", [ada])


@EVERYWHERE
@pytest.mark.parametrize("add", [LOOPS, FORKS], ids=["loop", "child"])
def test_endless_loop_costs_its_own_cell_alone(short, in_sandbox, add):
    hand_in_for(short, "ada", {"add": add})
    (ada,) = grade_class(short, "toy", in_sandbox=in_sandbox)
    assert (ada.status, points(ada)) == ("graded", {"add": 0, "multiply": 5})
    assert ada.results["add"].said == "CellTimeoutError: it ran longer than a cell may"
    assert (ada.run_again, ada.undecided) == (False, {})


@EVERYWHERE
def test_loop_that_cannot_be_interrupted_ends_the_notebook(short, in_sandbox):
    hand_in_for(short, "ada", {"add": SWALLOWS})
    (ada,) = grade_class(short, "toy", in_sandbox=in_sandbox)
    assert ada.reason == "the cell check_add ran too long and could not be interrupted"
    assert not ada.run_again


@EVERYWHERE
@pytest.mark.parametrize("add", [SLEEPS, DEADLOCK], ids=["sleep", "deadlock"])
def test_sleeper_is_run_again_last_and_a_person_is_asked(short, in_sandbox, add):
    hand_in_for(short, "ada", {"add": add})
    hand_in_for(short, "bob")
    seen = Seen()
    ada, bob = grade_class(short, "toy", workers=1, in_sandbox=in_sandbox, progress=seen)
    assert (seen.put, seen.finished) == (["ada"], ["bob", "ada"])
    assert (bob.run_again, points(bob)) == (False, {"add": 5, "multiply": 5})
    assert (ada.status, ada.run_again, points(ada)) == ("graded", True, {"add": 0, "multiply": 5})
    assert ada.undecided == {"check_add": "asleep", "check_add_hidden": "asleep"}
    assert "it waited longer than a cell may" in ada.results["add"].said
    text = class_report("toy", [ada, bob])
    assert "    - check_add: it waited for something that did not come" in text
    assert "points by hand                1  ada" in text
    grades = in_gradebook(short)["ada"]["grades"]
    assert grades["check_add"] == grades["check_add_hidden"] == (None, True)
    assert grades["check_multiply"] == (2, False)
    again = grade_class(short, "toy", students=["ada", "bob"], in_sandbox=in_sandbox)
    assert [one.status for one in again] == ["graded", "skipped"]


@EVERYWHERE
def test_sleeper_that_cannot_be_interrupted_is_left_to_a_person(short, in_sandbox):
    hand_in_for(short, "ada", {"add": SLEEPS_ON})
    (ada,) = grade_class(short, "toy", in_sandbox=in_sandbox)
    assert (ada.status, ada.run_again) == ("failed", True)
    assert ada.reason.startswith("the cell check_add waited too long for something")
    assert "could not be interrupted" in ada.reason
    assert ada.reason.endswith("a person has to look at it")
    assert in_gradebook(short)["ada"]["grades"]["check_multiply"] == (None, True)


@EVERYWHERE
def test_cell_of_a_student_that_sleeps_costs_no_other_cell_its_points(short, in_sandbox):
    hand_in_for(short, "ada", {"add": SLEEPS_AT_ONCE})
    (ada,) = grade_class(short, "toy", in_sandbox=in_sandbox)
    assert points(ada) == {"add": 0, "multiply": 5}
    assert set(ada.undecided) == {"check_add", "check_add_hidden"}


@EVERYWHERE
def test_notebook_beyond_its_limit_is_ended_and_said(course, in_sandbox):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("\nc.ExecuteSubmission.max_seconds = 3\n")
    release(course)
    hand_in_for(course, "ada", {"add": LOOPS})
    (ada,) = grade_class(course, "toy", in_sandbox=in_sandbox)
    assert ada.reason == "the notebook ran longer than 3 seconds of a processor"
    assert (ada.status, ada.run_again) == ("failed", False)


def test_meter_counts_children_that_have_ended_and_never_counts_down():
    busy = "import time\nwhile time.process_time() < 0.4: pass"
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, '-S', '-c', {busy!r}])\n"
    waits = "print(flush=True)\ninput()"
    command = [sys.executable, "-S", "-c", program + waits]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        meter = Meter(process.pid, itself=True)
        outside = Meter(process.pid, itself=False)
        process.stdout.readline()
        used = meter.read().seconds
        assert used > outside.read().seconds >= 0.3
        process.kill()
    assert meter.read().seconds == used


@pytest.mark.requires("linux")
def test_meter_tells_who_rests_from_who_is_kept_waiting():
    command = [sys.executable, "-S", "-c", "print(flush=True)\ninput()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        meter = Meter(process.pid, itself=True)
        process.stdout.readline()
        while not meter.read().asleep:
            time.sleep(0.01)
        process.send_signal(signal.SIGSTOP)  # what keeps it waiting is outside
        while meter.read().asleep:
            time.sleep(0.01)
        process.kill()


@pytest.mark.parametrize(
    ("readings", "why"),
    [
        ([(0, 7, False), (1, 16.9, False)], None),
        ([(0, 7, False), (1, 17.1, False)], "used"),
        ([(0, 7, False), (99, 7, False)], None),
        ([(0, 7, False), (101, 7, False)], "clock"),
        ([(n, 7, True) for n in range(10)], None),
        ([(n, 7, True) for n in range(11)], "asleep"),
        ([(9 * n, 7, True) for n in range(10)], None),
        ([(101, 99, True), (102, 110, True)], "used"),
    ],
)
def test_limit_is_of_seconds_used_and_only_then_of_the_clock(monkeypatch, readings, why):
    clock = iter([0, *(now for now, _, _ in readings)])
    monkeypatch.setattr(watch, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    limit = Limit(10, 10)
    reached = [limit.reached(Reading(seconds, asleep)) for _, seconds, asleep in readings]
    assert reached[-1] == why


@pytest.mark.parametrize("seconds", [None, -1])
def test_no_limit_is_never_reached(seconds):
    assert Limit(seconds, 10).reached(Reading(10**9, asleep=True)) is None


def test_points_lost_after_a_cell_that_was_stopped_are_left_to_a_person(make_cell):
    lost = nbformat.v4.new_output("error", ename="NameError", evalue="x", traceback=[])
    own = make_cell("own", "", solution=True)
    cells = [make_cell(name, "", points=1) for name in ("before", "stopped", "after", "right")]
    for cell in cells[:3]:
        cell.outputs = [lost]
    notebook = nbformat.v4.new_notebook(cells=[*cells[:2], own, *cells[2:]])
    assert undecided(notebook, [None, "clock", None, None, None]) == {"stopped": "clock"}
    assert undecided(notebook, ["used", None, "used", None, None]) == {}
    both = {"stopped": "clock", "after": "asleep"}
    assert undecided(notebook, [None, "clock", "asleep", None, None]) == both
