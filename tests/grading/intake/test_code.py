import gc
import time
from concurrent.futures import ThreadPoolExecutor

from rcnn_course.grading.intake.code import parse

TABLE = f"table = {list(range(3000))}"


def parse_at(depth):
    return parse_at(depth - 1) if depth else parse(TABLE)


def let_another_thread_run(phase, info):
    time.sleep(0.0001)


def test_cells_are_read_in_two_threads_at_once():
    gc.callbacks.append(let_another_thread_run)
    try:
        with ThreadPoolExecutor(2) as pool:
            assert all(pool.map(parse_at, [0, 100] * 10))
    finally:
        gc.callbacks.remove(let_another_thread_run)
