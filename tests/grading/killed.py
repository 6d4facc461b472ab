"""Grade a class in a child process that is killed in the middle, again and again.

    python -m tests.grading.killed COURSE SCHEDULER SEED KILLS

Prints how many times a child was killed before it had finished. The children are forked from this
process, which has everything in its memory, so that each begins to grade at once. Half of them are
killed while they write to the gradebook, which SQLite's journal gives away.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from rcnn_course.grading.run import grade_class
from tests.patience import PATIENCE


def main(course: Path, scheduler: str, seed: int, kills: int) -> None:
    moments = random.Random(seed)
    for killed in range(kills):
        child = os.fork()
        if child == 0:
            os.setsid()
            grade_class(course, "toy", scheduler=scheduler)
            os._exit(0)
        ended = wait(child, moments.uniform(0, 2))
        if not ended and moments.random() < 0.5:
            ended = wait(child, PATIENCE, course / "gradebook.db-journal")
            ended = ended or wait(child, moments.uniform(0, 0.1))
        if ended:
            print(killed)
            return
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print(kills)


def wait(child: int, seconds: float, file: Path | None = None) -> bool:
    """Wait for a time, a file, or the end of the child; return whether it has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not (file and file.exists()):
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.001)
    return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
