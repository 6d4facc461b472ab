"""Scan: read the code of a submission, without running it, for what could change a verdict.

What merely looks unusual is left alone: students of machine learning call `eval`, redefine `max`
and start threads in all honesty, and probes see what has been changed. Named here is code that
reaches for the checks, the kernel or the frames of the caller, and text that is run unread.
"""

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rcnn_course.grading.intake.code import TooManyMagicsError, parse_as_ipython, parse_python
from rcnn_course.grading.integrity.kernel_probe import DESCRIPTORS, HARMLESS, HARMLESS_METHODS

MODULES = (
    *("_thread", "ctypes", "inspect.currentframe", "inspect.stack", "ipykernel", "jupyter_client"),
    *("nbformat", "nbgrader", "rcnn_course.authoring", "rcnn_course.checks"),
    *("rcnn_course.grading", "rcnn_course.model_answers", "rcnn_course.reports"),
    *("rcnn_course.threads", "sys._getframe"),
    *("torch.overrides", "torch.utils._python_dispatch", "unittest.mock", "zmq"),
)
"""Modules, and parts of them, that reach for the checks or the kernel, with what is in them."""

TEXT = {"exec", "eval", "compile", "__import__"}
"""Names that run or import a text."""

ATTRIBUTES = {
    *("__globals__", "_getframe", "addaudithook", "ast_transformers", "currentframe"),
    *("display_pub", "f_back", "f_globals", "f_locals", "get_objects", "get_referents"),
    *("get_referrers", "input_transformer_manager", "input_transformers_cleanup"),
    *("input_transformers_post", "meta_path", "set_custom_exc", "setprofile", "settrace"),
    "tb_frame",
}
"""Attributes by which the checks and the kernel can be reached."""

STORED = {"__code__", "cell_contents"}
"""Attributes that may be read, and change a function where they are set."""

METHODS = {
    *("__class__", "__instancecheck__", "__torch_dispatch__", "__torch_function__"),
    "_render_traceback_",
}
"""Methods by which an object can pass for another."""

PROTECTED = ("IPython", "builtins", "numpy", "rcnn_course", "sys", "torch", "torchvision")
"""Modules whose parts are not to be replaced; their settings are there to be set."""

TABLES = ("sys.modules",)
"""Parts of them that cannot be called, and are no settings."""

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
    """Yield a sentence for each construct that could change a verdict, with its cell and line.

    Args:
        cells: all code cells of a submission, and the modules beside it.
    """
    trees = []
    for cell in cells:
        try:
            tree = parse_as_ipython(cell.source)
        except TooManyMagicsError:
            yield f"In {cell.where}, the code has too many magics to be read."
            continue
        if tree is not None:
            trees.append((cell, tree))
    known = {name: full for _, tree in trees for name, full in _imported(tree)}
    own = set().union(*(_functions_called_as_builtins(tree) for _, tree in trees))
    for cell, tree in trees:
        if cell.is_locked:
            continue
        reader = _Reader({"__builtins__": "builtins", **known}, own)
        try:
            reader.visit(tree)
        except RecursionError:
            yield f"In {cell.where}, the code is too deeply nested to be read."
        except TooManyMagicsError:
            yield f"In {cell.where}, the code runs a text with too many magics to be read."
        for line, what in dict.fromkeys(reader.found):
            yield f"In {cell.where}, line {line}, the code {what}."


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


def _functions_called_as_builtins(tree: ast.Module) -> set[str]:
    """Return which of the names in `TEXT` a cell gives to a function of its own, for good."""
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return defined & TEXT


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    return {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}


def _is_within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def _text(node: ast.AST | None) -> str | None:
    """Return a text that stands in the code, put together of texts as it may be.

    Of an f-string it has a name for what is put in.
    """
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = _text(node.left), _text(node.right)
        return None if None in parts else "".join(map(str, parts))
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr) and any(isinstance(p, ast.Constant) for p in node.values):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "_" for p in node.values)
    return None


def _can_be_called(full: str) -> bool:
    """Tell whether a part of a protected module can be called, so that others may call it."""
    if _is_within(full, ("rcnn_course", *TABLES)):
        return True
    name, *parts = full.split(".")
    if full in HARMLESS or full.endswith(HARMLESS_METHODS):
        return False
    value = sys.modules.get(name)
    for part in parts:
        value = inspect.getattr_static(value, part, None)
    return callable(value) or isinstance(value, DESCRIPTORS)


