"""What students' code does when it runs elsewhere than where it was written."""

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tests.grading.field import Row
from tests.grading.field_cells import put, steps, write
from tests.grading.made import AREA, Make, answers, cell, place, runs, save, within

BODY = "\n".join(AREA.splitlines()[1:])


def at_the_end(code: str) -> Make:
    """Hand in the right notebook with one more cell at its end."""
    return steps(lambda nb: nb.cells.append(new_code_cell(code)))


def at_the_start(code: str) -> Make:
    """Hand in the right notebook with one more cell above all others."""
    return steps(lambda nb: nb.cells.insert(0, new_code_cell(code)))


def decorated(before: str, area: str = AREA) -> Make:
    """Hand in an answer with lines above it."""
    return answers(box_area=f"{before}\n{area}")


def _data(folder: Path, notebook: NotebookNode) -> None:
    write("box_area", within("open('data/scales.txt').read()"))(notebook)
    save(folder, notebook)
    (folder / "data").mkdir()
    (folder / "data" / "scales.txt").write_text("1 2 4")


def _data_after_moving(folder: Path, notebook: NotebookNode) -> None:
    code = "import os\nos.chdir('..')\nos.getcwd()"
    notebook.cells.insert(place(notebook, "setup") + 1, new_code_cell(code))
    save(folder, notebook)


def _module(folder: Path, notebook: NotebookNode) -> None:
    cell(notebook, "box_area").source = f"from helper import side\n\n{USES_HELP}"
    save(folder, notebook)
    (folder / "helper.py").write_text(HELP)


def _package(folder: Path, notebook: NotebookNode) -> None:
    cell(notebook, "box_area").source = f"from utils.boxes import side\n\n{USES_HELP}"
    save(folder, notebook)
    (folder / "utils").mkdir()
    (folder / "utils" / "__init__.py").write_text("")
    (folder / "utils" / "boxes.py").write_text(HELP)


HELP = "def side(boxes, axis):\n    return boxes[:, axis + 2] - boxes[:, axis]\n"
USES_HELP = "def box_area(boxes):\n    return side(boxes, 0) * side(boxes, 1)"
MOUNT = "from google.colab import drive\ndrive.mount('/content/drive')\n%cd /content/drive/MyDrive"
IN_COLAB = "import sys\nIN_COLAB = 'google.colab' in sys.modules"
ASK_SHELL = "if 'google.colab' in str(get_ipython()):\n    print('in Colab')"
KAGGLE = """import numpy as np
import os
for folder, _, names in os.walk('/kaggle/input'):
    for name in names:
        print(os.path.join(folder, name))
data = open('/kaggle/input/people/train.csv').read()"""
WIDGETS = """import ipywidgets as widgets
from IPython.display import clear_output, display
out = widgets.Output()
with out:
    print('in the widget')
    display(torch.ones(2))
out"""
INTERACT = """from ipywidgets import interact
interact(lambda side: print(side * side), side=(0, 9));"""
TIMED = """import functools, time
def timed(function):
    @functools.wraps(function)
    def inner(*arguments, **options):
        start = time.perf_counter()
        result = function(*arguments, **options)
        print(f'{time.perf_counter() - start:.3f} s')
        return result
    return inner

@timed"""
UNNAMED = """def logged(function):
    def inner(*arguments):
        print(len(arguments))
        return function(*arguments)
    return inner

@logged"""
LAMBDA = "area = box_area = lambda boxes: (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)"
BOX = """class Box:
    def __init__(self, edges):
        self.edges = edges
    def __eq__(self, other):
        return bool((self.edges == other.edges).all())
    def __hash__(self):
        return 0
print(Box(torch.ones(4)) == Box(torch.ones(4)))"""
POOL = """from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(2)
print(list(pool.map(lambda n: n * n, range(9))))"""
LOADER = """from torch.utils.data import DataLoader, TensorDataset
loader = DataLoader(TensorDataset(torch.rand(8, 4)), batch_size=4, num_workers=2)
print([len(batch[0]) for batch in loader])"""
ASYNC = """import asyncio
async def wait():
    await asyncio.sleep(0.01)
    return 3
print(await wait())
asyncio.run(wait())"""
LINE_MAGICS = """%load_ext autoreload
%autoreload 2
%matplotlib inline
%config InlineBackend.figure_format = 'retina'
%env CUDA_VISIBLE_DEVICES=
%timeit -n 2 -r 1 torch.ones(3).sum()
%who"""
SHELL = "!pip install -q torchinfo\n%pip install seaborn\n!wget -q https://example.org/cat.jpg\n!ls"
CELL_MAGICS = ["%%bash\npip list | head -3\nexit 1", "%%html\n<b>bold</b>", "%%latex\n$x^2$",
               "%%javascript\nalert(1)", "%%writefile notes.txt\nsee above"]  # fmt: skip
