"""Submissions are spread over the workers, and the fork server of a worker keeps to itself."""

import stat
import time
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_notebook
from traitlets.config import Config

from rcnn_course.grading.execution import cluster
from rcnn_course.grading.execution.execute import Job
from rcnn_course.grading.kernel.forkserver import ForkServer, Ready
from rcnn_course.grading.sandbox import HOME
from tests.patience import PATIENCE
from tests.processes import environment_of


def stand_in(job, ready, topic):
    """Run until a file is there, where this stands for the slow submission."""
    while job.student == "slow" and not Path(*job.files).exists():
        time.sleep(0.01)


def test_slow_submission_keeps_no_other_from_running(monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "run_job", stand_in)
    go_on = tmp_path / "go_on"
    students = ["slow", *map(str, range(12))]
    with cluster.connect(2, None, ready=None, started=print, isolated=print) as workers:
        jobs = [Job(name, new_notebook(), {str(go_on): b""}, Config()) for name in students]
        slow, *others = map(workers.submit, jobs)
        try:
            for other in others:
                other.result(timeout=PATIENCE)
            assert not slow.done()
        finally:
            go_on.touch()


@pytest.mark.requires("bubblewrap")
def test_fork_server_has_a_home_of_its_own_that_goes_with_it():
    with ForkServer(quick=True) as server:
        server.load(Ready())
        settings = environment_of(psutil.Process(server._process.pid))
        home = Path(settings["HOME"])
        assert home != Path(HOME)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert all(Path(settings[name]).parent == home for name in ("IPYTHONDIR", "MPLCONFIGDIR"))
    assert not home.exists()
