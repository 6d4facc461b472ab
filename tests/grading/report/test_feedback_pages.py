"""Feedback for a class: a page for whoever handed in, or the reason why there is none."""

import html
import re

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import load_config
from rcnn_course.authoring.release import release
from rcnn_course.grading.demo.hand_in import hand_in, solution_cells
from rcnn_course.grading.gradebook import outcomes
from rcnn_course.grading.outcome import Graded
from rcnn_course.grading.report.feedback_pages import write_feedback

TRICKY = (
    "from rcnn_course.widgets import UpsamplingExplorer\n\ndisplay(UpsamplingExplorer())\n\n"
    "def add(a, b):\n    return a - b\n\n"
    "raise ValueError('<b>5</b> costs $5\\n\\nand $6; \\x1b[31mred\\x1b[0m')"
)


@pytest.fixture
def submit(course, toy):
    release(course)

    def submit(student, **answers):
        file = course / "submitted" / student / "toy" / "toy.ipynb"
        hand_in(course / "course/toy/toy.ipynb", {**solution_cells(toy), **answers}, file)
        return file

    return submit


def test_every_student_gets_a_page_or_a_reason(course, submit):
    submit("ada", add=TRICKY)
    api = NbGraderAPI(config=load_config(course))
    assert api.autograde("toy", "ada")["success"]
    autograded = course / "autograded/ada/toy/toy.ipynb"
    notebook = nbformat.read(autograded, as_version=4)
    notebook.metadata["rcnn_course"] = {"mended": ["Deleted & put back: check_add."]}
    autograded.chmod(0o644)
    nbformat.write(notebook, autograded)

    (submit("eve").parent / "timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    old = course / "feedback/eve/toy/old.html"
    old.parent.mkdir(parents=True)
    old.touch()
    failed = Graded("eve", "failed", reason="It has <none> of the cells.", mended=("A & B.",))
    with Gradebook(api.coursedir.db_url) as gradebook:
        outcomes.create(gradebook.engine)
        with gradebook.engine.begin() as connection:
            outcomes.write(connection, "toy", "f" * 64, failed)
    submit("gus")

    seen = []
    told = write_feedback(course, "toy", progress=lambda *counts: seen.append(counts))
    assert told == {"ada": "", "eve": "", "gus": "since nothing has been graded yet"}
    assert (seen[0], seen[-1]) == ((0, 3), (3, 3))

    page = (course / "feedback/ada/toy/toy.html").read_text(encoding="utf-8")
    top = page[page.index("What the checks say") : page.index("<h1")]
    rows = re.findall(r'<a href="#(\w+)">(\w+)</a></td>\s*<td[^>]*>([\d/]+)</td>', top)
    assert rows == [("check_add", "add", "0/5"), ("check_multiply", "multiply", "5/5")]
    assert "<b>5</b>" not in top
    assert "ValueError: <b>5</b> costs $5\nand $6; red</pre>" in html.unescape(top)
    assert "Correct.</pre>" in top
    assert "<pre></pre>" not in page, "the report beside an error is an empty box"
    assert "<li>Deleted &amp; put back: check_add.</li>" in top
    assert page.count('src="data:image/svg+xml;base64,') == 1
    assert 'alt="The input, the output as the stamps' in page
    assert "widget-view+json" not in page, "a page that needs a network would show no picture"

    page = (course / "feedback/eve/toy/toy.html").read_text(encoding="utf-8")
    assert "It has &lt;none&gt; of the cells." in page
    assert "A &amp; B." in page
    assert (course / "feedback/eve/toy/timestamp.txt").is_file()
    assert not old.exists()


def test_unknown_assignment_is_refused(course):
    with pytest.raises(ValueError, match="there is no assignment 'tay'"):
        write_feedback(course, "tay")
