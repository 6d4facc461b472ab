"""How long a student waits for a page: `rcnn-course grade --watch`, one submission after another.

Each hands in, alone, by an atomic rename, and the time runs until the page is in `feedback/`. The
members of the demo class take turns.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path

import nbformat
import numpy as np

from rcnn_course.grading.demo.classroom import build_classroom
from rcnn_course.grading.demo.hand_in import hand_in, load_answers, solution_cells
from rcnn_course.grading.demo.members import make_members

ROOT = Path(__file__).parents[1]
ASSIGNMENT = "00_start_here"
STUDENTS = 24
SLOW = {"endless_loop", "not_json"}
"""Members of the demo class who wait for a time limit."""

COMMAND = [sys.executable, "-m", "rcnn_course.cli", "grade", ASSIGNMENT, "--watch"]
LONGEST = 300.0
"""Seconds to wait for a page."""


def seconds_to_page(course: Path, student: str, ready: Path) -> float:
    """Hand in, and return how long the page has taken.

    Raises:
        SystemExit: If it does not come.
    """
    place = course / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    page = course / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    place.parent.mkdir(parents=True)
    os.replace(ready, place)
    began = time.perf_counter()
    while not page.exists():
        if time.perf_counter() - began > LONGEST:
            sys.exit(f"no page for {student} in {LONGEST:g} s")
        time.sleep(0.01)
    return time.perf_counter() - began


def main() -> None:
    file = Path(ASSIGNMENT, f"{ASSIGNMENT}.ipynb")
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        build_classroom(ROOT, [ASSIGNMENT], course)
        solution = solution_cells(nbformat.read(course / "solutions" / file, as_version=4))
        members = make_members(solution, load_answers(ROOT, ASSIGNMENT))
        members = [member for member in members if member.name not in SLOW]
        watch = subprocess.Popen(
            COMMAND, cwd=course, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            for line in watch.stderr or ():
                if line.startswith(b"Waiting"):
                    break
            seconds = []
            for number, member in enumerate(islice(cycle(members), STUDENTS)):
                ready = course / "ready.ipynb"
                hand_in(course / "course" / file, member.answers, ready)
                seconds.append(seconds_to_page(course, f"{number:02}_{member.name}", ready))
        finally:
            watch.send_signal(signal.SIGTERM)
            watch.wait()
    for share, more in ((50, {}), (95, {"at_most": 5})):
        which = "median" if share == 50 else f"{share}th percentile"
        name = f"grade --watch, from a file to its page, {which}"
        value = round(float(np.percentile(seconds, share)), 1)
        print(json.dumps({"name": name, "value": value, "unit": "s", **more}))


if __name__ == "__main__":
    main()
