"""What a submission may use, tried by a kernel in each of the three sandboxes."""

import os
import shutil
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from rcnn_course.grading.execution import execute
from rcnn_course.grading.execution.execute import ExecuteSubmission
from rcnn_course.grading.kernel import provisioner
from rcnn_course.grading.kernel.forkserver import ForkServer, Ready
from rcnn_course.grading.sandbox import Isolation, Limits, cgroup, seccomp
from rcnn_course.grading.sandbox.levels import FULL, LEVELS, WITHOUT_NAMESPACES
from tests.patience import PATIENCE

pytestmark = pytest.mark.requires("bubblewrap", "landlock")

MEMORY, DISK = 512, 32
USED = f"used more than {MEMORY} MB of memory"

KINDS = {
    "of a process whose first thread has ended": (
        """import ctypes, os, threading, time
def hold():
    held = bytearray(200 * 2**20)
    held[::4096] = b"1" * len(held[::4096])
    time.sleep(20)
for _ in range(3):
    if os.fork() == 0:
        threading.Thread(target=hold).start()
        ctypes.CDLL(None).syscall({exit}, 0)
time.sleep(20)""",
        USED,
    ),
    "of page tables": (
        """import ctypes, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
size = 2**38 + 2**36
begin = libc.mmap(None, ctypes.c_size_t(size), 1, 0x4022, -1, 0)
for address in range(begin, begin + size, 2**21):
    ctypes.c_char.from_address(address).value
time.sleep(20)""",
        USED,
    ),
    "of sockets": (
        """import os, socket, time
for _ in range(3):
    if os.fork() == 0:
        held = [socket.socketpair() for _ in range(400)]
        for one, other in held:
            for end in (one, other):
                end.setblocking(False)
                try:
                    while True:
                        end.send(bytes(65536))
                except BlockingIOError:
                    pass
        time.sleep(20)
time.sleep(20)""",
        USED,
    ),
    "of names of files": (
        """import os, time
for n in range(10_000):
    os.close(os.open(str(n), os.O_CREAT))
time.sleep(20)""",
        f"wrote more than {DISK} MB of files",
    ),
}
"""Kinds of memory that are seen in no file and in no page of a process that is looked at."""

HOARDS = """import mmap, os, tempfile, time
for n in range(3):
    with open(f"{tempfile.gettempdir()}/{n}", "w+b") as file:
        os.remove(file.name)
        file.write(bytes(20 * 2**20))
        file.flush()
        held = mmap.mmap(file.fileno(), 0) if %s else os.dup(file.fileno())
        globals()[f"held_{n}"] = held
time.sleep(20)"""

HONEST = """import asyncio, os, sqlite3, subprocess, sys, threading
assert open("/dev/zero", "rb").read(3) == bytes(3)
with sqlite3.connect("some.db") as book:
    book.execute("pragma journal_mode=wal")
    book.execute("create table grades (points)")
assert subprocess.run(["sh", "-c", "cat some.db | wc -c"], capture_output=True).stdout.strip()
async def echo():
    child = await asyncio.create_subprocess_exec("cat", stdin=-1, stdout=-1)
    return (await child.communicate(b"here"))[0]
echoed = []
thread = threading.Thread(target=lambda: echoed.append(asyncio.run(echo())))
thread.start()
thread.join()
assert echoed == [b"here"]
if {shares}:
    import multiprocessing
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(abs, [-1, -2]) == [1, 2]
    numbers = multiprocessing.Array("i", 3)
    reader, writer = multiprocessing.Pipe()
    writer.send([1])
    assert reader.recv() == [1] and sum(numbers) == 0
print("done")"""


@pytest.fixture(scope="module")
def server():
    with ForkServer(quick=True) as server:
        server.load(Ready())
        yield server


@pytest.fixture(params=LEVELS.values(), ids=LEVELS)
def level(request):
    return request.param


