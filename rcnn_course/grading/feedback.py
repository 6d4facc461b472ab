"""Feedback pages: nbgrader's own, without the hidden tests."""

from nbconvert.exporters.exporter import ResourcesDict
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_grade, is_solution
from traitlets import List


class HideHiddenTests(ClearHiddenTests):
    """Take the hidden tests out of graded cells, and out of the tracebacks that quote them.

    What a check says stays: it explains, and shows no code.
    """

    display_data_priority = List().tag(config=True)
    """HTML export sets this for every preprocessor, and nbgrader warns where it is missing."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Clean one cell; cells that a student can edit stay as they are."""
        if not is_grade(cell) or is_solution(cell) or self.begin_test_delimeter not in cell.source:
            return cell, resources
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        for output in cell.outputs:
            if output.output_type == "error" and not _is_message_alone(output):
                output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources


def _is_message_alone(output: NotebookNode) -> bool:
    return strip_ansi("\n".join(output.traceback)).strip() == output.evalue.strip()
