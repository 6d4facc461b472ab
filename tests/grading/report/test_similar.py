"""`rcnn-course similar`, on classes of independent right answers in which copies are planted."""

import ast
import builtins
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from rcnn_course.cli import main
from rcnn_course.grading.demo.hand_in import hand_in
from rcnn_course.grading.intake.code import LONGEST_CODE
from rcnn_course.grading.report.similar import overlap, tokens
from rcnn_course.grading.report.similar.tokens import lines_of
from tests import answers
from tests.answers import ASSIGNMENTS, solutions

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[3]
NAME = "06_roi_align"
INDEPENDENT = ("ada", "bob", "cyd")


@pytest.fixture
def make_class(tmp_path, monkeypatch, capsys):
    """Make a class, compare it by the command, and return the report for scripts and the page."""

    def make(handed_in, assignment=NAME):
        """`handed_in` maps students to their answers, or to the bytes of their file."""
        if not (tmp_path / "nbgrader_config.py").exists():
            shutil.copy(REPOSITORY / "nbgrader_config.py", tmp_path)
        for step in ("solutions", "course"):
            if not (tmp_path / step / assignment).exists():
                shutil.copytree(REPOSITORY / step / assignment, tmp_path / step / assignment)
        for student, work in handed_in.items():
            file = tmp_path / "submitted" / student / assignment / f"{assignment}.ipynb"
            if isinstance(work, bytes):
                file.parent.mkdir(parents=True)
                file.write_bytes(work)
            else:
                hand_in(tmp_path / "course" / assignment / f"{assignment}.ipynb", work, file)
        monkeypatch.chdir(tmp_path)
        assert main(["similar", assignment, "--json", "--out", "page.html"]) == 0
        return json.loads(capsys.readouterr().out), Path("page.html").read_text(encoding="utf-8")

    return make


def independent(assignment=NAME):
    """Return a right notebook for each style in which the exercises of an assignment are answered.

    Styles of one exercise were written apart from each other.
    """
    ways = {name: list(ways.values()) for name, ways in answers.independent(assignment).items()}
    number = min(map(len, ways.values()))
    return [{name: of_one[i] for name, of_one in ways.items()} for i in range(number)]


def as_class(*more):
    return dict(zip(INDEPENDENT, independent(), strict=False)) | dict(more)


def pairs_of(report):
    return [pair["students"] for pair in report["pairs"]]


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_independent_right_answers_are_not_similar(make_class, assignment):
    students = {f"student {i}": work for i, work in enumerate(independent(assignment))}
    assert len(students) >= 3
    report, page = make_class(students, assignment)
    assert report["students"] == sorted(students)
    assert report["pairs"] == []
    assert "0 of" in page


def renamed(source):
    """Give every name that an answer assigns another one."""
    tree = ast.parse(source)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names = {name for name in names if _is_stored(tree, name)} - set(dir(builtins))
    new = {name: f"my_{number}_value" for number, name in enumerate(sorted(names))}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = new.get(node.id, node.id)
    return ast.unparse(tree)


def _is_stored(tree, name):
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in ast.walk(tree)
    )


def reformatted(source):
    """Break lines inside brackets, add brackets and blank lines, and indent by two."""
    lines = [
        re.sub(r"^( +)", lambda m: m[1][::2], line)
        for line in ast.unparse(ast.parse(source)).split("\n")
    ]
    text = "\n\n".join(lines)
    text = re.sub(r"return (.+)", r"return (\n        \1\n    )", text)
    return re.sub(r"\((?=[^\s()])", "(  ", text)


def remarked(source):
    """Add a docstring and a remark to every line."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            node.body.insert(0, ast.Expr(ast.Constant("What I have thought of here, in my words.")))
    return "".join(f"{line}  # and so we go on\n" for line in ast.unparse(tree).split("\n"))


def reordered(source):
    """Exchange the first two statements of each function."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and len(node.body) > 2:
            node.body[0], node.body[1] = node.body[1], node.body[0]
    return ast.unparse(tree)


def edited(source):
    """Write another statement in the place of the one in the middle."""
    lines = ast.unparse(ast.parse(source)).split("\n")
    middle = len(lines) // 2
    indent = re.match(" *", lines[middle])[0]
    return "\n".join([*lines[:middle], f"{indent}value = other(value) + 1", *lines[middle + 1 :]])


COPIES = {f.__name__: f for f in (renamed, reformatted, remarked, reordered, edited)}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("of", INDEPENDENT)
def test_copy_of_an_answer_is_similar_however_it_is_made_up(make_class, how, of):
    students = as_class()
    copy = {name: COPIES[how](source) for name, source in students[of].items()}
    report, page = make_class(students | {"dan": copy})
    assert pairs_of(report) == [[of, "dan"]]
    (pair,) = report["pairs"]
    assert len(pair["exercises"]) >= len(copy) - 1
    assert page.count("<mark>") > 2 * len(pair["exercises"])