GPU = """import gc
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
weights = torch.ones(2, device=device)
gc.collect()
torch.cuda.empty_cache()
print(torch.cuda.is_available(), device)
!nvidia-smi"""
SEEDED = """import os, random
import numpy as np
os.environ['PYTHONHASHSEED'] = '0'
random.seed(0); np.random.seed(0); torch.manual_seed(0)
torch.backends.cudnn.deterministic = True
torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)
torch.set_printoptions(precision=2, sci_mode=False)"""
FIGURES = """import matplotlib.pyplot as plt
plt.ion()
for _ in range(25):
    plt.figure(figsize=(1, 1))
plt.plot([1, 2])
plt.show(block=True)"""
DRAWS = (
    """import matplotlib.pyplot as plt
def box_area(boxes):
    plt.figure(figsize=(1, 1))
    plt.plot(boxes[:, 0].detach().numpy())
"""
    + BODY
)
SHOWS = "from IPython.display import display\n" + within("display(boxes)")
PROGRESS = "from tqdm import tqdm\n" + within("list(tqdm(range(len(boxes))))")
WIDGET_PROGRESS = "from tqdm.notebook import tqdm\n" + within("list(tqdm(range(len(boxes))))")
LOGS = "import logging\nlogging.basicConfig(level=logging.DEBUG)\n" + within(
    "logging.warning('boxes %s', boxes.shape)")  # fmt: skip
MISSING_MODE = """import torch.nn.functional as F
def bilinear_sample(input, y, x):
    return F.interpolate(input, scale_factor=2, mode='bicubic')"""
MISSPELT = """class Sampler(torch.nn.Module):
    def foward(self, input, y, x):
        return input
def bilinear_sample(input, y, x):
    return Sampler()(input, y, x)"""
FAILING = [
    "1 / 0",
    "assert box_area(torch.zeros(1, 4)) == 7",
    "print undefined",
    "raise KeyboardInterrupt",
    "def again(n): return again(n + 1)\nagain(0)",
    "torch.load('model.pt')",
    "from PIL import Image\nImage.open('/Users/ada/Desktop/cat.jpg')",
    "import matplotlib.pyplot as plt\nplt.imread('C:\\\\Users\\\\ada\\\\cat.png')",
]
SHADOWED = "list, sum, max, str, input, id = [1], 0, 9, 'a', 'b', 7\nmath = 3\nx = y = None"

