"""A wrong answer that one small change makes right is told the line, in words alone."""

import ast
import contextlib
import itertools
import os
import sys
import threading
import time
from types import CodeType

import pytest
import torch

from rcnn_course.checks import examine
from rcnn_course.checks.engine import locate
from rcnn_course.checks.engine.apart import prolong, results_apart, seconds_of_copies
from rcnn_course.checks.engine.executed import MOST, executed_lines
from rcnn_course.checks.engine.locate import Location, one_of
from rcnn_course.checks.engine.repairs import REPAIRS
from rcnn_course.checks.engine.repairs.found import Found, Repair, expression
from rcnn_course.checks.engine.values import Values
from rcnn_course.reports import place_of
from scripts.adequacy.answers import right_answers
from scripts.exercises.planted import planted, try_one
from tests.answers import answers, namespace, run, solutions

HEAD = """\
class TwoMLPHead(nn.Module):
    def __init__(self, in_channels, representation_size):
        super().__init__()
        self.fc6 = nn.Linear(in_channels, representation_size)
        self.fc7 = nn.Linear(representation_size, representation_size)

    def forward(self, x):
        x = self.fc6(x.flatten(1) * 2).relu()
        return self.fc7(x).relu()
"""
AREA = """\
def box_area(boxes):
    x1, y1, x2, y2 = boxes.unbind(-1)
    width = x2 - x1
    return width * (y2 {} y1)
"""


def message(assignment, exercise, source):
    names = namespace(assignment)
    run(source, names)
    before = dict(names)
    setattr(sys.modules["__main__"], exercise, names[exercise])  # as in a notebook
    text = " ".join(examine(names[exercise]).message.split())
    delattr(sys.modules["__main__"], exercise)
    assert names == before
    return text


def test_line_and_kind_are_named_and_never_the_new_text():
    said = message("00_start_here", "box_area", AREA.format("* 3 -"))
    assert "One small change would make it right: look at the step" in said
    assert said.endswith("in line 4.")
    assert "y2 - y1" not in said


def test_lines_are_those_of_the_cell():
    source = "\n\ndef unused():\n    return 1\n\n" + AREA.format("* 3 -")
    assert "in line 9." in message("00_start_here", "box_area", source)


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
@pytest.mark.parametrize(
    "decorator", ["@torch.jit.script", "@torch.no_grad()", "@functools.cache", ""]
)
def test_decorated_answer_is_located(decorator):
    source = f"import functools\n{decorator}\n{AREA.format('* 3 -')}"
    assert "in line 6." in message("00_start_here", "box_area", source)


WITHOUT_AN_OPERAND = {
    "number": ("07_box_head", "fastrcnn_loss", "loops", "box_regression.sum() * 0", "* 0"),
    "name, with a number": (
        *("09_keypoint_head", "object_keypoint_similarity", "functional"),
        *("2 * (2 * sigmas) ** 2 * gt_areas[:, None]", "2 * (2 * sigmas) ** 2 * "),
    ),
    "two areas": (
        *("01_detect_people", "generalized_box_iou", "loops"),
        "(ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - width * height",
        "(ax2 - ax1) * (ay2 - ay1) + (bx2 - bx1) * (by2 - by1) - ",
    ),
    "product of matrices": (
        *("07_box_head", "TwoMLPHead", "matrices"),
        *("first @ self.fc7.weight.T + self.fc7.bias", "first @ self.fc7.weight.T + "),
    ),
}


@pytest.mark.parametrize("what", WITHOUT_AN_OPERAND)
def test_operand_is_found_by_the_value_that_it_should_have(what, monkeypatch):
    monkeypatch.setattr(locate, "SECONDS", 4 * locate.SECONDS)  # for a machine that is busy
    monkeypatch.setattr(locate, "EACH", 4 * locate.EACH)
    assignment, exercise, style, right, missing = WITHOUT_AN_OPERAND[what]
    source = answers(assignment).RIGHT[exercise][style]
    assert source.count(right) == 1
    wrong = source.replace(right, right.replace(missing, "").strip())
    line = 1 + source[: source.index(right)].count("\n")
    assert f"in line {line}." in message(assignment, exercise, wrong)


