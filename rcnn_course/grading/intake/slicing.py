"""Which cells of a notebook have to run for its points, found out without running any.

Graded cells, answers and what the course locks run always. Of the others, a cell runs where one
that runs uses a name that it defines, or an object that it could change. What cannot be known from
the text runs too. The rest is left out: pictures, demonstrations, explorers. Most of the time that
a notebook takes goes into them.
"""

import ast
import re
import symtable
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_locked, is_solution

from rcnn_course.authoring.lint import NOT_WHEN_GRADED, WHEN_GRADED
from rcnn_course.grading.intake.code import (
    LONGEST_CODE,
    TooManyMagicsError,
    parse_as_ipython,
    parse_python,
)

MARK = "rcnn_course_left_out"
"""Key of the metadata of a cell that is left out."""

NOTE = (
    "Not run while grading: no points depend on this cell. "
    "(`rcnn-course grade --pictures` runs it.)\n"
)
"""What a graded copy shows below such a cell."""

ORDINARY = {
    *("collections", "copy", "dataclasses", "functools", "itertools", "math", "matplotlib"),
    *("numpy", "pandas", "pathlib", "PIL", "random", "rcnn_course", "statistics", "time"),
    *("torch", "torchvision", "typing"),
}
"""Modules whose import changes nothing for other cells."""

BUILTINS = {
    *("__builtins__", "__import__", "breakpoint", "compile", "eval", "exec", "exit"),
    *("get_ipython", "globals", "input", "locals", "open", "quit", "vars"),
}
"""Functions that can do what does not stand in the text."""

TELLING = re.compile(
    r"__(?!(?:getitem|len|name)__)|(?:impl|install|patch|push|register)(?:_|$)"
    r"|(?:checking|checks|compile|engine|export|fx|grading|hints|jit|library|overrides|utils)$"
)
"""Attributes that may change how other cells run."""

COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp"}
"""Scopes of their own that run at once."""


@dataclass(frozen=True)
class Effects:
    """What a cell needs of others and does to them.

    Attributes:
        objects: names that it assigns; what they stand for could be changed elsewhere.
        definitions: names of its functions, classes and imports.
        modules: those of them that stand for modules.
        now: names that it uses when it runs.
        later: names that its functions use when they are called.
        bare: names that it uses otherwise than to call them or to read an attribute.
        patched: names of which it sets or deletes a part.
        is_known: whether that is all that it does.
    """

    objects: frozenset[str]
    definitions: frozenset[str]
    modules: frozenset[str]
    now: frozenset[str]
    later: frozenset[str]
    bare: frozenset[str]
    patched: frozenset[str]
    is_known: bool

    @property
    def uses(self) -> frozenset[str]:
        """All names that it uses."""
        return self.now | self.later

    @property
    def defined(self) -> frozenset[str]:
        """All names that it defines."""
        return self.objects | self.definitions


@dataclass(frozen=True)
class Given:
    """What the course's own notebook says about the cells that it gives; made once for a class.

    Attributes:
        run: texts of given cells that run in each submission.
        left_out: texts of those that are declared to be of no use for points.
    """

    run: frozenset[str]
    left_out: frozenset[str]


def given_by(source: NotebookNode) -> Given:
    """Return which given cells the course's own answers and tests need, and what is declared."""
    cells = [cell for cell in source.cells if cell.cell_type == "code"]
    declared = Given(_tagged(cells, WHEN_GRADED), _tagged(cells, NOT_WHEN_GRADED))
    runs = zip(cells, _kept(cells, declared), strict=True)
    needed = {cell.source.strip() for cell, is_kept in runs if is_kept and not _root(cell)}
    return Given(declared.run | needed, declared.left_out)


def leave_out(submission: NotebookNode, given: Given) -> None:
    """Mark the cells of a submission that no points depend on.

    Args:
        submission: with the course's own tests; what a student has added or changed is run where
            an answer uses it.
        given: what runs in each submission.
    """
    cells = [cell for cell in submission.cells if cell.cell_type == "code"]
    for cell, runs in zip(cells, _kept(cells, given), strict=True):
        if not runs and cell.source.strip():
            cell.metadata[MARK] = True


def is_left_out(cell: NotebookNode) -> bool:
    """Tell whether `leave_out` has marked a cell."""
    return MARK in cell.metadata


def _tagged(cells: Sequence[NotebookNode], tag: str) -> frozenset[str]:
    return frozenset(c.source.strip() for c in cells if tag in c.metadata.get("tags", ()))


def _root(cell: NotebookNode) -> bool:
    return is_grade(cell) or is_solution(cell) or is_locked(cell)


