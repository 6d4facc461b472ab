"""A student's parts, looked for in other notebooks."""

import nbformat
import pytest

from rcnn_course.checks import find_own_parts
from tests.answers import answers, solutions

NOTEBOOK = "07_box_head"
IMPORTS = "import torch\nimport torch.nn.functional as F\nfrom torch import nn"
STUB = "def fastrcnn_loss(*args):\n    raise NotImplementedError()"


def write(folder, cells):
    """Write a notebook; a cell is its source, or (source,) for an exercise."""
    written = []
    for cell in cells:
        exercise = isinstance(cell, tuple)
        metadata = {"nbgrader": {"solution": True}} if exercise else {}
        source = cell[0] if exercise else cell
        written.append(nbformat.v4.new_code_cell(source, metadata=metadata))
    (folder / NOTEBOOK).mkdir()
    notebook = nbformat.v4.new_notebook(cells=written)
    nbformat.write(notebook, folder / NOTEBOOK / f"{NOTEBOOK}.ipynb")


def find(folder, *names):
    return find_own_parts({NOTEBOOK: names}, folder)


@pytest.fixture
def solution():
    return solutions(NOTEBOOK)


def test_right_part_is_found(tmp_path, solution):
    write(tmp_path, [IMPORTS, (solution["TwoMLPHead"],)])
    own = find(tmp_path, "TwoMLPHead")
    assert own.parts["TwoMLPHead"](8, 4).fc6.in_features == 8
    assert own.missing == {}


def test_wrong_part_and_stub_and_absent_part_are_missing_with_their_reasons(tmp_path, solution):
    old, new = answers(NOTEBOOK).WRONG["TwoMLPHead"]["no_relu"]
    wrong = solution["TwoMLPHead"].replace(old, new)
    write(tmp_path, [IMPORTS, (wrong,), (STUB,)])
    own = find(tmp_path, "TwoMLPHead", "fastrcnn_loss", "encode_boxes")
    assert own.parts == {}
    assert own.missing == {
        "TwoMLPHead": "fails its check",
        "fastrcnn_loss": "not written",
        "encode_boxes": "not written",
    }


def test_notebook_that_is_not_there_or_not_one_is_told(tmp_path):
    assert find(tmp_path, "TwoMLPHead").missing == {"TwoMLPHead": "notebook not found"}
    write(tmp_path, [])
    for content in ("", "{}", "[1]", "\xff"):
        (tmp_path / NOTEBOOK / f"{NOTEBOOK}.ipynb").write_text(content, encoding="latin-1")
        assert find(tmp_path, "TwoMLPHead").missing == {"TwoMLPHead": "notebook cannot be read"}


def test_only_definitions_and_exercises_are_run(tmp_path, solution, capsys):
    cells = [
        "%matplotlib inline\n" + IMPORTS,
        "raise SystemExit('a picture')",
        "this is no Python",
        ("print('loud')\n1 / 0\nWEIGHT = 1\n" + solution["TwoMLPHead"],),
    ]
    write(tmp_path, cells)
    assert set(find(tmp_path, "TwoMLPHead").parts) == {"TwoMLPHead"}
    assert capsys.readouterr().out == ""


ODD = {
    "more magics than IPython replaces": "!true\n" * 501,
    "no text": "\0",
    "deep": "(" * 500,
    "a magic without a name": "%%",
    "half a line": "a = %",
    "a sentence": "I think so?",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_cell_that_cannot_run_leaves_the_others(tmp_path, solution, odd):
    write(tmp_path, [IMPORTS, odd, (solution["TwoMLPHead"],)])
    assert find(tmp_path, "TwoMLPHead").missing == {}


def test_report_says_whose_each_part_is(tmp_path, solution):
    write(tmp_path, [IMPORTS, (solution["TwoMLPHead"],), (STUB,)])
    own = find_own_parts(
        {NOTEBOOK: ["TwoMLPHead", "fastrcnn_loss"], "05_rpn": ["RPNHead"]}, tmp_path
    )
    assert str(own).splitlines() == [
        "07_box_head",
        "  yours: TwoMLPHead",
        "  torchvision's (not written): fastrcnn_loss",
        "05_rpn",
        "  torchvision's (notebook not found): RPNHead",
        "1 of 3 parts are yours.",
    ]