def test_method_of_a_class_is_located():
    assert "in line 8." in message("07_box_head", "TwoMLPHead", HEAD)


def test_helper_of_the_same_cell_is_located():
    source = "def side(a, b):\n    return b - a * 2\n\n" + AREA.replace(
        "(y2 {} y1)", "side(y1, y2)"
    ).replace("x2 - x1", "side(x1, x2)")
    assert "in line 2." in message("00_start_here", "box_area", source)


def test_answer_that_is_marked_rather_than_compared_is_located():
    source = solutions("10_assemble")["bug_found"]
    named = '"match_anchors", "kinds_swapped"'
    assert named in source
    wrong = source.replace(named, '"kinds_swapped", "match_anchors"')
    assert "look at the order in line 15." in message("10_assemble", "bug_found", wrong)


def test_nothing_is_located_where_no_small_change_helps():
    source = "def box_area(boxes):\n    return boxes.sum(-1) ** 3"
    assert "One small change" not in message("00_start_here", "box_area", source)


def test_nothing_is_located_where_two_lines_would_do():
    source = (
        "def box_area(boxes):\n    x1, y1, x2, y2 = boxes.unbind(-1)\n    width = x1 - x2\n"
        "    height = y2 - y1\n    return width * height"
    )
    assert "One small change" not in message("00_start_here", "box_area", source)


