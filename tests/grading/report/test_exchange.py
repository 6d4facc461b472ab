"""The real commands of nbgrader's exchange, with submissions that came in other ways among them."""

import os
import shutil
import subprocess
import sys

import pytest

from rcnn_course.authoring.release import release
from tests.grading.classes import hand_in_for


@pytest.mark.slow
def test_pages_go_back_through_the_exchange_whoever_handed_in_without_it(
    course, tmp_path_factory, grade_quickly
):
    home, desk = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("desk")
    settings = course / "nbgrader_config.py"
    exchange = tmp_path_factory.mktemp("exchange")
    exchange.chmod(0o777)
    text = settings.read_text().replace('str(root / "exchange")', repr(str(exchange)))
    settings.write_text(text)
    (desk / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\n"
        "c.CourseDirectory.course_id = 'rcnn_course'\n"
    )

    def nbgrader(folder, *arguments):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=folder,
            env={**os.environ, "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stderr

    release(course)
    nbgrader(course, "release_assignment", "toy")
    nbgrader(desk, "fetch_assignment", "toy")
    hand_in_for(course, "by hand [1]")
    shutil.copy(course / "submitted/by hand [1]/toy/toy.ipynb", desk / "toy/toy.ipynb")
    nbgrader(desk, "submit", "toy")
    nbgrader(course, "collect", "toy", "--update")
    hand_in_for(course, "cyd").write_text("This is not a notebook.")
    assert len(grade_quickly(course)) == 3

    nbgrader(course, "generate_feedback", "toy")
    nbgrader(course, "release_feedback", "toy")
    subprocess.run(
        [sys.executable, "-m", "rcnn_course.cli", "feedback", "toy"], cwd=course, check=True
    )
    nbgrader(course, "release_feedback", "toy")
    nbgrader(desk, "fetch_feedback", "toy")
    (page,) = desk.glob("toy/feedback/*/toy.html")
    assert "What the checks say" in page.read_text("utf-8")
    released = sorted((exchange / "rcnn_course/feedback").glob("*.html"))
    assert len(released) == 3, "a secret stays, so that a page that is released again is one page"