def _kept(cells: Sequence[NotebookNode], given: Given) -> list[bool]:
    """Tell for each cell whether it has to run."""
    effects = [effects_of(cell.source) for cell in cells]
    texts = [cell.source.strip() for cell in cells]
    libraries = _all(of_cell.definitions for of_cell in effects)
    modules = _all(of_cell.modules for of_cell in effects)
    everything = range(len(cells))
    free = {p for p in everything if texts[p] not in given.left_out}
    kept = {p for p in everything if _root(cells[p]) or texts[p] in given.run}
    while True:
        until = _needed_until(effects, kept)
        objects = _all(effects[place].objects for place in kept)
        more = {
            place
            for place in free
            if _is_among(effects[place].defined, place, until)
            or effects[place].uses & objects  # which it could change, or give another name
        }
        if more <= kept:
            break
        kept = kept | more
    kept |= {
        place
        for place in free
        if not effects[place].is_known
        or effects[place].patched & libraries
        or effects[place].bare & modules
    }
    while True:
        until = _needed_until(effects, kept)
        more = {place for place in free if _is_among(effects[place].defined, place, until)}
        if more <= kept:
            return [place in kept for place in everything]
        kept = kept | more


def _is_among(names: Iterable[str], place: int, until: Mapping[str, float]) -> bool:
    return any(place < until.get(name, -1) for name in names)


def _needed_until(effects: Sequence[Effects], kept: Iterable[int]) -> dict[str, float]:
    """Return before which place a name that cells use must be defined to be what they use."""
    until: dict[str, float] = {}
    for place in sorted(kept):
        until |= dict.fromkeys(effects[place].now, place)
    return until | {name: inf for place in kept for name in effects[place].later}


def _all(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


@lru_cache(maxsize=4096)
def effects_of(source: str) -> Effects:
    """Return what a cell needs and does; of a text that is not plain Python, anything it names."""
    is_short = len(source) <= LONGEST_CODE
    tree = parse_python(source) if is_short else None
    none = frozenset[str]()
    if is_short and tree is None and _cannot_run(source):
        return Effects(none, none, none, none, none, none, none, is_known=False)  # its error shows
    try:
        table = symtable.symtable(source, "cell", "exec") if tree else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        table = None
    if tree is None or table is None:
        words = frozenset(re.findall(r"[^\W\d]\w*", source))
        return Effects(words, none, none, words, words, none, none, is_known=False)
    symbols = list(_symbols(table))
    definitions = {n for n, symbol, _ in symbols if symbol.is_imported() or symbol.is_namespace()}
    used = [(name, at_once) for name, symbol, at_once in symbols if symbol.is_referenced()]
    found = list(ast.walk(tree))
    return Effects(
        objects=frozenset(n for n, s, _ in symbols if s.is_assigned()) - definitions,
        definitions=frozenset(definitions),
        modules=frozenset(
            alias.asname or alias.name.partition(".")[0]
            for node in found
            if isinstance(node, ast.Import)
            for alias in node.names
        ),
        now=frozenset(name for name, at_once in used if at_once),
        later=frozenset(name for name, at_once in used if not at_once),
        bare=_bare(found),
        patched=frozenset(filter(None, map(_patched, found))),
        is_known=all(map(_is_ordinary, found)),
    )


def _cannot_run(source: str) -> bool:
    try:
        return parse_as_ipython(source) is None
    except TooManyMagicsError:
        return False


def _symbols(
    table: symtable.SymbolTable, *, at_once: bool = True
) -> Iterator[tuple[str, symtable.Symbol, bool]]:
    """Yield the names of the notebook in a scope and in those inside of it.

    With each, whether it is used when the cell runs, and not when a function is called.
    """
    for symbol in table.get_symbols():
        if table.get_type() == "module" or symbol.is_global():
            yield symbol.get_name(), symbol, at_once
    for inner in table.get_children():
        runs = inner.get_type() == "class" or inner.get_name() in COMPREHENSIONS
        yield from _symbols(inner, at_once=at_once and runs)


def _bare(found: Sequence[ast.AST]) -> frozenset[str]:
    """Return names that are used otherwise than to call them or to read an attribute."""
    ordinary = {
        id(node.value if isinstance(node, ast.Attribute) else node.func)
        for node in found
        if isinstance(node, ast.Attribute | ast.Call)
    }
    return frozenset(n.id for n in found if isinstance(n, ast.Name) and id(n) not in ordinary)


def _patched(node: ast.AST) -> str:
    """Return the name of which a node sets or deletes a part, or ''."""
    match node:
        case ast.Attribute(value=inner, ctx=ast.Store() | ast.Del()):
            pass
        case ast.Subscript(value=inner, ctx=ast.Store() | ast.Del()):
            pass
        case ast.Call(ast.Name("setattr" | "delattr"), [inner, *_]):
            pass
        case _:
            return ""
    while isinstance(inner, ast.Attribute | ast.Subscript | ast.Call):
        inner = inner.func if isinstance(inner, ast.Call) else inner.value
    return inner.id if isinstance(inner, ast.Name) else ""


def _is_ordinary(node: ast.AST) -> bool:
    """Tell whether a node does nothing but what its names say."""
    match node:
        case ast.Name():
            return node.id not in BUILTINS
        case ast.Attribute():
            return not TELLING.match(node.attr)
        case ast.Import():
            return all(_is_ordinary_module(alias.name) for alias in node.names)
        case ast.ImportFrom():
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            return not node.level and "*" not in names[-1] and all(map(_is_ordinary_module, names))
    return True


def _is_ordinary_module(name: str) -> bool:
    first, *inner = name.split(".")
    return first in ORDINARY and not any(map(TELLING.match, inner))
