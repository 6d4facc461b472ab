"""What the code of a cell defines, found out without running it.

A cell may be anything: a student's experiment, prose in a code cell, IPython's magics. What cannot
be read defines nothing.
"""

import ast
import re
import textwrap
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence

from IPython.core.inputtransformer2 import TransformerManager

LONGEST_CODE = 200_000
"""Characters in a code cell; a whole notebook of the course has a tenth of it."""

MOST_READ = 300_000
"""Characters that are read of a cell in all: IPython reads it anew for each magic in it."""

PYTHON_MAGICS = {"%%time", "%%capture", "%%prun", "%%debug"}
"""Cell magics that run the rest of their cell as it stands."""

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_parsing = threading.Lock()
"""Before Python 3.13 the depth of trees that threads build at once is counted together, and wrong.

See python/cpython#106905.
"""


def parse(source: str) -> ast.Module | None:
    """Return the syntax tree of a cell, with the line numbers of its text, or None."""
    if len(source) > LONGEST_CODE:
        return None
    tree = parse_python(source)
    return parse_python(_without_magics(source)) if tree is None else tree


class TooManyMagicsError(Exception):
    """A cell has so many magics that nobody waits until IPython has replaced them."""


def parse_as_ipython(source: str) -> ast.Module | None:
    """Return the syntax tree of what IPython makes of a cell; None where that does not run.

    Raises:
        TooManyMagicsError: If that would take long to find out.
    """
    tree = parse_python(source)
    if tree is not None:
        return tree
    try:
        return parse_python(_Transformer().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError):
        return None


def parse_python(text: str) -> ast.Module | None:
    """Return the syntax tree of Python code, or None where it is none."""
    try:
        with _parsing, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of invalid escapes in a student's strings
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def nodes(source: str) -> Iterator[ast.AST]:
    """Yield every node of a cell's syntax tree; none where the cell is no Python."""
    tree = parse(source)
    return ast.walk(tree) if tree else iter(())


def bindings(source: str, modules: Mapping[str, str] | None = None) -> dict[str, bool]:
    """Return the names that a cell defines when it runs.

    Args:
        source: the text of the cell.
        modules: maps the names of modules beside the notebook to their text.

    Returns:
        Maps each name to whether the cell has something finished for it, or only a stub that
        raises NotImplementedError. A name that only wraps what it held before
        (`f = compile(f)`) is not defined anew.
    """
    modules = modules or {}
    found: dict[str, bool] = {}
    run = r"^[ \t]*%run (?:-\w )*['\"]?([\w./-]+?)(?:\.py)?['\"]?[ \t]*$"
    for path in re.findall(run, source, re.MULTILINE):
        found |= bindings(modules.get(path.removeprefix("./").replace("/", "."), ""))
    tree = parse(source)
    for node in _outside_of_functions(tree) if tree else ():
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            found |= bindings(modules.get(node.module or "", ""))
        for name, is_finished, used in _defined_by(node):
            if name not in used:
                found[name] = is_finished or found.get(name, False)
    return found


def mentions(source: str) -> set[str]:
    """Return all names that a cell uses anywhere."""
    return {node.id for node in nodes(source) if isinstance(node, ast.Name)}


def without_stub(source: str, name: str) -> str:
    """Return a cell with the unfinished definitions of a name as comments."""
    lines = source.split("\n")
    tree = parse(source)
    for node in _outside_of_functions(tree) if tree else ():
        if isinstance(node, _Definition) and node.name == name and not _is_finished(node):
            first = min(part.lineno for part in [node, *node.decorator_list]) - 1
            indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
            stub = lines[first : node.end_lineno]
            lines[first : node.end_lineno] = [f"{indent}# {line}" for line in stub]
            lines[first] = f"{indent}pass\n{lines[first]}" if indent else lines[first]
    return "\n".join(lines)


def prose(source: str) -> str:
    """Return the text of a cell that holds nothing to run but text: comments, strings, prints.

    Text that is not Python at all counts as well.
    """
    tree = parse(source)
    has_words = tree is None or any(re.search(r"\w\w", remark) for remark in remarks(source))
    return source.strip() if has_words and (not tree or all(map(_is_text, tree.body))) else ""


