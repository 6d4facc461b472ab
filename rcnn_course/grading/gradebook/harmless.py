"""A graded notebook as it is kept: a browser that shows it runs nothing of a submission.

Feedback pages and nbgrader's Formgrader put what a cell displays, and the Markdown of a student,
into their page as it stands, and Formgrader's page has the rights of whoever grades. So both are
cleaned before the notebook is saved. What needs no cleaning stays as it is, to the letter.
"""

import re
from collections.abc import Set
from functools import lru_cache
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Comment
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_locked

from rcnn_course.grading.gradebook.harmless_html import LONG_DATA, clean
from rcnn_course.grading.intake.cells import grade_ids
from rcnn_course.reports import MIME

TEXTS = {"text/plain", "text/latex", "image/png", "image/jpeg", "image/svg+xml"}
"""Kinds of output that pages escape, or show as a picture in which nothing runs."""

MARKED = {"text/latex", "image/svg+xml"}
"""Those of them in which other programs than nbgrader's pages could find something to run."""

LIVE = re.compile(
    r"<\s*(?:script|iframe|object|embed|foreignobject|img|link|meta|base|form)\b"
    r"|\bon[a-z]+\s*=|javascript:",
    re.IGNORECASE,
)

DATA = {"application/json", MIME}
"""Kinds of output that pages do not show."""

WIDGET = "application/vnd.jupyter.widget-view+json"
"""A slider, which pages do not show without its state."""

PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/svg+xml"}
"""Kinds of pictures that may be attached to a cell."""

BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")

OF_THE_PAGE = {"notebook", "notebook-container", "statusmessage", "toc", "top"}
"""Ids that nbgrader's pages have, besides those of graded cells."""

LEFT_OUT = "<p><em>HTML that could run, load or cover something is left out here.</em></p>"

MOST_TAGS = 30_000
"""Tags of a whole notebook; those of the course have fewer than two thousand."""

LONGEST_TEXT = 100_000
"""Characters of a Markdown cell, without the data of pictures."""

MOST_FORMULAS = 500
"""Environments of LaTeX in a Markdown cell, which takes as long as their square."""


class KeepHarmless(NbGraderPreprocessor):
    """The step of `nbgrader autograde`; `rcnn-course grade` has it where it saves."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Clean a notebook."""
        keep_harmless(nb)
        return nb, resources


def keep_harmless(notebook: NotebookNode) -> None:
    """Take out of a notebook, in place, what a browser would run, load or lay over a page.

    Args:
        notebook: in which locked cells are as the course has them.
    """
    cleaner = _Cleaner(grade_ids(notebook))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for output in cell.outputs:
                if output.output_type in ("display_data", "execute_result"):
                    _clean_output(output, cleaner)
        elif not is_locked(cell):
            if "attachments" in cell:
                cell.attachments = _pictures(cell.attachments)
            if cell.cell_type == "markdown":
                cell.source = cleaner.markdown(cell.source, cell.get("attachments"))
            else:
                cell.source = cleaner.html(cell.source)


def _clean_output(output: NotebookNode, cleaner: "_Cleaner") -> None:
    kept = NotebookNode()
    for kind, value in output.data.items():
        if kind in DATA or _is_widget(kind, value):
            kept[kind] = value
        elif kind in TEXTS and isinstance(value, str):
            if kind not in MARKED or not LIVE.search(value):
                kept[kind] = value
        elif kind == "text/html" and isinstance(value, str):
            kept[kind] = cleaner.html(value)
        elif kind == "text/markdown" and isinstance(value, str):
            kept[kind] = cleaner.markdown(value)
    if output.data and not kept:
        kept["text/html"] = LEFT_OUT
    output.data = kept
    output.metadata = _sizes(output.metadata)


def _is_widget(kind: str, value: Any) -> bool:
    return kind == WIDGET and isinstance(value, dict) and isinstance(value.get("model_id"), str)


