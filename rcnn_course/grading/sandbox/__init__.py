"""The sandbox of one submission: what it sees, how much it may use, and what this machine allows.

A submission sees the system's programs, Python and the packages of the course, all read-only, and
empty folders to write to, with no network. The gradebook, `solutions/`, the model answers among the
packages, other submissions and the home of whoever grades are not there. How that is brought about
depends on what the machine allows; `levels` has the ways, and `kernel.trial` finds the best one
that works.
"""

import os
import site
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rcnn_course.grading.sandbox.levels import REACHES, Level

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
FACTS = tuple(f"/proc/{name}" for name in ("cpuinfo", "loadavg", "meminfo", "stat", "uptime"))
"""What tells of the machine and of no process, where /proc itself is not shown."""

MEGABYTE = 2**20

BLOCK = 4096
"""Bytes that the name of a file takes, at least, however little is in it."""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes:
        memory: bytes, of all its processes together.
        processes: processes and threads together.
        seconds: of processors, of all its processes together.
        disk: bytes in each of its folders.
    """

    memory: int = 4096 * MEGABYTE
    processes: int = 256
    seconds: float = 1800
    disk: int = 256 * MEGABYTE


def package_folders() -> list[str]:
    """Return the folders that the modules loaded in this process come from, without duplicates.

    Of an editable installation this is the folder of the package alone: what lies beside it, such
    as `solutions/`, stays out of the sandbox.
    """
    folders = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    folders |= set(_site_folders())
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if "." not in name and name != "__main__" and file and Path(file).is_absolute():
            path = Path(file).resolve()
            folders.add(path.parent if path.stem == "__init__" else path)
    inside = [path for path in folders if not any(parent in folders for parent in path.parents)]
    return sorted(str(path) for path in inside if not str(path).startswith("/usr/"))


def package_links() -> dict[str, str]:
    """Return other names under which this process finds those folders, and what they lead to.

    An environment may lie on another disk, or a home behind a link.
    """
    paths = {Path(path) for path in (sys.prefix, sys.base_prefix, *sys.path)}
    given = {path for path in paths if path.is_absolute() and ".." not in path.parts}
    links = {path: path.resolve() for path in given if path.is_dir() and path != path.resolve()}
    return {
        str(path): str(target)
        for path, target in links.items()
        if not any(parent in links for parent in path.parents)
    }


def around(path: Path, hidden: Path) -> Iterator[Path]:
    """Yield what shows all of a folder but a file in it, however deep that lies."""
    if path not in (hidden, *hidden.parents):
        yield path
    elif path != hidden:
        for part in path.iterdir():
            yield from around(part, hidden)


def _site_folders() -> list[Path]:
    """Return the folders that packages are installed into, in this environment and beside it."""
    paths = [Path(path) for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    return [path.resolve() for path in paths if path.is_dir()]


def environment(packages_path: str | None) -> dict[str, str]:
    """Return the environment variables of a kernel, but for `settings_in` its home.

    Those of whoever grades are left out.

    Args:
        packages_path: PYTHONPATH of the process that grades, or None.
    """
    return {
        **({"PYTHONUSERBASE": site.getuserbase()} if site.ENABLE_USER_SITE else {}),
        "USER": "student",
        "LOGNAME": "student",
        "PATH": os.pathsep.join([f"{sys.prefix}/bin", "/usr/local/bin", "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        **({"PYTHONPATH": packages_path} if packages_path else {}),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "JUPYTER_PLATFORM_DIRS": "1",
        "NBGRADER_EXECUTION": "autograde",
        "PIP_RETRIES": "0",  # there is no network
        "CUDA_VISIBLE_DEVICES": "",
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",  # a fork copies a table with a line per page
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        **dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"),
    }


def settings_in(home: str) -> dict[str, str]:
    """Return the environment variables that say where a kernel's home is."""
    return {
        "HOME": home,
        "MPLCONFIGDIR": f"{home}/.matplotlib",
        "IPYTHONDIR": f"{home}/.ipython",
    }


def user(packages: Iterable[str]) -> int | None:
    """Return the user to run a sandbox as, or None for the one who grades.

    Root grades in the name of nobody, unless nobody may not read the packages.
    """
    if os.geteuid() != 0:
        return None
    installed = (path for folder in _site_folders() for path in folder.iterdir() if path.exists())
    readable = all(map(_open_to_all, [*map(Path, packages), *installed]))
    return NOBODY if readable else None


def _open_to_all(path: Path) -> bool:
    wanted = stat.S_IROTH | stat.S_IXOTH if path.is_dir() else stat.S_IROTH
    above = all(folder.stat().st_mode & stat.S_IXOTH for folder in path.parents)
    return above and path.stat().st_mode & wanted == wanted


@dataclass(frozen=True)
class Isolation:
    """How submissions are kept apart on a machine.

    Attributes:
        level: the best level that works there, or None where none does.
        program: path of bubblewrap, or '' where it is not installed.
        refused: maps names of better levels to why they do not work.
    """

    level: Level | None
    program: str = ""
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def fault(self) -> str:
        """Why submissions cannot run in a sandbox, or '' where they can."""
        return "" if self.level else self.reasons

    @property
    def reasons(self) -> str:
        """Why no better level works, each reason once."""
        return ", and ".join(dict.fromkeys(self.refused.values()))

    @property
    def shortfall(self) -> str:
        """What the level falls short of, in sentences, or '' for the best."""
        if self.level is None or not self.refused:
            return ""
        said = [f"Submissions run in a sandbox {self.level.name}, since {self.reasons}."]
        if self.level.lets:
            said.append(
                f"It lets a submission {'; '.join(REACHES[key] for key in self.level.lets)}."
            )
        said.append(f"In it, {self.level.lacks}.")
        return " ".join(said)
