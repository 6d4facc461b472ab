"""When students are shown model answers: one setting, which the notebooks carry with them."""

from typing import Any

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import TraitError, Unicode, validate

from rcnn_course.authoring.hint_steps import SETUP
from rcnn_course.model_answers.access import BY_ONESELF, moment_of

LINES = """

from rcnn_course import allow_solutions

allow_solutions({shown!r})"""


class ModelAnswers(NbGraderPreprocessor):
    """Write into each released notebook when it shows model answers."""

    shown = Unicode(
        BY_ONESELF,
        help="'by oneself', 'always', 'never', or a date such as '2027-03-01', from which they are "
        "shown.",
    ).tag(config=True)

    @validate("shown")
    def _is_known(self, proposal: dict[str, Any]) -> str:
        try:
            moment_of(proposal["value"])
        except ValueError as error:
            raise TraitError(f"c.ModelAnswers.shown: {error}") from error
        return proposal["value"]

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Set the date behind the imports of the notebook."""
        is_setup = cell.metadata.get("nbgrader", {}).get("grade_id") == SETUP
        if self.shown != BY_ONESELF and is_setup:
            cell.source += LINES.format(shown=self.shown)
        return cell, resources
