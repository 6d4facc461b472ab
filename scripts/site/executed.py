"""The notebooks of `solutions/` with what their cells show, run once for each state of them."""

import hashlib
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from scripts.exercises.cells import notebook_file

NOWHERE = "http://127.0.0.1:9"
"""A proxy that does not exist: who asks for the network fails at once."""

LIBRARY = ("*.py", "*.json", "*.pth")
"""What a notebook's outputs depend on, besides itself: these files of the library."""


def executed(root: Path, name: str, cache: Path) -> NotebookNode:
    """Return a notebook of `solutions/` with its outputs; run it where the cache has no such run.

    A run is kept under a name made of the notebook and of the library, so that a change of either
    asks for a new one.

    Raises:
        CellExecutionError: If a cell fails.
    """
    kept = cache / f"{name}-{library_state(root, notebook_file(root, name))}.ipynb"
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
    client = NotebookClient(
        nbformat.read(file, as_version=4),
        timeout=600,
        resources={"metadata": {"path": str(desk)}},
        shutdown_kernel="immediate",
    )
    return client.execute(env=environment)
