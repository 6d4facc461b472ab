"""A sandbox without namespaces: what an unprivileged process can keep itself from.

Landlock allows it the files that bubblewrap would show, and folders of its own to write to; a
filter of system calls keeps it from the network and from other processes. All processes of a
submission stay in one process group, which is ended as a whole; orphans come to the
supervisor, which waits until none is left.
"""

import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from rcnn_course.grading.sandbox import (
    BLOCK,
    FACTS,
    SETTINGS,
    SYSTEM,
    Limits,
    around,
    keyring,
    landlock,
    nameless,
    process,
    seccomp,
    settings_in,
    user,
)
from rcnn_course.model_answers.book import FILE as MODEL_ANSWERS

DEVICES = ("/dev/null", "/dev/full", "/dev/random", "/dev/urandom")
ZERO = "/dev/zero"
"""Who may write to it can have shared memory of it, which is counted by no limit."""

MOST_HIDDEN = 5
"""Looks in a row at which a process may keep its files from being seen."""


class Confined:
    """Folders for one submission, and the processes that it starts; closing ends and removes them.

    Attributes:
        user: the user in whose name the submission runs, or None for the one who grades.
        folder: where the notebook runs.
        sockets: how the paths of the kernel's sockets begin.
        sockets_outside: the same.
    """

    def __init__(self, packages: Sequence[str], limits: Limits):
        """Make the folders, and the calling process the supervisor of what is forked.

        Args:
            packages: folders that may be read, from `package_folders`.
            limits: what may be used.

        Raises:
            OSError: If folders cannot be made.
        """
        self.user = user(packages)
        self._packages = packages
        self._limits = limits
        self._entered = 0
        self._hidden = 0
        self._folder = tempfile.mkdtemp(prefix="rcnn-course-")
        self._own = [f"{self._folder}/{name}" for name in ("home", "tmp", "run")]
        self._home, self._temporary, run = self._own
        self.folder = f"{self._home}/notebook"
        self.sockets = self.sockets_outside = f"{run}/kernel"
        try:
            for path in self._own:
                os.mkdir(path, mode=0o700)
            if self.user is not None:
                for path in (self._folder, *self._own):
                    os.chown(path, self.user, self.user)
            process.adopt_orphans()
            signal.signal(signal.SIGTERM, lambda *_: sys.exit())
            process.die_with_parent(os.getppid(), signal.SIGTERM)
        except BaseException:
            self.close()
            raise

    def hold(self, entered: int) -> None:
        """Take note of the process that enters: it leads the group of all that will run."""
        self._entered = entered
        with contextlib.suppress(PermissionError, ProcessLookupError):  # it has done so itself
            os.setpgid(entered, entered)

    def enter(self, supervisor: int) -> None:
        """Lead the process group of what will run, in the name of its user."""
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        process.become(self.user)
        process.be_seen()
        os.setpgid(0, 0)
        process.die_with_parent(supervisor)

    def confine(self) -> None:
        """Keep this process, forked from the one that has entered, from what it must not do."""
        known = landlock.version()
        process.die_with_parent(os.getppid())
        os.mkdir(self.folder)
        os.chdir(self.folder)
        process.give_up_privileges()
        process.set_limits(self._limits, of_user=False)
        keyring.leave()
        landlock.restrict(self._allowed(), known)
        own = seccomp.without_namespaces(os.getpid(), signals=known < landlock.SCOPES_SIGNALS)
        seccomp.install(own + seccomp.ALWAYS)
        os.environ.update(settings_in(self._home), TMPDIR=self._temporary)
        tempfile.tempdir = None
        importlib.invalidate_caches()  # what may not be read is not there to be imported
        _run_shell_commands_without_terminal()

    def _allowed(self) -> dict[str, int]:
        """Return what may be done with which files, for `landlock.restrict`."""
        shown = (*SYSTEM, *SETTINGS, *FACTS, ZERO, *self._packages)
        places = [Path(path).resolve() for path in shown if os.path.exists(path)]
        parts = (str(part) for place in places for part in around(place, MODEL_ANSWERS))
        allowed = dict.fromkeys(parts, landlock.READ)
        above = (str(path) for path in MODEL_ANSWERS.parents if _is_within(path, places))
        allowed |= dict.fromkeys(above, landlock.READ_DIR)  # modules are found by listing a folder
        allowed |= dict.fromkeys(DEVICES, landlock.READ | landlock.WRITE_FILE)
        allowed |= dict.fromkeys(self._own, landlock.EVERYTHING)
        return {path: rights for path, rights in allowed.items() if os.path.exists(path)}

    def is_full(self, processes: Iterable[int]) -> bool:
        """Whether one of its folders, or what processes hold of them, is more than it may be."""
        if any(_holds_more_than(self._limits.disk, folder) for folder in self._own):
            return True
        try:
            held = nameless.size({*processes} - {self._entered}, self._folder, self.user)
        except PermissionError:  # a program that may not be read, such as sudo, hides what it holds
            self._hidden += 1
            return self._hidden > MOST_HIDDEN
        self._hidden = 0
        return held > self._limits.disk

    def held_in_memory(self) -> int:
        """Return the bytes of its files that are held in memory: they are on a disk."""
        return 0

    def close(self) -> None:
        """End every process of the submission, wait for them, and remove the folders."""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if self._entered:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._entered, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while True:
                    os.wait()
        try:
            shutil.rmtree(self._folder)
        except (OSError, RecursionError):  # folders without rights, or in each other a thousandfold
            subprocess.run(["chmod", "--recursive", "u+rwx", self._folder], check=False)
            subprocess.run(["rm", "--recursive", "--force", self._folder], check=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _is_within(path: Path, places: Iterable[Path]) -> bool:
    return any(place in (path, *path.parents) for place in places)


def _holds_more_than(most: int, folder: str) -> bool:
    """Whether the files in a folder have more bytes; one that cannot be looked into has."""
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    most -= BLOCK + 512 * entry.stat(follow_symlinks=False).st_blocks
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except FileNotFoundError:  # it has been removed meanwhile
            continue
        except OSError:
            return True
        if most < 0:
            return True
    return False


def _run_shell_commands_without_terminal() -> None:
    """Have lines that begin with '!' write to a pipe: there are no terminals here."""
    from ipykernel.zmqshell import ZMQInteractiveShell
    from IPython.core.interactiveshell import InteractiveShell

    ZMQInteractiveShell.system = InteractiveShell.system_raw
