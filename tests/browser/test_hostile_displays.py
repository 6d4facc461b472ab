"""What a student's cell displays does not run where it is shown: feedback page and Formgrader."""

from contextlib import contextmanager

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)
from playwright.sync_api import Error, expect

from rcnn_course.authoring.release import release
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.grading.run import grade_class
from tests.browser.chromium import open_chromium
from tests.browser.jupyterlab import serve
from tests.grading import displays
from tests.grading.classes import hand_in_for
from tests.grading.conftest import make_course

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("formgrader"),
]

TOUCH = """() => {
    for (const element of document.querySelectorAll('#notebook *')) {
        for (const kind of ['mouseover', 'focus', 'toggle']) {
            element.dispatchEvent(new Event(kind));
        }
        const address = element.href?.baseVal ?? element.href ?? element.formAction ?? '';
        if (/^(javascript|data):/.test(address) || element.closest('form')) {
            element.click();
        }
    }
}"""

COVERED = """() => [...document.querySelectorAll('.panel-heading')].slice(1).filter((heading) => {
    heading.scrollIntoView({block: 'center'});
    const {left, top, width, height} = heading.getBoundingClientRect();
    const above = document.elementFromPoint(left + width / 2, top + height / 2);
    return !heading.contains(above);
}).map((heading) => heading.innerText)"""


COVERED_INPUT = COVERED.replace(".panel-heading')].slice(1)", ".input_area')]")


def hostile_outputs():
    """Return data and metadata of outputs, by name."""
    html, texts = displays.HTML.items(), {**displays.HTML, **displays.MARKDOWN}.items()
    shown = {f"html {name}": ({"text/html": text}, {}) for name, text in html}
    shown |= {f"markdown {name}": ({"text/markdown": text}, {}) for name, text in texts}
    shown |= {f"output {name}": output for name, output in displays.OTHERS.items()}
    return {
        name: tuple(displays.filled(part, name) for part in output)
        for name, output in shown.items()
    }


def hostile_cells():
    """Return a cell for each road by which something gets into a page."""
    cells = [new_code_cell("from IPython.display import display")]
    for data, metadata in hostile_outputs().values():
        cells.append(new_code_cell(f"display({data!r}, raw=True, metadata={metadata!r})"))
    for name, text in displays.CODE.items():
        cells.append(new_code_cell(displays.filled(text, f"code {name}")))
    for name, text in {**displays.HTML, **displays.MARKDOWN}.items():
        name = f"cell {name}"
        cell = new_markdown_cell(displays.filled(text, name))
        cell.attachments = displays.filled(displays.ATTACHMENTS, name)
        cells.append(cell)
    html = displays.HTML.items()
    return cells + [new_raw_cell(displays.filled(text, f"raw {name}")) for name, text in html]


@pytest.fixture(scope="module")
def graded_course(tmp_path_factory):
    """A course in which Ada has handed in all of it, and Bob's notebook could not be run."""
    course = make_course(tmp_path_factory.mktemp("hostile"))
    release(course)
    for student, answers in (("ada", {}), ("bob", {"add": "import os\nos._exit(3)"})):
        file = hand_in_for(course, student, answers)
        notebook = nbformat.read(file, as_version=4)
        notebook.cells += hostile_cells()
        everything = {**displays.HTML, **displays.MARKDOWN}.items()
        texts = [displays.filled(text, f"answer {name}") for name, text in everything]
        notebook.cells.insert(0, new_markdown_cell("\n\n".join(texts)))
        nbformat.write(notebook, file)
    ada, bob = grade_class(course, "toy", in_sandbox=False, pictures=True)
    assert (ada.status, bob.status) == ("graded", "failed")
    return course


@pytest.fixture
def visited():
    """Open a page and touch all that is in it; tell which marks it has left."""
    with open_chromium() as browser:

        @contextmanager
        def visited(url, wait=500):
            page = browser.new_context().new_page()
            marks = []
            page.on("dialog", lambda dialog: (marks.append("dialog"), dialog.dismiss()))
            page.on("popup", lambda popup: marks.append("popup"))
            page.on(
                "request",
                lambda request: marks.append(request.url) if displays.MARKS in request.url else 0,
            )
            page.route(f"http://{displays.MARKS}/**", lambda route: route.abort())
            page.goto(url)
            page.wait_for_timeout(wait)
            try:
                page.evaluate(TOUCH)
            except Error as error:
                marks.append(str(error))
            page.wait_for_timeout(wait)
            yield page, marks
            page.context.close()

        yield visited


def assert_untouched(page, marks, url):
    assert marks == []
    assert not page.evaluate("window.pwned")
    assert page.url.partition("?")[0].rstrip("/") == url
    assert page.title() == "toy"
    assert page.evaluate(COVERED) == []


@pytest.mark.filterwarnings("ignore:Your element with mimetype")
def test_most_of_it_runs_in_a_page_that_is_not_cleaned(tmp_path, visited):
    """The other tests would see it."""
    ran = set()
    outputs = {name: out for name, out in hostile_outputs().items() if "markdown" not in name}
    for name, (data, metadata) in outputs.items():
        output = new_output("display_data", data, metadata=metadata)
        notebook = new_notebook(cells=[new_code_cell(outputs=[output])])
        file = tmp_path / f"{name}.html"
        try:
            file.write_text(HTMLExporter(template_name="classic").from_notebook_node(notebook)[0])
        except (KeyError, TypeError):
            ran.add(f"{name}: no page")
            continue
        with visited(file.as_uri(), wait=50) as (page, marks):
            ran.update(marks)
            try:
                if page.evaluate(COVERED_INPUT):
                    ran.add(f"{name}: covered")
            except Error:
                ran.add(f"{name}: led away")
    assert len(ran) > 35, sorted(ran)


@pytest.mark.parametrize("student", ["ada", "bob"])
def test_feedback_page_runs_nothing(graded_course, visited, screenshot, student):
    assert write_feedback(graded_course, "toy", students=[student]) == {student: ""}
    url = (graded_course / "feedback" / student / "toy" / "toy.html").as_uri()
    with visited(url) as (page, marks):
        assert_untouched(page, marks, url)
        screenshot(page, f"hostile-feedback-{student}")


def test_formgrader_runs_nothing_and_takes_comments(
    graded_course, tmp_path_factory, visited, screenshot
):
    with serve(graded_course, tmp_path_factory.mktemp("home")) as server:
        for number in (1, 2):
            listed = f"{server}/formgrader/gradebook/toy/toy"
            with visited(listed) as (page, _):
                page.get_by_text(f"Submission #{number}").click()
                page.locator("input.score").first.wait_for()
                url = page.url.partition("?")[0].rstrip("/")
            with visited(url) as (page, marks):
                assert_untouched(page, marks, url)
                screenshot(page, f"hostile-formgrader-{number}")
                comment = page.locator("textarea#why-comment")
                comment.fill("Well said.")
                with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
                    comment.blur()
                assert saved.value.ok
                points = page.locator("input#check_add")
                points.fill("1.5")
                with page.expect_response(lambda answer: answer.request.method == "PUT") as saved:
                    points.blur()
                assert saved.value.ok
                page.reload()
                expect(page.locator("textarea#why-comment")).to_have_value("Well said.")
