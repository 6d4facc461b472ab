"""Watch a class in child processes that are killed at random moments while it hands in.

    python -m tests.grading.run.killed_watch COURSE SCHEDULER SEED

The children are forked from this process, which has everything in its memory. Between the kills
and during them, the students of `PLAN` hand in, in their own ways and several times; some files
are half there for a while. The last child is ended as a person would, once all is given back.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from rcnn_course.grading.run.watch import Watcher
from tests.grading.run.handing_in import download, notebook, submit
from tests.patience import PATIENCE

PLAN = {"ada": 3, "bob": 2, "cyd": 3, "dan": 2, "eve": 3, "fay": 2}
"""How often each hands in; two by hand, two by the exchange, two as downloads."""

WRONG = {0: "a - b", 1: "a * b + 7", 2: "b - a"}


def answer(student: str, version: int) -> str:
    """Return what a student answers; the last is right for every other one."""
    is_last = version == PLAN[student] - 1
    value = "a + b" if is_last and student in "ada cyd eve" else WRONG[version]
    return f"def add(a, b):\n    # {student} {version}\n    return {value}"


def hand_in(course: Path, student: str, version: int, wait) -> None:
    """Hand in, with a pause in the middle where a way of handing in has one."""
    content = notebook(course, course.parent / "desk", student, answer(student, version))
    if student in ("ada", "bob"):
        file = course / "submitted" / student / "toy" / "toy.ipynb"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content[: len(content) // 2])
        wait()
        file.write_bytes(content)
    elif student in ("cyd", "dan"):
        submit(course, student, content)
    else:
        archive = download(course, f"{student}{version}.zip", {f"{student}_toy.ipynb": content})
        whole = archive.read_bytes()
        archive.write_bytes(whole[:-20])
        wait()
        archive.write_bytes(whole)


def is_given_back(course: Path, student: str) -> bool:
    """Tell whether the page of the last version is in place."""
    last = f"# {student} {PLAN[student] - 1}"
    try:
        graded = course / "autograded" / student / "toy" / "toy.ipynb"
        page = course / "feedback" / student / "toy" / "toy.html"
        return last in graded.read_text() and last in page.read_text()
    except FileNotFoundError:
        return False


def begin(course: Path, scheduler: str) -> int:
    """Begin to watch in a child process."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        said = (course.parent / "said.txt").open("a", buffering=1)
        try:
            Watcher(
                course,
                "toy",
                say=lambda sentence: print(sentence, file=said),
                graded=lambda one: print(one.student, one.status, one.reason, file=said),
            ).watch(scheduler=scheduler)
        except KeyboardInterrupt:
            os._exit(0)
        except BaseException as error:
            print(repr(error), file=said)
        os._exit(1)
    return child


def main(course: Path, scheduler: str, seed: int) -> None:
    moments = random.Random(seed)
    visits = [student for student, times in PLAN.items() for _ in range(times)]
    moments.shuffle(visits)
    versions = dict.fromkeys(PLAN, 0)
    child, kills = begin(course, scheduler), 0

    def maybe_kill() -> None:
        nonlocal child, kills
        time.sleep(moments.uniform(0, 1.5))
        if moments.random() < 0.6:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            kills += 1
            child = begin(course, scheduler)

    for student in visits:
        hand_in(course, student, versions[student], maybe_kill)
        versions[student] += 1
        maybe_kill()
    deadline = time.monotonic() + PATIENCE
    while not all(is_given_back(course, student) for student in PLAN):
        if time.monotonic() > deadline or os.waitpid(child, os.WNOHANG)[0]:
            sys.exit((course.parent / "said.txt").read_text())
        time.sleep(0.2)
    os.kill(child, signal.SIGTERM)
    print(kills, os.waitpid(child, 0)[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
