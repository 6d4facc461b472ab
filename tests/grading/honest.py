# ruff: noqa: E501 (a cell's line is easier to read whole)
"""What students of a machine learning course write, honestly, beside or within a right answer.

Each is a cell; none may cost a point or be called suspicious.
"""

BESIDE = {
    "hints, as many as a course allows": "from rcnn_course import allow_hints, hint\n"
    "allow_hints(2)\nhint('bilinear_sample')\nhint('nms')",
    "model answers": "from rcnn_course import allow_solutions, solution\n"
    "allow_solutions('always')\nsolution('bilinear_sample')\nsolution('06_roi_align')",
    "type hints": "def f(x: int | None = None, *args: 'Tensor') -> list[int]:\n    return [1]",
    "a dataclass": "from dataclasses import dataclass\n@dataclass(eq=True, order=True)\nclass Box:\n"
    "    x: float = 0.0\nassert Box() == Box()",
    "a class with equality": "class Box:\n    def __init__(self, x): self.x = x\n"
    "    def __eq__(self, other): return self.x == other.x\n    def __hash__(self): return 1",
    "a class with many special methods": "class V:\n"
    "    def __init__(self): self.data = [1]\n    def __getitem__(self, i): return self.data[i]\n"
    "    def __len__(self): return 1\n    def __call__(self, x): return x\n"
    "    def __repr__(self): return f'{self.__class__.__name__}()'\n"
    "    def __enter__(self): return self\n    def __exit__(self, *e): return None\n"
    "    def __lt__(self, other): return True\n    def __getattr__(self, n): return n",
    "self.__dict__": "class Config:\n    def __init__(self, **options):\n"
    "        self.__dict__.update(options)\nprint(Config(a=1).__dict__)",
    "vars of arguments": "import argparse\nargs = argparse.Namespace(lr=0.1)\nprint(vars(args))",
    "an argument parser": "import argparse, sys\nsys.argv = ['']\n"
    "args = argparse.ArgumentParser().parse_args()",
    "locals and globals": "def f(a):\n    return locals()\nprint(f(1))\n"
    "if 'model' not in globals():\n    model = None\nprint(list(globals())[:2])",
    "globals by name": "for n in (1, 2):\n    globals()[f'layer{n}'] = n\nprint(layer1)",
    "eval of a text": "x = 3\nprint(eval('x + 1'))",
    "eval of a name that is put together": "layer1, i = 5, 1\nprint(eval(f'layer{i}'))",
    "eval as a name": "def eval(model, loader):\n    return [model(x) for x in loader]\n"
    "print(eval(abs, [-1]))",
    "compile as an argument": "def train(model, compile=False, exec=lambda: None):\n"
    "    return torch.compile(model) if compile else exec()\ntrain(abs)\n"
    "print((lambda eval: eval)(2))",
    "exec of a text": "exec('y = 2')\nprint(y)",
    "model.eval and re.compile": "import re\nm = torch.nn.Linear(1, 1)\nm.eval()\nre.compile('a')",
    "random seeds": "import random\nimport numpy as np\nrandom.seed(0)\nnp.random.seed(0)\n"
    "torch.manual_seed(0)\ntorch.cuda.manual_seed_all(0)",
    "NumPy's errors": "import numpy as np\nnp.seterr(all='raise')\n"
    "np.set_printoptions(precision=2, suppress=True)",
    "names that NumPy has dropped": "import numpy as np\nnp.float = float\nnp.int = int\n"
    "np.object = object",
    "settings of backends": "torch.backends.cudnn.benchmark = True\n"
    "torch.backends.cudnn.deterministic = True\ntorch.backends.cuda.matmul.allow_tf32 = True",
    "the default dtype": "torch.set_default_dtype(torch.float64)",
    "the default device": "device = 'cuda' if torch.cuda.is_available() else 'cpu'\n"
    "torch.set_default_device(device)",
    "the device meta": "torch.set_default_device('meta')",
    "deterministic algorithms": "torch.use_deterministic_algorithms(True)",
    "no gradients": "torch.set_grad_enabled(False)",
    "anomaly detection": "torch.autograd.set_detect_anomaly(True)",
    "precision of products": "torch.set_float32_matmul_precision('medium')",
    "printing": "torch.set_printoptions(precision=1, sci_mode=False)\n"
    "torch.set_num_threads(1)\ntorch.set_flush_denormal(True)",
    "a shorter text for tensors": "torch.Tensor.__repr__ = lambda self: f'Tensor{list(self.shape)}'",
    "loading as before": "import functools\n"
    "torch.load = functools.partial(torch.load, weights_only=False)",
    "a method for every module": "def count(self):\n"
    "    return sum(p.numel() for p in self.parameters())\n"
    "torch.nn.Module.count = count\nprint(torch.nn.Linear(2, 2).count())",
    "warnings off": "import warnings\nwarnings.filterwarnings('ignore')",
    "warnings as errors": "import warnings\nwarnings.simplefilter('error')",
    "pictures": "import matplotlib\nimport matplotlib.pyplot as plt\nplt.rcParams['figure.dpi'] = 80\n"
    "matplotlib.rcParams.update({'font.size': 8})\nplt.ion()\nplt.style.use('ggplot')\n"
    "figure, axes = plt.subplots()\naxes.plot([1, 2])",
    "sys.path": "import sys, os\nsys.path.append('..')\nsys.path.insert(0, os.getcwd())\n"
    "print(sys.version, sys.modules[__name__], 'google.colab' in sys.modules)",
    "a name that Colab needs": "IN_COLAB = 'google.colab' in str(get_ipython())\n"
    "if IN_COLAB:\n    from google.colab import drive",
    "IPython without magics": "get_ipython().run_line_magic('matplotlib', 'inline')\n"
    "print(get_ipython().__class__.__name__)",
    "every value of a cell": "from IPython.core.interactiveshell import InteractiveShell\n"
    "InteractiveShell.ast_node_interactivity = 'all'\n1\n2",
    "a magic of one's own": "from IPython.core.magic import register_cell_magic\n"
    "@register_cell_magic\ndef skip(line, cell):\n    return",
    "IPython's display": "import IPython\nIPython.display.display(1)\nfrom IPython import display\n"
    "display.clear_output()",
    "reloading": "import importlib\nimport json\nimportlib.reload(json)\n%load_ext autoreload\n"
    "%autoreload 2",
    "logging": "import logging, sys\nlogging.basicConfig(level=logging.INFO, stream=sys.stdout)\n"
    "logging.info('x')",
    "the environment": "import os\nos.environ['CUDA_LAUNCH_BLOCKING'] = '1'\n"
    "os.environ['TOKENIZERS_PARALLELISM'] = 'false'",
    "the system": "import os, platform, socket, subprocess\nos.system('true')\n"
    "print(platform.system(), socket.gethostname())\nsubprocess.run(['true'])\nos.popen('true').close()",
    "a process that is ended": "import subprocess\np = subprocess.Popen(['sleep', '60'])\np.kill()\n"
    "p.wait()",
    "garbage": "import gc\ngc.collect()\ntorch.cuda.empty_cache()",
    "a data loader with workers": "from torch.utils.data import DataLoader, TensorDataset\n"
    "loader = DataLoader(TensorDataset(torch.ones(4)), num_workers=1, persistent_workers=True)\n"
    "for batch in loader: pass",
    "a thread pool left open": "from concurrent.futures import ThreadPoolExecutor\n"
    "pool = ThreadPoolExecutor(2)\nprint(list(pool.map(str, range(4))))",
    "a pool of processes left open": "from multiprocessing import get_context\n"
    "pool = get_context('fork').Pool(1)\nprint(pool.map(abs, [-1]))",
    "a thread that is joined": "import threading\nt = threading.Thread(target=print, args=('x',))\n"
    "t.start()\nt.join()\nlock = threading.Lock()",
    "asyncio": "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n",
    "a limit of time": "import signal\ndef late(*a): raise TimeoutError\n"
    "signal.signal(signal.SIGALRM, late)\nsignal.alarm(5)\nsignal.alarm(0)",
    "closures and code": "def outer():\n    x = 1\n    def inner(): return x\n    return inner\n"
    "print(outer().__closure__[0].cell_contents, outer.__code__.co_varnames, outer.__name__)",
    "wrapped functions": "import functools, time\ndef timed(f):\n    @functools.wraps(f)\n"
    "    def w(*a, **k):\n        t = time.perf_counter()\n        return f(*a, **k)\n    return w",
    "curiosity about check": "import inspect\nprint(inspect.getsource(check)[:9], check.__doc__[:9])\n"
    "help(check)\nprint(inspect.signature(check), dir(check)[:2])",
    "a literal": "import ast\nprint(ast.literal_eval('[1]'))",
    "bytecode": "import dis\ndis.dis(lambda x: x + 1)",
    "builtins": "import builtins\nsum = 3\nsum = builtins.sum\nprint(dir(__builtins__)[:1])",
    "shadowed builtins": "input = torch.ones(1)\nsum = max = min = range = 0\nlist = [1]\n"
    "id = type = len = str = dict = print = None",
    "shadowed exec": "def exec(model): return model\nopen = 1",
    "check used as a variable": "check = torch.ones(3) == 1",
    "check in a loop": "for check in [1, 2]:\n    pass",
    "torch used as a variable": "for torch in []:\n    pass\nnp = None",
    "an autograd function": "class Square(torch.autograd.Function):\n    @staticmethod\n"
    "    def forward(ctx, x):\n        ctx.save_for_backward(x)\n        return x * x\n"
    "    @staticmethod\n    def backward(ctx, g):\n        (x,) = ctx.saved_tensors\n"
    "        return 2 * x * g\nSquare.apply(torch.ones(1, requires_grad=True)).backward()",
    "hooks": "m = torch.nn.Linear(1, 1)\nm.register_forward_hook(lambda m, i, o: None)\n"
    "torch.nn.modules.module.register_module_forward_hook(lambda m, i, o: None)\n"
    "m(torch.ones(1)).register_hook(lambda g: g)",
    "vmap and jit": "torch.vmap(lambda x: x * 2)(torch.ones(2))\n"
    "torch.jit.trace(torch.nn.Linear(1, 1), torch.ones(1))\n"
    "torch.func.grad(lambda x: x * x)(torch.tensor(1.0))",
    "a profiler": "from torch.profiler import profile\nwith profile() as p:\n    torch.ones(2) + 1\n"
    "p.events()\nimport cProfile\ncProfile.run('1 + 1')",
    "counting work": "from torch.utils.flop_counter import FlopCounterMode\n"
    "with FlopCounterMode(display=False):\n    torch.ones(2, 2) @ torch.ones(2, 2)",
    "times": "%timeit -n1 -r1 1 + 1\n%time 1",
    "a cell magic": "%%capture text\nprint(eval('1'))",
    "a script": "%%bash\necho hello",
    "memory of tensors": "import sys, tracemalloc\ntracemalloc.start()\nsys.getsizeof(1)\n"
    "tracemalloc.stop()\nsys.setrecursionlimit(10**5)\nsys.getrefcount(1)",
    "numbers": "import decimal, locale\ndecimal.getcontext().prec = 2\n"
    "locale.setlocale(locale.LC_ALL, '')",
    "mocking": "from types import SimpleNamespace\nfake = SimpleNamespace(a=1)\nfake.a = 2\n"
    "setattr(fake, 'b', 3)",
    "a debugger that was left in": "import pdb\nif False:\n    pdb.set_trace()\n    breakpoint()",
    "post mortem": "%xmode Minimal\n%pdb off\n1 / 0",
    "giving up a cell": "raise SystemExit('Stop here')",
    "assert that fails": "assert False, 'not yet'",
    "a redirection": "import contextlib, io\nwith contextlib.redirect_stdout(io.StringIO()):\n"
    "    print('x')\nimport sys\nsys.stdout.write('x')\nsys.stdout.flush()\nsys.stderr.write('e')",
    "a log beside standard output": "import sys\nclass Tee:\n    def __init__(self, *streams): self.streams = streams\n"
    "    def write(self, text):\n        for s in self.streams: s.write(text)\n"
    "    def flush(self):\n        for s in self.streams: s.flush()\n"
    "import os\nsys.stdout = Tee(sys.stdout, open(os.devnull, 'w'))",
    "no standard output": "import os, sys\nsys.stdout = sys.stderr = open(os.devnull, 'w')",
    "hooks of Python": "import sys\nsys.excepthook = sys.displayhook = lambda *a: None",
    "no GPU": "torch.cuda.is_available = lambda: False",
    "arrays as before": "import functools\nimport numpy as np\n"
    "np.load = functools.partial(np.load, allow_pickle=True)",
    "colours": "%colors NoColor",
    "setting of dynamo": "import torch._dynamo\ntorch._dynamo.config.suppress_errors = True",
    "a custom dataset": "from torch.utils.data import Dataset\nclass D(Dataset):\n"
    "    def __len__(self): return 3\n    def __getitem__(self, i): return i",
    "a name with underscores": "class Meta(type):\n    def __new__(m, *a): return super().__new__(m, *a)\n"
    "class A(metaclass=Meta):\n    __slots__ = ('x',)\n    @property\n    def y(self): return 1\n"
    "print(A.__mro__, A.__bases__, A.__subclasses__())",
    "import by name": "import importlib\nimportlib.import_module('torch.nn')\n"
    "__import__('math')\nimportlib.util.find_spec('cv2')",
    "exit hooks": "import atexit\natexit.register(lambda: None)",
}  # fmt: skip

