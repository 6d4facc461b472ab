# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Honest: right answers, and what students do around them; none costs a point or is suspicious.

All habits of tests.grading.honest are tried one by one where that is quick, in tests of the
integrity room; here are those within an answer, and more that need a real kernel.
"""

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from rcnn_course.grading.demo.hand_in import load_answers
from tests.grading.attacks.evasion import HEADS
from tests.grading.attacks.table import (
    NOTEBOOKS,
    POINTS,
    ROOT,
    Entry,
    assignment_of,
    handed_in,
    right,
)
from tests.grading.honest import RETURN, WITHIN
from tests.grading.made import AREA, edited

HEAD = HEADS["box_area"]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0"
    "f01f0005000101ff5f3bb8210000000049454e44ae426082"
)

BESIDE = {
    "reads the source of check": "import inspect\nprint(inspect.getsource(check))\nprint(inspect.getfile(check), inspect.signature(check))",
    "asks for help on check": "help(check)\nprint(check.__doc__, check.__module__, check.__name__)",
    "asks IPython about check": "check?\ncheck??",
    "reads the source of the exercises": "import inspect, pathlib\nfolder = pathlib.Path(inspect.getfile(check)).parent\nprint(sorted(p.name for p in folder.rglob('*.py'))[:5])",
    "looks at torchvision's source": "import inspect, torchvision\nprint(inspect.getsource(torchvision.ops.box_area))\ntorchvision.ops.nms??",
    "checks an early version first": "def box_area(boxes):\n    return boxes[:, 2]\ntry:\n    check(box_area)\nexcept AssertionError as error:\n    print(error)",
    "leaves a failed check standing": "def box_area(boxes):\n    return boxes[:, 2]\ncheck(box_area)",
    "checks with seeds of its own": f"{AREA}\nfor seed in range(1, 6):\n    check(box_area, seed=seed)",
    "compares itself with torchvision": f"{AREA}\nfrom torchvision import ops\nboxes = torch.rand(5, 4)\nassert torch.allclose(box_area(boxes), ops.box_area(boxes))",
    "measures itself against torchvision": f"{AREA}\nfrom torchvision import ops\nboxes = torch.rand(5, 4)\n%timeit -n2 -r1 box_area(boxes)\n%timeit -n2 -r1 ops.box_area(boxes)",
    "runs a profiler over its own function": f"{AREA}\nimport cProfile, pstats, io\np = cProfile.Profile()\np.enable()\nbox_area(torch.rand(5, 4))\np.disable()\npstats.Stats(p, stream=io.StringIO()).print_stats(3)",
    "lists the packages": "!pip list 2>/dev/null | head -3\nimport subprocess, sys\nsubprocess.run([sys.executable, '-m', 'pip', '--version'], capture_output=True)",
    "prints versions": "import sys, torchvision, platform\nprint(sys.version, torch.__version__, torchvision.__version__, platform.platform())\nprint(torch.__config__.show()[:50])",
    "runs unit tests of its own": "import unittest\nclass T(unittest.TestCase):\n    def test_one(self): self.assertEqual(1, 1)\nunittest.main(argv=[''], exit=False)",
    "runs doctests": "import doctest\ndef twice(x):\n    '''\n    >>> twice(2)\n    4\n    '''\n    return 2 * x\ndoctest.run_docstring_examples(twice, {'twice': twice})",
    "patches objects of its own": "class Net(torch.nn.Module):\n    def forward(self, x): return x\nnet = Net()\nnet.forward = lambda x: 2 * x\nNet.extra = lambda self: 1\nsetattr(net, 'name', 'own')\nprint(net(torch.ones(1)), net.extra())",
    "saves and loads": "import json, pickle, tempfile, os\ntorch.save(torch.ones(2), 'own.pt')\nprint(torch.load('own.pt'), pickle.loads(pickle.dumps([1])))\nwith open('notes.json', 'w') as file: json.dump({'a': 1}, file)\nprint(os.listdir('.'))",
    "writes to standard error": "import sys, logging, warnings\nprint('e', file=sys.stderr)\nlogging.getLogger('own').warning('w')\nwarnings.warn('careful')",
    "logs with the name of the function": "import logging\nlogging.basicConfig(format='%(funcName)s %(lineno)d %(message)s', force=True)\ndef f(): logging.warning('x')\nf()",
    "waits": "import time\ntime.sleep(0.3)\nfrom tqdm import tqdm\nfor _ in tqdm(range(3)): time.sleep(0.01)",
    "uses sliders": "from ipywidgets import interact\n@interact(x=(0, 5))\ndef shown(x=2):\n    print(x)",
    "draws": "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.imshow(torch.rand(4, 4))\nplt.show()",
    "shows HTML": "from IPython.display import HTML, Markdown, display\ndisplay(HTML('<table><tr><td style=\"color: red\">1</td></tr></table>'), Markdown('**b** $x^2$'))",
    "trains a small net": "net = torch.nn.Linear(2, 1)\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\nfor _ in range(3):\n    opt.zero_grad()\n    net(torch.rand(4, 2)).square().mean().backward()\n    opt.step()",
    "loads data with workers": "from torch.utils.data import DataLoader, TensorDataset\nfor batch in DataLoader(TensorDataset(torch.ones(4)), num_workers=1): pass",
    "runs a thread and joins it": "import threading\nfound = []\nt = threading.Thread(target=lambda: found.append(1))\nt.start()\nt.join()\nprint(found, threading.active_count())",
    "awaits": "import asyncio\nawait asyncio.sleep(0)\nprint(await asyncio.gather(asyncio.sleep(0, 1)))",
    "catches what it raises": "class Mine(ValueError): pass\ntry:\n    raise Mine('x')\nexcept Mine as error:\n    import traceback\n    print(traceback.format_exc(), error.args)",
    "asks about itself": f"{AREA}\nimport dis, inspect\ndis.dis(box_area)\nprint(inspect.getsource(box_area), box_area.__code__.co_argcount)",
    "looks at the garbage": "import gc, sys, weakref\nprint(gc.collect(), gc.get_count(), sys.getrefcount([]))\nclass A: pass\na = A()\nr = weakref.ref(a)\ndel a",
    "traces and scripts a net of its own": "net = torch.nn.Linear(2, 1)\ntraced = torch.jit.trace(net, torch.ones(1, 2))\nscripted = torch.jit.script(net)\nprint(traced(torch.ones(1, 2)), scripted(torch.ones(1, 2)))",
    "runs a literal": "exec('value = 3')\nprint(eval('value + 1'))",
    "looks up what it has run": "print(len(In), Out)\n%history -l 1\n%who",
}
"""Cells beside a right answer."""

INSTEAD = {
    "is a lambda": f"box_area = lambda boxes: {RETURN.removeprefix('return ')}",
    "is scripted": f"@torch.jit.script\ndef box_area(boxes):\n    {RETURN}",
    "is a partial function": f"import functools\ndef area(scale, boxes):\n    return scale * area_of(boxes)\ndef area_of(boxes):\n    {RETURN}\nbox_area = functools.partial(area, 1)",
    "uses einsum": HEAD
    + "sides = boxes[:, 2:] - boxes[:, :2]\n    return torch.einsum('n,n->n', sides[:, 0], sides[:, 1])",
    "asserts what it is given": HEAD
    + f"assert boxes.ndim == 2 and boxes.shape[1] == 4, boxes.shape\n    {RETURN}",
    "measures its time": HEAD
    + f"import time\n    start = time.perf_counter()\n    result = {RETURN.removeprefix('return ')}\n    print(f'{{time.perf_counter() - start:.6f}}')\n    return result",
    "keeps a count": "CALLS = 0\n" + HEAD + f"global CALLS\n    CALLS += 1\n    {RETURN}",
    "has names and comments that are not English": "# la surface d'une boîte\ndef größe(b, i): return b[:, i + 2] - b[:, i]\n"
    + HEAD
    + "return größe(boxes, 0) * größe(boxes, 1)  # 面积",
    "has a main program": f"{AREA}\nif __name__ == '__main__':\n    print(box_area(torch.rand(2, 4)))",
}
"""Other right answers."""

FILES = {
    "a module of its own": (
        {"helper.py": "def area(b):\n    return (b[:, 2:] - b[:, :2]).prod(1)"},
        "from helper import area\nassert area(torch.ones(1, 4)) == 0",
    ),
    "a package of its own": (
        {"own/__init__.py": "", "own/boxes.py": "SIDES = 4"},
        "from own import boxes\nassert boxes.SIDES == 4",
    ),
    "data and pictures": (
        {"data/boxes.csv": "0,0,1,1", "picture.png": PIXEL},
        "import csv\nfrom IPython.display import Image\nassert next(csv.reader(open('data/boxes.csv')))\nImage('picture.png')",
    ),
    "files of editors": (
        {
            ".vscode/settings.json": "{}",
            ".idea/x.xml": "<x/>",
            ".DS_Store": b"\0",
            "notes.md~": "x",
            ".class.ipynb.swp": b"x",
        },
        "",
    ),
    "files of Git": (
        {
            ".git/config": "[core]",
            ".gitignore": "*.pyc",
            ".gitattributes": "",
            "__pycache__/x.cpython-311.pyc": b"x",
        },
        "",
    ),
    "a list of requirements": (
        {"requirements.txt": "torch", "README.md": "# Mine", "LICENSE": "MIT"},
        "",
    ),
}
"""Files beside a right answer, and a cell that uses them."""


TOGETHER = 8
"""How many habits are handed in as one: if one of them is suspected, all are."""


def _honest(
    road: str, exercise: str, answer: str, *others: str, within: str = "", files=None
) -> Entry:
    make = handed_in(exercise, answer, *filter(None, others), files=files)
    return Entry(
        "honest",
        road,
        make,
        assignment=assignment_of(exercise),
        exercise=exercise,
        deserves=POINTS,
        within=within,
    )


def _beside(road: str, code: str, within: str, files=None) -> Entry:
    return _honest(road, "box_area", right("box_area"), code, within=within, files=files)


def _words(notebook: NotebookNode) -> None:
    text = "# Mine\n\n<details><summary>more</summary><b>bold</b> $x^2$</details>\n\n![x](https://example.org/x.png)"
    notebook.cells.append(new_markdown_cell(text))


ENTRIES = [
    *(
        _beside(road, code, f"habits_{place // TOGETHER}")
        for place, (road, code) in enumerate(BESIDE.items())
    ),
    *(_honest(f"an answer that {road}", "box_area", answer) for road, answer in INSTEAD.items()),
    *(_honest(f"within the answer: {road}", "box_area", answer) for road, answer in WITHIN.items()),
    *(
        _beside(f"beside it: {road}", code, "files_beside", files)
        for road, (files, code) in FILES.items()
    ),
    *(
        _honest(f"{exercise}, {style}", exercise, answer, within=f"styles_{place}")
        for exercise, notebook in NOTEBOOKS.items()
        for place, (style, answer) in enumerate(load_answers(ROOT, notebook).RIGHT[exercise].items())
    ),
    Entry("honest", "writes words with markup", edited(_words), deserves=2 * POINTS),
]  # fmt: skip
