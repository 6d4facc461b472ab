"""The tests' own question whether a process lives."""

import os
import subprocess

import psutil
import pytest

from tests.processes import lives, wait_for_end_of


def test_zombie_has_ended():
    child = subprocess.Popen(["true"])
    process = psutil.Process(child.pid)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process.is_running()
    assert not lives(process)
    wait_for_end_of([process])
    child.wait()
    assert not lives(process)


def test_living_process_is_named():
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:  # ends with the block
        process = psutil.Process(child.pid)
        assert lives(process)
        with pytest.raises(AssertionError, match=f"still running: .*pid={child.pid}"):
            wait_for_end_of([process], seconds=0)
