"""What honest students do beside an answer, run in a real kernel in the sandbox."""

import os

import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade, is_grade
from traitlets.config import Config

from rcnn_course.grading.execution.execute import Job, run
from rcnn_course.grading.kernel.forkserver import ForkServer, Ready
from tests.grading.made import AREA, SETUP

pytestmark = [
    pytest.mark.requires("bubblewrap"),
    pytest.mark.slow,
    pytest.mark.xdist_group("honest run"),
]

WIDGETS = [
    "import ipywidgets as widgets\nfrom IPython.display import clear_output, display\n"
    "out, inner = widgets.Output(), widgets.Output()\nwith out:\n    print('inside')\n    1 / 0",
    "assert out.outputs[0]['text'] == 'inside\\n'",
    "with out:\n    with inner:\n        clear_output(wait=True)\n        display(3)\n"
    "print('free')",
    "@out.capture()\ndef said(): print('captured')\nsaid()",
    "from ipywidgets import interact, interactive\n@interact(x=(0, 5))\ndef shown(x=2):\n"
    "    print(x)\n    return x",
    "interactive(lambda a: print(a), a=3)",
    "display(widgets.Tab([widgets.IntSlider()]), widgets.FileUpload(), widgets.Play())\n"
    "widgets.jslink((widgets.IntSlider(), 'value'), (widgets.IntText(), 'value'))",
    "handle = display('x', display_id=True)\nhandle.update('y')\nclear_output()\n"
    "handle.update('z')\nhandle.display('again')",
    "from IPython.display import update_display\nupdate_display('q', display_id='nobody')",
    "from tqdm.notebook import tqdm\nfor _ in tqdm(range(3)): pass",
    "import matplotlib.pyplot as plt\nfrom matplotlib.animation import FuncAnimation\n"
    "figure, axes = plt.subplots()\n"
    "FuncAnimation(figure, lambda i: axes.plot([i]), frames=2).to_jshtml()",
]

HABITS = [
    "import sys, logging, warnings\nlogging.warning('w')\nprint('e', file=sys.stderr)\n"
    "warnings.warn('w')",
    "for _ in range(3): print('x' * 10**6)",
    "%timeit -n1 -r1 1 + 1",
    "%%time\n1",
    "%%capture text\nprint('x')",
    "%matplotlib inline\n!ls\n?print",
    "input()",
    "exit()",
    "quit",
    "import asyncio\nawait asyncio.sleep(0)",
    "asyncio.run(asyncio.sleep(0))",
    "import faulthandler\nfaulthandler.enable()",
    "print('\\ud800')",
    "raise ValueError('\\ud800')",
    "sys.setrecursionlimit(10**6)\nnested = []\nfor _ in range(5000): nested = [nested]\n"
    "display({'application/json': nested, 'text/plain': 'x'}, raw=True)",
    "class Silent(Exception):\n    def __str__(self): raise RuntimeError('no')\nraise Silent",
    "class Shy:\n    def __repr__(self): raise RuntimeError('no')\nShy()",
    "raise KeyboardInterrupt",
    "def exec(*_): pass\ncheck = 3",
]

FILES = {
    "helper.py": b"def area(boxes):\n    return (boxes[:, 2:] - boxes[:, :2]).prod(1)",
    "parts/__init__.py": b"",
    "parts/deep.py": b"from helper import area",
    "data/numbers.csv": b"1,2",
    **dict.fromkeys(("random.py", "torch.py", "rcnn_course.py", "IPython.py"), b"1 / 0"),
    **dict.fromkeys(("sitecustomize.py", "usercustomize.py", "a.pth"), b"import helper; 1 / 0"),
    **dict.fromkeys(
        (".ipython/profile_default/startup/0.py", "ipython_config.py", ".pythonrc.py"),
        b"import builtins; builtins.RAN = 1",
    ),
    ".ipython/profile_default/ipython_kernel_config.py": b"import builtins; builtins.RAN = 1",
}

BESIDE = (
    "from helper import area\nfrom parts.deep import area as same\nimport random, builtins\n"
    "assert same is area and random.random() < 1 and not hasattr(builtins, 'RAN')\n"
    "assert open('data/numbers.csv').read() == '1,2'"
)


@pytest.fixture(scope="module")
def server():
    process = ForkServer()
    questions = (("box_area", 0, False), ("box_area", 8128, False))
    process.load(Ready(("import torch", "from rcnn_course import check"), questions))
    yield process
    process.close()


@pytest.fixture
def points_of(server, make_cell):
    """Run a submission; return its points, its suspicions, and what its cells show."""

    def points_of(cells, answer=AREA, files=None, server=server):
        graded = [
            make_cell("box_area", answer, solution=True),
            make_cell("check_box_area", "check(box_area)", points=2),
            make_cell("check_box_area_hidden", "check(box_area, seed=8128)", points=3),
        ]
        notebook = new_notebook(
            cells=[make_cell("setup", SETUP), *map(new_code_cell, cells), *graded]
        )
        config = Config({"Execute": {"timeout": 300, "iopub_timeout": 300}})
        execution = run(Job("ada", notebook, files or {}, config), server)
        assert execution.reason == ""
        points = sum(determine_grade(c)[0] for c in execution.notebook.cells if is_grade(c))
        return points, execution.suspicions, [c.outputs for c in execution.notebook.cells]

    return points_of


def test_right_results_are_found_out_before_and_in_no_kernel(points_of, server):
    """Who examines has them in its memory, and kernels come from a process that has not."""
    known = "from rcnn_course.checks import remote\nprint(len(remote._known))"
    _, _, shown = points_of([known])
    assert [out.text for out in shown[1]] == ["0\n"]
    forkserver = psutil.Process(server._process.pid)
    (examiner,) = [p for p in forkserver.children() if os.getpgid(p.pid) == p.pid]
    assert examiner.is_running()


def test_widgets_and_displays_cost_nothing(points_of):
    points, suspicions, shown = points_of(WIDGETS)
    assert (points, suspicions) == (5, ())
    assert [out.output_type for out in shown[2]] == []
    assert [out.text for out in shown[3]] == ["free\n"]


def test_habits_cost_nothing(points_of):
    assert points_of(HABITS)[:2] == (5, ())


def test_modules_and_data_beside_a_notebook_are_found_and_configure_nothing(points_of):
    answer = "def box_area(boxes):\n    return area(boxes)"
    points, suspicions, shown = points_of([BESIDE], answer, FILES)
    assert shown[1] == []
    assert (points, suspicions) == (5, ())


def test_files_beside_a_notebook_start_no_kernel_without_a_sandbox(points_of):
    answer = "def box_area(boxes):\n    return area(boxes)"
    files = FILES | {"ipykernel_launcher.py": b"1 / 0", "ipykernel_config.py": b"1 / 0"}
    points, suspicions, shown = points_of([BESIDE], answer, files, server=None)
    assert shown[1] == []
    assert (points, suspicions) == (5, ())


def test_module_beside_a_notebook_is_read_for_what_forges(points_of):
    _, suspicions, _ = points_of(["import tool"], files={"tool.py": b"import ctypes"})
    assert suspicions == ("In tool.py, line 1, the code imports ctypes.",)
