"""Integrity: forged success is seen, whoever is honest is left alone, and points stay as they are.

Each submission runs in a fork of this process, in an IPython shell of its own; the hostile class
in test_hostile_class.py sends the same kind of thing through real kernels.
"""

import json
from pathlib import Path

import nbformat
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade, is_grade

from rcnn_course.authoring.course import assignments
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.run import run_reference
from rcnn_course.checks.engine.transport import from_data, to_data
from rcnn_course.grading.demo.hand_in import load_answers
from rcnn_course.grading.integrity import examination
from rcnn_course.grading.integrity.code_scan import scan
from rcnn_course.grading.integrity.examination import examine
from rcnn_course.grading.integrity.probes import armed
from rcnn_course.grading.integrity.settlement import settle
from rcnn_course.grading.integrity.suspicions import code_of
from rcnn_course.reports import Report
from tests.grading.forked import in_fork
from tests.grading.honest import BESIDE, WITHIN
from tests.grading.made import SAMPLE as RIGHT
from tests.grading.made import SETUP, displaying

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[3]

WRONG = "def bilinear_sample(input, y, x):\n    return input[:, y.long() * 0, x.long() * 0]"
STUB = "def bilinear_sample(input, y, x):\n    raise NotImplementedError"


@pytest.fixture
def run(make_cell):
    """Run a submission with probes; return its points and the suspicions."""
    secret = "a word that nobody knows"

    def run(answer, *others, name="bilinear_sample"):
        cells = [
            make_cell("setup", SETUP),
            *map(new_code_cell, others),
            make_cell(name, answer, solution=True),
            make_cell(f"check_{name}", f"check({name})", points=2),
            make_cell(f"check_{name}_hidden", f"check({name}, seed=3)", points=3),
        ]
        notebook = new_notebook(cells=cells)
        executed = in_fork(armed(notebook, secret))
        found = settle(executed, secret, examine)
        assert [cell.source for cell in executed.cells] == [cell.source for cell in notebook.cells]
        return sum(determine_grade(cell)[0] for cell in executed.cells if is_grade(cell)), found

    return run


HONEST = {
    "right": (RIGHT, 5),
    "wrong": (WRONG, 0),
    "untouched": (STUB, 0),
    "does not compile": ("def bilinear_sample(:", 0),
    "calls the answer": (
        "def bilinear_sample(input, y, x):\n"
        "    grid = torch.stack([x, y], -1)[None, None]\n"
        "    return torch.nn.functional.grid_sample(input[None], grid)[0, :, 0]",
        0,
    ),
}


@pytest.mark.parametrize("answer", HONEST)
def test_honest_submission_is_left_alone(run, answer):
    source, points = HONEST[answer]
    assert run(source) == (points, ())


@pytest.mark.parametrize("habit", BESIDE)
def test_honest_code_beside_a_right_answer_is_left_alone(run, habit):
    assert run(RIGHT, BESIDE[habit]) == (5, ())


def test_check_that_runs_in_the_kernel_is_kept_for_hints_and_suspects_nobody(make_cell):
    """A test that an instructor wrote otherwise runs there; `check` remembers what it found."""
    secret = "a word that nobody knows"
    checked = "try:\n    check(bilinear_sample)\nexcept AssertionError:\n    pass"
    cells = [
        make_cell("setup", SETUP),
        make_cell("bilinear_sample", WRONG, solution=True),
        make_cell("check_otherwise", checked, points=2),
        new_code_cell("from rcnn_course import hint\nhint('bilinear_sample')"),
        make_cell("check_bilinear_sample", "check(bilinear_sample)", points=2),
    ]
    executed = in_fork(armed(new_notebook(cells=cells), secret))
    assert settle(executed, secret, examine) == ()
    assert "bilinear_sample, hint 1. " in executed.cells[3].outputs[0].text


@pytest.mark.parametrize("habit", WITHIN)
def test_honest_code_within_a_right_answer_is_left_alone(run, habit):
    assert run(WITHIN[habit], name="box_area") == (5, ())


def test_honest_code_hides_no_wrong_answer(run):
    """All of it at once, beside an answer that is wrong."""
    assert run(WRONG, *BESIDE.values()) == (0, ())


PATCH = "import rcnn_course.checks.{module} as target\ntarget.{name} = {value}"
SHELL = "shell = get_ipython()\n"
PASSED = Report("bilinear_sample", "correct").to_data()
PASSES = displaying(PASSED)
PASSING = PATCH.format(module="checking", name="announce", value=f"lambda report: {PASSES}")

