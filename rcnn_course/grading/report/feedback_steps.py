"""What nbgrader's feedback pages get on top, and what is taken out of them."""

import html
from collections.abc import Iterable

from nbconvert.exporters.exporter import ResourcesDict
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import List, Unicode

from rcnn_course.grading.execution.scores import cells_by_exercise, explanation

STYLE = """<style>
.panel-heading a { color: inherit !important; text-decoration: underline }
.highlight pre { background: white }
.rendered_html :is(th, td) { padding: 0 1em 0.4em 0; text-align: left; vertical-align: top }
</style>"""
"""What nbgrader's page lacks: contrast as WCAG 2.2 AA asks for, and air in the tables."""


class HideHiddenTests(ClearHiddenTests):
    """Take the hidden tests out of graded cells, and out of the tracebacks that quote them.

    What a check says stays: it explains, and shows no code.
    """

    display_data_priority = List(Unicode()).tag(config=True)
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


class ExplainOnTop(NbGraderPreprocessor):
    """Put the points of each exercise, and what its checks said, above the notebook.

    It needs the scores that nbgrader's `GetGrades` puts in.
    """

    display_data_priority = List(Unicode()).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        """Add a cell to the notebook."""
        if "failed" in nb.metadata.get("rcnn_course", {}):
            return nb, resources  # its first cell says why no check has run
        mended = nb.metadata.get("rcnn_course", {}).get("mended", [])
        rows = [_row(name, *cells) for name, cells in cells_by_exercise(nb).items()]
        text = "\n".join(
            [
                STYLE,
                "<h2>What the checks say</h2>",
                '<table style="width: 100%">',
                f"<tr>{_cells('th', 'exercise', 'points', 'what its checks say')}</tr>",
                *rows,
                "</table>",
                listed("This was put right before your notebook ran:", mended),
            ]
        )
        nb.cells.insert(0, new_markdown_cell(text))
        return nb, resources


def _row(name: str, solution: NotebookNode | None, checks: list[NotebookNode]) -> str:
    scores = [check.metadata.nbgrader for check in checks]
    points = sum(score.get("score") or 0 for score in scores)
    possible = sum(score.get("points") or 0 for score in scores)
    said = next(filter(None, (explanation(cell) for cell in (solution, *checks) if cell)), "")
    if points >= possible:
        said = "Correct."
    first = html.escape(checks[0].metadata.nbgrader.grade_id)
    look = (
        "background: none; border: none; padding: 0; margin: 0; "
        "white-space: pre-wrap; word-break: normal"
    )
    row = _cells(
        "td",
        f'<a href="#{first}">{html.escape(name)}</a>',
        f"{points:g}/{possible:g}",
        f'<pre style="{look}">{_as_block(said)}</pre>',
    )
    return f"<tr>{row}</tr>"


def _cells(tag: str, *contents: str) -> str:
    """Return the cells of a row of the table."""
    return "".join(f"<{tag}>{content}</{tag}>" for content in contents)


def _as_block(text: str) -> str:
    """Escape a text, without the empty lines and the dollars that Markdown would act on."""
    lines = [line for line in strip_ansi(text).splitlines() if line.strip()]
    return html.escape("\n".join(lines)).replace("$", "&#36;")


def listed(title: str, sentences: Iterable[str]) -> str:
    """Return sentences as an HTML list under a title, or '' where there are none."""
    items = "".join(f"<li>{_as_block(str(sentence))}</li>" for sentence in sentences)
    return f"<p>{title}</p><ul>{items}</ul>" if items else ""


def _is_message_alone(output: NotebookNode) -> bool:
    return strip_ansi("\n".join(output.traceback)).strip() == output.evalue.strip()