REPAIRED = [
    ("def f(x, eps=0.1):\n    return x", "def f(x, eps=1e-05):\n    return x"),
    (
        "def f(x, n=None):\n    if True:\n        return n\n    return x",
        "def f(x, n=None):\n    if n is not None:\n        return n\n    return x",
    ),
    ("def f(x, y):\n    return x", "def f(x, y):\n    return x * y"),
    ("def f(x, n):\n    y = x + 1\n    return n", "def f(x, n):\n    y = x + 1\n    return y // n"),
    (
        "def f(x1, y1, x2, y2):\n    return 0.5",
        "def f(x1, y1, x2, y2):\n    return 0.5 * ((y2 - y1) * (x2 - x1))",
    ),
    ("def f(x, y, low):\n    return x", "def f(x, y, low):\n    return x & (y >= low)"),
    ("def f(x, n):\n    return x >= 0", "def f(x, n):\n    return (x >= 0) & (x < n)"),
    (
        "def f(ax, bx, ay, by):\n    w = ax\n    return w * min(ay, by)",
        "def f(ax, bx, ay, by):\n    w = min(ax, bx)\n    return w * min(ay, by)",
    ),
    (
        "def f(x, y):\n    x = x.clamp(0, 9)\n    return x * y",
        "def f(x, y):\n    x = x.clamp(0, 9)\n    y = y.clamp(0, 9)\n    return x * y",
    ),
    ("def f(x):\n    return x", "def f(x):\n    return x.clamp(min=0)"),
    ("def f(x):\n    return x * 2", "def f(x):\n    return x ** 2"),
    ("def f(x):\n    return -(-x // 2)", "def f(x):\n    return x // 2"),
    ("def f(x, n=3):\n    return x + 3", "def f(x, n=3):\n    return x + n"),
    ("def f(x, n):\n    return F.conv1d(x)", "def f(x, n):\n    return F.conv1d(x, padding=n - 1)"),
    (
        "def f(x, *, rows=[]):\n    return rows",
        "def f(x, *, rows=None):\n    rows = []\n    return rows",
    ),
    ("def f(x):\n    x += 1\n    return x", "def f(x):\n    x = x + 1\n    return x"),
    ("def f(x):\n    return x.clamp_(0)", "def f(x):\n    return x.clamp(0)"),
    (
        "def f(x):\n    rows = []\n    for y in x:\n        z = y + 1\n    return rows",
        "def f(x):\n    rows = []\n    for y in x:\n        z = y + 1\n        rows.append(z)\n"
        "    return rows",
    ),
    (
        "def f(x):\n    i = 0\n    for y in x:\n        y[i] = 1\n    return x",
        "def f(x):\n    i = 0\n    for y in x:\n        y[i] = 1\n        i += 1\n    return x",
    ),
    (
        "def f(x):\n    for y in x:\n        n += y\n    return n",
        "def f(x):\n    n = 0\n    for y in x:\n        n += y\n    return n",
    ),
    ("def f(x):\n    return x", "def f(x):\n    return x % 2"),
    ("def f(x):\n    return x", "def f(x):\n    return x ** 2"),
    ("def f(x, k):\n    return x[3:k]", "def f(x, k):\n    return x[3 * k:k]"),
    (
        "def f(x):\n    n, m = (0, x)\n    return m",
        "def f(x):\n    n, m = (0, m + x)\n    return m",
    ),
    ("def f(x):\n    return x[:, 2:]", "def f(x):\n    return x[:, 2:] - x[:, :2]"),
    (
        "def f(x, rows):\n    if True:\n        return x['a']",
        "def f(x, rows):\n    if 'a' in rows:\n        return x['a']",
    ),
    (
        "def f(x, scores):\n    for row in range(x):\n        return row",
        "def f(x, scores):\n    for row in sorted(range(x), key=lambda row: -scores[row]):\n"
        "        return row",
    ),
    (
        "def f(x):\n    return (y for y in x)",
        "def f(x):\n    return max((y for y in x))",
    ),
    ("def f(x, y):\n    return x", "def f(x, y):\n    return x @ y"),
    (
        "def f(x, y):\n    y = np.abs(y)\n    return x",
        "def f(x, y):\n    y = np.abs(y)\n    return x / np.sqrt(y)",
    ),
    ("def f(x, y, n):\n    return x + y", "def f(x, y, n):\n    return x + y * (n - x)"),
    ("def f(x):\n    return -x", "def f(x):\n    return math.exp(-x)"),
    ("def f(x, y):\n    return x", "def f(x, y):\n    return x + 0 * y.sum()"),
    (
        "def f(x):\n    t = 0\n    for y in x:\n        t = y\n    return t",
        "def f(x):\n    t = 0\n    for y in x:\n        t = t + y\n    return t",
    ),
    (
        "def f(a, b):\n    low = torch.minimum(a[2:], b[2:])\n    return a[:2]",
        "def f(a, b):\n    low = torch.minimum(a[2:], b[2:])\n    "
        "return torch.maximum(a[:2], b[:2])",
    ),
    (
        "def __init__(self, n):\n    'Text.'\n    self.n = n",
        "def __init__(self, n):\n    'Text.'\n    super().__init__()\n    self.n = n",
    ),
    (
        "def __init__(self, n):\n    parts = [n]",
        "def __init__(self, n):\n    parts = [n]\n    super().__init__(*parts)",
    ),
    (
        "def f(opt, x):\n    opt.step()\n    return x",
        "def f(opt, x):\n    opt.zero_grad()\n    opt.step()\n    return x",
    ),
    (
        "def f(x):\n    rows = list(x)\n    return rows[0]",
        "def f(x):\n    rows = list(x)\n    rows = torch.cat(rows)\n    return rows[0]",
    ),
    (
        "def f(x):\n    return x.mean()",
        "def f(x):\n    with torch.no_grad():\n        return x.mean()",
    ),
    (
        "def f(x, n):\n    y = {}\n    for k, v in x:\n        pass\n    return y",
        "def f(x, n):\n    y = {}\n    for k, v in x:\n        y[n[k]] = v\n    return y",
    ),
    (
        "def f(x):\n    kept = x[:0]\n    while x:\n        x = x[1:]\n    return kept",
        "def f(x):\n    kept = x[:0]\n    while x:\n        kept = torch.cat([kept, x[:1]])\n"
        "        x = x[1:]\n    return kept",
    ),
    (
        "def f(opt, x):\n    opt.zero_grad()\n    opt.step()",
        "def f(opt, x):\n    opt.zero_grad()\n    sum(x.values()).backward()\n    opt.step()",
    ),
    (
        "def f(x, size):\n    return x",
        "def f(x, size):\n    return ops.clip_boxes_to_image(x, size)",
    ),
    ("def f(x, y):\n    return sum(x)", "def f(x, y):\n    return sum(x) / len(x)"),
    ("def f(x, y):\n    return x[..., :2]", "def f(x, y):\n    return y[..., :2] - x[..., :2]"),
    (
        "def f(x, a):\n    while True:\n        x -= a",
        "def f(x, a):\n    while a < x:\n        x -= a",
    ),
    (
        "def f(x):\n    y = x.clone()\n    return y",
        "def f(x):\n    y = x.clone()\n    y[:, 2:] += y[:, :2]\n    return y",
    ),
    ("def f(x, p):\n    return x[p:]", "def f(x, p):\n    return x[p:x.shape[-1] - p]"),
    ("def f(x, eps=0.0005):\n    return x", "def f(x, eps=0.001):\n    return x"),
    (
        "def f(x):\n    return F.max_pool2d(x)",
        "def f(x):\n    return F.max_pool2d(x, kernel_size=1)",
    ),
    (
        "def f(self):\n    self.register_parameter('a', nn.Parameter(zeros))",
        "def f(self):\n    self.register_buffer('a', zeros)",
    ),
]