FORGED = {
    "a check of his own": (
        f"check.__code__ = (lambda *a, **k: {PASSES}).__code__",
        "Changed before check_bilinear_sample: check",
    ),
    "a silent check of his own": (
        "check.__code__ = (lambda *a, **k: None).__code__",
        "Changed before check_bilinear_sample: check",
    ),
    "a check that gives points": (
        "check.__code__ = (lambda *a, **k: 2.0).__code__",
        "Changed before check_bilinear_sample: check",
    ),
    "the engine's report": (
        PATCH.format(module="checking", name="announce", value="lambda report: None"),
        "rcnn_course.checks.checking.announce",
    ),
    "the data of the report": (
        "import rcnn_course.reports as target\n"
        "target.Report.to_data = lambda self: "
        f"{PASSED!r}\n{PASSING}",
        "rcnn_course.reports.Report.to_data",
    ),
    "the comparison": (
        PATCH.format(module="engine.judge", name="compare", value="lambda *a, **k: 0.0"),
        "rcnn_course.checks.engine.judge.compare",
    ),
    "the code of the comparison": (
        "import rcnn_course.checks.engine.judge as target\n"
        "target._compare_results.__code__ = (lambda exercise, found, expected: 0.0).__code__",
        "rcnn_course.checks.engine.judge._compare_results",
    ),
    "the catalogue": (
        "from dataclasses import replace\nfrom rcnn_course.checks.catalogue import EXERCISES\n"
        "EXERCISES['bilinear_sample'] = replace(EXERCISES['bilinear_sample'], rtol=1e9, atol=1e9)",
        "rcnn_course.checks.catalogue.EXERCISES",
    ),
    "the tolerance of the exercise": (
        "from rcnn_course.checks.catalogue import EXERCISES\n"
        "object.__setattr__(EXERCISES['bilinear_sample'], 'atol', 1e9)",
        "BILINEAR_SAMPLE",
    ),
    "a transformer of code": (
        SHELL + "import ast\nclass T(ast.NodeTransformer):\n"
        "    def visit_Call(self, node):\n"
        "        if ast.unparse(node.func) != 'check': return node\n"
        f"        return ast.parse({PASSES!r}).body[0].value\n"
        "shell.ast_transformers.append(T())",
        "ast_transformers",
    ),
    "a transformer that hides from probes": (
        SHELL
        + f"""
def forge(lines):
    text = ''.join(lines)
    return ['pass\\n'] if 'probe' in text else [{PASSES!r}] if 'check(' in text else lines
shell.input_transformers_cleanup.append(forge)""",
        "did not answer before check_bilinear_sample",
    ),
    "a callback before each cell": (
        SHELL + "shell.events.register('pre_run_cell',"
        " lambda info: shell.user_ns.update(check=lambda *a, **k: print('ok')))",
        "IPython's callbacks around cells",
    ),
    "a handler of exceptions": (
        SHELL + f"shell.set_custom_exc((Exception,), lambda *a, **k: None)\n{PASSING}",
        "IPython's handlers of exceptions",
    ),
    "a method of the shell": (
        SHELL + f"run = shell.run_cell\n"
        f"shell.run_cell = lambda c, *a, **k: run({PASSES!r} if 'check(' in c else c, *a, **k)",
        "a method of IPython's shell",
    ),
    "equality of tensors": (
        "torch.allclose = torch.equal = torch.Tensor.allclose = lambda *a, **k: True\n"
        + PATCH.format(module="engine.judge", name="compare", value="lambda *a, **k: 0.0"),
        "torch.allclose",
    ),
    "operators of PyTorch": (
        "import torch.library\nlib = torch.library.Library('aten', 'IMPL')\n"
        "lib.impl('aten::allclose', lambda *a: True, 'CompositeImplicitAutograd')\n"
        + PATCH.format(module="engine.judge", name="compare", value="lambda *a, **k: 0.0"),
        "the kernels of PyTorch",
    ),
    "a thread that waits": (
        "import threading, time\n"
        "def late():\n    time.sleep(10**6)\n"
        f"threading.Thread(target=late, daemon=True).start()\n{PASSING}",
        "Left running: thread",
    ),
    "a trace function": (
        f"import sys\nsys.settrace(lambda *a: None)\n{PASSING}",
        "the trace function of Python",
    ),
}


