"""Hand-ins at random moments with kills between them: the end is that of one run at the end."""

import subprocess
import sys

import pytest
from distributed import LocalCluster

from rcnn_course.authoring.release import release
from rcnn_course.grading.run import grade_class
from tests.grading.classes import autograded, copy_course, in_gradebook
from tests.grading.conftest import REPOSITORY, make_course
from tests.grading.run.handing_in import know_downloads
from tests.grading.run.killed_watch import PLAN
from tests.patience import PATIENCE

pytestmark = [pytest.mark.requires("bubblewrap"), pytest.mark.slow]


@pytest.fixture
def workers(tmp_path):
    """The address of a scheduler with two workers that outlive whoever is killed."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        dashboard_address="127.0.0.1:0",
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_killed_the_gradebook_is_that_of_one_run_at_the_end(
    tmp_path_factory, workers, tmp_path, seed
):
    course = make_course(tmp_path_factory.mktemp("course"))
    know_downloads(course)
    release(course)
    command = [sys.executable, "-m", "tests.grading.run.killed_watch", course, workers, seed]
    done = subprocess.run(
        list(map(str, command)),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kills, ended = map(int, done.stdout.split())
    assert kills > 0
    assert ended == 0, "SIGTERM ends it well"
    watched = in_gradebook(course), autograded(course)
    assert set(watched[0]) == set(PLAN)

    other = copy_course(course, tmp_path / "other")
    assert {one.status for one in grade_class(other, "toy", scheduler=workers)} == {"graded"}
    assert (in_gradebook(other), autograded(other)) == watched
    again = grade_class(course, "toy", scheduler=workers)
    assert {one.status for one in again} == {"skipped"}
