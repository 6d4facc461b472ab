"""Text that the course puts on pages stands out from its background, as WCAG 2.2 AA asks."""

import pytest

from rcnn_course.authoring.release import release
from rcnn_course.grading.kernel import trial
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.grading.run import grade_class
from tests.browser.contrast import faint_texts
from tests.browser.explorers import open_explorer
from tests.grading.classes import WRONG, hand_in_for
from tests.grading.conftest import make_course

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The feedback pages of somebody who has a mistake, and of somebody who could not be graded."""
    course = make_course(tmp_path_factory.mktemp("course"))
    release(course)
    wrong = f"{WRONG}  # in {{1: 'one'}} if not None\n\n\ntext = f'{{add}} of {{1:g}}'"
    hand_in_for(course, "ada", {"add": wrong})
    hand_in_for(course, "bob").write_text("no notebook")
    grade_class(course, "toy", in_sandbox=not trial.fault())
    write_feedback(course, "toy")
    return course / "feedback"


@pytest.mark.parametrize("student", ["ada", "bob"])
def test_feedback_page_can_be_read(chromium, pages, student):
    page = chromium.new_page()
    page.goto((pages / student / "toy" / "toy.html").as_uri())
    assert faint_texts(page) == {}
    page.close()


def test_words_of_an_explorer_can_be_read_in_both_themes(lab):
    notebook = open_explorer(lab, "NMSExplorer")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):  # the server keeps the last one
        notebook.set_theme(theme)
        for _ in range(50):  # colours fade into each other
            faint = faint_texts(lab.page, ".widget-html-content")
            if not faint:
                break
            lab.page.wait_for_timeout(100)
        assert faint == {}, theme


def test_faint_text_is_found(chromium):
    page = chromium.new_page()
    page.set_content("<p style='color: #777'>faint</p><h1 style='color: #777'>large</h1><p>ink")
    assert faint_texts(page) == {"p.: faint": 4.48}
    page.close()