@pytest.mark.parametrize(("wrong", "right"), REPAIRED)
def test_repair_is_tried(wrong, right):
    wanted = ast.unparse(ast.parse(right))
    tried = itertools.chain.from_iterable(repairs(wrong, None) for repairs in REPAIRS)
    assert any(ast.unparse(repair.tree) == wanted for repair in tried)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_every_repair_of_a_right_answer_is_python():
    made = 0
    for right in list(right_answers())[int(os.environ["RCNN_COURSE_DAY"]) % 24 :: 24]:
        for repairs in REPAIRS:
            for repair in itertools.islice(repairs(right.source, None), 0, 300, 10):
                compile(repair.tree, right.exercise.name, "exec")
                made += 1
    assert made > 300


def test_two_lines_are_named_where_one_reads_what_the_other_makes():
    found = [Location(2, "sign"), Location(3, "operator")]
    related = "def f(x):\n    y = x + 1\n    return y * 2"
    place = one_of(found, related)
    assert place_of(place.kind, place.line, place.other) == "the sign in line 2 or 3"
    assert one_of(found, related.replace("y * 2", "x * 2")) is None
    assert one_of(found, f"{related} - y\n    y = 1") == place
    assert one_of(found, f"{related}\n    z = y") == place
    bound_anew = "def f(x):\n    y = x + 1\n    y = y * 2\n    return y - 1"
    assert one_of(found, bound_anew) == place


def test_only_lines_that_are_executed_are_changed():
    source = "def f(x):\n    if x:\n        return (\n            1\n        )\n    return 2\n"
    names = {}
    exec(compile(source, "answer", "exec"), names)
    tree = ast.parse(source)
    assert executed_lines(tree, "answer", lambda: names["f"](1)) == {1, 2, 3, 4, 5}
    assert executed_lines(tree, "answer", lambda: names["f"](0)) == {1, 2, 6}
    assert executed_lines(tree, "answer", lambda: [names["f"](0) for _ in range(MOST)]) == {
        *range(1, 7)
    }


def test_expression_is_tried_only_where_its_value_is_new():
    given = []

    def call(tree, names):
        exec(tree if isinstance(tree, CodeType) else compile(tree, "answer", "exec"), names)
        given.append(names["f"](torch.ones(2)).tolist())
        return given[-1] == [5, 5]

    values = Values(call)
    found = Found("def f(x):\n    return x + 1\n", None)
    (place,) = (place for place in found.values if isinstance(place.node, ast.Name))
    texts = ("x * 1", "x * 2", "x + x", "x.nothing", "x.clone()", "sum([x for _ in range(4)])")
    helpful = [text for text in texts if values.helps(Repair("sign", place, expression(text)))]
    assert helpful == [texts[-1]]
    assert given == [[2, 2], [3, 3], [2, 2], [5, 5]]  # the first to see what is known there


