# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Injection: code or outputs of a submission speak for the check (Kratzke 2019, 'injection')."""

from functools import partial

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from rcnn_course.reports import MIME, Report
from tests.grading.attacks.evasion import HEADS
from tests.grading.attacks.table import WRONG, Entry, Holds, attack
from tests.grading.made import cell, displaying, edited, place

_injects = partial(attack, "injection")

AREA, NMS = HEADS["box_area"], HEADS["nms"]
CORRECT = Report("box_area", "correct").to_data()
FORGERY = displaying(CORRECT)
PATCH = "import rcnn_course.checks.{} as target\ntarget.{} = {}"
HIDDEN = "import importlib\ntarget = importlib.import_module('rcnn_' + 'course.checks.{}')\nvars(target)[{!r}] = {}"
"""The same in words that a reading of the code does not know."""


def _edits(road: str, holds: Holds, edit) -> Entry:
    """Return an attack that changes the file itself, not its code alone."""

    def wrong_and_edited(notebook: NotebookNode) -> None:
        cell(notebook, "box_area").source = WRONG["box_area"]
        edit(notebook)

    return Entry("injection", road, edited(wrong_and_edited), holds, exercise="box_area")


def _all_skipped(notebook: NotebookNode) -> None:
    for each in notebook.cells:
        each.metadata["tags"] = ["skip-execution"]


def _faked(notebook: NotebookNode) -> None:
    cell(notebook, "check_box_area").outputs = [
        new_output("stream", name="stdout", text="box_area: visible checks passed.")
    ]


def _reported(notebook: NotebookNode) -> None:
    for name in ("check_box_area", "check_box_area_hidden"):
        cell(notebook, name).outputs = [new_output("display_data", {MIME: CORRECT})]
        cell(notebook, name).execution_count = 1


def _rewritten(notebook: NotebookNode) -> None:
    for name in ("check_box_area", "check_box_area_hidden"):
        cell(notebook, name).source = FORGERY


def _raw(notebook: NotebookNode) -> None:
    for name in ("check_box_area", "check_box_area_hidden"):
        cell(notebook, name).cell_type = "raw"


def _points(notebook: NotebookNode) -> None:
    for name in ("check_box_area", "check_box_area_hidden"):
        cell(notebook, name).metadata.nbgrader["points"] = 1000


def _of_other_points(notebook: NotebookNode) -> None:
    cell(notebook, "check_bilinear_sample").metadata.nbgrader["points"] = 1000


def _no_checks(notebook: NotebookNode) -> None:
    notebook.cells = [c for c in notebook.cells if "check_box_area" not in str(c.metadata)]


def _moved(notebook: NotebookNode) -> None:
    check = notebook.cells.pop(place(notebook, "check_box_area_hidden"))
    notebook.cells.insert(0, check)


def _copied_check(notebook: NotebookNode) -> None:
    copy = new_code_cell(FORGERY, metadata=cell(notebook, "check_box_area_hidden").metadata)
    notebook.cells.append(copy)


def _as_solution(notebook: NotebookNode) -> None:
    for name in ("check_box_area", "check_box_area_hidden"):
        cell(notebook, name).metadata.nbgrader.update(solution=True, locked=False)
        cell(notebook, name).source = FORGERY


def _probes(notebook: NotebookNode) -> None:
    for each in notebook.cells:
        each.metadata["rcnn_course_probe"] = "at the start"


def _kernel(notebook: NotebookNode) -> None:
    notebook.metadata.kernelspec = {"name": "bash", "display_name": "Bash", "language": "bash"}
    notebook.metadata.language_info = {"name": "bash"}


def _mark(notebook: NotebookNode) -> None:
    notebook.metadata["rcnn_course"] = {"mended": [], "points": {"box_area": 5}}
    for each in notebook.cells:
        each.metadata["score"] = each.metadata["autograded"] = 5


