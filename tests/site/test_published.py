"""What of a notebook gets to the site: released cells, and outputs that betray nothing."""

import base64

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from rcnn_course.reports import MIME
from scripts.site.images import move_images
from scripts.site.published import NOTE, TO_WRITE, published

STUB = "def area(box):\n    # YOUR CODE HERE\n    raise NotImplementedError"
HIDDEN = "# When your work is graded, area is checked here with further cases."
WIDGET = "application/vnd.jupyter.widget-view+json"


def nbgrader(grade_id, *, grade=False, solution=False):
    fields = {"grade_id": grade_id, "grade": grade, "solution": solution, "schema_version": 3}
    return {"nbgrader": fields}


def shown(text="", **data):
    return new_output("display_data", {"text/plain": text, **data})


def cells(answer, hidden, words, outputs=()):
    """The same cells as they are released and as they are solved."""
    area = nbgrader("area", solution=True)
    made = {"jupyter": {"source_hidden": True}}
    found = [
        new_code_cell(answer, metadata=area, outputs=list(outputs)),
        new_code_cell("check(area)", metadata=nbgrader("check_area", grade=True)),
        new_code_cell(hidden, metadata=nbgrader("check_area_hidden", grade=True)),
        new_markdown_cell(words, metadata=nbgrader("answer", grade=True, solution=True)),
        new_code_cell("draw(area)", metadata=made),
    ]
    for number, cell in enumerate(found):
        cell.id = f"cell-{number}"
    return found


@pytest.fixture
def released():
    return new_notebook(cells=cells(STUB, HIDDEN, "YOUR ANSWER HERE"))


@pytest.fixture
def solved():
    secret = [new_output("stream", name="stdout", text="width * height")]
    return new_notebook(
        cells=cells(
            "def area(box):\n### BEGIN SOLUTION\n    return width * height\n### END SOLUTION",
            "### BEGIN HIDDEN TESTS\ncheck(area, seed=63)\n### END HIDDEN TESTS",
            "Since it is width * height.",
            secret,
        )
    )


def test_published_notebook_holds_neither_answers_nor_hidden_tests(released, solved):
    solved.cells[2].outputs = [shown("further checks passed with seed=63")]
    text = nbformat.writes(published(released, solved))
    for secret in ("width * height", "63", "nbgrader", "further"):
        assert secret not in text
    assert "YOUR CODE HERE" in text
    assert TO_WRITE in text


def test_published_notebook_says_where_code_is_folded_and_where_answers_go(released, solved):
    tags = [cell.metadata.tags for cell in published(released, solved).cells]
    assert tags == [["answer"], [], ["answer"], ["hide-input"]]


def test_published_cell_shows_one_form_of_each_output(released, solved):
    solved.cells[1].outputs = [
        shown("passed", **{MIME: {"outcome": "correct"}}),
        new_output("stream", name="stderr", text="a warning"),
        shown("FileUpload()", **{WIDGET: {"model_id": "1"}}),
        shown("words", **{"text/html": "<figure><img></figure>", "image/png": "AA"}),
    ]
    outputs = published(released, solved).cells[1].outputs
    assert [dict(output.data) for output in outputs] == [
        {"text/plain": "passed"},
        {"text/html": "<figure><img></figure>"},
    ]


def test_published_explorer_says_that_it_moves_in_the_notebook(released, solved):
    page = {"text/html": "<figure><img></figure>", WIDGET: {"model_id": "1"}}
    solved.cells[4].outputs = [shown("words", **page)]
    (output,) = published(released, solved).cells[-1].outputs
    assert output.data["text/html"] == f'<figure class="explorer"><img>{NOTE}</figure>'


def test_notebook_that_was_not_run_is_published_without_outputs(released, solved):
    assert not any(cell.get("outputs") for cell in published(released, None).cells)


def test_released_notebook_of_another_source_is_refused(released, solved):
    solved.cells[4].source = "draw(area, 2)"
    with pytest.raises(ValueError, match=r"cell cell-4 of course/ differs .*; run make course"):
        published(released, solved)


def test_embedded_picture_becomes_a_file(tmp_path):
    data = base64.b64encode(b"a picture").decode()
    page = move_images(f'<img src="data:image/png;base64,{data}" alt="x">', tmp_path, depth=2)
    (file,) = tmp_path.glob("extra/pictures/*.png")
    assert file.read_bytes() == b"a picture"
    assert page == f'<img loading="lazy" src="../../pictures/{file.name}" alt="x">'
