"""Leaving the keys that Linux holds for whoever grades (keyrings(7)): they are in no namespace."""

import errno
import platform

from rcnn_course.grading.sandbox import seccomp
from rcnn_course.grading.sandbox.process import call

JOIN_SESSION_KEYRING = 1


def leave() -> None:
    """Give this process, and all that it will start, a session keyring of its own, with no key.

    Where calls for keys are refused altogether, as in most containers, there is nothing to leave.

    Raises:
        OSError: If there cannot be another keyring.
    """
    number = seccomp.numbers(platform.machine())["keyctl"]
    try:
        call("syscall", number, JOIN_SESSION_KEYRING, None)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOSYS):
            raise