@pytest.mark.parametrize("attack", FORGED)
def test_forged_success_earns_nothing_and_is_seen_in_the_kernel(run, attack):
    source, words = FORGED[attack]
    points, found = run(WRONG, source)
    assert points == 0
    assert any(words in sentence for sentence in found if not sentence.startswith("In cell"))


TAKEN_FROM_THE_CALLER = {
    "frames of the stack": "[each.frame.f_locals for each in inspect.stack()]",
    "frames of all threads": (
        "[frame.f_locals for first in sys._current_frames().values() for frame in chain(first)]"
    ),
    "frames of a traceback": "[frame.f_locals for frame in chain(caught().tb_frame)]",
    "frames of a generator": "[frame.f_locals for frame in chain((_ for _ in ()).gi_frame)]",
    "all objects": "[vars(x) for x in gc.get_objects() if type(x).__name__ == 'Result']",
}
LOOKING = """import gc, inspect, sys
def chain(frame):
    frame = sys._getframe()
    while frame:
        yield frame
        frame = frame.f_back
def caught():
    try: 1 / 0
    except ZeroDivisionError as error: return error.__traceback__
def values(thing, depth=0):
    yield thing
    parts = list(thing) if isinstance(thing, (list, tuple)) else []
    parts += thing.values() if isinstance(thing, dict) else []
    parts += vars(thing).values() if type(thing).__name__ in ('Result', 'Attempt') else []
    for part in parts if depth < 4 else []:
        yield from values(part, depth + 1)
def bilinear_sample(input, y, x):
    for thing in values({places}):
        if isinstance(thing, torch.Tensor) and thing.shape == (len(input), len(y)):
            return thing
    return input[:, y.long() * 0, x.long() * 0]"""


@pytest.mark.parametrize("places", TAKEN_FROM_THE_CALLER)
def test_nothing_of_what_is_expected_is_in_the_kernel(run, places):
    points, _ = run(LOOKING.replace("{places}", TAKEN_FROM_THE_CALLER[places]))
    assert points == 0


def test_check_of_a_student_compares_nothing_where_points_depend_on_it(run):
    """Else what is expected would be in the kernel before the question is asked."""
    source = "from rcnn_course.checks import checking\nFORGOTTEN = not checking._FIRST_ANSWERS"
    answer = RIGHT.replace("):\n", "):\n    assert FORGOTTEN\n", 1)
    assert run(f"{answer}\ncheck(bilinear_sample)", source)[0] == 5


@pytest.mark.parametrize(
    "forged",
    [PASSED, PASSED | {"exercise": "roi_align"}, PASSED | {"mistake": "m", "title": "a mistake"}],
    ids=["right", "of another exercise", "odd"],
)
def test_report_that_is_not_the_courses_is_seen_and_changes_no_points(run, forged):
    shows = f"    {displaying(forged)}\n"
    points, found = run(RIGHT.replace("):\n", f"):\n{shows}", 1))
    assert points == 5
    is_report = forged["mistake"] == ""
    assert ("check_bilinear_sample shows a report that is not the course's." in found) == is_report


@pytest.mark.parametrize(("seeds", "earned"), [((0,), 2), ((0, 3), 5)])
def test_cases_that_were_learned_by_heart_are_seen(run, seeds, earned):
    exercise = EXERCISES["nms"]
    known = {
        repr((case.args, dict(case.kwargs))): run_reference(exercise, case).value.tolist()
        for seed in seeds
        for case in exercise.cases(seed)
    }
    answer = (
        f"KNOWN = {known!r}\n"
        "def nms(*args, **kwargs):\n"
        "    return torch.tensor(KNOWN.get(repr((args, kwargs)), [0]), dtype=torch.int64)"
    )
    points, found = run(answer, name="nms")
    assert points == earned
    assert [sentence for sentence in found if "cases" in sentence]


def test_what_stands_beside_a_check_in_its_cell_is_run(make_cell):
    source = "x = 1\ncheck(bilinear_sample)\nassert bilinear_sample is not None\nprint(x + 1)"
    cells = [
        make_cell("setup", SETUP),
        make_cell("bilinear_sample", RIGHT, solution=True),
        make_cell("check_bilinear_sample", source, points=2),
        make_cell("check_other", "assert x == 2", points=1),
    ]
    executed = in_fork(armed(new_notebook(cells=cells), "word"))
    assert settle(executed, "word", examine) == ()
    assert [determine_grade(cell)[0] for cell in executed.cells[2:]] == [2, 0]
    assert executed.cells[2].source == source
    assert executed.cells[2].outputs[0].text == "2\n"


