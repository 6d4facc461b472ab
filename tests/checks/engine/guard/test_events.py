"""Neither profilers nor other programs lead past the guard, and forks are guarded as well."""

import contextlib
import cProfile
import multiprocessing
import os
import profile
import subprocess
import sys

import pytest
import torch
from torchvision import ops

from rcnn_course.checks.engine.guard import Guard, Refused

BOXES = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3]])


def area():
    return ops.box_area(BOXES).tolist()


def beside_profiler():
    profiler = cProfile.Profile()
    with contextlib.suppress(Exception):
        profiler.enable()
    try:
        return area()
    finally:
        profiler.disable()


def without_hook():
    hook = sys.getprofile()
    with contextlib.suppress(RuntimeError):
        sys.setprofile(None)
    try:
        return area()
    finally:
        sys.setprofile(hook)


def in_tracer():
    found = []

    def trace(*event):
        sys.settrace(None)
        found.append(area())

    former = sys.gettrace()
    sys.settrace(trace)
    (lambda: None)()
    sys.settrace(former)
    return found[0]


def in_spawned_process():
    process = multiprocessing.get_context("spawn").Process(target=print)
    process.start()
    process.join()


TRUE = "/bin/true"
ROADS = {
    "profiler": beside_profiler,
    "profiler in Python": lambda: profile.Profile().runcall(area),
    "hook set aside": without_hook,
    "tracer": in_tracer,
    "subprocess": lambda: subprocess.run([TRUE], check=True),
    "spawn": in_spawned_process,
    "os.system": lambda: os.system(TRUE),
    "os.posix_spawn": lambda: os.waitpid(os.posix_spawn(TRUE, [TRUE], {}), 0),
}


@pytest.mark.parametrize("road", ROADS)
def test_what_ends_the_watching_is_refused_by_name(road):
    guard = Guard(code=[ops.box_area])
    with guard, contextlib.suppress(Refused):
        ROADS[road]()
    assert guard.called[0] in {
        "sys.setprofile, as profilers do",
        "sys.settrace, as debuggers do",
        "sys.monitoring, as profilers do",
        "torchvision.ops.boxes.box_area",
        "another program",
    }


def test_profilers_and_programs_run_as_ever_without_a_guard():
    assert beside_profiler() == [4, 4]
    assert in_tracer() == [4, 4]
    assert subprocess.run([TRUE], check=True).returncode == 0
    with Guard(code=[ops.box_area]) as guard, guard.lifted():
        assert beside_profiler() == [4, 4]
    assert guard.called == []


def in_fork(function):
    reading, writing = os.pipe()
    process = os.fork()
    if not process:
        with contextlib.suppress(Exception):
            os.write(writing, str(function()).encode())
        os._exit(0)
    os.waitpid(process, 0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return pipe.read()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_profiler_that_runs_goes_on_behind_a_guard():
    with cProfile.Profile() as profiler:
        with Guard(code=[ops.box_area]), contextlib.suppress(Refused):
            area()
        area()
    seen = {entry.code.co_name for entry in profiler.getstats() if hasattr(entry.code, "co_name")}
    assert "box_area" in seen


def test_guard_holds_in_a_fork():
    with Guard(["torchvision::nms"], [ops.box_area]) as guard:
        assert in_fork(area) == ""
        assert in_fork(lambda: ops.nms(BOXES, torch.ones(2), 0.5)) == ""
        assert in_fork(lambda: 2 + 2) == "4"
    assert guard.called == []


def test_hook_survives_an_error_that_it_raises():
    def deep():
        deep()

    with Guard(code=[ops.box_area]) as guard:
        with contextlib.suppress(RecursionError):
            deep()
        with contextlib.suppress(Refused):
            area()
        with pytest.raises(Refused):
            area()
    assert guard.called == 2 * ["torchvision.ops.boxes.box_area"]
    assert sys.getprofile() is None


class Endless:
    def __getattr__(self, name):
        return getattr(self, name + "_")


def call_itself():
    call_itself()


def map_itself():
    list(map(lambda _: map_itself(), [0]))


RECURSIONS = [call_itself, map_itself, lambda: Endless().attribute]


@pytest.mark.parametrize("recur", RECURSIONS, ids=["call", "map", "attribute"])
@pytest.mark.parametrize("depth", range(12))
def test_endless_recursion_is_no_attempt_to_switch_the_guard_off(recur, depth):
    def deepen(depth):
        """Let Python's limit be met elsewhere: in the answer, in the hook, or between them."""
        if depth:
            return deepen(depth - 1)
        with Guard(code=[ops.box_area]) as guard, contextlib.suppress(RecursionError):
            recur()
        return guard

    assert deepen(depth).called == []
    assert sys.getprofile() is None