def _sizes(about: Any) -> Any:
    """Return what is known of an output; pages write its sizes without quotes."""
    if not isinstance(about, dict):
        return about
    return NotebookNode(
        {
            name: _sizes(value)
            for name, value in about.items()
            if name != "filenames"
            if name not in ("width", "height") or isinstance(value, int | float)
        }
    )


def _pictures(attachments: dict[str, dict[str, Any]]) -> NotebookNode:
    """Return the attachments of a cell as far as they are pictures."""
    kept = {
        name: {
            kind: data
            for kind, data in bundle.items()
            if kind in PICTURES and isinstance(data, str) and BASE64.fullmatch(data)
        }
        for name, bundle in attachments.items()
    }
    return NotebookNode({name: bundle for name, bundle in kept.items() if bundle})


class _Cleaner:
    """Cleans the texts of one notebook, as long as that takes a moment.

    Args:
        names: of its graded cells, which are ids in a page.
    """

    def __init__(self, names: list[str]) -> None:
        parts = ("", "-comment", "_extra_credit")
        self._reserved = frozenset(OF_THE_PAGE).union(
            f"{name}{part}" for name in names for part in parts
        )
        self._left = MOST_TAGS

    def html(self, text: str) -> str:
        """Return an HTML text as it stands, or its harmless part."""
        self._left -= text.count("<")
        return _html(text, self._reserved) if self._left >= 0 else LEFT_OUT

    def markdown(self, source: str, attachments: dict[str, Any] | None = None) -> str:
        """Return Markdown as it stands, or its harmless part."""
        if self._left < 0:
            return _as_code(source)
        if attachments:
            kept, tags = _markdown(source, self._reserved, attachments)
        else:
            kept, tags = _markdown_as_before(source, self._reserved)
        self._left -= tags
        return kept


def _html(text: str, reserved: Set[str]) -> str:
    if not {"<", "&"} & set(text):
        return text
    try:
        kept = clean(text, reserved)
    except ValueError:
        return LEFT_OUT
    if _as_read(kept) == _as_read(text):
        return text
    return kept if "<img" in kept or re.sub("<[^>]*>", "", kept).strip() else LEFT_OUT


def _markdown(
    source: str, reserved: Set[str], attachments: dict[str, Any] | None = None
) -> tuple[str, int]:
    """Return Markdown as it stands, or the harmless part of what it becomes, and its tags.

    Markdown passes raw HTML on, so what comes of it is looked at, as nbconvert makes it.
    """
    words = LONG_DATA.sub("", source)
    if len(words) > LONGEST_TEXT or words.count("\\begin{") > MOST_FORMULAS:
        return _as_code(source), 1
    renderer = IPythonRenderer(escape=False, attachments=attachments)
    try:
        shown = MarkdownWithMath(renderer=renderer).render(source)
        kept = clean(shown, reserved)
    except Exception:  # of nbconvert or mistune, too: then there would be no page
        return _as_code(source), 1
    tags = shown.count("<")
    if _as_read(kept) == _as_read(shown):
        return source, tags
    is_all = _as_read(kept) == _as_read(shown, comments=False)
    line = kept.replace("\n", "&#10;")
    return f"<div>{line}{'' if is_all else LEFT_OUT}</div>", tags


_markdown_as_before = lru_cache(maxsize=256)(_markdown)
"""The same for what every student of a class has, the course's own text."""


def _as_code(source: str) -> str:
    """Return a text as Markdown that shows it letter by letter."""
    longest = max(map(len, re.findall("`+", source)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{source}\n{fence}"


def _as_read(text: str, *, comments: bool = True) -> str:
    """Return what nbconvert makes of a part of a page before it writes it, in one spelling.

    It stands inside of other elements, as in a page, so that it makes a difference where it ends
    one of them.
    """
    page = BeautifulSoup(f"<div><div>{text}</div><hr></div>", "html.parser")
    if not comments:
        for comment in page.find_all(string=lambda string: isinstance(string, Comment)):
            comment.extract()
    return str(page)
