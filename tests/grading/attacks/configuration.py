# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Configuration: files beside a notebook that an interpreter or a library looks for.

Each would put a check of its own in the place of the course's, before the first cell runs.
"""

import base64

from tests.grading.attacks.evasion import HEADS
from tests.grading.attacks.table import Entry, attack

FORGES = """
import builtins
builtins.RAN = True
try:
    import rcnn_course.checks.checking as target
    target.announce = lambda report: None
except Exception:
    pass
try:
    get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)
except Exception:
    pass
"""
CONFIGURES = """
c = get_config()
c.InteractiveShellApp.exec_lines = ['import rcnn_course.checks.checking as t; t.announce = lambda report: None', 'import builtins; builtins.RAN = True']
c.IPKernelApp.exec_lines = c.InteractiveShellApp.exec_lines
c.InteractiveShell.custom_exceptions = (Exception,)
"""
JSON = '{"InteractiveShellApp": {"exec_lines": ["import rcnn_course.checks.checking as t; t.announce = lambda report: None", "import builtins; builtins.RAN = True"]}}'
RAN = "import builtins\nif hasattr(builtins, 'RAN'): print('BREACH')"


def _file(name: str, content: str = FORGES) -> Entry:
    """Return the attack of a file that lies beside a wrong answer."""
    road = f"a file {name}"
    return attack("configuration", road, "intake", "box_area", "", RAN, files={name: content})


STARTED = (
    "sitecustomize.py",
    "usercustomize.py",
    "lib/python3/site-packages/sitecustomize.py",
    ".ipython/profile_default/startup/00-forge.py",
    ".ipython/profile_default/startup/00-forge.ipy",
    ".ipython/extensions/forge.py",
    ".pythonrc.py",
    ".pdbrc",
    "startup.py",
    "conftest.py",
    "__main__.py",
    "__init__.py",
    "setup.py",
)
CONFIGURED = (
    "ipython_config.py",
    "ipython_kernel_config.py",
    ".ipython/profile_default/ipython_config.py",
    ".ipython/profile_default/ipython_kernel_config.py",
    ".jupyter/jupyter_config.py",
    "jupyter_config.py",
    "jupyter_nbconvert_config.py",
    "nbgrader_config.py",
)
"""Files that are Python of a configuration."""

SHADOWS = (
    "rcnn_course.py",
    "torch.py",
    "torchvision/__init__.py",
    "IPython/__init__.py",
    "json.py",
    "random.py",
    "ipykernel_launcher.py",
    "math.py",
)
"""Modules with the names of others."""

AREA = HEADS["box_area"]
PICKLE = b"cbuiltins\nexec\n(S" + repr(FORGES).encode() + b"\ntR."
FORGER = FORGES + "\ndef area(boxes): return boxes[:, 2] * 0"

ENTRIES = [
    *map(_file, (*STARTED, *SHADOWS)),
    *(_file(name, CONFIGURES) for name in CONFIGURED),
    *(_file(name, JSON) for name in (".ipython/profile_default/ipython_config.json", "ipython_kernel_config.json")),
    _file("forge.pth", "import builtins; builtins.RAN = True"),
    _file("pyvenv.cfg", "home = .\ninclude-system-site-packages = true\n"),
    _file("matplotlibrc", "backend: module://forge"),
    _file(".git/hooks/post-checkout", "#!/bin/sh\necho BREACH"),
    attack("configuration", "a module that forges, imported by name", "verdict", "box_area", AREA + "return area(boxes)",
           "from forger import area", files={"forger.py": FORGER}),
    attack("configuration", "a text that forges, read and run", "verdict", "box_area", "",
           "exec(open('notes.txt').read())", files={"notes.txt": FORGES}),
    attack("configuration", "a text that forges, run by a magic", "verdict", "box_area", "",
           "%run -i notes.txt", files={"notes.txt": FORGES}),
    attack("configuration", "a module that forges, run by runpy", "verdict", "box_area", "",
           "import runpy\nrunpy.run_path('no' + 'tes.txt')", files={"notes.txt": FORGES}),
    attack("configuration", "a module that forges, in an archive on the path", "verdict", "box_area", "",
           "import io, sys, zipfile\nwith zipfile.ZipFile('tools.zip', 'w') as z: z.writestr('forger.py', open('notes.txt').read())\n"
           "sys.path.insert(0, 'tools.zip')\nimport forger", files={"notes.txt": FORGES}),
    attack("configuration", "a module that forges, written by a cell", "verdict", "box_area", "",
           "import base64\nopen('written.py', 'wb').write(base64.b64decode(open('data.bin').read()))\nimport written",
           files={"data.bin": base64.b64encode(FORGES.encode())}),
    attack("configuration", "a module that forges, loaded from another suffix", "verdict", "box_area", "",
           "from importlib.machinery import SourceFileLoader\nSourceFileLoader('forger', 'forger.dat').load_module()",
           files={"forger.dat": FORGES}),
    attack("configuration", "code that forges, in a pickle", "verdict", "box_area", "",
           "import pickle\npickle.load(open('weights.pt', 'rb'))", files={"weights.pt": PICKLE}),
    attack("configuration", "code that forges, in an extension of IPython", "verdict", "box_area", "",
           "%load_ext forger", files={"forger.py": "def load_ipython_extension(shell):\n    exec(open('notes.txt').read())", "notes.txt": FORGES}),
    attack("configuration", "code that forges, in a startup file that a cell writes", "verdict", "box_area", "",
           "import os\nos.makedirs(os.path.expanduser('~/.ipython/profile_default/startup'), exist_ok=True)\n"
           "open(os.path.expanduser('~/.ipython/profile_default/startup/0.py'), 'w').write('1 / 0')"),
    attack("configuration", "variables of the environment for what starts later", "verdict", "box_area", "",
           "import os\nos.environ.update(PYTHONSTARTUP='notes.txt', PYTHONPATH='.', PYTHONINSPECT='1', LD_PRELOAD='./x.so')",
           files={"notes.txt": FORGES, "sitecustomize.py": FORGES}),
]  # fmt: skip