HEAD = "def box_area(boxes):\n    "
RETURN = "return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])"

WITHIN = {
    "prints": HEAD + "print('x' * 1000)\n    " + RETURN,
    "prints without an end of line": HEAD + "print('.', end='')\n    " + RETURN,
    "prints much": HEAD + "print('x' * 10**6)\n    " + RETURN,
    "warns": HEAD + "import warnings; warnings.warn('slow')\n    " + RETURN,
    "standard error": HEAD + "import sys; print('e', file=sys.stderr)\n    " + RETURN,
    "logs": HEAD + "import logging; logging.error('e')\n    " + RETURN,
    "a progress bar": HEAD + "from tqdm import tqdm\n    for _ in tqdm(range(2)): pass\n    " + RETURN,
    "a figure left open": HEAD + "import matplotlib.pyplot as plt; plt.figure(); plt.plot([1])\n    "
    + RETURN,
    "a picture": HEAD + "from IPython.display import display; display(boxes)\n    " + RETURN,
    "compiled": "@torch.compile\n" + HEAD + RETURN,
    "without gradients": "@torch.inference_mode()\n" + HEAD + "return boxes\n" + HEAD + RETURN,
    "timed": "import functools, time\ndef timed(f):\n    @functools.wraps(f)\n    def w(*a):\n"
    "        t = time.time(); r = f(*a); print(time.time() - t); return r\n    return w\n@timed\n"
    + HEAD + RETURN,
    "cached": "import functools\n@functools.lru_cache\ndef half(x): return x / 2\n" + HEAD + RETURN,
    "mapped": HEAD + "return torch.vmap(lambda b: (b[2] - b[0]) * (b[3] - b[1]))(boxes)",
    "a thread pool": "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)\n"
    + HEAD + "return pool.submit(lambda: (boxes[:, 2] - boxes[:, 0])"
    " * (boxes[:, 3] - boxes[:, 1])).result()",
    "sets what all use": HEAD + "torch.manual_seed(0); torch.set_printoptions(precision=2)\n    "
    + RETURN,
    "by parts": "class Box:\n    def __init__(self, b): self.b = b\n"
    "    def __eq__(self, o): return True\n    def __call__(self): b = self.b; "
    "return (b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1])\n" + HEAD + "return Box(boxes)()",
}  # fmt: skip
