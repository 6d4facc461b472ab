"""The certificate of a whole course prints on one side, and can be read."""

import pytest

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.grading.outcome import ExerciseResult
from rcnn_course.student.certificate import certificate, what_is_left
from rcnn_course.student.handout import handout_names
from rcnn_course.student.progress import Standing
from tests.answers import solutions
from tests.browser.contrast import faint_texts

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]

LONG = "Maria Magdalena " * 6


@pytest.fixture(scope="module")
def whole_course():
    correct = ExerciseResult(2, 2, "correct")
    standings = []
    for name in handout_names():
        results = dict.fromkeys(solutions(name), correct)
        assert results.keys() <= EXERCISES.keys()
        standings.append(Standing(name, results, results))
    assert what_is_left(standings) == []
    return standings


@pytest.mark.parametrize("name", ["Ada Lovelace", LONG])
def test_page_prints_on_one_side_and_can_be_read(chromium, whole_course, tmp_path, name):
    file = tmp_path / "certificate.html"
    file.write_text(certificate(whole_course, name), "utf-8")
    page = chromium.new_page()
    page.goto(file.as_uri())
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    assert faint_texts(page) == {}
    assert page.locator("html[lang=en] main table th[scope=row]").count() == len(whole_course) + 1
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "no scrolling sideways"
    page.close()