def remarks(source: str) -> list[str]:
    """Return the comments and strings of a cell."""
    strings = (node.value for node in nodes(source) if isinstance(node, ast.Constant))
    return [
        *(text for text in strings if isinstance(text, str)),
        *re.findall(r"#(.*)", source),
    ]


class _Transformer(TransformerManager):
    """IPython's own, which gives up early."""

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        for _ in range(1 + MOST_READ // (1 + sum(map(len, lines)))):
            changed, lines = self.do_one_token_transform(lines)
            if not changed:
                return lines
        message = f"{len(lines)} lines have more magics than can be read"
        raise TooManyMagicsError(message)


def _without_magics(source: str) -> str:
    """Replace what only IPython understands, line by line."""
    lines = textwrap.dedent(source).split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if lines and lines[first].startswith("%%"):
        if lines[first].split()[0] not in PYTHON_MAGICS:
            return ""
        lines[first] = ""
    lines = [re.sub(r"^(\s*)(?:[%!?].*|.*\?\s*)$", r"\1pass", line) for line in lines]
    return "\n".join(re.sub(r"^(\s*[\w.]+\s*=\s*)[%!].*$", r"\1None", line) for line in lines)


def _outside_of_functions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it that run when the cell runs, in order."""
    waiting = [node]
    below: Sequence[ast.AST]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, _Definition):
            below = node.decorator_list
        elif isinstance(node, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp):
            below = []
        else:
            below = list(ast.iter_child_nodes(node))
        waiting += reversed(below)


def _defined_by(node: ast.AST) -> Iterator[tuple[str, bool, set[str]]]:
    """Yield each name that a node defines, whether it is finished, and what the node uses."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            yield node.name, _is_finished(node), _used(*node.decorator_list)
        case ast.ClassDef():
            yield node.name, _is_finished(node), _used(*node.decorator_list, *node.bases)
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0], True, set()
        case ast.Assign(value=value) | ast.AnnAssign(value=value) if value is not None:
            if isinstance(value, ast.Constant):
                return
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for part in ast.walk(target):
                    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                        yield part.id, True, _used(value)
        case ast.NamedExpr():
            yield node.target.id, True, _used(node.value)
        case ast.For() | ast.AsyncFor() | ast.withitem():
            bound = node.optional_vars if isinstance(node, ast.withitem) else node.target
            for part in ast.walk(bound) if bound else ():
                if isinstance(part, ast.Name):
                    yield part.id, True, set()


def _used(*nodes: ast.AST) -> set[str]:
    parts = (part for node in nodes for part in _outside_of_functions(node))
    return {part.id for part in parts if isinstance(part, ast.Name)}


def _is_finished(node: _Definition) -> bool:
    """Tell whether a function or class is written to its end.

    A method may do nothing on purpose; a function that is an exercise may not.
    """
    if isinstance(node, ast.ClassDef):
        methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
        return not any(map(_ends_in_stub, methods))
    is_empty = all(
        isinstance(part, ast.Pass)
        or (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
        for part in node.body
    )
    return not (is_empty or _ends_in_stub(node))


def _ends_in_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function raises NotImplementedError whatever it is called with."""
    last = function.body[-1]
    return (
        isinstance(last, ast.Raise)
        and last.exc is not None
        and "NotImplementedError" in _used(last.exc)
        and not any(
            isinstance(part, ast.Return | ast.Yield)
            for statement in function.body
            for part in _outside_of_functions(statement)
        )
    )


def _is_text(statement: ast.stmt) -> bool:
    """Tell whether a statement only holds or prints a text."""
    match statement:
        case ast.Expr(ast.Call(ast.Name("print" | "Markdown" | "display"), arguments)):
            parts = arguments
        case ast.Expr(value=value):
            parts = [value]
        case _:
            return False
    return all(
        isinstance(part, ast.JoinedStr)
        or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in parts
    )
