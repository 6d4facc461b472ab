"""What a fork server has ready for a class, read from the notebook in `solutions/`."""

import ast
import secrets

from nbformat import NotebookNode
from traitlets.config import Config

from rcnn_course.authoring.term_seeds import TermSeeds
from rcnn_course.grading.execution.steps import apply
from rcnn_course.grading.intake.code import parse_as_ipython
from rcnn_course.grading.integrity.probes import Question, checks_of, fresh_question
from rcnn_course.grading.kernel.forkserver import Ready

FRESH = secrets.token_hex()
"""What the seeds of cases that nobody knows come of, as long as this process grades."""


def ready_for(source: NotebookNode, config: Config, *, pictures: bool = False) -> Ready:
    """Return what every submission of an assignment needs."""
    return Ready(imports_of(source), _questions_of(source, config), pictures)


def imports_of(notebook: NotebookNode) -> tuple[str, ...]:
    """Return the import statements of a notebook, for a process to run them before it is forked."""
    found: dict[str, None] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            tree = parse_as_ipython(cell.source)
            statements = ast.iter_child_nodes(tree) if tree else ()
            imports = (s for s in statements if isinstance(s, ast.Import | ast.ImportFrom))
            found |= dict.fromkeys(map(ast.unparse, imports))
    return tuple(found)


def _questions_of(source: NotebookNode, config: Config) -> tuple[Question, ...]:
    """Return what the checks of a notebook in `solutions/` ask of every submission, this term."""
    source, _ = apply([TermSeeds], source, {}, config)
    asked = [question for cell in source.cells for question in checks_of(cell).questions]
    exercises = dict.fromkeys(exercise for exercise, *_ in asked)
    return (*asked, *(fresh_question(FRESH, exercise) for exercise in exercises))
