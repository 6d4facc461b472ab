"""What a student and an instructor see: figures, short messages, and Validate's answer."""

import pytest

from rcnn_course.reports import Report, reports_in

NAME = "06_roi_align"
SOLVED = f"solutions/{NAME}/{NAME}.ipynb"
UNTOUCHED = f"course/{NAME}/{NAME}.ipynb"
EXERCISES = ["roi_pool", "bilinear_sample", "roi_align", "multiscale_roi_align"]

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]


def errors(notebook):
    """Return (grade_id, error) for each error that a cell shows."""
    return [
        (cell["metadata"].get("nbgrader", {}).get("grade_id"), output)
        for cell in notebook.cells()
        for output in cell.get("outputs", [])
        if output["output_type"] == "error"
    ]


def wait_for_pictures(page, number):
    """Wait until so many pictures in outputs are decoded and take up room."""
    page.wait_for_function(
        "number => [...document.querySelectorAll('.jp-OutputArea img')]"
        ".filter((image) => image.naturalWidth > 0 && image.clientWidth > 0).length === number",
        arg=number,
    )


def test_solved_notebook_runs_and_shows_every_figure(lab, screenshot):
    notebook = lab.open(SOLVED)
    notebook.run_all()
    assert errors(notebook) == []
    figures = [
        output
        for cell in notebook.cells()
        for output in cell.get("outputs", [])
        if {"image/png", "image/jpeg"} & set(output.get("data", {}))
    ]
    assert figures
    wait_for_pictures(notebook.page, len(figures))
    screenshot(lab.page, "solved", whole=True)
    for exercise in EXERCISES:
        (said,) = notebook.outputs(f"check_{exercise}")
        assert said["data"]["text/plain"].startswith(exercise)
        assert reports_in([said]) == [Report(exercise, "correct")]
    assert notebook.complaints == []


def test_untouched_notebook_runs_to_its_end_and_says_calmly_what_is_not_attempted(lab, screenshot):
    notebook = lab.open(UNTOUCHED)
    notebook.run_each()
    screenshot(lab.page, "untouched", whole=True)
    assert errors(notebook) == []
    for exercise in EXERCISES:
        (said,) = notebook.outputs(f"check_{exercise}")
        assert said["data"]["text/plain"].startswith(f"{exercise} is not attempted yet")
        assert reports_in([said]) == [Report(exercise, "not attempted")]
    assert notebook.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    assert notebook.complaints == []


def test_validate_congratulates_on_the_solved_notebook(lab, screenshot):
    answer = lab.open(SOLVED).validate()
    screenshot(lab.page, "validate_solved")
    assert "Success! Your notebook passes all the tests." in answer


def test_validate_lists_what_is_not_attempted(lab, screenshot):
    answer = lab.open(UNTOUCHED).validate()
    screenshot(lab.page, "validate_untouched")
    for exercise in EXERCISES:
        assert f"check({exercise})" in answer
        assert f"{exercise} is" in answer
    assert "Traceback" not in answer
    assert "rcnn_course/" not in answer


def test_formgrader_lists_the_assignment(lab, screenshot):
    lab.page.goto(f"{lab.url}/formgrader/manage_assignments")
    row = lab.page.locator("tr", has_text=NAME)
    row.wait_for()
    screenshot(lab.page, "formgrader")
    assert row.count() == 1
