"""What prompts and captions of the notebooks say about pictures, each with a test on its numbers.

A module for each notebook holds functions marked `@claim("…")`. The words stand in the notebook,
and the function asserts on what the notebook's own cells have computed and drawn. Other weights or
another scene may make words untrue: then mend the scene or the words, not the number.
"""

import ast
import contextlib
import importlib
import io
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pytest

from rcnn_course import draw

ROOT = Path(__file__).parents[2]


@dataclass
class Played:
    """A notebook after all its cells but the checks have run.

    Attributes:
        names: what they have defined.
        shown: by the id of a cell, what it has displayed: explorers, and for each picture the
            drawing, its caption and its alternative text.
        said: by the id of a cell, what it has printed.
    """

    names: dict = field(default_factory=lambda: {"__name__": "__main__"})
    shown: dict = field(default_factory=lambda: defaultdict(list))
    said: dict = field(default_factory=dict)

    def __getitem__(self, name):
        return self.names[name]


def claim(words):
    """Mark a function that tests what these words of its notebook say."""

    def mark(test):
        test.words = words
        return test

    return mark


def claims(notebook):
    """Return the marked functions of the module for a notebook, such as `04_fpn`."""
    module = importlib.import_module(f"tests.claims.n{notebook}")
    return [test for test in vars(module).values() if hasattr(test, "words")]


def cells(notebook):
    """Return the cells of a notebook's source."""
    file = ROOT / "solutions" / notebook / f"{notebook}.ipynb"
    return json.loads(file.read_text("utf-8"))["cells"]


def text(notebook):
    """Return all that a notebook says, with one space between words and strings joined."""
    sources = ("".join(cell["source"]) for cell in cells(notebook))
    joined = (re.sub(r'"\s*\n\s*f?"', "", source) for source in sources)
    return " ".join(" ".join(joined).split())


def play(notebook, edit=lambda source: source, names=()):
    """Run the cells of a notebook with its own answers; pictures are kept, not rendered.

    Args:
        notebook: such as `04_fpn`.
        edit: maps the source of each cell to what is run, such as another scene.
        names: what else its cells find.
    """
    played = Played()
    played.names.update(names)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT / "solutions" / notebook)
        for cell in cells(notebook):
            is_check = cell["metadata"].get("nbgrader", {}).get("grade")
            if cell["cell_type"] == "code" and not is_check:
                shown = played.shown[cell["id"]]
                patch.setattr(draw, "show", _keep_in(shown), raising=False)
                patch.setitem(played.names, "display", shown.append)
                with contextlib.redirect_stdout(io.StringIO()) as said:
                    _run(edit("".join(cell["source"])), played.names, shown)
                played.said[cell["id"]] = said.getvalue()
    return played


def _keep_in(shown):
    def show(drawing, *, caption, alt=None):
        plt.close(drawing.figure)
        shown.append(SimpleNamespace(drawing=drawing, caption=caption, alt=alt))

    return show


def _run(source, names, shown):
    """Run a cell; what its last line is gets shown."""
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
        if value is not None:
            shown.append(value)


def at_thresholds(explorer, thresholds):
    """Return precision and recall that a `DetectionExplorer` states at each score threshold."""
    stated = []
    for threshold in thresholds:
        explorer.score_threshold.value = threshold
        stated.append(tuple(float(x) for x in re.findall(r"= (\d\.\d\d)\.", explorer.text)))
    return stated
