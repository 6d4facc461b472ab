"""The sandbox, on machines that allow more or less of it, as root and as an ordinary user."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from rcnn_course.authoring.release import release
from rcnn_course.grading import sandbox
from rcnn_course.grading.kernel import trial
from rcnn_course.grading.kernel.forkserver import ForkServer, Ready
from rcnn_course.grading.sandbox import (
    NOBODY,
    Isolation,
    Limits,
    landlock,
    package_folders,
    seccomp,
)
from rcnn_course.grading.sandbox.bubblewrap import Bubblewrap
from rcnn_course.grading.sandbox.levels import FULL, WITHOUT_NAMESPACES, WITHOUT_PROC
from rcnn_course.model_answers import book
from tests.grading import lacking
from tests.grading.classes import GRADE, WRONG, hand_in_for, in_gradebook
from tests.patience import PATIENCE
from tests.processes import lives, wait_for_end_of

VERSIONS = landlock.version() if sys.platform == "linux" else 0
pytestmark = [pytest.mark.requires("bubblewrap", "landlock"), pytest.mark.slow]

IS_ROOT = os.geteuid() == 0
USER = ["--unshare-user", "--uid", "1000", "--gid", "1000"]
ORDINARY = ["bwrap", "--dev-bind", "/", "/", *USER] if IS_ROOT else []
"""What makes an ordinary user, without any of root's capabilities, of root."""

HEADERS = list(Path("/usr/include").glob("x86_64*/asm/unistd_64.h"))
MACHINES = {
    "this one": ([], FULL),
    "/proc is covered": (lacking.command("proc"), WITHOUT_PROC),
    "no namespaces": (lacking.command("namespaces"), WITHOUT_NAMESPACES),
}

WHO_AM_I = """
def add(a, b):
    import os
    with open("/proc/self/status") as status:
        words = [line.split()[1] for line in status if line[:6] in ("CapEff", "CapBnd", "NoNewP")]
    raise ValueError(f"{words} {sorted(os.listdir('/home'))} {os.getpid() < 10}")
"""

HONEST = """
import os, shutil, subprocess, sys, tempfile
from pathlib import Path

def add(a, b):
    Path("note.txt").write_text("x")
    os.chmod("note.txt", 0o644)
    shutil.copy2("note.txt", Path(tempfile.gettempdir()) / "copy.txt")
    os.rename("note.txt", "moved.txt")
    os.remove("moved.txt")
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as file:
        file.write(b"x")
        Path(folder, "a").mkdir()
    shutil.rmtree(Path.home() / ".cache", ignore_errors=True)
    get_ipython().system("echo said by the shell")
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    child.communicate(b"x")
    import psutil, torch, matplotlib.pyplot as plt
    psutil.virtual_memory(), psutil.cpu_count(), os.nice(1)
    plt.plot([1, 2]); plt.show()
    torch.save(torch.ones(3), "x.pt"); torch.load("x.pt")
    return int((torch.full((99, 99), float(a)) @ torch.eye(99))[0, 0]) + b
"""
"""What an honest answer may do wherever it is graded."""

LOOKS_FOR_MODEL_ANSWERS = f"""
def add(a, b):
    import os
    from pathlib import Path
    import rcnn_course.model_answers.book
    file = Path({str(book.FILE)!r})
    listed = file.name in os.listdir(file.parent)
    try:
        read = file.read_bytes()
    except PermissionError:
        read = b""
    raise ValueError(f"listed: {{listed}}, read: {{len(read)}} bytes")
"""


@pytest.mark.parametrize("before", [[], ORDINARY], ids=["this user", "ordinary user"])
@pytest.mark.parametrize("machine", MACHINES)
def test_class_of_any_user_is_graded_and_reads_no_model_answers(course, machine, before):
    lacks, level = MACHINES[machine]
    release(course)
    hand_in_for(course, "ada", {"add": HONEST})
    hand_in_for(course, "bob", {"add": WRONG})
    hand_in_for(course, "cyd", {"add": WHO_AM_I})
    hand_in_for(course, "dan", {"add": LOOKS_FOR_MODEL_ANSWERS})
    command = [*before, *lacks, *GRADE, "--json"]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    points = {name: row["score"] for name, row in in_gradebook(course).items()}
    assert points == {"ada": 10, "bob": 5, "cyd": 5, "dan": 5}, done.stdout
    assert "said by the shell" in (course / "autograded/ada/toy/toy.ipynb").read_text()
    nothing = "0" * 16
    shown = [path.split("/") for path in package_folders() if path.startswith("/home/")]
    homes = sorted({"student", *(words[2] for words in shown)})  # of others, the packages alone
    who = f"ValueError: ['{nothing}', '{nothing}', '1'] {homes} True"
    assert (who in done.stdout) == (level == FULL)
    assert done.stderr.count(f"in a sandbox {level.name}, since") == (level != FULL)
    assert "ValueError: listed: True, read: 0 bytes" in done.stdout
    assert "imports rcnn_course.model_answers.book" in done.stdout
    assert "Left running" not in done.stdout


