"""How a process that is already running enters a sandbox, with Linux's own calls.

bubblewrap starts programs; a forked kernel is a copy of a process that runs already, so it enters
the namespaces which bubblewrap made (setns(2)), and gives up what it may do there.
"""

import ctypes
import os
import resource
import signal

from rcnn_course.grading.sandbox import MEGABYTE, Limits, Sandbox, package_folders

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
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION_3 = 0x20080522


def die_with_parent(parent: int) -> None:
    """End this process when the process `parent`, which forked it, ends."""
    _call("prctl", PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def become(user: int | None) -> None:
    """Take on the identity of a user, if one is given; only root can."""
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def join(pid: int) -> None:
    """Enter all namespaces of a process; the process id counts for children that are forked next.

    The process must have one thread alone, and be the one whose user made the namespaces.
    """
    descriptor = os.pidfd_open(pid)
    flags = 0
    for flag in CLONE_FLAGS.values():
        flags |= flag
    try:
        _call("setns", descriptor, flags)
    finally:
        os.close(descriptor)


def give_up_privileges() -> None:
    """Drop every capability for good, for this process and what it will start."""
    capability = 0
    while _libc().prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0:
        _call("prctl", PR_CAPBSET_DROP, capability)
        capability += 1
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _call("capset", header, none)
    _call("prctl", PR_SET_NO_NEW_PRIVS, 1)


def set_limits(limits: Limits) -> None:
    """Limit this process and what it starts; memory is also limited for all together, outside."""
    seconds = int(1.1 * limits.seconds) + 60  # whoever watches should see it first, and says why
    for kind, most in (
        (resource.RLIMIT_DATA, limits.memory),
        (resource.RLIMIT_NPROC, limits.processes),
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


def _call(function: str, *arguments: object) -> None:
    """Call a function of the C library, and raise OSError where it fails."""
    padding = [0] * (5 - len(arguments)) if function == "prctl" else []
    if getattr(_libc(), function)(*arguments, *padding) < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{function}: {os.strerror(error)}")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def trial() -> None:
    """Make a sandbox and enter it; raises OSError where the one or the other is not allowed."""
    with Sandbox(Limits(), package_folders()) as sandbox:
        inside, outside = os.pipe()
        if os.fork() == 0:
            said = "the process that should enter the sandbox was ended"
            try:
                become(sandbox.user)
                join(sandbox.pid)
                give_up_privileges()
                said = ""
            except OSError as error:
                said = str(error)
            finally:
                os.write(outside, said.encode())
                os._exit(0)
        os.close(outside)
        os.wait()
        said = os.read(inside, 4096).decode()
        if said:
            raise OSError(said)


if __name__ == "__main__":
    trial()
