"""Files that a process and all that it starts may use (Landlock), asked for by the process itself.

Source: Linux `Documentation/userspace-api/landlock.rst`, `include/uapi/linux/landlock.h`.
"""

import os
import stat
import struct
from collections.abc import Mapping

from rcnn_course.grading.sandbox.process import call

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""Numbers of the system calls, on every machine."""

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = (1 << bit for bit in range(4))
TRUNCATE, IOCTL_DEVICE = 1 << 14, 1 << 15
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
"""Rights that make sense for what is not a folder."""

READ = EXECUTE | READ_FILE | READ_DIR
EVERYTHING = 0xFFFF

RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights each version of Landlock's interface knows; the newer ones as many as the last.
"""
TCP, SCOPES = 0b11, 0b11
"""Binding and connecting (from version 4); abstract sockets and signals (from version 6)."""

SCOPES_SIGNALS = 6
"""The version from which signals reach nothing outside."""


def version() -> int:
    """Return the version of Landlock's interface, or 0 where there is none."""
    only_tell = 1
    try:
        return call("syscall", CREATE_RULESET, None, 0, only_tell)
    except OSError:
        return 0


def restrict(allowed: Mapping[str, int], known: int) -> None:
    """Let this process use nothing but some files, connect nowhere, and signal nobody else.

    Args:
        allowed: maps paths to what may be done with them and all that is below.
        known: the version of the interface, from `version`.

    Raises:
        OSError: If there is no Landlock, or a path cannot be opened.
    """
    if known < 1:
        raise OSError("the kernel has no Landlock")
    handled = (1 << RIGHTS[min(known, max(RIGHTS))]) - 1
    wanted = struct.pack(
        "QQQ", handled, TCP if known >= 4 else 0, SCOPES if known >= SCOPES_SIGNALS else 0
    )[: 8 if known < 4 else 16 if known < SCOPES_SIGNALS else 24]
    ruleset = call("syscall", CREATE_RULESET, wanted, len(wanted), 0)
    try:
        for path, rights in allowed.items():
            _allow(ruleset, path, rights & handled)
        call("syscall", RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    beneath = 1
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        call("syscall", ADD_RULE, ruleset, beneath, rule, 0)
    finally:
        os.close(descriptor)
