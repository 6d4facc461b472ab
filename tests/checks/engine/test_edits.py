"""Small edits: each kind makes the changes that it is named for, and says where."""

import ast
import textwrap
from itertools import islice

import pytest

from rcnn_course.checks.engine.edits import edits_of
from rcnn_course.reports import CHANGES

EXPRESSIONS = [
    ("comparison", "x < y", "x <= y"),
    ("comparison", "x >= y", "x > y"),
    ("comparison", "torch.gt(x, y)", "torch.ge(x, y)"),
    ("sign", "x + y", "x - y"),
    ("sign", "x - y", "x + y"),
    ("sign", "-x", "x"),
    ("x for y", "x * 2", "y * 2"),
    ("x for y", "height * 2", "width * 2"),
    ("x for y", "dx1 * 2", "dy1 * 2"),
    ("x for y", "boxes1 * 2", "boxes2 * 2"),
    ("index", "x[1]", "x[2]"),
    ("index", "x[1]", "x[0]"),
    ("index", "x[-1]", "x[-2]"),
    ("index", "x[:, 2]", "x[:, 3]"),
    ("index", "x[1:]", "x[2:]"),
    ("index", "range(1, 5)", "range(1, 6)"),
    ("axis", "x.sum(1)", "x.sum(0)"),
    ("axis", "torch.cat([x, y], dim=1)", "torch.cat([x, y], dim=0)"),
    ("axis", "x.flip(-1)", "x.flip(-2)"),
    ("axis", "x.sum(dim=(0, 1))", "x.sum(dim=(0, 2))"),
    ("constant", "x * 3", "x * 4"),
    ("constant", "x * 3", "x * 2"),
    ("constant", "x + 0.5", "x + 1.0"),
    ("constant", "x + 0.5", "x + 0.25"),
    ("constant", "x + 1e-06", "x + 0.0"),
    ("rounding", "x.floor()", "x.round()"),
    ("rounding", "math.ceil(x)", "math.floor(x)"),
    ("rounding", "int(x)", "round(x)"),
    ("rounding", "x // y", "x / y"),
    ("rounding", "x // y", "-(-x // y)"),
    ("reduction", "x.sum()", "x.mean()"),
    ("reduction", "np.maximum(x, y)", "np.minimum(x, y)"),
    ("reduction", "max(x, y)", "min(x, y)"),
    ("reduction", "f(x, reduction='sum')", "f(x, reduction='mean')"),
    ("condition", "x < y", "x > y"),
    ("condition", "x == y", "x != y"),
    ("condition", "x and y", "x or y"),
    ("condition", "x and y", "y"),
    ("condition", "x & y", "x | y"),
    ("condition", "~x", "x"),
    ("condition", "x if y else w", "x if not y else w"),
    ("condition", "x if y else w", "x if True else w"),
    ("condition", "[x for x in y if x]", "[x for x in y if True]"),
    ("order of arguments", "f(x, y)", "f(y, x)"),
    ("order of arguments", "x - y", "y - x"),
    ("order of arguments", "(x, y)", "(y, x)"),
    ("order of arguments", "[x, y, w]", "[x, w, y]"),
    ("order of arguments", "x if y else w", "w if y else x"),
    ("missing step", "x.clamp(min=0)", "x"),
    ("missing step", "torch.exp(x)", "x"),
    ("missing step", "x.detach()", "x"),
    ("missing step", "float(x)", "x"),
    ("missing step", "x + 1", "x"),
    ("missing step", "x.T", "x"),
    ("operator", "x * y", "x / y"),
    ("operator", "x ** 2", "x * 2"),
    ("flag", "f(x, align_corners=False)", "f(x, align_corners=True)"),
    ("option", "f(x, dtype=y)", "f(x)"),
    ("default", "w", "2"),
    ("function", "torch.log(x)", "torch.log2(x)"),
    ("function", "x.repeat(2)", "x.repeat_interleave(2)"),
    ("dtype", "x.float()", "x.double()"),
    ("loop", "[y for x in y]", "[y for x in list(y)[1:]]"),
    ("loop", "x[:2]", "x[:]"),
    ("in place", "x.clamp(min=0)", "x.clamp_(min=0)"),
    ("gradient", "x", "x.detach()"),
]