def test_copy_of_a_single_exercise_is_similar(make_class):
    students = as_class()
    mixed = students["cyd"] | {"roi_align": renamed(students["ada"]["roi_align"])}
    report, _ = make_class({**as_class(), "cyd": mixed})
    assert pairs_of(report) == [["ada", "cyd"]]
    assert list(report["pairs"][0]["exercises"]) == ["roi_align"]


def test_two_answers_joined_are_similar_to_both(make_class):
    students = as_class()
    both = {
        name: f"{renamed(source)}\n\n{renamed(students['bob'][name])}"
        for name, source in students["ada"].items()
    }
    report, _ = make_class(students | {"dan": both})
    assert sorted(pairs_of(report)) == [["ada", "dan"], ["bob", "dan"]]


def test_exercises_of_two_others_are_similar_to_both(make_class):
    students = as_class()
    names = list(students["ada"])
    both = {name: students["ada" if i % 2 else "bob"][name] for i, name in enumerate(names)}
    report, _ = make_class(students | {"dan": both})
    found = {tuple(p["students"]): list(p["exercises"]) for p in report["pairs"]}
    assert set(found) == {("ada", "dan"), ("bob", "dan")}
    assert not set(found["ada", "dan"]) & set(found["bob", "dan"])


ONE_LINERS = (
    "def box_area(boxes):\n    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])",
    "def box_area(boxes):\n    x1, y1, x2, y2 = boxes.unbind(1)\n    return (x2 - x1) * (y2 - y1)",
    "def box_area(boxes):\n    sides = boxes[:, 2:] - boxes[:, :2]\n    return sides.prod(dim=1)",
)


def test_short_answers_that_everybody_writes_are_not_similar(make_class):
    students = {f"s{i:02}": {"box_area": ONE_LINERS[i % 3]} for i in range(24)}
    report, _ = make_class(students, "00_start_here")
    assert report["pairs"] == []


def test_what_most_of_a_class_writes_is_not_similar(make_class):
    common = independent()[0]
    report, _ = make_class({f"s{i:02}": common for i in range(12)})
    assert report["pairs"] == []


def test_untouched_notebooks_are_not_similar(make_class):
    report, _ = make_class(as_class() | {"dan": {}, "eve": {}})
    assert report["pairs"] == []


def test_what_was_handed_out_is_not_similar():
    given = independent()[0]["roi_align"]
    texts = {f"s{i:02}": independent()[1 + i % 2]["roi_align"] for i in range(20)}
    texts |= {"ada": f"{given}\nmine = 1", "bob": f"{given}\nmine = 2 + 3"}
    settings = {"solution": "", "known": ("torch",)}
    before, after = (
        sum(
            pair.bits
            for pair in overlap.Answers(texts, handed_out=text, **settings).overlaps()
            if (pair.first, pair.second) == ("ada", "bob")
        )
        for text in ("", given)
    )
    assert before > 20
    assert after < 3


def _pasted_twice(notebook):
    place = next(i for i, c in enumerate(notebook.cells) if _grade_id(c) == "roi_align")
    notebook.cells.insert(place, notebook.cells[place])


def _without_other_cells(notebook):
    notebook.cells = [cell for cell in notebook.cells if _grade_id(cell) == "roi_align"]


def _in_another_cell(notebook):
    for cell in notebook.cells:
        if _grade_id(cell) == "roi_align":
            new = nbformat.v4.new_code_cell(cell.source)
            cell.source = solutions(NAME)["roi_align"].split("### BEGIN")[0] + "..."
    notebook.cells.insert(1, new)


def _broken(notebook):
    for cell in notebook.cells:
        if _grade_id(cell) == "roi_align":
            cell.source += "\n    return ((("


def _grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


@pytest.mark.parametrize("edit", [_pasted_twice, _without_other_cells, _in_another_cell, _broken])
def test_odd_notebook_is_compared_like_others(make_class, tmp_path, edit):
    students = as_class()
    make_class(students | {"dan": students["ada"]})
    file = tmp_path / "submitted/dan" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(file, as_version=4)
    edit(notebook)
    file.write_text(json.dumps(notebook))
    report, _ = make_class({})
    assert pairs_of(report) == [["ada", "dan"]]
    assert "roi_align" in report["pairs"][0]["exercises"]