def repair_of(source, text, wanted):
    """Return what tells whether a repair of the only condition, or call, of a source helps."""

    def call(tree, names):
        exec(tree if isinstance(tree, CodeType) else compile(tree, "answer", "exec"), names)
        with contextlib.suppress(RecursionError):
            return names["f"]([1, 2, 3]) == wanted

    found = Found(source, None)
    place = next(p for p in found.places if p.field == "test" or isinstance(p.above(), ast.Expr))
    return lambda new: Values(call).helps(Repair("condition", place, expression(new)))


def test_condition_that_is_asked_again_is_not_told_by_its_first_value():
    source = """
def f(x):
    def first(rows):
        if True:
            return []
        return rows[:1] + first(rows[1:])
    return first(x)
"""
    helps = repair_of(source, "True", [1, 2, 3])
    assert [helps(new) for new in ("rows is None", "not rows", "rows")] == [False, True, False]


def test_name_that_a_comprehension_has_not_used_is_known_to_it():
    source = "def f(x, n=2):\n    return [1 for y in x]"
    found = Found(source, None)
    (place,) = found.numbers[-1:]

    def call(tree, names):
        exec(tree if isinstance(tree, CodeType) else compile(tree, "answer", "exec"), names)
        return names["f"]([1, 2]) == [2, 2]

    assert Values(call).helps(Repair("default", place, expression("n")))


def test_call_for_what_it_does_is_not_told_by_what_it_gives():
    helps = repair_of("def f(x):\n    x.sort()\n    return x", "x.sort()", [3, 2, 1])
    assert [helps(new) for new in ("x.copy()", "x.reverse()")] == [False, True]


def endless(item):
    while item == 1:
        try:
            sum(range(1000))
        except Exception:  # as a student's code may do
            continue
    return item


def crashing(item):
    if item == 1:
        os.kill(os.getpid(), 11)
    return item


def noisy(item):
    os.write(2, b"text\n")
    sys.stderr.write("text\n")
    return item


def slow(item):
    if item == 1:
        sum(range(10**10))  # one call of a function of C, which no signal interrupts
    return item


def failing(item):
    if item < 50:
        raise ValueError("a repair cannot be made")
    return item


def test_errors_take_no_time_from_the_others():
    assert results_apart(lambda: iter(range(51)), failing, each=5.0, total=1.0) == [50]


@pytest.mark.parametrize("test", [endless, crashing, noisy, slow])
def test_items_are_tried_whatever_one_of_them_does(test, capfd):
    before = seconds_of_copies()
    found = results_apart(lambda: iter(range(3)), test, each=0.2, total=1.0)
    assert seconds_of_copies() - before < 5  # endless without the limit
    assert set(found) == ({0, 1, 2} if test is noisy else {0, 2})
    assert capfd.readouterr() == ("", "")


def busy(item):
    if item != 1:
        prolong(5.0)
    while time.process_time() < item + 0.5:
        pass
    return item


def test_item_that_is_worth_it_may_take_longer():
    assert results_apart(lambda: iter(range(2)), busy, each=0.2, total=5.0) == [0]


def test_time_is_limited():
    found = results_apart(itertools.count, lambda item: item, each=0.1, total=0.3)
    assert len(found) > 10


def test_copy_computes_though_threads_have_computed_before():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        big = torch.ones(600, 600)
        big @ big
        (found,) = results_apart(
            lambda: iter([0]), lambda _: float((big @ big)[0, 0]), each=5, total=5
        )
    finally:
        torch.set_num_threads(before)
    assert found == 600


def test_answer_is_located_in_another_thread_while_others_compute():
    is_over = threading.Event()
    busy = threading.Thread(
        target=lambda: [torch.ones(99, 99) @ torch.ones(99, 99) for _ in iter(is_over.is_set, True)]
    )
    said = []
    asked = threading.Thread(
        target=lambda: said.append(message("00_start_here", "box_area", AREA.format("* 3 -")))
    )
    busy.start()
    asked.start()
    asked.join()
    is_over.set()
    busy.join()
    assert "in line 4." in said[0]


def test_planted_mistakes_are_located_and_hardly_any_wrongly():
    tried = [try_one(edit) for edit in planted(6, seed=5)]
    assert sum(one.is_right for one in tried) >= len(tried) / 2  # a slow machine runs out of time
    assert sum(one.is_wrong for one in tried) <= 1
