# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Browser: outputs and texts that run where a grader or a student reads them.

`pages` finds what would run in the feedback page and in the outputs that Formgrader shows; the
tests in tests/browser open both in Chromium.
"""

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_raw_cell

from tests.grading.attacks.evasion import HEADS
from tests.grading.attacks.table import Entry, attack, handed_in, right
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

RAISED = "class Pwned(Exception):\n    def _render_traceback_(self): return ['<script>pwned()</script>']\nraise Pwned('<script>pwned()</script>')"
NAMED = "raise type('<img src=x onerror=pwned()>', (Exception,), {})('<script>pwned()</script>')"
PRINTED = (
    "print('\\x1b[31m<script>pwned()</script>\\x1b]8;;javascript:pwned()\\x07points\\x1b]8;;\\x07')"
)


def _shows(road: str, code: str) -> Entry:
    make = handed_in("box_area", right("box_area"), code)
    return Entry("browser", road, make, "sanitiser", deserves=10)


def _edits(road: str, change) -> Entry:
    return Entry("browser", road, edited(change), "sanitiser", deserves=10)


def _cells(*cells: NotebookNode):
    return lambda notebook: notebook.cells.extend(cells)


def _metadata(notebook: NotebookNode) -> None:
    payload = "</title><script>pwned()</script>"
    notebook.metadata.update(title=payload, authors=[{"name": payload}])
    notebook.metadata.language_info = {
        "name": payload,
        "pygments_lexer": payload,
        "mimetype": payload,
    }


def _of_cell(notebook: NotebookNode) -> None:
    for each in notebook.cells[:2]:
        each.metadata.update(tags=["'><script>pwned()</script>"], name="<script>pwned()</script>")


TEXTS = "\n\n".join(HTML.values())
LINKS = "[points](javascript:pwned())\n\n![x](x 'x\" onerror=\"pwned()')\n\n<javascript:pwned()>\n\n[x]: javascript:pwned()"

ENTRIES = [
    *(
        _shows(f"displays {road}", f"from IPython.display import HTML, Markdown, display\ndisplay(HTML({html!r}), Markdown({html!r}))")
        for road, html in HTML.items()
    ),
    *(
        _shows(f"displays {road}", f"from IPython.display import display\ndisplay({data}, raw=True)")
        for road, data in OTHER.items()
    ),
    _shows("raises an error that is a script", RAISED),
    _shows("raises an error whose name is a picture", NAMED),
    _shows("prints a script, in colours", PRINTED),
    _shows("updates a display with a script", "from IPython.display import HTML, display\nhandle = display(1, display_id=True)\nhandle.update(HTML('<script>pwned()</script>'))"),
    _shows("shows a widget of HTML", "import ipywidgets\nipywidgets.HTML('<img src=x onerror=pwned()>')"),
    _shows("gives a result that shows itself as a script", "class Pwned:\n    def _repr_html_(self): return '<script>pwned()</script>'\nPwned()"),
    _edits("writes all of it into a Markdown cell", _cells(new_markdown_cell(TEXTS))),
    _edits("writes links that run into a Markdown cell", _cells(new_markdown_cell(LINKS))),
    _edits("writes mathematics that leads elsewhere", _cells(new_markdown_cell("$\\href{javascript:pwned()}{5/5}$ $$\\unicode{<script>pwned()</script>}$$"))),
    _edits("writes a raw cell of HTML", _cells(new_raw_cell(TEXTS, metadata={"format": "text/html"}))),
    _edits("writes a script into the metadata of the notebook", _metadata),
    _edits("writes a script into the metadata of cells", _of_cell),
    attack("browser", "gives a result whose text is a script, to be quoted by the check", "sanitiser", "box_area",
           "class Pwned(str): pass\n" + HEADS["box_area"] + "return '<script>pwned()</script>'"),
    attack("browser", "raises an error in the answer, to be quoted by the check", "sanitiser", "box_area",
           HEADS["box_area"] + "raise ValueError('<script>pwned()</script>')"),
    attack("browser", "has a line of code that is a script, to be quoted by the check", "sanitiser", "box_area",
           HEADS["box_area"] + "raise ValueError  # <script>pwned()</script>"),
]  # fmt: skip
