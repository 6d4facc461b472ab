"""A class graded into PostgreSQL instead of SQLite."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from rcnn_course.authoring.release import release
from rcnn_course.grading.run import grade_class
from tests.grading.classes import WRONG, copy_course, hand_in_for, in_gradebook
from tests.patience import PATIENCE
from tests.programs import postgresql

pytestmark = [pytest.mark.requires("bubblewrap", "postgresql"), pytest.mark.slow]


@pytest.fixture
def database():
    """The address of a database on a server of its own, which ends with the test."""
    programs = postgresql()
    owner = {"user": "postgres"} if os.geteuid() == 0 else {}  # it refuses to run as root
    with tempfile.TemporaryDirectory() as folder:
        if owner:
            shutil.chown(folder, "postgres")
        init = [programs / "initdb", "-D", "data", "-U", "grader", "-A", "trust", "-N"]
        subprocess.run(init, check=True, capture_output=True, cwd=folder, **owner)
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = ["-h", "127.0.0.1", "-p", str(free.getsockname()[1])]
        server = subprocess.Popen(
            [programs / "postgres", "-D", "data", "-F", "-k", folder, *address],
            cwd=folder,
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **owner,
        )
        try:
            deadline = time.monotonic() + PATIENCE
            ready = [programs / "pg_isready", "-q", *address]
            while subprocess.run(ready, check=False).returncode and time.monotonic() < deadline:
                time.sleep(0.1)
            yield f"postgresql+psycopg://grader@127.0.0.1:{address[-1]}/postgres"
        finally:
            server.send_signal(signal.SIGQUIT)  # without waiting for those who are connected
            server.wait()


def test_class_in_postgresql_has_the_grades_of_sqlite(course, database, tmp_path_factory):
    release(course)
    hand_in_for(course, "ada")
    hand_in_for(course, "bob", {"add": WRONG})
    hand_in_for(course, "cyd").write_text("no notebook")
    other = copy_course(course, tmp_path_factory.mktemp("other") / "course")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.CourseDirectory.db_url = {database!r}\n")
    graded = grade_class(course, "toy")
    assert grade_class(other, "toy") == graded
    assert in_gradebook(course) == in_gradebook(other)
    assert not (course / "gradebook.db").exists()
    again = [one.status for one in grade_class(course, "toy")]
    assert again == ["skipped", "skipped", "failed"]