@pytest.fixture
def ran(server, level, monkeypatch):
    """Run a cell in a sandbox of the level; return what it printed, or why it was ended."""
    isolated = Isolation(level, shutil.which("bwrap"))
    monkeypatch.setattr(provisioner, "isolation", lambda: isolated)

    def run(code):
        settings = {"max_memory": MEMORY, "max_disk": DISK}
        config = Config({"ExecuteSubmission": settings})
        submission = ExecuteSubmission(server, {}, config=config)
        notebook = new_notebook(cells=[new_code_cell(code)])
        with execute._event_loop():
            try:
                submission(notebook, {"metadata": {"path": "/"}})
            except Exception as error:
                return submission.reason(error)
        return "".join(str(output.get("text", output)) for output in notebook.cells[0].outputs)

    return run


@pytest.mark.parametrize(("kind", "level"), list(zip(KINDS, [*LEVELS.values(), FULL], strict=True)))
def test_memory_of_every_kind_is_limited(ran, kind):
    """One counter serves all levels, so each kind is tried in one of them."""
    code, most = KINDS[kind]
    number = {"x86_64": 60}.get(os.uname().machine, 93)
    assert most in ran(code.replace("{exit}", str(number)))


@pytest.mark.parametrize("level", [WITHOUT_NAMESPACES], ids=lambda level: level.name)
@pytest.mark.parametrize("is_mapped", [False, True], ids=["open", "mapped"])
def test_deleted_files_that_are_held_count_as_written(ran, is_mapped):
    assert f"wrote more than {DISK} MB of files" in ran(HOARDS % is_mapped)


def test_honest_work_does_not_meet_the_limits(ran, level):
    assert ran(HONEST.replace("{shares}", str(level != WITHOUT_NAMESPACES))) == "done\n"


KEYS = """
from rcnn_course.grading.sandbox import keyring, seccomp
from rcnn_course.grading.sandbox.process import call
import os, platform
number = {name: seccomp.numbers(platform.machine())[name] for name in ("add_key", "keyctl")}
def read():
    return call("syscall", number["keyctl"], 11, key, bytes(6), 6)
def search():
    return call("syscall", number["keyctl"], 10, -3, b"user", b"name", 0)
call("syscall", number["keyctl"], 1, None)
key = call("syscall", number["add_key"], b"user", b"name", b"tenure", 6, -3)
assert (read(), search()) == (6, key)
keyring.leave()
for attempt in read, search:
    try:
        attempt()
    except OSError as error:
        print(error.errno)
"""


def test_keys_of_whoever_grades_are_left_behind():
    done = subprocess.run(
        [sys.executable, "-c", KEYS], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.stdout, done.stderr) == ("13\n126\n", "")


@pytest.fixture
def handed_over(tmp_path, monkeypatch):
    """A group that looks as if this process had been put into it alone."""
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids")
    (tmp_path / "cgroup.subtree_control").write_text("")
    (tmp_path / "cgroup.procs").write_text(f"{os.getpid()}")
    monkeypatch.setattr(cgroup, "_own", lambda: tmp_path)
    monkeypatch.setattr(cgroup, "PATIENCE", 0)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("cgroup.controllers", "cpu memory"),
        ("cgroup.procs", f"{os.getpid()}\n1\n2"),
        ("cgroup.procs", "1\n2"),
    ],
    ids=["does not limit processes", "has others in it", "is of others"],
)
def test_group_is_used_only_where_it_serves(handed_over, file, text):
    assert cgroup.parent_of_groups() == handed_over
    (handed_over / file).write_text(text)
    assert cgroup.parent_of_groups() is None
    with cgroup.group(Limits()) as made:
        assert made is None


def test_group_of_a_sandbox_has_its_limits(handed_over):
    (handed_over / "cgroup.subtree_control").write_text("memory pids")
    with cgroup.group(Limits(memory=2**30, processes=9)) as made:
        (path,) = handed_over.glob("rcnn-course-*")
        names = ("memory.max", "memory.swap.max", "memory.oom.group", "pids.max")
        assert [int((path / name).read_text()) for name in names] == [2**30, 0, 1, 9 + 64]
        (path / "memory.events").write_text("oom 1\noom_kill 0\n")
        assert not made.has_used_too_much()
        (path / "memory.events").write_text("oom 1\noom_kill 2\n")
        assert made.has_used_too_much()


def test_calls_that_are_refused_are_refused_on_every_machine():
    names = {rule.call for rule in seccomp.ALWAYS}
    only_there = {name for name in names if name not in seccomp.numbers("aarch64")}
    assert only_there == {"inotify_init"}