class _Reader(ast.NodeVisitor):
    """Collects (line, what the code does) while it visits a cell.

    Args:
        known: names that stand for parts of protected modules, each with its full name.
        own: names of built-in functions that are the student's own here, as in `def eval(model)`.
    """

    def __init__(self, known: dict[str, str], own: set[str]) -> None:
        self.found: list[tuple[int, str]] = []
        self._known = known
        self._own = own
        self._depth = 0

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._imports(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._imports(node, f"{node.module}.{alias.name}")

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func)
        if (
            called.startswith("get_ipython().")
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in MAGICS
        ):
            self._visit_magic(node.func.attr, node.args)
            return
        first = node.args[0] if node.args else None
        text = _text(first)
        if called in ("setattr", "delattr") and first is not None:
            full = self._full_name(first)
            name = _text(node.args[1]) if len(node.args) > 1 else None
            if full and (name is None or _can_be_called(f"{full}.{name}")):
                self._add(node, f"replaces a part of {full}")
        elif called.endswith(("__import__", "import_module")) and text:
            self._imports(node, text)
        elif called in TEXT and text is not None and (tree := parse_python(text)) is not None:
            self._visit_text(node, tree)
        else:
            self.visit(node.func)
        if called.startswith("sys.modules.") and not called.endswith((".get", ".keys", ".items")):
            self._uses_module(node, first)
        for part in (*node.args, *node.keywords):
            self.visit(part)

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in TEXT and not (node.id in self._own and isinstance(node.ctx, ast.Load)):
            self._add(node, f"uses {node.id}")

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if ast.unparse(node.value) == "sys.modules":
            name = _text(node.slice)
            if isinstance(node.ctx, ast.Store | ast.Del):
                self._uses_module(node, node.slice)
            elif name:
                self._imports(node, name)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        full = self._full_name(node)
        is_stored = isinstance(node.ctx, ast.Store | ast.Del)
        name = ast.unparse(node)
        if node.attr in ATTRIBUTES or (is_stored and node.attr in STORED) or name in MODULES:
            self._add(node, f"uses {name}")
        elif is_stored and full and _can_be_called(full):
            self._add(node, f"replaces {full}")
        self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> None:
        for name in node.names:
            self._binds(node, name)

    def visit_FunctionDef(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    ) -> None:
        if node.name in METHODS:
            self._add(node, f"defines {node.name}")
        if self._depth == 0:
            self._binds(node, node.name)
        self._depth += 1
        if isinstance(node, ast.ClassDef):
            self.generic_visit(node)
        else:
            self._visit_function(node)
        self._depth -= 1

    visit_ClassDef = visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 (named by ast)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        """Visit a function; its arguments are its own, its defaults and decorators are not."""
        outside = self._own
        for field, value in ast.iter_fields(node):
            self._own = outside | _arguments(node) if field == "body" else outside
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, ast.AST):
                    self.visit(part)
        self._own = outside

    def _visit_magic(self, name: str, arguments: list[ast.expr]) -> None:
        """Read the Python that a cell magic such as %%time runs."""
        body = arguments[-1] if name == "run_cell_magic" and arguments else None
        text = _text(body) if isinstance(body, ast.Constant) else None
        tree = parse_as_ipython(text) if text is not None else None
        if tree is not None:
            self.visit(tree)

    def _visit_text(self, node: ast.Call, tree: ast.Module) -> None:
        """Read the Python in a text that the code runs."""
        for part in ast.walk(tree):
            if hasattr(part, "lineno"):
                part.lineno = node.lineno
        self.visit(tree)

    def _uses_module(self, node: ast.expr, key: ast.AST | None) -> None:
        """Note a change of `sys.modules`, unless it is of a student's own module."""
        name = _text(key)
        if name is None or _is_within(name, PROTECTED):
            self._add(node, "uses sys.modules")

    def _imports(self, node: ast.stmt | ast.expr, module: str) -> None:
        if _is_within(module, MODULES):
            self._add(node, f"imports {module}")

    def _binds(self, node: ast.stmt, name: str) -> None:
        full = self._known.get(name, "")
        if _is_within(full, ("rcnn_course",)):
            self._add(node, f"replaces {name} ({full})")

    def _full_name(self, node: ast.AST) -> str:
        """Return what a dotted name stands for; '' where that is no part of a protected module."""
        parts = ast.unparse(node).split(".") if isinstance(node, ast.Attribute | ast.Name) else [""]
        if parts[0] not in self._known:
            return ""
        return ".".join([self._known[parts[0]], *parts[1:]])

    def _add(self, node: ast.stmt | ast.expr, what: str) -> None:
        self.found.append((node.lineno, what))
