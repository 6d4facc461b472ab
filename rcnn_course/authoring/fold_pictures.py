"""Cells that only draw are handed out folded away, one click from being read."""

import re

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

_DRAWS = re.compile(r"\b(draw\.show|display)\(")
_SETS = re.compile(r"^[A-Z][A-Z_]* = ", re.MULTILINE)
"""What a student may set in a cell is written in capitals."""


class FoldPictures(NbGraderPreprocessor):
    """Hide the source of cells that draw, as JupyterLab's *View > Collapse Selected Code* does."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Fold a cell that draws, unless it is nbgrader's or there is something to set in it."""
        is_given = cell.cell_type == "code" and "nbgrader" not in cell.metadata
        if is_given and _DRAWS.search(cell.source) and not _SETS.search(cell.source):
            cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
        return cell, resources