@pytest.mark.parametrize("before", [[], ORDINARY], ids=["this user", "ordinary user"])
@pytest.mark.parametrize("machine", MACHINES)
def test_best_level_is_found_for_root_and_for_an_ordinary_user(machine, before):
    lacks, level = MACHINES[machine]
    assert level_found([*before, *lacks, sys.executable]) == level.name


def level_found(python, **environment):
    program = (
        "from rcnn_course.grading.kernel.trial import isolation; print(isolation().level.name)"
    )
    done = subprocess.run(
        [*python, "-P", "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def test_environment_may_lie_behind_a_link():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        Path(folder, "linked").symlink_to(sys.prefix)
        assert level_found([Path(folder, "linked/bin/python")]) == FULL.name


def test_root_grades_in_the_name_of_nobody_where_nobody_can_read_the_packages(tmp_path):
    tmp_path.chmod(0o755)
    (tmp_path / "closed").mkdir(mode=0o700)
    assert sandbox.user(["/usr", "/usr/bin"]) == (NOBODY if IS_ROOT else None)
    assert sandbox.user(["/usr", str(tmp_path / "closed")]) is None


@pytest.mark.parametrize("machine", MACHINES)
def test_nobody_can_be_isolated(machine):
    """With Debian's Python, since nobody may be kept from reading that of these tests."""
    lacks, level = MACHINES[machine]
    python = Path("/usr/bin/python3")
    paths = [Path(sandbox.__file__).parents[3], *filter(None, sys.path[1:])]
    if not python.exists() or not IS_ROOT:
        python = Path(sys.executable)
    found = level_found([*lacks, python], PYTHONPATH=os.pathsep.join(map(str, paths)))
    assert found == level.name


def test_bubblewrap_may_be_anywhere(course):
    release(course)
    hand_in_for(course, "ada")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        shutil.copy(shutil.which("bwrap"), folder)
        done = subprocess.run(
            GRADE,
            cwd=course,
            env=os.environ | {"PATH": folder},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert done.returncode == 0, done.stderr
    assert "in a sandbox" not in done.stderr
    assert in_gradebook(course)["ada"]["score"] == 10


OLD = """#!/bin/sh
case "$*" in *--disable-userns*) echo "bwrap: Unknown option --disable-userns" >&2; exit 1;; esac
[ "$1" = --help ] && exec echo "usage: bwrap [OPTIONS...]"
exec {program} "$@"
"""
"""bubblewrap before 0.8.0."""


def test_old_bubblewrap_makes_a_full_sandbox():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        program = Path(folder, "bwrap")
        program.write_text(OLD.format(program=shutil.which("bwrap")))
        program.chmod(0o755)
        path = os.pathsep.join([folder, os.environ["PATH"]])
        assert level_found([sys.executable], PATH=path) == FULL.name


def test_closed_sandbox_leaves_no_process():
    with Bubblewrap(shutil.which("bwrap"), package_folders(), Limits()) as made:
        inside = psutil.Process(made.pid)
        assert lives(inside)
        everything = [inside, *inside.children(recursive=True)]
        assert (Path("/proc", str(made.pid), "root/home/student")).is_dir()
    wait_for_end_of(everything)


@pytest.mark.parametrize("ended_by", ["supervisor's socket", "fork server"])
def test_sandbox_without_namespaces_leaves_no_process_and_no_folder(ended_by):
    connection = {"transport": "ipc", "key": "", "signature_scheme": "hmac-sha256"}
    ports = {f"{name}_port": 1 for name in ("shell", "iopub", "stdin", "hb", "control")}
    with ForkServer(quick=True) as server:
        server.load(Ready())
        server.examine([], [])  # what examines has begun, and ends with the server
        before = set(psutil.Process().children(recursive=True))
        isolated = Isolation(WITHOUT_NAMESPACES)
        channel = server.start_kernel({**connection, **ports}, {}, Limits(), isolated)
        with channel:
            folder = Path(json.loads(channel.recv(4096))["sockets"]).parents[1]
            assert folder.is_dir()
            started = set(psutil.Process().children(recursive=True)) - before
            assert len(started) >= 2
            (channel if ended_by == "supervisor's socket" else server).close()
        wait_for_end_of(started)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (None, "bubblewrap is not installed"),
        ("exit 1", "bubblewrap does not work: bubblewrap ended without a word"),
        ("echo no right >&2; exit 1", "bubblewrap does not work: no right"),
    ],
)
def test_missing_sandbox_is_explained(program, said):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        if program:
            Path(folder, "bwrap").write_text(f"#!/bin/sh\n{program}\n")
            Path(folder, "bwrap").chmod(0o755)
        asked = "from rcnn_course.grading.kernel.trial import fault; print(fault())"
        done = subprocess.run(
            lacking.command("landlock", sys.executable, "-c", asked),
            env=os.environ | {"PATH": folder},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    also = "Landlock does not work: the kernel has no Landlock"
    assert done.stdout == f"{said}, and {also}\n"


def test_other_systems_have_no_sandbox(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert trial.fault() == "submissions can be graded in a sandbox on Linux only"


def test_without_a_sandbox_nothing_is_run(course):
    release(course)
    hand_in_for(course, "ada")
    command = lacking.command("namespaces,landlock", *GRADE)
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert "bubblewrap does not work" in done.stderr
    assert "Landlock does not work: the kernel has no Landlock" in done.stderr
    assert "give --no-sandbox if you trust every one of them" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (course / "autograded").exists()


CONFINED = """
import os, signal, subprocess, sys
import ipykernel.kernelapp
from rcnn_course.grading.sandbox import Limits, landlock, package_folders
from rcnn_course.grading.sandbox.confined import Confined

known, victim, file, shown = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]
landlock.version = lambda: known

def refused(attempt):
    try:
        attempt()
    except OSError:
        return True
    return False

with Confined([*package_folders(), shown], Limits()) as confined:
    supervisor, child = os.getpid(), os.fork()
    if child == 0:
        try:
            confined.enter(supervisor)
            confined.confine()
            os.kill(os.getpid(), 0)
            open("own", "w").write("x")
            assert subprocess.run(["/usr/bin/cat", "own"], capture_output=True).stdout == b"x"
            assert refused(lambda: os.kill(victim, 0)), "signals"
            assert refused(lambda: os.kill(0, 0)) or known >= 6, "signals a group"
            assert refused(lambda: open(file)), "reads"
            assert refused(lambda: open(file, "w")), "writes"
            assert refused(lambda: os.truncate(file, 0)), "truncates"
            assert open(shown).read() == "a library", "is shown"
            assert refused(lambda: os.open(shown, os.O_RDONLY | os.O_TRUNC)), "empties"
            with subprocess.Popen(["/usr/bin/sleep", "0.1"]) as own:
                assert refused(own.kill) == (known < 6), "ends its own processes"
            print("as it should be", flush=True)
        finally:
            os._exit(0)
    confined.hold(child)
    os.waitpid(child, 0)
"""


@pytest.mark.parametrize("known", range(1, VERSIONS + 1))
def test_every_version_of_landlock_keeps_files_and_signals(known, tmp_path):
    file = tmp_path / "file"
    file.write_text("secret")
    shown = tmp_path / "shown"
    shown.write_text("a library")
    with subprocess.Popen(["sleep", "3600"]) as victim:
        command = [sys.executable, "-c", CONFINED, str(known), str(victim.pid)]
        command += [str(file), str(shown)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        victim.kill()
    assert (done.stdout, done.stderr) == ("as it should be\n", "")
    assert (file.read_text(), shown.read_text()) == ("secret", "a library")


def test_numbers_of_calls_are_those_of_linux():
    """The headers of some machines are older than some calls, and some machines have none."""
    text = "\n".join(header.read_text() for header in HEADERS)
    found = {name: int(number) for name, number in re.findall(r"__NR_(\w+) (\d+)", text)}
    ours = seccomp.numbers("x86_64")
    assert {name: found.get(name, number) for name, number in ours.items()} == ours


def test_every_rule_is_for_a_call_that_has_a_number():
    rules = [*seccomp.ALWAYS, *seccomp.without_namespaces(1, signals=True)]
    for each in seccomp.MACHINES:
        assert len(seccomp.compiled(rules, each)) < 4096
    assert {rule.call for rule in rules} <= seccomp.numbers("x86_64").keys()
