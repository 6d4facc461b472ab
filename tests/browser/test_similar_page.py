"""The page of similar answers can be read, in light and in dark, and with the keyboard alone."""

import pytest

from rcnn_course.grading.report.similar.classroom import Classroom
from rcnn_course.grading.report.similar.page import as_page
from rcnn_course.grading.report.similar.pairs import similar_pairs
from tests.answers import independent, solutions
from tests.browser.contrast import faint_texts

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]

NAME = "06_roi_align"


@pytest.fixture(scope="module")
def page_of_class():
    ways = independent(NAME)
    hostile = "\n    '</pre><script>document.title = 1</script>'"
    texts = {
        name: {
            "ada": of_one[0],
            "bob": of_one[1],
            "<b>a name that is too long for any column</b>" * 3: of_one[0] + hostile,
        }
        for name, of_one in ((name, list(styles.values())) for name, styles in ways.items())
    }
    own = {name: solutions(NAME)[name] for name in texts}
    stubs = {name: text.partition("### BEGIN")[0] for name, text in own.items()}
    classroom = Classroom(
        texts, stubs, own, frozenset({"torch"}), tuple(next(iter(texts.values()))), {}
    )
    pairs = similar_pairs(classroom)
    assert len(pairs) == 1
    return as_page(NAME, classroom, pairs)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_can_be_read_and_runs_nothing(chromium, page_of_class, tmp_path, scheme):
    file = tmp_path / "similar.html"
    file.write_text(page_of_class, "utf-8")
    page = chromium.new_page(color_scheme=scheme)
    page.goto(file.as_uri())
    assert page.title() == f"Similar answers: {NAME}"
    assert faint_texts(page) == {}
    assert page.locator("mark").count() > 4
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, "no scrolling sideways"
    for _ in range(2):  # the pair in the table, then the first text, which scrolls
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "PRE"
    regions = page.get_by_role("region")
    names = [regions.nth(i).get_attribute("aria-label") for i in range(regions.count())]
    assert len(set(names)) == len(names) > 2
    page.close()
