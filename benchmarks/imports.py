"""Import times, each in a process of its own: the package, and what a notebook imports.

`import torch` is the yardstick, since no notebook can start before it. The median of some rounds
is taken, in which each kind has its turn.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import nbformat

from rcnn_course.authoring.course import assignments
from rcnn_course.grading.execution.ready import imports_of

ROOT = Path(__file__).parents[1]
ROUNDS = 3


def seconds(code: str) -> float:
    """Return how long a Python process takes that runs `code`, its own start included."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - started


def imports_of_notebooks() -> str:
    """Return the import statements of all notebooks of `solutions/`."""
    return "\n".join(
        statement
        for name in assignments(ROOT)
        for statement in imports_of(
            nbformat.read(ROOT / "solutions" / name / f"{name}.ipynb", as_version=4)
        )
    )


def main() -> None:
    codes = {
        "python": "",
        "package": "import rcnn_course",
        "torch": "import torch",
        "notebooks": imports_of_notebooks(),
    }
    rounds = [{name: seconds(code) for name, code in codes.items()} for _ in range(ROUNDS)]

    median = {name: statistics.median(taken[name] for taken in rounds) for name in codes}
    for what, code, at_most in (
        ("import rcnn_course", "package", 0.1),
        ("all that the notebooks import", "notebooks", 3),
    ):
        value = (median[code] - median["python"]) / (median["torch"] - median["python"])
        row = {"name": what, "value": round(value, 2), "unit": "x import torch"}
        print(json.dumps(row | {"at_most": at_most}))
    torch = {"name": "import torch, Python's start included", "value": round(median["torch"], 1)}
    print(json.dumps(torch | {"unit": "s"}))


if __name__ == "__main__":
    main()
