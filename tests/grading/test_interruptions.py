"""Whatever is killed while a class is graded: the gradebook is that of an undisturbed run."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest
from distributed import LocalCluster

from rcnn_course.authoring.release import release
from rcnn_course.grading.kernel.forkserver import ForkServer
from rcnn_course.grading.report.progress import Progress
from rcnn_course.grading.run import grade_class
from tests.grading.classes import (
    GRADE,
    NEVER,
    WRONG,
    autograded,
    copy_course,
    hand_in_for,
    in_gradebook,
)
from tests.grading.conftest import REPOSITORY, make_course
from tests.patience import PATIENCE
from tests.processes import command_of, wait_for_end_of

pytestmark = [
    pytest.mark.requires("bubblewrap"),
    pytest.mark.slow,
    pytest.mark.xdist_group("interruptions"),
]

STUDENTS = 6
KILLS = 20
CRASH = "import os\n\ndef add(a, b):\n    os._exit(3)"


@pytest.fixture(scope="module")
def scheduler():
    """A Dask scheduler without workers, which other processes of this machine can reach."""
    with LocalCluster(
        n_workers=0, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0"
    ) as cluster:
        yield cluster


def start_worker(scheduler, folder):
    command = [sys.executable, "-m", "distributed.cli.dask_worker", scheduler.scheduler_address]
    options = ["--nthreads=1", "--no-nanny", "--no-dashboard", f"--local-directory={folder}"]
    return subprocess.Popen(
        command + options, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


@pytest.fixture(scope="module")
def workers(scheduler, tmp_path_factory):
    """Two processes of `dask worker`."""
    folder = tmp_path_factory.mktemp("workers")
    processes = [start_worker(scheduler, folder) for _ in range(2)]
    yield processes
    for process in processes:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def class_of_six(tmp_path_factory):
    """A course in which some are right, some wrong, one crashes, and nothing is graded yet."""
    course = make_course(tmp_path_factory.mktemp("course"))
    release(course)
    for number in range(STUDENTS):
        hand_in_for(course, f"student_{number}", {"add": WRONG} if number % 2 else {})
    hand_in_for(course, "student_4", {"add": CRASH})
    return course


@pytest.fixture(scope="module")
def undisturbed(class_of_six, scheduler, workers, tmp_path_factory):
    """What gradebook and folders hold after a run that nothing has interrupted."""
    course = copy_course(class_of_six, tmp_path_factory.mktemp("undisturbed") / "course")
    graded = grade_class(course, "toy", scheduler=scheduler.scheduler_address)
    assert [one.status for one in graded].count("graded") == STUDENTS - 1
    return in_gradebook(course), autograded(course)


def test_killed_at_twenty_random_moments_nothing_is_lost(
    class_of_six, undisturbed, scheduler, tmp_path
):
    address = scheduler.scheduler_address
    killed = seed = 0
    while killed < KILLS:
        course = copy_course(class_of_six, tmp_path / str(seed))
        command = [sys.executable, "-m", "tests.grading.killed", course, address]
        done = subprocess.run(
            [*map(str, command), str(seed), str(KILLS - killed)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        killed += int(done.stdout)
        seed += 1
        reasons = [one.reason for one in grade_class(course, "toy", scheduler=address)]
        assert (in_gradebook(course), autograded(course)) == undisturbed, reasons


def test_killed_command_leaves_no_process_and_goes_on_where_it_was(
    class_of_six, undisturbed, tmp_path
):
    course = copy_course(class_of_six, tmp_path / "course")
    hand_in_for(course, "student_5", {"add": NEVER})  # somebody is in work
    command = subprocess.Popen(
        GRADE, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + PATIENCE
    # The second folder is begun when the first submission is in the gradebook.
    while len(list(course.glob("autograded/*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    children = descendants(command.pid)
    command.kill()
    command.wait()
    assert children
    wait_for_end_of(children)
    hand_in_for(course, "student_5", {"add": WRONG})
    statuses = [one.status for one in grade_class(course, "toy")]
    assert "skipped" in statuses
    assert (in_gradebook(course), autograded(course)) == undisturbed


def test_killed_worker_costs_nobody_anything(
    class_of_six, undisturbed, scheduler, workers, tmp_path
):
    class KillOne(Progress):
        def done(self, graded):
            if workers[0].poll() is None:
                os.kill(workers[0].pid, signal.SIGKILL)

    course = copy_course(class_of_six, tmp_path / "course")
    grade_class(course, "toy", scheduler=scheduler.scheduler_address, progress=KillOne())
    assert workers[0].wait() == -signal.SIGKILL
    assert (in_gradebook(course), autograded(course)) == undisturbed


@pytest.mark.parametrize("next_step", ["start_kernel", "examine"])
def test_killed_fork_server_costs_nobody_anything(
    class_of_six, undisturbed, tmp_path, monkeypatch, next_step
):
    killed = []
    one_at_a_time = threading.Lock()
    take_it = getattr(ForkServer, next_step)

    def kill_first(server, *request):
        with one_at_a_time:
            if not killed:
                killed.append(kill_fork_server())
        return take_it(server, *request)

    monkeypatch.setattr(ForkServer, next_step, kill_first)
    course = copy_course(class_of_six, tmp_path / "course")
    reasons = [one.reason for one in grade_class(course, "toy")]
    assert killed == [True]
    assert (in_gradebook(course), autograded(course)) == undisturbed, reasons


def kill_fork_server():
    """Kill this process's fork server while its workers use it; say whether there was one."""
    for process in psutil.Process().children():
        if "rcnn_course.grading.kernel.forkserver_main" in command_of(process):
            process.kill()
            return True
    return False


def descendants(pid):
    return psutil.Process(pid).children(recursive=True)
