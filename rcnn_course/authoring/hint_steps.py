"""How many hints students get: one setting, which the notebooks carry to where they are opened."""

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer

SETUP = "setup"
"""`grade_id` of the cell that every notebook begins with."""

LINES = """

from rcnn_course import allow_hints

allow_hints({most})"""


class HintSteps(NbGraderPreprocessor):
    """Write into each released notebook how many hints it allows for a mistake."""

    most = Integer(
        None,
        allow_none=True,
        min=0,
        help="Hints for a mistake: 0 for none; None for all there are.",
    ).tag(config=True)

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Set the number behind the imports of the notebook."""
        is_setup = cell.metadata.get("nbgrader", {}).get("grade_id") == SETUP
        if self.most is not None and is_setup:
            cell.source += LINES.format(most=self.most)
        return cell, resources
