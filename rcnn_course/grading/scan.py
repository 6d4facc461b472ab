"""Scan: read the code of a submission, without running it, for what no exercise needs.

Exercises of the course need arithmetic, indexing and PyTorch. Code that reaches for the kernel,
the checks or Python's own machinery may be curiosity; somebody should look at it.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

MODULES = (
    *("IPython", "_thread", "ast", "asyncio", "atexit", "builtins", "code", "codeop", "ctypes"),
    *("dis", "gc", "importlib", "ipykernel", "jupyter_client", "multiprocessing", "nbformat"),
    *("nbgrader", "pkgutil", "rcnn_course.checks", "rcnn_course.grading", "runpy", "signal"),
    *("socket", "subprocess", "threading", "torch.library", "torch.overrides"),
    *("torch.utils._python_dispatch", "unittest.mock", "zmq"),
)
"""Modules that no exercise needs, with what is in them."""

DISPLAY = ("IPython.display",)
"""What exercises do need of them."""

NAMES = {
    *("__builtins__", "__import__", "builtins", "compile", "eval", "exec", "get_ipython"),
    *("globals", "locals", "vars"),
}
"""Names that no exercise needs."""

ATTRIBUTES = {
    *("__builtins__", "__closure__", "__code__", "__dict__", "__globals__", "__subclasses__"),
    *("_exit", "_getframe", "addaudithook", "currentframe", "fork", "kill", "meta_path", "popen"),
    *("setprofile", "settrace", "system"),
}
"""Attributes that no exercise needs."""

METHODS = {
    *("__class__", "__eq__", "__instancecheck__", "__torch_dispatch__", "__torch_function__"),
    "_render_traceback_",
}
"""Methods by which an object can say that it equals anything."""

PROTECTED = ("IPython", "builtins", "numpy", "rcnn_course", "sys", "torch", "torchvision")
"""Modules whose parts are not to be replaced."""

SETTINGS = ("torch.backends",)
"""Parts of them that are there to be set."""

MAGICS = {"run_line_magic", "run_cell_magic", "system", "getoutput"}
"""What IPython turns %timeit and !ls into."""


class Cell(NamedTuple):
    """A code cell of a submission.

    Attributes:
        where: what to call it in a sentence.
        source: its code.
        is_locked: whether nbgrader has put it back as it was; then it is not read.
    """

    where: str
    source: str
    is_locked: bool


def scan(cells: Iterable[Cell]) -> Iterator[str]:
    """Yield a sentence for each construct that no exercise needs, with its cell and line.

    Args:
        cells: all code cells of a submission.
    """
    trees = [(cell, tree) for cell in cells if (tree := _parse(cell.source)) is not None]
    known = {name: full for _, tree in trees for name, full in _imported(tree)}
    for cell, tree in trees:
        if cell.is_locked:
            continue
        reader = _Reader(known)
        reader.visit(tree)
        for line, what in reader.found:
            yield f"In {cell.where}, line {line}, the code {what}."


def _parse(source: str) -> ast.Module | None:
    """Parse a cell as IPython does; None where it is no Python, so that it does not run either."""
    try:
        return ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that stand for parts of protected modules, each with its full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_within(alias.name, PROTECTED):
                    first = alias.name.partition(".")[0]
                    yield (alias.asname, alias.name) if alias.asname else (first, first)
        elif isinstance(node, ast.ImportFrom) and _is_within(node.module or "", PROTECTED):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _is_within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


class _Reader(ast.NodeVisitor):
    """Collects (line, what the code does) while it visits a cell.

    Args:
        known: names that stand for parts of protected modules, each with its full name.
    """

    def __init__(self, known: dict[str, str]) -> None:
        self.found: list[tuple[int, str]] = []
        self._known = known
        self._depth = 0

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imports(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._imports(node, f"{node.module}.{alias.name}")

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        if called.startswith("get_ipython().") and node.func.attr in MAGICS:
            self._visit_magic(node)
            return
        if called in ("setattr", "delattr") and node.args:
            full = self._full_name(node.args[0])
            self._add(node, f"replaces a part of {full}") if full else None
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in NAMES:
            self._add(node, f"uses {node.id}")
        if isinstance(node.ctx, ast.Store | ast.Del) and self._depth == 0:
            self._binds(node, node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        full = self._full_name(node)
        if node.attr in ATTRIBUTES or full == "sys.modules":
            self._add(node, f"uses {ast.unparse(node)}")
        elif isinstance(node.ctx, ast.Store | ast.Del) and full and not _is_within(full, SETTINGS):
            self._add(node, f"replaces {full}")
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        for name in node.names:
            self._binds(node, name)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.ClassDef) -> None:
        if node.name in METHODS:
            self._add(node, f"defines {node.name}")
        if self._depth == 0:
            self._binds(node, node.name)
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1

    visit_ClassDef = visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 (named by ast)

    def _visit_magic(self, node: ast.Call) -> None:
        """Read the Python that a cell magic such as %%time runs."""
        body = node.args[-1] if node.func.attr == "run_cell_magic" and node.args else None
        tree = _parse(body.value) if isinstance(body, ast.Constant) else None
        if tree is not None:
            self.visit(tree)

    def _imports(self, node: ast.AST, module: str) -> None:
        if _is_within(module, MODULES) and not _is_within(module, DISPLAY):
            self._add(node, f"imports {module}")

    def _binds(self, node: ast.AST, name: str) -> None:
        full = self._known.get(name, "")
        if _is_within(full, ("rcnn_course",)) or full in PROTECTED:
            self._add(node, f"replaces {name}" if name == full else f"replaces {name} ({full})")

    def _full_name(self, node: ast.AST) -> str:
        """Return what a dotted name stands for; '' where that is no part of a protected module."""
        parts = ast.unparse(node).split(".") if isinstance(node, ast.Attribute | ast.Name) else [""]
        if parts[0] not in self._known:
            return ""
        return ".".join([self._known[parts[0]], *parts[1:]])

    def _add(self, node: ast.AST, what: str) -> None:
        self.found.append((node.lineno, what))
