"""nbgrader's own Formgrader opens a submission that could not be graded, and takes points."""

import pytest
from playwright.sync_api import expect

from rcnn_course.authoring.release import release
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.grading.run import grade_class
from tests.browser.chromium import open_chromium
from tests.browser.jupyterlab import serve
from tests.grading.classes import hand_in_for
from tests.grading.conftest import make_course

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("formgrader"),
]

CRASH = "import os\n\ndef add(a, b):\n    os._exit(3)"
LISTENS = "window.formgrader?.grades?.loaded"
"""Before the page has the grades it takes no points."""


@pytest.fixture
def graded_course(tmp_path):
    """A course in which Ada's submission ends its kernel, and Bob's is no notebook."""
    course = make_course(tmp_path)
    release(course)
    hand_in_for(course, "ada", {"add": CRASH})
    hand_in_for(course, "bob").write_text("Dear teacher, here is my homework.")
    ada, bob = grade_class(course, "toy", in_sandbox=False)
    assert (ada.status, bob.status) == ("failed", "failed")
    return course


def test_failed_submission_is_listed_opened_and_given_points(
    graded_course, tmp_path_factory, screenshot
):
    with serve(graded_course, tmp_path_factory.mktemp("home")) as url, open_chromium() as browser:
        page = browser.new_page()
        page.goto(f"{url}/formgrader/gradebook/toy/toy")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(2)
        screenshot(page, "formgrader-list")
        expect(page.get_by_text("Submission #1")).to_be_visible()
        shown = {}
        for number in (1, 2):
            page.goto(f"{url}/formgrader/gradebook/toy/toy")
            page.get_by_text(f"Submission #{number}").click()
            expect(page.get_by_text("Not graded")).to_be_visible()
            screenshot(page, f"formgrader-{number}")
            text = page.locator("body").inner_text()
            name = "ada" if "os._exit(3)" in text else "bob"
            shown[name] = text
            page.wait_for_function(LISTENS)
            points = page.locator("input.score").first
            points.fill("1.5")
            with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
                points.blur()
            assert saved.value.ok
    assert "the Python process" in shown["ada"]
    assert "The file is not a notebook; it begins with 'Dear teacher" in shown["bob"]
    assert write_feedback(graded_course, "toy") == {"ada": "", "bob": ""}
    for name in ("ada", "bob"):
        page = (graded_course / "feedback" / name / "toy" / "toy.html").read_text("utf-8")
        assert "1.5 / " in page
