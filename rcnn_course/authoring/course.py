"""The course as nbgrader sees it: its folder, its configuration, its assignments."""

import traceback
from pathlib import Path

from traitlets.config.loader import Config, PyFileConfigLoader

CONFIG_FILE = "nbgrader_config.py"

UNSEEN = {".ipynb_checkpoints", "__pycache__"}
"""Folders that nbgrader does not copy to students."""


def find_course(start: Path) -> Path:
    """Return the folder of the course that holds `start`.

    Raises:
        FileNotFoundError: If neither `start` nor a folder above it is a course.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / CONFIG_FILE).is_file() and (folder / "solutions").is_dir():
            return folder
    raise FileNotFoundError(
        f"{start.resolve()} is not inside a course: expected a folder with {CONFIG_FILE} and "
        "solutions/. Run this in a checkout of the course."
    )


def load_config(root: Path) -> Config:
    """Return what the course's own `nbgrader_config.py` says, and nothing else.

    nbgrader's commands add the settings of the user's home; a release must not depend on them.

    Raises:
        ValueError: If the file cannot be run; says where and why.
    """
    try:
        return PyFileConfigLoader(CONFIG_FILE, path=str(root)).load_config()
    except (Exception, SystemExit) as error:  # it is a program: anything can go wrong
        file = root / CONFIG_FILE
        steps = traceback.extract_tb(error.__traceback__)
        lines = ["?", *(step.lineno for step in steps if Path(step.filename) == file)]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1]
        raise ValueError(f"{file}, line {line}: {type(error).__name__}: {error}") from error


def assignments(root: Path) -> list[str]:
    """Return the names of the assignments in `solutions/`, in the order of the course."""
    return sorted(
        folder.name
        for folder in (root / "solutions").iterdir()
        if folder.is_dir() and not folder.name.startswith(".")
    )
