"""On a real JupyterHub, what the document says about the exchange does what it says."""

import re
import shutil
from pathlib import Path

import pytest

from tests.grading.hub.jupyterhub import jupyterhub

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "instructors.md"
ANSWER = "return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])"


@pytest.fixture
def document():
    """What the document says about JupyterHub: files by name, and commands in order."""
    text = DOCUMENT.read_text("utf-8")
    section = re.search(r"^\*\*From JupyterHub\.\*\*.*?(?=^## )", text, re.MULTILINE | re.DOTALL)[0]
    settings = re.findall(r"^    (c.*)$", section, re.MULTILINE)
    blocks = re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return settings, [re.findall(r"^\$ (.*)$", block, re.MULTILINE) for block in blocks]


@pytest.fixture
def hub(tmp_path, document):
    """A hub with the accounts `teacher`, who has the course, and `ada`."""
    settings, ((make, allow), *_) = document
    exchange = tmp_path / "exchange"
    assert (make, allow) == (
        "sudo mkdir -p /srv/nbgrader/exchange",
        "sudo chmod a+rwx /srv/nbgrader/exchange",
    )
    exchange.mkdir()
    exchange.chmod(0o777)
    course = tmp_path / "teacher" / "course"
    for folder in ("solutions", "course"):
        shutil.copytree(ROOT / folder / "00_start_here", course / folder / "00_start_here")
    lines = [line.replace("/srv/nbgrader/exchange", str(exchange)) for line in settings]
    of_course, *of_all = lines
    text = (ROOT / "nbgrader_config.py").read_text()
    ours = re.sub(r"^c\.Exchange\.root = .*$", of_course, text, count=1, flags=re.MULTILINE)
    assert ours != text
    (course / "nbgrader_config.py").write_text(ours)
    everywhere = tmp_path / "etc"
    everywhere.mkdir()
    (everywhere / "nbgrader_config.py").write_text("\n".join(of_all))
    with jupyterhub(tmp_path, everywhere, "teacher", "ada") as accounts:
        yield accounts


def work(account, course_path, answer):
    """Write an answer into a notebook, as an editor does."""
    file = f"api/contents/{course_path}"
    found = account.ask("GET", file)
    for cell in found["content"]["cells"]:
        if "def box_area" in cell["source"]:
            cell["source"] = re.sub(r"(?<= {4})(raise|return) .*", answer, cell["source"])
    account.ask("PUT", file, json={"type": "notebook", "content": found["content"]})


def pages(account):
    """Return the pages that a student has fetched, the oldest first."""
    found = sorted(account.home.glob("00_start_here/feedback/*/00_start_here.html"))
    return [page.read_text("utf-8") for page in found]


@pytest.mark.requires("bubblewrap", "jupyterhub")
@pytest.mark.slow
def test_from_release_to_feedback_as_the_document_says(hub, document):
    teacher, ada = hub
    _, (_, release, students, grade, fetch) = document
    notebook = "00_start_here/00_start_here.ipynb"
    with teacher.terminal("course") as at_desk, ada.terminal() as at_home:
        for command in release:
            at_desk.run(command)
        fetching, submitting = students
        at_home.run(fetching)
        work(ada, notebook, ANSWER.replace("*", "+"))
        at_home.run(submitting)

        by_hand = teacher.home / "course/submitted/by hand/00_start_here/00_start_here.ipynb"
        by_hand.parent.mkdir(parents=True)
        shutil.copy(ada.home / notebook, by_hand)
        shown = [at_desk.run(command) for command in grade]
        assert "width and height are added" in "".join(shown)
        for command in fetch:
            at_home.run(command)
        (page,) = pages(ada)
        assert "width and height are added" in page

        # Once more: the student by the Assignment List, the instructor by watching.
        at_desk.type("rcnn-course grade 00_start_here --watch\n")
        at_desk.wait_for("Waiting for what is handed in")
        work(ada, notebook, ANSWER)
        course = {"course_id": "rcnn_course", "assignment_id": "00_start_here"}
        ada.ask("POST", "assignments/submit", json=course)
        at_desk.wait_for("3/3")
        ada.ask("POST", "assignments/fetch_feedback", json=course)
        first, second = pages(ada)
        assert "width and height are added" in first
        assert "width and height are added" not in second
        at_desk.type("\x03")
        at_desk.wait_for("Ended; graded since the start: 1.")