def _raises(notebook: NotebookNode) -> None:
    for name in ("check_box_area", "check_box_area_hidden"):
        cell(notebook, name).metadata["tags"] = ["raises-exception", "nbgrader-ignore"]


TRANSFORMER = f"""import ast
class T(ast.NodeTransformer):
    def visit_Call(self, node):
        if ast.unparse(node.func) != 'check': return node
        return ast.parse({FORGERY!r}).body[0].value
get_ipython().ast_transformers.append(T())"""

OF_TEXT = f"""def forge(lines):
    return [{FORGERY!r}] if 'box_area' in ''.join(lines) else lines
get_ipython().input_transformers_post.append(forge)"""

RESTORED = """import importlib
run = importlib.import_module('rcnn_' + 'course.checks.engine.run')
names = vars(run)
before = dict(names)
def forge():
    names['compare'] = lambda *a, **k: 0.0
    names['_compare_results'] = lambda *a, **k: 0.0
def restore(*_):
    names.update(before)
get_ipython().events.register('post_run_cell', restore)"""

PUBLISHER = """shell = get_ipython()
publish = shell.display_pub.publish
def forged(data, *args, **options):
    for kind, content in data.items():
        if isinstance(content, dict) and 'outcome' in content:
            content.update(outcome='correct', mistake='', title='')
    return publish(data, *args, **options)
shell.display_pub.publish = forged"""

SESSION = """kernel = get_ipython().kernel
send = kernel.session.send
def forged(stream, message, *args, **options):
    if message == 'error': return None
    if isinstance(options.get('content'), dict) and options['content'].get('status') == 'error':
        options['content'] = {'status': 'ok', 'execution_count': 1, 'payload': [], 'user_expressions': {}}
    return send(stream, message, *args, **options)
kernel.session.send = forged"""

DESCRIPTORS = """import os
for number in range(3, 200):
    try:
        os.write(number, b'{"outcome": "correct", "exercise": "box_area", "points": 5}')
    except OSError: pass"""

LATE_OUTPUT = f"""import threading, time
def later():
    for _ in range(200):
        time.sleep(0.01)
        {FORGERY}
threading.Thread(target=later, daemon=True).start()"""

COMM = """from ipykernel.comm import Comm
Comm('rcnn_course', data={'exercise': 'box_area', 'outcome': 'correct'}).send({'points': 5})"""

MASTER = """for name in ('print', 'isinstance', 'len', 'sum', 'all', 'any'):
    pass
import builtins
builtins.any = lambda values: False
builtins.all = lambda values: True"""

TOKEN = """import builtins
run = builtins.exec
def read(source, names=None, *rest):
    global seen
    seen = source
    return run(source, names, *rest) if names is not None else run(source)
builtins.exec = read"""

