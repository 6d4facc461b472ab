"""The programs that some tests need besides Python: where they are, and why one cannot be used.

A test that needs a program says so: `@pytest.mark.requires("bubblewrap")`. Where it cannot be used
the test is skipped, and the reason names the program and how to get it.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from glob import glob
from importlib.util import find_spec
from pathlib import Path

from rcnn_course.grading.kernel import trial
from rcnn_course.grading.sandbox import landlock
from rcnn_course.grading.sandbox.levels import FULL

VSCODE = ("@vscode/jupyter-ipywidgets8", "requirejs")
"""Packages of npm: the widget manager of VS Code's Jupyter extension, and its loader of modules."""

INITDB = "/usr/lib/postgresql/*/bin/initdb"
"""Where Debian has one for each version, outside of PATH."""


@cache
def chromium() -> str | None:
    """Return the path of a Chromium that starts, or None.

    Ubuntu has a `chromium-browser` that only says where the real one is to be had.
    """
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path and subprocess.run([path, "--version"], capture_output=True).returncode == 0:
            return path
    return None


def postgresql() -> Path | None:
    """Return the folder of PostgreSQL's programs, or None."""
    initdb = next(iter(sorted(glob(INITDB), reverse=True)), None) or shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@cache
def node_modules() -> Path:
    """Return the folder into which npm installs packages for all, whether or not there is one."""
    npm = shutil.which("npm")
    if npm is None:
        return Path("node_modules")
    run = subprocess.run([npm, "root", "--global"], capture_output=True, text=True, check=True)
    return Path(run.stdout.strip())


def _bubblewrap() -> str:
    if sys.platform == "linux" and not shutil.which("bwrap"):
        return _get("bubblewrap")
    return trial.isolation().refused.get(FULL.name, "")


def _chromium() -> str:
    return "" if chromium() else _get("chromium")


def _linux() -> str:
    return "" if sys.platform == "linux" else "this system is not Linux"


def _landlock() -> str:
    return _linux() or ("" if landlock.version() else "this Linux has no Landlock (from 5.13 on)")


def _make() -> str:
    return "" if shutil.which("make") else _get("make")


def _postgresql() -> str:
    if postgresql() is None:
        return _get("postgresql")
    if os.geteuid() == 0 and os.path.expanduser("~postgres") == "~postgres":
        return "postgresql does not run as root, and there is no user postgres to run it as"
    return ""


def _jupyterhub() -> str:
    if find_spec("jupyterhub") is None:
        return "jupyterhub is not installed (pip install '.[test]')"
    if not shutil.which("configurable-http-proxy"):
        return "jupyterhub lacks its proxy (npm install --global configurable-http-proxy@4)"
    return ""


def _vscode() -> str:
    missing = [name for name in VSCODE if not (node_modules() / name).is_dir()]
    names = " ".join(missing)
    return f"{names} is missing (npm install --global {names})" if missing else ""


def _get(program: str) -> str:
    return f"{program} is not installed (on Debian and Ubuntu: sudo apt install {program})"


PROGRAMS = {
    "bubblewrap": _bubblewrap,
    "chromium": _chromium,
    "make": _make,
    "postgresql": _postgresql,
}
FAULTS = PROGRAMS | {
    "linux": _linux,
    "landlock": _landlock,
    "jupyterhub": _jupyterhub,
    "vscode": _vscode,
}


@cache
def fault(program: str) -> str:
    """Say why a program cannot be used in tests here, or '' where it can.

    Raises:
        ValueError: If no program of `FAULTS` has this name.
    """
    if program not in FAULTS:
        raise ValueError(f"requires({program!r}): expected one of {', '.join(FAULTS)}")
    return FAULTS[program]()