def test_what_cannot_be_read_is_named_and_stops_nobody(make_class):
    huge = json.dumps({"cells": [{"cell_type": "code", "source": "x" * 30_000_000}], "nbformat": 4})
    students = as_class()
    odd = {
        "empty": b"",
        "huge": huge.encode(),
        "json": b'{"cells": 3, "nbformat": 4}',
        "<b>words": b"Dear teacher",
    }
    report, page = make_class(students | {"dan": students["ada"]} | odd)
    assert pairs_of(report) == [["ada", "dan"]]
    assert set(report["not_read"]) == set(odd)
    assert "&lt;b&gt;words: The file is not a notebook" in page


def test_page_shows_code_and_runs_none(make_class):
    students = as_class()
    hostile = students["ada"]["roi_align"] + (
        "\n    '</pre><script>alert(1)</script>'\n    '\u202edessap'  # \u2066\n"
    )
    students |= {"<i>dan": students["ada"] | {"roi_align": hostile}}
    report, page = make_class(students)
    assert pairs_of(report) == [["<i>dan", "ada"]]
    assert "<script" not in page
    assert "<i>dan" not in page
    assert "&lt;/pre&gt;&lt;script&gt;" in page
    assert "\u202e" not in page
    assert r"\u202e" in page
    assert "cop" + "ied" not in page.replace("Similar is not copied", "")


def test_command_says_who_is_similar_and_where_the_page_is(make_class, capsys):
    students = as_class()
    make_class(students | {"dan": students["ada"]})
    assert main(["similar", NAME]) == 0
    said = capsys.readouterr().out
    assert "4 submissions compared. 1 of 6 pairs have similar answers." in said
    assert re.search(r"\d+  ada and dan: roi_pool 100%, bilinear_sample 100%", said)
    assert said.rstrip().endswith(f"{NAME}-similar.html")
    assert Path("reports", f"{NAME}-similar.html").is_file()


def test_assignment_that_is_not_there_is_an_error(make_class, capsys):
    make_class(as_class())
    assert main(["similar", "77_nothing"]) == 1
    assert "77_nothing.ipynb is missing; `rcnn-course course` writes" in capsys.readouterr().err


def test_large_class_reads_every_answer_once(make_class, monkeypatch):
    calls = []
    read = overlap.lines_of
    monkeypatch.setattr(overlap, "lines_of", lambda *of: calls.append(1) or read(*of))
    ways = [{"box_area": text} for text in ONE_LINERS]
    students = {f"s{i:03}": ways[i % 3] for i in range(60)}
    make_class(students, "00_start_here")
    assert len(calls) == 60 + 2  # and the handed out cell, and the solution


def symbols(source, known=("torch", "boxes", "nms")):
    return [" ".join(t.symbol for t in line) for line in lines_of(source, known)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("boxes = nms(torch.ones(2))", "b = nms(torch.ones(2.0))"),
        ("for boxes in torch.arange(3): x", "for i in torch.arange(3): y"),
        ("x: Tensor = boxes", "y: Tensor = (boxes)"),
        ("a.b = f(x, dim=1)", "c.b = g(y, dim=1,)"),
        ("self.a = 'x'", 'self.b = f"""\n#"""'),
        ("def f(a):\n  '''Text.'''\n  return a", "def g(b):\n\n    # text\n    return \\\n  b"),
        ("x = 1; y = 2", "x = 1\ny = 2"),
        ("f(a,\n  b)", "f(a, b)"),
    ],
)
def test_texts_that_compute_the_same_with_other_names_are_equal(one, other):
    assert symbols(one) == symbols(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = torch.ones(2)", "x = torch.zeros(2)"),
        ("f(x, dim=1)", "f(x, dim=2)"),
        ("f(x, dim=1)", "f(x, axis=1)"),
        ("x = boxes", "x = nms"),
        ("a < b", "a <= b"),
        ("x[:, 1]", "x[1, :]"),
        ("if a: b", "while a: b"),
    ],
)
def test_texts_that_compute_something_else_are_not_equal(one, other):
    assert symbols(one) != symbols(other)


@pytest.mark.parametrize("piece", ["for ", '"""\\', "'", "(", "a=", "a[", "def f(", "\\\n", "#"])
def test_each_piece_of_a_long_text_is_looked_at_a_few_times(piece, monkeypatch):
    looks = 0

    def counted(pieces):
        nonlocal looks
        looks += len(pieces)
        return assigned(pieces)

    assigned = tokens._assigned
    monkeypatch.setattr(tokens, "_assigned", counted)
    source = piece * (LONGEST_CODE // len(piece))
    read = lines_of(source, ())
    assert sum(map(len, read)) + looks <= 2 * len(source)
