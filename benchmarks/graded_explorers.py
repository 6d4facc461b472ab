"""What each explorer adds to the autograding of a notebook, its model's run included.

nbclient runs a cell with each explorer, as `rcnn-course grade` has it do, in a kernel with one
thread, as in a sandbox, and the time of an empty cell is taken off. The first time does not count:
what Python and matplotlib load then, a class loads once, in the process from which its kernels
are forked.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.explorers import IMPORTS, POSTPROCESS_FUNCTION, SHOWN

TIMES = 7

SETUP = f"""{IMPORTS}
mask_rcnn = load_detector("maskrcnn", weights="course")
crowd = GeneratedPeople(8, seed=2, size=(288, 432))[7]  # of 01_detect_people
photo, _ = GeneratedPeople(7, seed=5, size=(352, 512))[6]  # of 05_rpn
scene, _ = GeneratedPeople(18, seed=77, size=(192, 288))[17]  # of 07_box_head
pair, _ = GeneratedPeople(1, seed=6, size=(352, 480))[0]  # of 09_keypoint_head


{POSTPROCESS_FUNCTION}"""

AS_IN_NOTEBOOKS = SHOWN | {
    "DetectionExplorer": "widgets.DetectionExplorer(mask_rcnn, *crowd)",
    "KeypointExplorer": "widgets.KeypointExplorer(model, pair)",
    "PostprocessExplorer": "widgets.PostprocessExplorer(postprocess, model, scene)",
    "ProposalExplorer": "widgets.ProposalExplorer(model, photo)",
}
"""Every explorer with the heads and the picture that its notebook gives it."""


def durations(sources: list[str]) -> list[float]:
    """Return the milliseconds that each cell of a notebook takes in a kernel of its own."""
    started, taken = [], []
    client = NotebookClient(
        new_notebook(cells=[new_code_cell(source) for source in sources]),
        on_cell_start=lambda **cell: started.append(time.perf_counter()),
        on_cell_executed=lambda **cell: taken.append(time.perf_counter() - started[-1]),
        store_widget_state=False,
        shutdown_kernel="immediate",
    )
    client.execute()
    return [1000 * seconds for seconds in taken]


def main() -> None:
    os.environ.update(NBGRADER_EXECUTION="autograde", OMP_NUM_THREADS="1")
    names = sys.argv[1:] or list(AS_IN_NOTEBOOKS)
    in_turn = ["0", *(AS_IN_NOTEBOOKS[name] for name in names)]
    taken = durations([SETUP, *in_turn * (1 + TIMES)])[1 + len(in_turn) :]
    empty, *explorers = (statistics.median(taken[n :: len(in_turn)]) for n in range(len(in_turn)))
    for name, milliseconds in zip(names, explorers, strict=True):
        added = round(milliseconds - empty)
        row = {"name": f"{name}, added to autograding", "value": added, "unit": "ms"}
        print(json.dumps(row | {"at_most": 100}))


if __name__ == "__main__":
    main()