ENTRIES = [
    _edits("tags all cells to be skipped", "intake", _all_skipped),
    _edits("hands in outputs that praise", "intake", _faked),
    _edits("hands in outputs with the data of a report", "intake", _reported),
    _edits("rewrites the checks", "intake", _rewritten),
    _edits("makes the checks raw cells", "intake", _raw),
    _edits("raises the points of a check", "intake", _points),
    _edits("raises the points of another check", "intake", _of_other_points),
    _edits("takes the checks out", "intake", _no_checks),
    _edits("moves the check before everything", "intake", _moved),
    _edits("adds a copy of the check", "intake", _copied_check),
    _edits("makes the checks answers", "intake", _as_solution),
    _edits("marks its cells as the course's probes", "intake", _probes),
    _edits("asks for another kernel", "intake", _kernel),
    _edits("writes points into the metadata", "intake", _mark),
    _edits("tags the checks to fail", "intake", _raises),
    _injects("a check of its own", "verdict", "box_area", "", "check = lambda *a, **k: None"),
    _injects("a check of its own that praises", "verdict", "box_area", "", f"def check(*a, **k): {FORGERY}"),
    _injects("other code in the check", "verdict", "box_area", "", "check.__code__ = (lambda *a, **k: None).__code__"),
    _injects("other code in the check, with a report", "verdict", "box_area", "",
             f"check.__code__ = (lambda *a, **k: {FORGERY}).__code__"),
    _injects("other code in the check, in other words", "verdict", "box_area", "",
             f"setattr(check, '__co' + 'de__', getattr(lambda *a, **k: {FORGERY}, '__co' + 'de__'))"),
    _injects("no report of a failure", "verdict", "box_area", "", PATCH.format("checking", "announce", "lambda report: None")),
    _injects("a comparison that is content", "verdict", "box_area", "", PATCH.format("engine.run", "compare", "lambda *a, **k: 0.0")),
    _injects("a comparison that is content, in other words", "verdict", "nms", "",
             HIDDEN.format("engine.run", "compare", "lambda *a, **k: 0.0")),
    _injects("a comparison that is content for the time of the check", "verdict", "box_area",
             AREA + "forge()\n    return boxes[:, 2] * 0", RESTORED),
    _injects("a tolerance beyond all bounds", "verdict", "nms", "",
             "from rcnn_course.checks.catalogue import EXERCISES\nobject.__setattr__(EXERCISES['nms'], 'atol', 1e9)"),
    _injects("an exercise of its own in the catalogue", "verdict", "box_area", "",
             "from dataclasses import replace\nfrom rcnn_course.checks.catalogue import EXERCISES\n"
             "EXERCISES['box_area'] = replace(EXERCISES['box_area'], reference=lambda boxes: boxes[:, 2] * 0)"),
    _injects("an exercise without cases", "verdict", "box_area", "",
             "from dataclasses import replace\nfrom rcnn_course.checks.catalogue import EXERCISES\n"
             "EXERCISES['box_area'] = replace(EXERCISES['box_area'], own_cases=lambda *a: iter(()), odd=None)"),
    _injects("an exercise that uses nothing of the answer", "verdict", "wire_faster_rcnn", "",
             "from dataclasses import replace\nfrom rcnn_course.checks.catalogue import EXERCISES\n"
             "theirs = EXERCISES['wire_faster_rcnn']\n"
             "EXERCISES['wire_faster_rcnn'] = replace(theirs, use=lambda subject, *a, **k: theirs.use(theirs.reference, *a, **k))"),
    _injects("an exercise that refuses nothing", "guard", "nms", "nms = ops.nms",
             "from dataclasses import replace\nfrom rcnn_course.checks.catalogue import EXERCISES\n"
             "EXERCISES['nms'] = replace(EXERCISES['nms'], refused=(), refused_code=())"),
    _injects("a guard that refuses nothing", "guard", "nms", "nms = ops.nms", HIDDEN.format("engine.guard", "Guard", "None")
             + "\nimport contextlib\nclass Open(contextlib.nullcontext):\n    called = []\n    def __init__(self, *a): super().__init__()\n"
             "    lifted = contextlib.nullcontext\nimport rcnn_course.checks.engine.run as run\nrun.Guard = Open"),
    _injects("a transformer of syntax trees", "verdict", "box_area", "", TRANSFORMER),
    _injects("a transformer of input", "verdict", "box_area", "", OF_TEXT),
    _injects("a callback that puts its own check in place", "verdict", "box_area", "",
             "get_ipython().events.register('pre_run_cell', lambda info: get_ipython().user_ns.update(check=lambda *a, **k: None))"),
    _injects("a handler that swallows exceptions", "verdict", "box_area", "",
             "get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)"),
    _injects("a shell that does not show errors", "verdict", "box_area", "",
             "get_ipython().showtraceback = get_ipython()._showtraceback = lambda *a, **k: None"),
    _injects("a shell that runs something else", "verdict", "box_area", "",
             "shell = get_ipython()\nrun = shell.run_cell\n"
             f"shell.run_cell = lambda text, *a, **k: run({FORGERY!r} if 'box_area' in text else text, *a, **k)"),
    _injects("a shell that compiles something else", "verdict", "box_area", "",
             "shell = get_ipython()\nparse = shell.compile.ast_parse\n"
             f"shell.compile.ast_parse = lambda text, *a, **k: parse({FORGERY!r} if 'box_area' in text else text, *a, **k)"),
    _injects("a display that turns reports round", "verdict", "box_area", "", PUBLISHER),
    _injects("messages of the kernel without errors", "verdict", "box_area", "", SESSION),
    _injects("words into every open descriptor", "verdict", "box_area", "", DESCRIPTORS),
    _injects("reports in every output that follows", "verdict", "box_area", "", LATE_OUTPUT),
    _injects("a channel of its own to the grader", "verdict", "box_area", "", COMM),
    _injects("a report from within the answer", "verdict", "box_area", AREA + f"{FORGERY}\n    return boxes[:, 2] * 0"),
    _injects("a report, and the end of the cell", "verdict", "box_area",
             AREA + f"{FORGERY}\n    import os, signal; os.kill(os.getpid(), signal.SIGINT)\n    return boxes[:, 2] * 0"),
    _injects("a reply to the cell in the check's place", "verdict", "box_area",
             AREA + "kernel = get_ipython().kernel\n"
             "    kernel.session.send(kernel.shell_stream, 'execute_reply', {'status': 'ok', 'execution_count': 1}, "
             "kernel.get_parent('shell'))\n    return boxes[:, 2] * 0"),
    _injects("an idle kernel in the check's place", "verdict", "box_area",
             AREA + f"{FORGERY}\n    kernel = get_ipython().kernel\n"
             "    kernel.session.send(kernel.iopub_socket, 'status', {'execution_state': 'idle'}, kernel.get_parent('shell'))\n"
             "    return boxes[:, 2] * 0"),
    _injects("built-in functions that agree", "verdict", "box_area", "", MASTER),
    _injects("comparisons of PyTorch that agree", "verdict", "box_area", "",
             "torch.isclose = lambda a, b, **k: torch.ones_like(a, dtype=torch.bool)\ntorch.allclose = torch.equal = lambda *a, **k: True"),
    _injects("kernels of PyTorch that agree", "verdict", "box_area", "",
             "from torch.library import Library\nown = Library('aten', 'IMPL')\n"
             "own.impl('aten::isclose', lambda a, b, *r: torch.ones_like(a, dtype=torch.bool), 'CPU')"),
    _injects("a mode of PyTorch that stays on", "verdict", "box_area", "",
             "from torch.overrides import TorchFunctionMode\nclass Mode(TorchFunctionMode):\n"
             "    def __torch_function__(self, f, types, args=(), kwargs=None):\n"
             "        if f is torch.isclose: return torch.ones_like(args[0], dtype=torch.bool)\n"
             "        return f(*args, **(kwargs or {}))\nMode().__enter__()"),
    _injects("a JSON module that says what it wants", "verdict", "box_area", "",
             "import json\ndumps = json.dumps\njson.dumps = lambda value, *a, **k: dumps(value, *a, **k).replace('incorrect', 'correct')"),
    _injects("a reader of the course's cells", "verdict", "box_area", "", TOKEN),
    _injects("a method of tensors that lies", "verdict", "box_area", "",
             "detach = torch.Tensor.detach\ntorch.Tensor.detach = lambda self: torch.zeros_like(detach(self)) if self.dim() == 1 else detach(self)"),
    _injects("an import hook that replaces what is loaded later", "verdict", "box_area", "",
             "import sys\nclass Hook:\n    def find_spec(self, name, path=None, target=None):\n"
             "        print('asked for', name)\n        return None\nsys.meta_path.insert(0, Hook())"),
    _injects("library code that is edited in memory by ctypes", "verdict", "box_area", "",
             "import ctypes\nfrom rcnn_course.checks.engine import compare\n"
             "ctypes.py_object.from_address(id(compare.compare) + 16)\ncompare.compare.__defaults__ = (1e9, 1e9)"),
]  # fmt: skip
