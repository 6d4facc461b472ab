"""Notebook 10 trains a detector from nothing with the notebook's own parts: its AP50 and its time.

The notebook runs as a student runs it, with `MINUTES` set as it advises, in a fresh kernel.
"""

import json
import os
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell

NAME = "10_assemble"
NOTEBOOK = Path(__file__).parents[1] / "solutions" / NAME / f"{NAME}.ipynb"
MINUTES = 3
SHORT = "MINUTES = 0.1"
"""What stands in the notebook, so that it runs through quickly at first."""

ASK = """\
print(json.dumps({"batches": done, "seconds": trained_in, "AP50": scores["from nothing"]}))
"""


def prepared() -> nbformat.NotebookNode:
    """Return the notebook, with longer training and a last cell that says what came of it.

    Raises:
        ValueError: If the notebook does not have the cells that this changes.
    """
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    if cells["train-made"].source.count(SHORT) != 1:
        raise ValueError(f"{SHORT!r} does not stand once in the cell train-made of {NOTEBOOK}")
    made, run = cells["train-made"], cells["train-run"]
    made.source = made.source.replace(SHORT, f"MINUTES = {MINUTES}")
    run.source += "\ntrained_in = time.monotonic() - started"
    notebook.cells.append(new_code_cell(f"import json\n{ASK}"))
    return notebook


def main() -> None:
    os.environ.pop("NBGRADER_EXECUTION", None)
    os.environ.pop("MPLBACKEND", None)
    notebook = prepared()
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook,
            timeout=900,
            resources={"metadata": {"path": folder}},
            shutdown_kernel="immediate",
        ).execute()
    said = json.loads(notebook.cells[-1].outputs[0].text)
    for row in (
        {"name": "from random weights, AP50", "value": round(said["AP50"], 2), "at_least": 0.5},
        {"name": "from random weights, time", "value": round(said["seconds"]), "unit": "s"}
        | {"at_most": 300},
        {"name": "batches of 4 pictures meanwhile", "value": said["batches"], "unit": "batches"},
    ):
        print(json.dumps({"unit": "", **row}))


if __name__ == "__main__":
    main()