STATEMENTS = [
    ("sign", "x += y", "x -= y"),
    ("condition", "if x:\n    y = 1", "if not x:\n    y = 1"),
    ("missing step", "x = x + y", "pass"),
    ("missing step", "x[0] = y", "pass"),
    ("missing step", "with torch.no_grad():\n    y = x", "y = x"),
    ("order of statements", "y = x\nx = 1", "x = 1\ny = x"),
    ("loop", "for x in y:\n    y = x", "for x in list(y)[:-1]:\n    y = x"),
    ("loop", "for x in y:\n    continue", "for x in y:\n    break"),
    ("in place", "x = x + y", "x += y"),
    ("buffer", "x.register_buffer('a', y)", "x.register_parameter('a', torch.nn.Parameter(y))"),
]

HEAD = "def work(x, y, boxes1, boxes2, height, width, dx1, dy1, w=2):\n"


def variants(kind, body):
    """Return what edits of a kind make of the body of a function."""
    source = HEAD + textwrap.indent(body, "    ")
    return [
        "\n".join(map(ast.unparse, edit.tree.body[0].body))
        for edit in edits_of(source)
        if edit.kind == kind
    ]


@pytest.mark.parametrize(("kind", "old", "new"), EXPRESSIONS)
def test_edit_of_an_expression_is_made(kind, old, new):
    assert f"return {new}" in variants(kind, f"return {old}")


@pytest.mark.parametrize(("kind", "old", "new"), STATEMENTS)
def test_edit_of_a_statement_is_made(kind, old, new):
    assert new in variants(kind, old)


def test_state_is_kept_in_a_default():
    source = "def work(x):\n    found = []\n    found.append(x)\n    return found"
    names = {}
    edit = next(edit for edit in edits_of(source) if edit.kind == "kept state")
    exec(compile(edit.tree, "", "exec"), names)
    assert names["work"](1) == [1]
    assert names["work"](2) == [1, 2]


def test_every_kind_has_a_row_here():
    tested = {kind for kind, *_ in EXPRESSIONS + STATEMENTS} | {"kept state"}
    assert tested == set(CHANGES)


@pytest.mark.parametrize(
    "line",
    [
        "return min(x, y)",
        "return list(zip(x, strict=True))",
        "found: list[int] = x",
        '"""A docstring of 3 words."""',
    ],
)
def test_what_changes_nothing_is_no_edit(line):
    kinds = ("order of arguments", "flag", "option", "constant", "index")
    assert not [found for kind in kinds for found in variants(kind, line)]


@pytest.mark.parametrize(
    "lines",
    ["height = [a for a in x]\nwidth = [a for a in y]", "_, height = x\n_, width = y"],
    ids=["the variable of a comprehension", "_"],
)
def test_lines_that_share_what_nobody_reads_have_no_order(lines):
    assert variants("order of statements", lines) == []


def test_edit_names_the_line_and_its_idea():
    source = "def work(x, y):\n    z = x\n    return z < y"
    edit = next(edits_of(source))
    assert (edit.kind, edit.line, edit.before, edit.after) == ("comparison", 3, "z < y", "z <= y")
    assert edit.idea == "the comparison in line 3"


def test_edits_come_in_the_same_order_and_no_tree_twice():
    source = "def work(x, y):\n    x = x + y\n    return x[1:] - y.sum(1)"
    trees = [ast.dump(edit.tree) for edit in edits_of(source)]
    assert trees == [ast.dump(edit.tree) for edit in edits_of(source)]
    assert len(trees) == len(set(trees))


def test_an_edit_leaves_the_others_as_they_were():
    source = "def work(x, y):\n    return x + y - 1"
    first = next(edits_of(source))
    text = ast.unparse(first.tree)
    list(edits_of(source))
    assert ast.unparse(first.tree) == text
    assert (
        sum(ast.unparse(edit.tree) == ast.unparse(ast.parse(source)) for edit in edits_of(source))
        == 0
    )


def test_edits_are_made_when_they_are_asked_for():
    source = "def work(x):\n" + "    x = x + 1\n" * 2000
    assert len(list(islice(edits_of(source), 3))) == 3


def test_methods_of_a_class_are_edited():
    source = "class Work:\n    def forward(self, x):\n        return x + 1"
    assert {edit.line for edit in edits_of(source)} == {3}
