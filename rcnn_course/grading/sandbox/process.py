"""What a running process does to itself on its way into a sandbox, with Linux's own calls.

bubblewrap starts programs; a forked kernel is a copy of a process that runs already, so it enters
the namespaces which bubblewrap made (setns(2)), and gives up what it may do there.
"""

import contextlib
import ctypes
import itertools
import os
import resource
import signal
from collections.abc import Iterator

from rcnn_course.grading.sandbox import MEGABYTE, Limits

CLONE_FLAGS = {
    "mnt": 0x00020000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "user": 0x10000000,
    "pid": 0x20000000,
    "net": 0x40000000,
}
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION_3 = 0x20080522


def die_with_parent(parent: int, signum: int = signal.SIGKILL) -> None:
    """Get a signal when the process `parent`, which forked this one, ends."""
    call("prctl", PR_SET_PDEATHSIG, signum)
    if os.getppid() != parent:
        os.kill(os.getpid(), signum)


def adopt_orphans() -> None:
    """Become the parent of what this process's children start and leave behind."""
    call("prctl", PR_SET_CHILD_SUBREAPER, 1)


def become(user: int | None) -> None:
    """Take on the identity of a user, if one is given; only root can."""
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


@contextlib.contextmanager
def looking_as(user: int | None) -> Iterator[None]:
    """Look at files, and into processes, as a user does, if one is given; only root can."""
    if user is not None:
        _libc().setfsuid(user)
    try:
        yield
    finally:
        if user is not None:
            _libc().setfsuid(os.geteuid())


def be_seen() -> None:
    """Let processes of the user that it has become look into it, as they may after any exec(2)."""
    call("prctl", PR_SET_DUMPABLE, 1)


def join(pid: int) -> None:
    """Enter all namespaces of a process; the process id counts for children that are forked next.

    The process must have one thread alone, and be the one whose user made the namespaces.
    """
    descriptor = os.pidfd_open(pid)
    flags = 0
    for flag in CLONE_FLAGS.values():
        flags |= flag
    try:
        call("setns", descriptor, flags)
    finally:
        os.close(descriptor)


def give_up_privileges() -> None:
    """Drop every capability for good, for this process and what it will start."""
    with contextlib.suppress(PermissionError):  # who may not drop them has none to drop
        for capability in itertools.takewhile(_exists, itertools.count()):
            call("prctl", PR_CAPBSET_DROP, capability)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    call("capset", header, none)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1)


def set_limits(limits: Limits, *, of_user: bool = True) -> None:
    """Limit this process and what it starts; memory is also limited for all together, outside.

    Args:
        limits: what may be used.
        of_user: limit the processes of its user, which Linux counts on the whole machine.
    """
    seconds = int(1.1 * limits.seconds) + 60  # whoever watches should see it first, and says why
    for kind, most in (
        (resource.RLIMIT_DATA, limits.memory),
        *([(resource.RLIMIT_NPROC, limits.processes)] if of_user else []),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.disk),
        (resource.RLIMIT_NOFILE, 1024),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, MEGABYTE),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _exists(capability: int) -> bool:
    return _libc().prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0


def call(function: str, *arguments: int | bytes | ctypes.Array[ctypes.c_uint32] | None) -> int:
    """Call a function of the C library, and return what it returns.

    Raises:
        OSError: If it fails.
    """
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    padding = [0] * (5 - len(words)) if function == "prctl" else []
    returned = getattr(_libc(), function)(*words, *padding)
    if returned < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{function}: {os.strerror(error)}")
    return returned


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
