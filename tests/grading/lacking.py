"""Machines that lack something: runs a command as it would run there.

    python tests/grading/lacking.py namespaces,landlock,proc COMMAND ...

`namespaces` and `landlock` are refused by a filter of system calls, as containers do; `proc` is a
/proc that may not be mounted anew, since parts of it are covered, as in Docker. It needs root, or
user namespaces.
"""

import os
import sys
from errno import ENOSYS, EPERM

from rcnn_course.grading.sandbox import seccomp
from rcnn_course.grading.sandbox.process import PR_SET_NO_NEW_PRIVS, call
from rcnn_course.grading.sandbox.seccomp import NO_NAMESPACES, Rule

RULES = {
    "namespaces": (
        Rule("clone", EPERM, NO_NAMESPACES),
        Rule("clone3", ENOSYS),
        Rule("unshare", EPERM, NO_NAMESPACES),
    ),
    "landlock": (Rule("landlock_create_ruleset", ENOSYS),),
    "proc": (),
}

COVERED = """
mount -t proc proc /proc
for path in keys timer_list interrupts; do
    [ -e /proc/$path ] && mount --bind /dev/null /proc/$path
done
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
exec "$@"
"""
"""What Docker does to /proc: some of it is covered, and its settings cannot be written."""

IN_COVERED = [
    *["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "sh", "-ec"],
    COVERED,
    "sh",
]


def command(without: str, *words: object) -> list[str]:
    """Return a command that runs another one on a machine without something."""
    return [sys.executable, "-P", __file__, without, *map(str, words)]


def main(without: list[str], words: list[str]) -> None:
    """Give up what the machine lacks, and become the command."""
    call("prctl", PR_SET_NO_NEW_PRIVS, 1)
    seccomp.install(rule for name in without for rule in RULES[name])
    words = [*IN_COVERED, *words] if "proc" in without else words
    os.execvp(words[0], words)


if __name__ == "__main__":
    main(sys.argv[1].split(","), sys.argv[2:])
