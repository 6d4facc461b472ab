"""Grade a class in a child process that is killed in the middle, again and again.

    python -m tests.grading.killed COURSE SCHEDULER SEED KILLS

Prints how many times a child was killed before it had finished. The children are forked from this
process, which has everything in its memory, so that each begins to grade at once.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from rcnn_course.grading.run import grade_class


def main(course: Path, scheduler: str, seed: int, kills: int) -> None:
    moments = random.Random(seed)
    killed = 0
    while killed < kills:
        child = os.fork()
        if child == 0:
            os.setsid()
            grade_class(course, "toy", scheduler=scheduler)
            os._exit(0)
        deadline = time.monotonic() + moments.uniform(0.1, 2.5)
        ended = 0
        while not ended and time.monotonic() < deadline:
            ended, _ = os.waitpid(child, os.WNOHANG)
            time.sleep(0.005)
        if ended:
            break
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        killed += 1
    print(killed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
