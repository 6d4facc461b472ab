"""A new term: other inputs in the hidden tests, by one setting."""

import hashlib
import re

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Unicode


class TermSeeds(NbGraderPreprocessor):
    """Draw the seeds of the hidden tests from the name of the term and those in `solutions/`.

    Who has the solutions of an earlier term then knows none of the inputs of this one.
    """

    term = Unicode("", help="Name of the term, such as 'spring 2027'; '' keeps seeds.").tag(
        config=True
    )

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, cell_index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Replace each `seed=...` of a graded test."""
        if self.term and is_grade(cell) and not is_solution(cell):
            cell.source = re.sub(r"(?<=\bseed=)\d+", lambda m: self.seed(m[0]), cell.source)
        return cell, resources

    def seed(self, written: str) -> str:
        """Return the seed of this term for one that is written in `solutions/`; never 0."""
        digest = hashlib.sha256(f"{self.term}, {written}".encode()).digest()
        return str(1 + int.from_bytes(digest[:4], "big") % 1_000_000)
