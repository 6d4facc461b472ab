"""Small edits of a function: each stands for a mistake that is one change away from a right answer.

What mutation tools have is here (mutatest, MutPy, cosmic-ray: comparisons, operators, constants,
indices, slices, conditions, statements that are left out), and what this course's functions are
made of besides: axes, rounding, x and y, reductions, dtypes, gradients, state.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rcnn_course.checks.engine.edits import expressions, statements
from rcnn_course.checks.engine.edits.places import Place, places, tree_with
from rcnn_course.checks.engine.edits.statements import Block
from rcnn_course.reports import place_of


@dataclass(frozen=True)
class Edit:
    """A source with one small change.

    Attributes:
        kind: of the change, a key of `reports.CHANGES` that stays.
        line: of the source, from 1.
        before: what stands there, as Python writes it.
        after: what stands there instead.
        tree: the whole source with the change, ready to be compiled.
    """

    kind: str
    line: int
    before: str
    after: str
    tree: ast.Module = field(repr=False, compare=False)

    @property
    def idea(self) -> str:
        """What to look at, in a few words: 'the comparison in line 7'."""
        return place_of(self.kind, self.line)


_EDITS: tuple[tuple[str, Callable[[Place], Iterator[Any]]], ...] = (
    ("comparison", expressions.comparisons),
    ("sign", expressions.signs),
    ("x for y", expressions.other_axis),
    ("index", expressions.indices),
    ("axis", expressions.axes),
    ("constant", expressions.numbers),
    ("rounding", expressions.rounding),
    ("reduction", expressions.reductions),
    ("condition", expressions.turned_comparisons),
    ("condition", expressions.conditions),
    ("order of arguments", expressions.exchanged),
    ("missing step", expressions.missing_steps),
    ("operator", expressions.factors),
    ("flag", expressions.flags),
    ("option", expressions.options),
    ("default", expressions.defaults),
    ("function", expressions.functions),
    ("dtype", expressions.dtypes),
    ("missing step", statements.removed),
    ("missing step", statements.without_context),
    ("order of statements", statements.exchanged_statements),
    ("loop", expressions.bounds),
    ("loop", statements.jumps),
    ("in place", statements.in_place),
    ("kept state", statements.kept_state),
    ("gradient", statements.cut_gradients),
    ("buffer", statements.buffers),
)


def edits_of(source: str) -> Iterator[Edit]:
    """Yield the small edits of what a source defines, the likeliest first.

    Each is made when it is asked for, and shares all that it does not change with the others.

    Args:
        source: Python text with a function or a class, and perhaps helpers and imports.

    Raises:
        SyntaxError: If this is no Python.
    """
    found = [
        place
        for place in places(ast.parse(source))
        if place.function is not None or isinstance(place.node, ast.FunctionDef)
    ]
    seen = set()
    for kind, edit in _EDITS:
        for place in found:
            for new in edit(place):
                made = _made(kind, place, new)
                key = (place.way, made.after)
                if made.before != made.after and key not in seen:
                    seen.add(key)
                    yield made


def _made(kind: str, place: Place, new: ast.AST | Block) -> Edit:
    if isinstance(new, Block):
        tree = tree_with(place, new.statements, new.span)
        old = [place.node, *place.following][: new.span]
        before, after = _text(*old), _text(*new.statements)
    else:
        tree = tree_with(place, new)
        before, after = _text(place.node), _text(new)
    return Edit(kind, place.line, before, after, tree)


def _text(*nodes: ast.AST) -> str:
    """Return nodes as Python writes them, a function by its first line alone."""
    texts = (
        "def " + ast.unparse(n.args) if isinstance(n, ast.FunctionDef) else ast.unparse(n)
        for n in nodes
    )
    return "\n".join(texts)
