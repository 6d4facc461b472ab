"""A new gradebook is nbgrader's own, and needs nothing but Python to be made."""

import sys
from pathlib import Path

import pytest
from nbgrader.api import Gradebook, get_alembic_version
from sqlalchemy import text

from rcnn_course.authoring.course import load_config
from rcnn_course.grading.gradebook import database
from rcnn_course.grading.gradebook.assignment import put_on_record


@pytest.fixture
def new_course(course, monkeypatch):
    """A course without a gradebook, as a fresh clone is."""
    monkeypatch.chdir(course)
    (course / "gradebook.db").unlink(missing_ok=True)
    return course


def version_of(course):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "") as book:
        return book.db.execute(text("SELECT version_num FROM alembic_version")).scalar()


def test_new_gradebook_has_nbgraders_version_without_its_command(new_course, monkeypatch):
    with monkeypatch.context() as meanwhile:
        meanwhile.setenv("PATH", str(Path(sys.executable).parent))
        expected = get_alembic_version()
    monkeypatch.setenv("PATH", "/nowhere")
    put_on_record("toy", load_config(new_course))
    assert version_of(new_course) == expected


def test_interrupted_making_leaves_a_gradebook_that_the_next_run_makes_whole(
    new_course, monkeypatch
):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(database, "ScriptDirectory", interrupted)
        with pytest.raises(KeyboardInterrupt):
            put_on_record("toy", load_config(new_course))
    put_on_record("toy", load_config(new_course))
    assert version_of(new_course)
