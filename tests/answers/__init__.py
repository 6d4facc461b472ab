"""Answers to the exercises, and the notebooks' own solutions taken out of their cells.

Each package `nXX_name` here belongs to the notebook `XX_name` and holds `WRONG`, `RIGHT` and
`DELEGATING`, as `n06_roi_align` explains.
"""

import ast
import importlib
import itertools
import linecache
from functools import cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
ASSIGNMENTS = sorted(
    path.name.removeprefix("n") for path in Path(__file__).parent.glob("n[0-9]*") if path.is_dir()
)


def answers(assignment):
    """Return the module with the answers of an assignment."""
    return importlib.import_module(f"tests.answers.n{assignment}")


def independent(assignment):
    """Return the right answers by exercise and style, where no two styles share a function."""
    return {
        name: ways
        for name, ways in answers(assignment).RIGHT.items()
        if not _shared_functions(ways)
    }


def _shared_functions(ways):
    found = [
        {ast.unparse(node) for node in ast.parse(way).body if isinstance(node, ast.FunctionDef)}
        for way in ways.values()
    ]
    return set.union(set(), *(one & other for one, other in itertools.combinations(found, 2)))


@cache
def cells(assignment):
    path = ROOT / "solutions" / assignment / f"{assignment}.ipynb"
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def solutions(assignment):
    """Return the sources of the notebook's solution cells by grade_id, in order."""
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in cells(assignment)
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def namespace(assignment):
    """Return what the notebook's imports, definitions and solutions define."""
    names = {"__name__": "__main__"}
    for cell in cells(assignment):
        if _only_defines(cell.source):
            run(cell.source, names)
    return names


def write(assignment, exercise, source):
    """Return the function or class that a student gets who answers one exercise by `source`."""
    names = namespace(assignment)
    run(source, names)
    return names[exercise]


def run(source, names):
    """Execute a cell's source so that error messages can show its lines, as IPython does."""
    filename = f"/tmp/ipykernel/{abs(hash(source))}.py"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), names)


def _only_defines(source):
    kinds = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
    return not source.startswith("%") and all(
        isinstance(node, kinds) for node in ast.parse(source).body
    )
