"""The sandbox of one submission: what bubblewrap shows to it, and how much it may use.

bubblewrap gives each submission namespaces of its own, with no network, and a file system that
holds nothing but the system's programs, Python and the packages of the course, all read-only, and
empty folders in memory to write to. The gradebook, `solutions/`, other submissions and the home of
whoever grades are not there.
"""

import contextlib
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

HOME = "/home/student"
"""Where programs look for their settings; nothing of a submission is put there."""

FOLDER = f"{HOME}/notebook"
"""Where a notebook runs, with the files that were handed in beside it."""

SOCKETS = "/run/kernel"
"""Where the kernel's sockets are, as the sandbox sees it."""

NOBODY = 65534
"""The user in whose name root grades: Linux limits the processes of everybody but root."""

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SETTINGS = ("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime")

MEGABYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        memory: bytes, of all its processes together.
        processes: processes and threads together.
        seconds: from the start of its kernel to the last cell.
        disk: bytes in each of its folders, which are held in memory.
    """

    memory: int = 4096 * MEGABYTE
    processes: int = 256
    seconds: float = 1800
    disk: int = 256 * MEGABYTE


def command(packages: Iterable[str], limits: Limits, info: int) -> list[str]:
    """Return the bubblewrap command that makes a sandbox and holds it open.

    The sandbox lasts until the command ends, and so does everything that runs in it. It ends when
    its standard input is closed, which it copies to its standard output.

    Args:
        packages: folders of Python and of packages to show, from `package_folders`.
        limits: `disk` is used here.
        info: file descriptor to which bubblewrap writes the id of the sandbox's first process.
    """
    shown = [path for path in SYSTEM if Path(path).exists()]
    links = [path for path in shown if Path(path).is_symlink()]
    return [
        *("bwrap", "--unshare-all", "--unshare-user", "--disable-userns"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
        *("--hostname", "sandbox", "--info-fd", str(info)),
        *(word for path in links for word in ("--symlink", os.readlink(path), path)),
        *(word for path in shown if path not in links for word in ("--ro-bind", path, path)),
        *(word for path in SETTINGS for word in ("--ro-bind-try", path, path)),
        *("--proc", "/proc", "--dev", "/dev"),
        *_folder("/dev/shm", limits.disk),
        *_folder("/tmp", limits.disk),
        *_folder("/run", MEGABYTE),
        *_folder(HOME, limits.disk),
        *(word for path in packages for word in ("--ro-bind", path, path)),
        *("--remount-ro", "/dev", "--remount-ro", "/"),
        *("--chdir", HOME, "/usr/bin/cat"),
    ]


def _folder(path: str, size: int) -> tuple[str, ...]:
    """Return the options for an empty folder that is held in memory."""
    return "--size", str(size), "--perms", "0700", "--tmpfs", path


def package_folders() -> list[str]:
    """Return the folders that the modules loaded in this process come from, without duplicates.

    Of an editable installation this is the folder of the package alone: what lies beside it, such
    as `solutions/`, stays out of the sandbox.
    """
    folders = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." not in name and name != "__main__" and file and Path(file).is_absolute():
            path = Path(file).resolve()
            folders.add(path.parent if path.stem == "__init__" else path)
    inside = [path for path in folders if not any(parent in folders for parent in path.parents)]
    return sorted(str(path) for path in inside if not str(path).startswith("/usr/"))


def environment(packages_path: str | None) -> dict[str, str]:
    """Return the environment variables of a kernel; those of whoever grades are left out.

    Args:
        packages_path: PYTHONPATH of the process that grades, or None.
    """
    return {
        "HOME": HOME,
        "USER": "student",
        "LOGNAME": "student",
        "PATH": os.pathsep.join([f"{sys.prefix}/bin", "/usr/local/bin", "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        **({"PYTHONPATH": packages_path} if packages_path else {}),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": f"{HOME}/.matplotlib",
        "IPYTHONDIR": f"{HOME}/.ipython",
        "JUPYTER_PLATFORM_DIRS": "1",
        "NBGRADER_EXECUTION": "autograde",
        "CUDA_VISIBLE_DEVICES": "",
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # a fork copies a table with a line per page
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    }


def user(packages: Iterable[str]) -> int | None:
    """Return the user to run a sandbox as, or None for the one who grades.

    Root grades in the name of nobody, unless nobody may not read the packages.
    """
    readable = all(_open_to_all(Path(path)) for path in packages)
    return NOBODY if os.geteuid() == 0 and readable else None


def _open_to_all(path: Path) -> bool:
    wanted = stat.S_IROTH | stat.S_IXOTH if path.is_dir() else stat.S_IROTH
    above = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return above and path.stat().st_mode & wanted == wanted


class Sandbox:
    """A sandbox of bubblewrap's, without the submission yet; closing it ends all that runs in it.

    Attributes:
        pid: its first process; `/proc/{pid}/root` is its file system.
        user: the user that it belongs to, or None for the one who grades.
    """

    def __init__(self, limits: Limits, packages: Sequence[str]):
        """Make the sandbox.

        Args:
            limits: what may be used in it.
            packages: folders that are seen in it, from `package_folders`.

        Raises:
            OSError: where bubblewrap is missing or may not make a sandbox; says what it said.
        """
        self.user = user(packages)
        identity = {} if self.user is None else _identity(self.user)
        reader, writer = os.pipe()
        with open(reader, "rb") as info:
            self._process = subprocess.Popen(
                command(packages, limits, writer),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[writer],
                bufsize=0,
                cwd="/",
                **identity,
            )
            os.close(writer)
            try:
                self.pid = self._when_ready(info)
            except BaseException:
                self.close()
                raise

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

    def close(self) -> None:
        """End the sandbox and every process in it."""
        self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            stream.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _identity(user: int) -> dict[str, object]:
    return {"user": user, "group": user, "extra_groups": []}


def fault() -> str:
    """Say why submissions cannot run in a sandbox on this machine, or '' where they can."""
    if sys.platform != "linux":
        return "submissions can be graded in a sandbox on Linux only"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    trial = [sys.executable, "-P", "-m", "rcnn_course.grading.namespaces"]
    done = subprocess.run(trial, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 0:
        return ""
    said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
    return f"bubblewrap is installed and does not work: {said[-1].removeprefix('OSError: ')}"
