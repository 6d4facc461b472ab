"""A sandbox of bubblewrap's: namespaces of its own, and a file system with little in it."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Self

from rcnn_course.grading.sandbox import (
    BLOCK,
    FACTS,
    FOLDER,
    HOME,
    MEGABYTE,
    SETTINGS,
    SOCKETS,
    SYSTEM,
    Limits,
    keyring,
    package_links,
    process,
    seccomp,
    settings_in,
    user,
)
from rcnn_course.model_answers.book import FILE as MODEL_ANSWERS

FOLDERS = ("/dev/shm", "/tmp", HOME)
"""Where a submission may write: they are held in memory, and take no more than they may."""


def command(
    program: str, packages: Iterable[str], limits: Limits, info: int, *, own_proc: bool = True
) -> list[str]:
    """Return the bubblewrap command that makes a sandbox and holds it open.

    The sandbox lasts until the command ends, and so does everything that runs in it. It ends when
    its standard input is closed, which it copies to its standard output.

    Args:
        program: path of bubblewrap.
        packages: folders of Python and of packages to show, from `package_folders`.
        limits: `disk` is used here.
        info: file descriptor to which bubblewrap writes the id of the sandbox's first process.
        own_proc: mount a /proc that shows the sandbox's own processes. Where that is refused, /proc
            holds a few facts about the machine, and no process.
    """
    shown = [path for path in SYSTEM if Path(path).exists()]
    links = [path for path in shown if Path(path).is_symlink()]
    seen = [*shown, *packages]
    other_names = {
        path: to
        for path, to in package_links().items()
        if not any(Path(path).is_relative_to(one) for one in seen)
    }
    # Where /proc is refused its settings cannot be written, so namespaces are left to the filter.
    no_namespaces = ["--disable-userns"] if _knows(program, "--disable-userns") else []
    proc = (*no_namespaces, "--proc", "/proc", *_no_keys()) if own_proc else _facts()
    return [
        *(program, "--unshare-all", "--unshare-user"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
        *("--hostname", "sandbox", "--info-fd", str(info)),
        *(word for path in links for word in ("--symlink", os.readlink(path), path)),
        *(word for path in shown if path not in links for word in ("--ro-bind", path, path)),
        *(word for path in SETTINGS for word in ("--ro-bind-try", path, path)),
        *proc,
        *("--dev", "/dev"),
        *("--dev-bind", "/dev/full", "/dev/zero"),  # reads the same, and makes no shared memory
        *(word for path in FOLDERS for word in _folder(path, limits.disk)),
        *_folder("/run", MEGABYTE),
        *(word for path in packages for word in ("--ro-bind", path, path)),
        *(word for path, to in other_names.items() for word in ("--symlink", to, path)),
        *(("--ro-bind", "/dev/null", str(MODEL_ANSWERS)) if MODEL_ANSWERS.exists() else ()),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", HOME, "/usr/bin/cat"),
    ]


def _knows(program: str, option: str) -> bool:
    """Tell whether this version of bubblewrap has an option."""
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)
    return option in done.stdout + done.stderr


def _folder(path: str, size: int) -> tuple[str, ...]:
    """Return the options for an empty folder that is held in memory."""
    return "--size", str(size), "--perms", "0700", "--tmpfs", path


def _no_keys() -> tuple[str, ...]:
    """Return the options that hide the names of keys, which /proc shows to their owner."""
    shown = filter(os.path.exists, ("/proc/keys", "/proc/key-users"))
    return tuple(word for path in shown for word in ("--ro-bind", "/dev/null", path))


def _facts() -> tuple[str, ...]:
    shown = (word for path in FACTS for word in ("--ro-bind-try", path, path))
    return *_folder("/proc", MEGABYTE), *shown, "--remount-ro", "/proc"


class Bubblewrap:
    """A sandbox of bubblewrap's, without the submission yet; closing it ends all that runs in it.

    Attributes:
        pid: its first process; `/proc/{pid}/root` is its file system.
        user: the user that it belongs to, or None for the one who grades.
        folder: where the notebook runs, as the sandbox sees it.
        sockets: how the paths of the kernel's sockets begin, as the sandbox sees them.
        sockets_outside: the same, as they are seen from outside.
    """

    folder = FOLDER
    sockets = SOCKETS

    def __init__(
        self, program: str, packages: Sequence[str], limits: Limits, *, own_proc: bool = True
    ):
        """Make the sandbox.

        Args:
            program: path of bubblewrap.
            packages: folders that are seen in it, from `package_folders`.
            limits: what may be used in it.
            own_proc: see `command`.

        Raises:
            OSError: If bubblewrap may not make a sandbox; says what it said.
        """
        self.user = user(packages)
        self._limits = limits
        self._entered = 0
        reader, writer = os.pipe()
        with open(reader, "rb") as info:
            self._process: Any = subprocess.Popen(  # its type leaves open whether it has pipes
                command(program, packages, limits, writer, own_proc=own_proc),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[writer],
                bufsize=0,
                cwd="/",
                user=self.user,
                group=self.user,
                extra_groups=None if self.user is None else [],
            )
            os.close(writer)
            try:
                self.pid = self._when_ready(info)
            except BaseException:
                self.close()
                raise
        self.sockets_outside = f"/proc/{self.pid}/root{SOCKETS}"

    def _when_ready(self, info: BinaryIO) -> int:
        """Wait until `cat` answers in the finished sandbox."""
        said = info.read()
        with contextlib.suppress(BrokenPipeError):  # it has ended
            self._process.stdin.write(b"?")
        if not said or self._process.stdout.read(1) != b"?":
            self._process.stdin.close()
            reason = self._process.stderr.read().decode(errors="replace").strip()
            raise OSError(reason or "bubblewrap ended without a word")
        return json.loads(said)["child-pid"]

    def hold(self, entered: int) -> None:
        """Take note of the process that enters."""
        self._entered = entered

    def enter(self, supervisor: int) -> None:
        """Have what this process, a fork of the supervisor, forks next be in the sandbox."""
        process.become(self.user)
        process.join(self.pid)
        process.die_with_parent(supervisor)

    def confine(self) -> None:
        """Keep this process, which was forked in the sandbox, from what it must not do there."""
        os.setsid()
        os.environ.update(settings_in(HOME))
        os.mkdir(self.folder)
        os.chdir(self.folder)
        process.give_up_privileges()
        process.set_limits(self._limits)
        keyring.leave()
        seccomp.install(seccomp.ALWAYS)

    def is_full(self, _processes: Iterable[int]) -> bool:
        """Whether one of its folders has more names of files than it may; bytes it cannot."""
        folders = map(self._folder_state, FOLDERS)
        return any(BLOCK * (one.f_files - one.f_ffree) > self._limits.disk for one in folders)

    def held_in_memory(self) -> int:
        """Return the bytes of its files that are held in memory."""
        folders = map(self._folder_state, FOLDERS)
        return sum(one.f_frsize * (one.f_blocks - one.f_bfree) for one in folders)

    def _folder_state(self, path: str) -> os.statvfs_result:
        return os.statvfs(f"/proc/{self.pid}/root{path}")

    def close(self) -> None:
        """End the sandbox and every process in it, and wait until they are gone."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            stream.close()
        self._process.wait()
        if self._entered:  # its kernel has ended with the sandbox, and is waited for by it
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._entered, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
