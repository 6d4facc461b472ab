"""The notebooks of `solutions/` with what their cells show, run once for each state of them."""

import hashlib
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from scripts.exercises.cells import ROOT, notebook_file
from scripts.site import recording

NOWHERE = "http://127.0.0.1:9"
"""A proxy that does not exist: who asks for the network fails at once."""

BEGIN = "from scripts.site import recording\nrecording.begin()"
"""Runs before all cells; the site shows nothing of it."""

LIBRARY = ("*.py", "*.json", "*.pth")
"""What a notebook's outputs depend on, besides itself: these files of the library."""


def executed(root: Path, name: str, cache: Path) -> NotebookNode:
    """Return a notebook of `solutions/` with its outputs; run it where the cache has no such run.

    A run is kept under a name made of the notebook and of the library, so that a change of either
    asks for a new one.

    Raises:
        CellExecutionError: If a cell fails.
    """
    state = library_state(root, notebook_file(root, name), Path(recording.__file__))
    kept = cache / f"{name}-{state}.ipynb"
    if not kept.exists():
        print(f"running {name}", flush=True)
        notebook = _run(notebook_file(root, name), cache)
        for old in cache.glob(f"{name}-*.ipynb"):
            old.unlink()
        nbformat.write(notebook, kept)
    return nbformat.read(kept, as_version=4)


def library_state(root: Path, *others: Path) -> str:
    """Return a short name for the state of the library, and of other files with it."""
    library = sorted(path for kind in LIBRARY for path in root.glob(f"rcnn_course/**/{kind}"))
    digest = hashlib.sha256()
    for path in (*others, *library):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _run(file: Path, cache: Path) -> NotebookNode:
    """Run a notebook in a folder of its own, without a network and without COCO's weights."""
    desk = cache / "desk"
    desk.mkdir(parents=True, exist_ok=True)
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOWHERE)
    unset = ("MPLBACKEND", "NBGRADER_EXECUTION")
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {**proxies, "TORCH_HOME": str(desk / "torch"), "RCNN_COURSE_STUDENT": "site"}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    notebook = nbformat.read(file, as_version=4)
    notebook.cells.insert(0, new_code_cell(BEGIN))
    client = NotebookClient(
        notebook,
        timeout=600,
        resources={"metadata": {"path": str(desk)}},
        shutdown_kernel="immediate",
    )
    return client.execute(env=environment)
