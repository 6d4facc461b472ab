"""A large class graded in one run by `rcnn-course grade`, with two workers and with one.

Memory is that of the largest process that the command waits for; kernels have limits of their own.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.grading import make_course, ours, timed

ASSIGNMENT = "00_start_here"
STUDENTS = 300

WATCHED = """\
import resource, subprocess, sys
done = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(done)
"""
"""Runs a command, and writes into a file how many kilobytes its largest process has had."""


def rows(folder: Path) -> Iterator[dict]:
    """Grade the class with two workers, then the same with one."""
    seconds = {}
    for workers in (2, 1):
        course = make_course(folder / f"workers-{workers}", ASSIGNMENT, range(STUDENTS))
        usage = folder / f"usage-{workers}"
        command = [sys.executable, "-c", WATCHED, str(usage), *ours(ASSIGNMENT, workers)]
        seconds[workers] = timed(course, command)
        row = f"rcnn-course grade, {STUDENTS} x {ASSIGNMENT}, workers: {workers}"
        yield {"name": row, "value": round(seconds[workers], 1), "unit": "s"}
        memory = round(int(usage.read_text()) / 1024)
        yield {"name": f"{row}, memory of its largest process", "value": memory, "unit": "MB"}
    ratio = round(seconds[1] / seconds[2], 2)
    yield {"name": "two workers beside one", "value": ratio, "unit": "x", "at_least": 1.8}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for row in rows(Path(temporary)):
            print(json.dumps(row), flush=True)