CODE = {
    "Drive is mounted": Row("MXNet-GluonCV-AWS-Coursera#1", runs(MOUNT)),
    "Colab is looked for": Row("faceshiftlabs/DeepFaceLab#65", runs(IN_COLAB)),
    "shell is asked for Colab": Row("hse-aml/natural-language-processing#71", runs(ASK_SHELL)),
    "Kaggle's first cell": Row("Kaggle/docker-python#118", at_the_start(KAGGLE)),
    "Databricks' tools": Row("projectglow/glow#36", runs("dbutils.fs.ls('/')\ndisplay(spark)")),
    "packages are installed": Row("PyRosetta.notebooks#95", runs(SHELL)),
    "line magics": Row("otter-grader#756", at_the_start(LINE_MAGICS)),
    "cell magics": Row("otter-grader#604", steps(*(
        put(new_code_cell(magic), "setup") for magic in CELL_MAGICS))),
    "answer is timed": Row("otter-grader#604", decorated("%%time")),
    "answer is captured": Row("otter-grader#756", decorated("%%capture")),
    "question mark": Row("ipython#7935", runs("check?\nbox_area??\nhelp(check)")),
    "module beside": Row("nbgrader#940", _module),
    "package beside": Row("nbgrader#940", _package),
    "module written by a cell": Row("jupyter/notebook#4156", steps(
        write("box_area", f"from helper import side\n{USES_HELP}"),
        put(new_code_cell(f"%%writefile helper.py\n{HELP}"), "setup"))),
    "module is reloaded": Row("jupyter/notebook#1973",
        runs("import importlib, colorsys\nimportlib.reload(colorsys)")),
    "data beside": Row("nbgrader#1066", _data),
    "folder is changed": Row("nbgrader#879", _data_after_moving),
    "files are absent": Row("nbgrader#1905", steps(*(
        put(new_code_cell(code), "check_box_area_hidden") for code in FAILING))),
    "class folder is downloaded": Row("open-mmlab/mmdetection#979", runs(
        "import urllib.request\nurllib.request.urlretrieve('https://example.org/a.zip', 'a')")),
    "weights are downloaded": Row("otter-grader#951",
        runs("import torchvision\ntorchvision.models.resnet18(weights='DEFAULT')")),
    "needs a GPU": Row("pytorch#28111", answers(box_area=within("boxes = boxes.cuda()")), (0, 5),
        told="box_area"),
    "asks for a GPU": Row("spring2024-assignment1-basics#3", runs(GPU)),
    "seeds are set": Row("otter-grader#758", runs(SEEDED)),
    "float64 by default": Row("rballester/tntorch#4",
        runs("torch.set_default_dtype(torch.float64)")),
    "device by default": Row("fastai#4134", runs("torch.set_default_device('cpu')")),
    "no gradients at all": Row("choyingw/SynergyNet#22", runs("torch.set_grad_enabled(False)")),
    "warnings are errors": Row("colabtools#4911",
        runs("import warnings\nwarnings.simplefilter('error')")),
    "names of Python are used": Row("yy/netsci-course#45", runs(SHADOWED)),
    "stars are imported": Row("numpy#24229",
        runs("from math import *\nfrom numpy import *\nfrom torch import *")),
    "loop over check": Row("otter-grader#821",
        runs("for check in range(3):\n    print(check)"), look=None, told=None),
    "answer is deleted at the end": Row("otter-grader#890", at_the_end("del box_area")),
    "all is reset first": Row("jupyter/help#122", at_the_start("%reset -f")),
    "widgets": Row("nbclient#24", runs(WIDGETS)),
    "interact": Row("nbclient#39", runs(INTERACT)),
    "bar of progress": Row("tqdm#1092", answers(box_area=PROGRESS)),
    "bar of progress in a widget": Row("orix#494", answers(box_area=WIDGET_PROGRESS)),
    "logs": Row("nbconvert#2212", answers(box_area=LOGS)),
    "prints all": Row("nbgrader#275", answers(box_area=within("print(str(boxes) * 500)"))),
    "draws while it is checked": Row("resonance#109", answers(box_area=DRAWS)),
    "shows while it is checked": Row("nbclient#24", answers(box_area=SHOWS)),
    "dots while it is checked": Row("tradingstrategy-ai/trade-executor#1555",
        answers(box_area=within("print('.', end='', flush=True)"))),
    "many figures": Row("jupyter/notebook#3572", runs(FIGURES)),
    "windows for figures": Row("ipython#7039", runs(
        "%matplotlib qt\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.show()")),
    "figures as widgets": Row("nbclient#312", runs("%matplotlib widget\n%matplotlib notebook")),
    "backend by name": Row("data-8/datascience#178", runs(
        "import matplotlib.pyplot as plt\nplt.switch_backend('TkAgg')\nplt.figure()")),
    "windows for pictures": Row("jupyter/notebook#3935",
        runs("import cv2\ncv2.imshow('cat', cv2.imread('cat.jpg'))\ncv2.waitKey(0)")),
    "library that is not there": Row("otter-grader#558",
        decorated("import seaborn as sns\n"), (0, 5), told="seaborn"),
    "asks for a name": Row("nbgrader#1844", steps(
        write("box_area", f"{AREA}\n\nside = float(input('side? '))")), told=None),
    "asks before it answers": Row("nbgrader#1844", decorated("n = input('n? ')\n"), (0, 5),
        told="StdinNotImplemented"),
    "stops to be debugged": Row("jupyter/notebook#5081", answers(box_area=within("breakpoint()")),
        told=None),
    "debugger after an error": Row("vscode-jupyter#3624", steps(
        put(new_code_cell("%debug"), "setup"), put(new_code_cell("1 / 0"), "setup"))),
    "exits at the end": Row("colabtools#4390", at_the_end("import sys\nsys.exit()")),
    "quits at the end": Row("jupyter/notebook#1452", at_the_end("quit()")),
    "exit without brackets at the end": Row("jupyter/notebook#4400", at_the_end("exit")),
    "never ends": Row("otter-grader#469", answers(box_area=within("while True: pass")), (0, 5),
        told="longer"),
    "awaits and runs": Row("jupyter/notebook#4312", runs(ASYNC)),
    "threads": Row("jupyter/help#318", runs(POOL)),
    "worker processes": Row("pytorch#59438", runs(LOADER)),
    "counts processors": Row("NVIDIA/cuopt-examples#87", runs(
        "import multiprocessing, signal, subprocess\nprint(multiprocessing.cpu_count())\n"
        "subprocess.run(['nvidia-smi'], check=False)")),
    "decorated": Row("otter-grader#890", decorated(TIMED)),
    "decorated without its name": Row("jlhutch/pylru#10", decorated(UNNAMED)),
    "function without a name": Row("HIPS/autograd#167", answers(box_area=LAMBDA)),
    "compiled": Row("kohya-ss/sd-scripts#1125", decorated("@torch.compile(backend='eager')")),
    "scripted": Row("pytorch#19721", decorated("@torch.jit.script")),
    "class with ==": Row("nbgrader#915", runs(BOX)),
    "globals are asked": Row("nbgrader#1066", runs("print('box_area' in globals(), dir()[:2])")),
    "shape that torch has not": Row("facebookresearch/pifuhd#40",
        answers(bilinear_sample=MISSING_MODE), (5, 0),
        told="bilinear_sample", never="not attempted"),
    "forward misspelt": Row("chenziwenhaoshuai/Vision-KAN#3",
        answers(bilinear_sample=MISSPELT), (5, 0), told="bilinear_sample", never="not attempted"),
    "printed instead of returned": Row("nbgrader#1210",
        answers(box_area=AREA.replace("return ", "print(") + ")"), (0, 5), told="box_area"),
    "tabs and spaces": Row("nteract/archived-desktop-app#1137",
        answers(box_area=f"{AREA.splitlines()[0]}\n\tpass\n{BODY}"), (0, 5), told="Error"),
    "space that does not break": Row("codelabs/feedback#1184",
        answers(box_area=AREA.replace("    return", "\u00a0   return")), (0, 5),
        told="SyntaxError"),
    "separators of lines": Row("jupyter/notebook#3105",
        answers(box_area=f"# one\u2028two\x0b\x0cthree\u00a0!\n{AREA}")),
    "very long line": Row("jupyter/notebook#650", answers(
        box_area=f"table = {list(range(20000))}\n{AREA}")),
    "many cells": Row("vscode-jupyter#7573", steps(*(
        put(new_code_cell(f"n = {n}"), "setup") for n in range(100)))),
}  # fmt: skip
