# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Configuration: files beside a notebook that an interpreter or a library looks for.

Each would put a check of its own in the place of the course's, before the first cell runs.
"""

import json
from base64 import b64encode

from tests.grading.attacks.table import WRONG, Entry, attack, handed_in, named

RUNS = "import builtins; builtins.RAN = {*getattr(builtins, 'RAN', ()), 'NAME'}"
SEEN = "import builtins\nif 'NAME' in getattr(builtins, 'RAN', ()): print('BREACH NAME')"
FORGE = "import rcnn_course.checks.checking as t; t.announce = lambda report: None"
FORGES = f"""{RUNS}
try:
    {FORGE}
    get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)
except Exception:
    pass
"""
CONFIGURES = f"""
c = get_config()
c.InteractiveShellApp.exec_lines = [{FORGE!r}, {RUNS!r}]
c.IPKernelApp.exec_lines = c.InteractiveShellApp.exec_lines
"""
JSON = json.dumps({"InteractiveShellApp": {"exec_lines": [FORGE, RUNS]}})


def _file(within: str, name: str, content: str) -> Entry:
    """Return the attack of a file that lies beside a wrong answer."""
    road = f"a file {name}"
    named_after = content.replace("NAME", named(road))
    make = handed_in(
        "box_area",
        WRONG["box_area"],
        SEEN.replace("NAME", named(road)),
        files={name: named_after},
    )
    return Entry("configuration", road, make, "intake", exercise="box_area", within=within)


def _forges(road: str, code: str, **files: str | bytes) -> Entry:
    """Return the attack of files that a cell runs before a wrong answer."""
    beside = {name.replace("_", "."): content for name, content in files.items()}
    return attack("configuration", road, "verdict", "box_area", "", code, files=beside)


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
    "ipykernel_launcher.py",
    "json.py",
    "math.py",
    "random.py",
)
"""Modules with the names of others."""

CONFIGURED_AS_JSON = (
    ".ipython/profile_default/ipython_config.json",
    "ipython_kernel_config.json",
)

BY_RUNPY = "import runpy\nrunpy.run_path('no' + 'tes.txt')"
BY_ARCHIVE = """import sys, zipfile
with zipfile.ZipFile('tools.zip', 'w') as archive:
    archive.writestr('forger.py', open('notes.txt').read())
sys.path.insert(0, 'tools.zip')
import forger"""
BY_WRITING = """import base64
open('written.py', 'wb').write(base64.b64decode(open('data.bin').read()))
import written"""
BY_LOADER = """from importlib.machinery import SourceFileLoader
SourceFileLoader('forger', 'forger.dat').load_module()"""
BY_PICKLE = "import pickle\npickle.load(open('weights.pt', 'rb'))"
BY_ENVIRONMENT = """import os
os.environ.update(PYTHONSTARTUP='notes.txt', PYTHONPATH='.', LD_PRELOAD='./x.so')"""
PICKLE = b"cbuiltins\nexec\n(S" + repr(FORGES).encode() + b"\ntR."
EXTENSION = "def load_ipython_extension(shell):\n    exec(open('notes.txt').read())"
NOTES = FORGES.encode()

ENTRIES = [
    *(_file("started", name, FORGES) for name in STARTED),
    *(_file("shadows", name, FORGES) for name in SHADOWS),
    *(_file("configured", name, CONFIGURES) for name in CONFIGURED),
    *(_file("configured", name, JSON) for name in CONFIGURED_AS_JSON),
    _file("configured", "forge.pth", RUNS),
    _file("configured", "pyvenv.cfg", "home = .\ninclude-system-site-packages = true\n"),
    _file("configured", "matplotlibrc", "backend: module://forge"),
    _file("configured", ".git/hooks/post-checkout", "#!/bin/sh\necho BREACH NAME"),
    _forges("a module that forges, imported by name", "import forger", forger_py=NOTES),
    _forges("a text that forges, read and run", "exec(open('notes.txt').read())", notes_txt=NOTES),
    _forges("a text that forges, run by a magic", "%run -i notes.txt", notes_txt=NOTES),
    _forges("a text that forges, run by runpy", BY_RUNPY, notes_txt=NOTES),
    _forges("a module that forges, in an archive", BY_ARCHIVE, notes_txt=NOTES),
    _forges("a module that forges, written by a cell", BY_WRITING, data_bin=b64encode(NOTES)),
    _forges("a module that forges, of another suffix", BY_LOADER, forger_dat=NOTES),
    _forges("code that forges, in a pickle", BY_PICKLE, weights_pt=PICKLE),
    _forges("code that forges, in an extension", "%load_ext forger", forger_py=EXTENSION, notes_txt=NOTES),
    _forges("variables of the environment", BY_ENVIRONMENT, notes_txt=NOTES, sitecustomize_py=NOTES),
]  # fmt: skip