def test_check_that_no_probe_can_stand_for_is_run_as_it_is(make_cell):
    source = "for seed in (0, 3):\n    check(bilinear_sample, seed=seed)"
    for answer, points in {RIGHT: 2, WRONG: 0}.items():
        cells = [
            make_cell("setup", SETUP),
            make_cell("bilinear_sample", answer, solution=True),
            make_cell("check_bilinear_sample", source, points=2),
        ]
        executed = in_fork(armed(new_notebook(cells=cells), "word"))
        assert settle(executed, "word", examine) == ()
        assert determine_grade(executed.cells[2])[0] == points


@pytest.mark.parametrize(("answer", "earned"), [(RIGHT, 5), (WRONG, 0)], ids=["right", "wrong"])
def test_function_of_ones_own_called_check_changes_no_points(run, answer, earned):
    points, found = run(answer, "def check(found, expected):\n    assert found == expected")
    assert points == earned
    assert "In cell 2, line 1, the code replaces check (rcnn_course.check)." in found


def test_many_changes_are_counted_not_listed(run):
    patch = "torch.sin = torch.cos = torch.tan = torch.exp = torch.log = None"
    _, found = run(RIGHT, patch)
    assert "Changed at the end: torch.cos, torch.exp, torch.log and 2 more." in found


def test_answers_of_a_kernel_are_decoded_whatever_they_hold(run):
    encoded = to_data({"a": (torch.ones(0, 4), [torch.tensor(2.0).bfloat16()]), 1: None})
    decoded = from_data(json.loads(json.dumps(encoded)))
    assert decoded["a"][0].shape == (0, 4)
    assert decoded["a"][1][0].dtype == torch.bfloat16
    assert decoded["a"][1][0] == 2
    assert decoded[1] is None
    for hostile in (
        {"tensor": ["torch.load", [1], ""]},
        {"tensor": ["torch.float32", [10**12], "AAAA"]},
        {"tensor": ["torch.float32", [-1], "AAAA"]},
        {"tensor": 3},
        {"unknown": 1},
        {"a": 1, "b": 2},
    ):
        with pytest.raises((ValueError, TypeError, KeyError, RuntimeError)):
            from_data(hostile)


SCANNED = {
    "from unittest.mock import patch": "line 1, the code imports unittest.mock.patch",
    "from rcnn_course.checks.exercises import n06_roi_align": "imports rcnn_course.checks",
    "from rcnn_course.reports import Report": "imports rcnn_course.reports",
    "import importlib\nimportlib.import_module('rcnn_course.checks')": "imports rcnn_course.checks",
    "import sys\nx = sys.modules['rcnn_course.checks.engine']": "imports rcnn_course.checks.engine",
    "import ctypes": "imports ctypes",
    "import inspect\ninspect.stack()": "uses inspect.stack",
    "import sys\nsys._getframe(1).f_locals": "uses sys._getframe",
    "import gc\ngc.get_objects()": "uses gc.get_objects",
    "text = 'y = 2'\nexec(text)": "line 2, the code uses exec",
    "run = exec": "uses exec",
    "def f(eval=eval): ...": "uses eval",
    "def f(eval):\n    eval = 2": "uses eval",
    "def eval(x): ...\ndel eval\neval(open('x').read())": "line 2, the code uses eval",
    "def f():\n    def eval(x): ...\neval(open('x').read())": "line 3, the code uses eval",
    "exec('import ctypes')": "line 1, the code imports ctypes",
    "__import__('ctypes')": "imports ctypes",
    "getattr(torch, 'x').__globals__": "uses getattr(torch, 'x').__globals__",
    "def f(): ...\nf.__code__ = (lambda: 0).__code__": "uses f.__code__",
    "import sys\nsys.modules['torch'] = None": "uses sys.modules",
    "import sys\nsys.modules.pop('rcnn_course.checks')": "uses sys.modules",
    "torch.Tensor.__eq__ = 1": "replaces torch.Tensor.__eq__",
    "import torchvision.ops as o\no.nms = 1": "replaces torchvision.ops.nms",
    "del torch.allclose": "replaces torch.allclose",
    "setattr(torch, 'allclose', 1)": "replaces a part of torch",
    "__builtins__.print = None": "replaces builtins.print",
    "def check(x): ...": "replaces check (rcnn_course.check)",
    "def f():\n    global check": "replaces check (rcnn_course.check)",
    "class T:\n    def __torch_function__(self): ...": "defines __torch_function__",
    "%%time\neval(open('x').read())": "uses eval",
    "get_ipython().ast_transformers": "uses get_ipython().ast_transformers",
    "get_ipython().user_ns['f'](1)\nimport ctypes": "line 2, the code imports ctypes",
}


