"""Take the pictures of README.md: a real JupyterLab and a real feedback page, in Chromium.

    python -m scripts.screenshots

A made-up student has solved notebook 06, with one typical mistake. The pictures show what the
notebook and the feedback page say of it.
"""

import io
import tempfile
from argparse import ArgumentParser, RawTextHelpFormatter
from pathlib import Path

import nbformat
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page

from rcnn_course.grading.demo.classroom import build_classroom
from rcnn_course.grading.demo.hand_in import hand_in, load_answers, solution_cells
from rcnn_course.grading.report.feedback_pages import write_feedback
from rcnn_course.grading.run import grade_class
from tests.browser.chromium import open_chromium
from tests.browser.jupyterlab import Lab, Notebook, serve

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "images"
NAME, EXERCISE, MISTAKE = "06_roi_align", "bilinear_sample", "weights_reversed"
STUDENT = "ada"
WINDOW = {"width": 1120, "height": 700}
COLORS = 256


def main() -> None:
    """Make a class of one student, and take the pictures."""
    with tempfile.TemporaryDirectory() as folder, open_chromium() as browser:
        classroom = Path(folder, "class")
        classroom.mkdir()
        build_classroom(ROOT, [NAME], classroom)
        file = Path(NAME, f"{NAME}.ipynb")
        hand_in(classroom / "course" / file, answers(), classroom / "submitted" / STUDENT / file)
        desk = classroom / "submitted" / STUDENT
        with (
            serve(desk, Path(folder, "home")) as url,
            browser.new_context(viewport=WINDOW) as context,
        ):
            show_notebook(Lab(url, desk, context.new_page()).open(file.as_posix()))
        grade_class(classroom, NAME)
        write_feedback(classroom, NAME)
        show_feedback(browser, classroom / "feedback" / STUDENT / NAME / f"{NAME}.html")


def answers() -> dict[str, str]:
    """Return the answers of the solution, one of them with a typical mistake."""
    source = nbformat.read(ROOT / "solutions" / NAME / f"{NAME}.ipynb", as_version=4)
    found = solution_cells(source)
    right, wrong = load_answers(ROOT, NAME).WRONG[EXERCISE][MISTAKE]
    return found | {EXERCISE: found[EXERCISE].replace(right, wrong)}


def show_notebook(notebook: Notebook) -> None:
    """Take a picture of a check's message, and one of an explorer."""
    page = notebook.page
    notebook.in_panel("await jupyterapp.commands.execute('application:toggle-left-area');")
    notebook.run_each()
    show_cell(notebook, f"check({EXERCISE})")
    save(page.screenshot(), "check")
    page.set_viewport_size({**WINDOW, "height": 1000})
    show_cell(notebook, "display(RoIAlignExplorer(roi_align, roi_pool))")
    explorer = page.locator(".jp-OutputArea-output", has=page.locator(".rcnn-view"))
    save(explorer.screenshot(), "explorer", margin=16)


def show_cell(notebook: Notebook, source: str) -> None:
    """Scroll a notebook until the cell with this text stands at the end of the window."""
    notebook.in_panel(
        "const place = panel.content.widgets.findIndex("
        f"  (cell) => cell.model.sharedModel.source.includes({source!r}));"
        "panel.content.activeCellIndex = place;"
        "await panel.content.scrollToItem(place, 'end');"
    )
    notebook.page.wait_for_timeout(1000)


def show_feedback(browser: Browser, file: Path) -> None:
    """Take a picture of what a student reads first on a feedback page."""
    page: Page = browser.new_page(viewport={**WINDOW, "height": 600})
    page.goto(file.as_uri())
    save(page.screenshot(), "feedback")


def save(png: bytes, name: str, *, margin: int = 0) -> None:
    """Write a picture with a white margin, and with few colours, so that it loads quickly."""
    picture = ImageOps.expand(Image.open(io.BytesIO(png)).convert("RGB"), margin, "white")
    picture = picture.quantize(COLORS, dither=Image.Dither.NONE)
    picture.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter).parse_args()
    main()
