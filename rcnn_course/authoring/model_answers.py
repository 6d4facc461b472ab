"""Collects the model answers of a checkout: those of `solutions/` and of `tests/answers/`."""

import ast
import difflib
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from rcnn_course.model_answers.book import ModelAnswer

QUESTION = "question_answer"
"""`grade_id` of the cell that answers a notebook's question."""

EARNS = re.compile(r"\s*\((\d+ points?:\s.*)\)\s*\Z", re.DOTALL)
"""What stands at the end of the answer to a question: what earns its points."""


def collect(root: Path, names: list[str]) -> dict[str, ModelAnswer]:
    """Return the model answers by exercise, and by notebook for its question.

    Args:
        root: folder of the course.
        names: of the notebooks.

    Raises:
        ValueError: If the answer to a question does not end in what earns the points.
    """
    found: dict[str, ModelAnswer] = {}
    for name in names:
        notebook = nbformat.read(root / "solutions" / name / f"{name}.ipynb", as_version=4)
        cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if is_solution(c)}
        exercises = [key for key, cell in cells.items() if cell.cell_type == "code"]
        for exercise in exercises:
            model = _without_docstrings(_between_markers(cells[exercise]))
            others = list(_right_answers(root / "tests" / "answers" / f"n{name}", exercise))
            other = min(others, key=lambda text: _likeness(model, text), default="")
            found[exercise] = ModelAnswer(model, other, behind=(exercise,))
        if QUESTION in cells:
            graded = {c.metadata.nbgrader.grade_id for c in notebook.cells if is_grade(c)}
            needed = [exercise for exercise in exercises if f"check_{exercise}" in graded]
            found[name] = _of_question(name, cells[QUESTION], needed)
    return found


def _of_question(name: str, cell: NotebookNode, exercises: list[str]) -> ModelAnswer:
    text = _between_markers(cell).strip()
    earns = EARNS.search(text)
    if earns is None:
        raise ValueError(
            f"solutions/{name}: the answer to the question must end in what earns its points, "
            "such as '(2 points: a reason, and a test that could come out either way.)'"
        )
    return ModelAnswer(text[: earns.start()], earns=earns[1], behind=tuple(exercises))


def _between_markers(cell: NotebookNode) -> str:
    """Return a cell without the lines of its markers."""
    return re.sub(r"^[ \t]*### .*\n?", "", cell.source, flags=re.MULTILINE).rstrip()


def _without_docstrings(code: str) -> str:
    """Return code without docstrings: the exercise has shown them."""
    lines = code.splitlines()
    for node in reversed(list(ast.walk(ast.parse(code)))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            first, end = node.body[0].lineno - 1, node.body[0].end_lineno
            while end is not None and end < len(lines) and not lines[end].strip():
                end += 1
            lines[first:end] = []
    return "\n".join(lines)


def _right_answers(folder: Path, exercise: str) -> Iterator[str]:
    """Yield the right answers that the tests have of an exercise, each with what it needs."""
    for path in sorted(folder.glob("[!_]*.py")):
        if _bare(path.stem) != _bare(exercise):
            continue
        source = path.read_text(encoding="utf-8")
        nodes = ast.parse(source).body
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_":
                text = re.sub(rf"\b{node.name}\b", exercise, _text(source, node))
                yield "\n\n".join([*_needed(source, nodes, text), text])


def _needed(source: str, nodes: list[ast.stmt], text: str) -> list[str]:
    """Return the imports and helpers of a module that an answer uses."""
    imports: list[str] = []
    helpers: list[str] = []
    for node in reversed(nodes):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.asname or alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.startswith("_"):
            names = [node.name]
        else:
            continue
        if any(re.search(rf"\b{name}\b", text) for name in names):
            text += (part := _text(source, node))
            (imports if isinstance(node, ast.Import | ast.ImportFrom) else helpers).insert(0, part)
    return ["\n".join(imports), *helpers] if imports else helpers


def _text(source: str, node: ast.stmt) -> str:
    return ast.get_source_segment(source, node) or ""


def _bare(name: str) -> str:
    """Return a name as it is in any spelling: RPNHead stands in rpn_head.py."""
    return name.replace("_", "").lower()


def _likeness(one: str, other: str) -> float:
    """Return how alike two pieces of code are, word for word, from 0 to 1."""
    first, second = (re.findall(r"\w+|[^\w\s]", text) for text in (one, other))
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio()