@pytest.mark.parametrize("source", SCANNED)
def test_scan_names_what_could_change_a_verdict(make_cell, source):
    cells = [make_cell("setup", SETUP), new_code_cell(source)]
    (found, *_) = scan(code_of(new_notebook(cells=cells)))
    assert found.startswith("In cell 2, line ")
    assert SCANNED[source] in found


@pytest.mark.parametrize("first", ["", "%%time\n"])
def test_code_with_more_magics_than_can_be_read_is_named(first):
    source = first + "!ls\n" * 1000
    cells = [new_code_cell(source), new_code_cell("import ctypes")]
    one, other = scan(code_of(new_notebook(cells=cells)))
    assert {"too many magics" in one, "too many magics" in other} == {True, False}


def test_scan_reads_modules_that_the_notebook_names_and_those_that_they_name():
    unsafe = b"import ctypes"
    files = {"helper.py": b"import tools.deep", "tools/deep.py": unsafe, "env/lib.py": unsafe}
    notebook = new_notebook(cells=[new_code_cell("from helper import *")])
    found = settle(notebook, "word", examine, files)
    assert "In tools/deep.py, line 1, the code imports ctypes." in found
    assert not any("env/lib.py" in sentence for sentence in found)


UNREAD = {
    "a name that is put together": "import importlib\nimportlib.import_module('not' + 'es')",
    "a text that is run": "%run notes.txt",
    "a text that is loaded": "import runpy\nrunpy.run_path('no' + 'tes.txt')",
    "a text as a module": "from importlib.machinery import SourceFileLoader as S\n"
    "S('n', 'notes.txt')",
}


@pytest.mark.parametrize("road", UNREAD)
def test_scan_reads_what_is_run_by_a_name_that_is_put_together(road):
    unsafe = b"import ctypes"
    files = {"notes.py": unsafe, "notes.txt": unsafe, "env/site-packages/lib.py": unsafe}
    notebook = new_notebook(cells=[new_code_cell(UNREAD[road])])
    found = settle(notebook, "word", examine, files | {"a.csv": b"1,2", "b.txt": b"Dear all,"})
    assert "In notes.txt, line 1, the code imports ctypes." in found
    assert not any("lib.py" in sentence or "a.csv" in sentence for sentence in found)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("tool.so", b"\x7fELF", "tool.so is compiled code, which cannot be read."),
        ("a/tool.cpython-311-x86_64-linux-gnu.so", b"\x7fELF", "is compiled code"),
        ("tool.zip", b"PK tool.py", "tool.zip is an archive with Python code, which was not read."),
        ("tool.zip", b"PK tool.png", ""),
        ("other.so", b"\x7fELF", ""),
    ],
)
def test_modules_that_nobody_can_read_are_named(name, content, said):
    code = "import sys\nsys.path.insert(0, 'tool.zip')\nimport tool"
    found = settle(new_notebook(cells=[new_code_cell(code)]), "word", examine, {name: content})
    assert [name for sentence in found if "tool" in sentence] == [name] * bool(said)
    assert said in " ".join(found)


def test_code_that_cannot_be_scanned_is_a_reason_to_look(monkeypatch):
    def fails(cells):
        raise LookupError("no such thing")

    monkeypatch.setattr(examination, "scan", fails)
    found = settle(new_notebook(), "word", examine)
    assert "It could not be examined (LookupError: no such thing)." in found


@pytest.mark.parametrize("assignment", assignments(REPOSITORY))
def test_scan_finds_nothing_in_the_notebooks_of_the_course(assignment):
    source = REPOSITORY / "solutions" / assignment / f"{assignment}.ipynb"
    assert list(scan(code_of(nbformat.read(source, as_version=4)))) == []


def test_scan_finds_nothing_in_other_right_answers(make_cell):
    answers = [
        source
        for assignment in assignments(REPOSITORY)
        for ways in load_answers(REPOSITORY, assignment).RIGHT.values()
        for source in ways.values()
    ]
    cells = [make_cell("setup", SETUP), *map(new_code_cell, answers)]
    assert list(scan(code_of(new_notebook(cells=cells)))) == []
