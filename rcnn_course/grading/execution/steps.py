"""nbgrader's preprocessors for grading: those around a run, and those that save what came of it."""

from collections.abc import Iterable

from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute, SaveAutoGrades
from traitlets.config import Config


def partition(preprocessors: Iterable[type]) -> tuple[list[type], list[type]]:
    """Return nbgrader's steps between running and saving, and those from saving on."""
    steps = [step for step in preprocessors if not issubclass(step, Execute)]
    saving = next(number for number, step in enumerate(steps) if issubclass(step, SaveAutoGrades))
    return steps[:saving], steps[saving:]


def apply(
    preprocessors: Iterable[type[Preprocessor]],
    notebook: NotebookNode,
    resources: dict,
    config: Config,
) -> tuple[NotebookNode, dict]:
    """Let preprocessors change a notebook one after another, as nbgrader's converters do."""
    for preprocessor in preprocessors:
        notebook, resources = preprocessor(config=config)(notebook, resources)
    return notebook, resources
