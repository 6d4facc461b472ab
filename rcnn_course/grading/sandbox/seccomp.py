"""A filter of system calls (seccomp(2)) for the kernel of a submission and all that it starts.

A filter is a small program in the kernel's own language (BPF). It sees the number of a call and its
plain arguments, not what pointers point to, and says what becomes of the call. Here everything is
allowed but what the rules name, and calls that are younger than this module: for a library, that
is an older kernel. Refusing a call with 0 tells the caller that it was done.

Source: Linux `Documentation/userspace-api/seccomp_filter.rst`, `include/uapi/linux/filter.h`.
"""

import ctypes
import errno
import platform
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from rcnn_course.grading.sandbox.process import call

DONE = 0
"""Instead of an error: the call does nothing, and the caller is told that it has worked."""


@dataclass(frozen=True)
class Condition:
    """What must hold of one argument of a call: it, or its bits in `mask`, is one of `values`.

    Attributes:
        argument: which one, from 0.
        values: those that fulfil it; of `other` ones, those that do not.
        mask: the bits that are looked at.
        other: whether the argument must be none of the values.
    """

    argument: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    other: bool = False


@dataclass(frozen=True)
class Rule:
    """Refuses a call, unless all conditions hold; the first rule for a call decides."""

    call: str
    error: int = errno.EPERM
    unless: tuple[Condition, ...] = ()


NEW_NAMESPACES = 0x7E020080
"""The flags of clone(2) and unshare(2) that make namespaces."""

NO_NAMESPACES = (Condition(0, (0,), mask=NEW_NAMESPACES),)
INJECT = (Condition(1, (0x5412, 0x541C), other=True),)
"""ioctl(2) other than TIOCSTI and TIOCLINUX, which type on a terminal."""

SAME_FILES = Condition(0, (0x10000,), mask=0x10400, other=True)
"""clone(2) of a process, or of a thread which shares the open files of its process: those of the
first thread alone are counted."""

LOCAL = (Condition(0, (1,)),)
"""Sockets of AF_UNIX."""

NO_SOCKET = errno.EOPNOTSUPP
"""ZeroMQ ends the process at other errors."""

SAME_BUFFERS = (Condition(2, (7, 8, 32, 33), other=True),)
"""setsockopt(2) other than SO_SNDBUF, SO_RCVBUF and those that force them."""

OF_FILE_OR_OWN = (Condition(3, (0x21, 0x23), mask=0x2F, other=True),)
"""mmap(2) of a file, or of memory that is not shared: shared memory of no file can be given back by
every process and is still there."""


def _refuse(calls: str, error: int = errno.EPERM) -> tuple[Rule, ...]:
    return tuple(Rule(name, error) for name in calls.split())


ALWAYS = (
    # Keyrings are in no namespace.
    *_refuse("add_key keyctl request_key"),
    # Memory that is held and that no process has mapped; buffers of sockets keep their usual size.
    *_refuse("memfd_create memfd_secret", errno.ENOSYS),
    *_refuse("shmget shmat shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl"),
    *_refuse("vmsplice inotify_init inotify_init1 fanotify_init"),
    Rule("mmap", unless=OF_FILE_OR_OWN),
    Rule("setsockopt", DONE, SAME_BUFFERS),
    # Sockets of AF_UNIX alone: the code of others is large, and some reach around namespaces.
    Rule("socket", NO_SOCKET, LOCAL),
    Rule("socketpair", NO_SOCKET, LOCAL),
    # Looking into other processes, and parts of Linux that are known for their faults.
    *_refuse("ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd process_madvise"),
    *_refuse("process_mrelease migrate_pages move_pages syslog bpf perf_event_open userfaultfd"),
    *_refuse("io_uring_setup io_uring_enter io_uring_register", errno.ENOSYS),
    # Namespaces and file systems.
    Rule("clone", unless=(*NO_NAMESPACES, SAME_FILES)),
    Rule("clone3", errno.ENOSYS),  # its flags are behind a pointer; libraries then use clone
    Rule("close_range", unless=(Condition(2, (0,), mask=0x2),)),
    *_refuse(
        "unshare setns mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick open_tree"
    ),
    *_refuse("move_mount mount_setattr open_by_handle_at quotactl acct"),
    Rule("ioctl", unless=INJECT),
)
"""What no submission needs, in whatever sandbox."""

STREAMS = (Condition(0, (1,)), Condition(1, (1, 5), mask=0xF))
"""Sockets of AF_UNIX which cannot send without being connected (SOCK_STREAM, SOCK_SEQPACKET)."""

O_ACCMODE, O_TRUNC = 0o3, 0o1000
TRUNCATES_AS_WRITER = (*range(4), *(mode | O_TRUNC for mode in range(1, 4)))


def without_namespaces(pid: int, *, signals: bool) -> tuple[Rule, ...]:
    """Return the rules for a process that shares the namespaces of whoever grades.

    Args:
        pid: the process itself, which may do to itself what it may not do to others.
        signals: whether the rules must keep signals from other processes, as Landlock of Linux 6.12
            and newer does more exactly.
    """
    itself = (0, pid)
    rules = (
        # The network and the sockets of other processes: the kernel's own sockets are called.
        Rule("socket", NO_SOCKET, STREAMS),
        Rule("socketpair", NO_SOCKET, STREAMS),
        *_refuse("connect mq_open", errno.EACCES),
        # Files that are sent and not yet received are nobody's, and who is hidden tells of none.
        *_refuse("sendmsg sendmmsg"),
        Rule("prctl", unless=(Condition(0, (4,), other=True),)),
        # All processes of a submission stay in one group, which is ended as a whole.
        *_refuse("setsid setpgid", DONE),
        # What Landlock lets through: the rights, owners, times and attributes of files by path.
        *_refuse("chmod fchmodat fchmodat2 chown lchown fchownat utime utimes futimesat", DONE),
        *_refuse("utimensat setxattr lsetxattr removexattr lremovexattr", DONE),
        *_refuse("truncate", errno.EACCES),
        Rule("open", errno.EACCES, (_truncates_as_writer(1),)),
        Rule("openat", errno.EACCES, (_truncates_as_writer(2),)),
        Rule("openat2", errno.ENOSYS),  # its flags are behind a pointer
        # Limits, processors and priorities of other processes; threads of its own ask in vain.
        Rule("prlimit64", unless=(Condition(0, itself),)),
        *(
            Rule(f"sched_set{what}", DONE, (Condition(0, itself),))
            for what in ("affinity", "scheduler", "param", "attr")
        ),
        Rule("setpriority", DONE, (Condition(0, (0,)), Condition(1, itself))),
        Rule("ioprio_set", DONE, (Condition(0, (1,)), Condition(1, itself))),
    )
    return rules + (_signals_to_itself(pid) if signals else ())


def _truncates_as_writer(argument: int) -> Condition:
    """Opened for reading alone, a file must not be emptied: Landlock sees only the reading."""
    return Condition(argument, TRUNCATES_AS_WRITER, mask=O_ACCMODE | O_TRUNC)


def _signals_to_itself(pid: int) -> tuple[Rule, ...]:
    own = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")
    owner_of_files = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: signals when data arrives
    return (
        *(Rule(name, unless=(Condition(0, (pid,)),)) for name in own),
        *_refuse("tkill pidfd_send_signal"),
        Rule("fcntl", unless=(Condition(1, owner_of_files, other=True),)),
        Rule("ioctl", unless=(Condition(1, (0x5412, 0x541C, 0x8901, 0x8902), other=True),)),
    )


# Numbers of the calls on x86_64 and, from asm-generic, on aarch64; - where there is none.
_NUMBERS = """
acct 163 89, add_key 248 217, bpf 321 280, chmod 90 -, chown 92 -, chroot 161 51, clone 56 220,
clone3 435 435, close_range 436 436, connect 42 203, fanotify_init 300 262, fchmodat 268 53,
fchmodat2 452 452, fchownat 260 54, fcntl 72 25, fsconfig 431 431, fsmount 432 432, fsopen 430 430,
fspick 433 433, futimesat 261 -, inotify_init 253 -, inotify_init1 294 26, io_uring_enter 426 426,
io_uring_register 427 427, io_uring_setup 425 425, ioctl 16 29, ioprio_set 251 30, kcmp 312 272,
keyctl 250 219, kill 62 129, landlock_create_ruleset 444 444, lchown 94 -, lremovexattr 198 15,
lsetxattr 189 6, memfd_create 319 279, memfd_secret 447 447, migrate_pages 256 238, mmap 9 222,
mount 165 40, mount_setattr 442 442, move_mount 429 429, move_pages 279 239, mq_open 240 180,
msgctl 71 187, msgget 68 186, msgrcv 70 188, msgsnd 69 189, open 2 -, open_by_handle_at 304 265,
open_tree 428 428, openat 257 56, openat2 437 437, perf_event_open 298 241, pidfd_getfd 438 438,
pidfd_send_signal 424 424, pivot_root 155 41, prctl 157 167, prlimit64 302 261,
process_madvise 440 440, process_mrelease 448 448, process_vm_readv 310 270,
process_vm_writev 311 271, ptrace 101 117, quotactl 179 60, removexattr 197 14, request_key 249 218,
rt_sigqueueinfo 129 138, rt_tgsigqueueinfo 297 240, sched_setaffinity 203 122,
sched_setattr 314 274, sched_setparam 142 118, sched_setscheduler 144 119, semctl 66 191,
semget 64 190, semop 65 193, semtimedop 220 192, sendmmsg 307 269, sendmsg 46 211, setns 308 268,
setpgid 109 154, setpriority 141 140, setsid 112 157, setsockopt 54 208, setxattr 188 5,
shmat 30 196, shmctl 31 195, shmget 29 194, socket 41 198, socketpair 53 199, syslog 103 116,
tgkill 234 131, tkill 200 130, truncate 76 45, umount2 166 39, unshare 272 97, userfaultfd 323 282,
utime 132 -, utimensat 280 88, utimes 235 -, vmsplice 278 75
"""
YOUNGEST = 456
"""The youngest call that is let through, futex_requeue."""

MACHINES = {"x86_64": (0, 62, 317), "aarch64": (1, 183, 277)}
"""For each machine: its column above, its name in ELF, its number of seccomp(2)."""


def numbers(machine: str) -> dict[str, int]:
    """Return the numbers of the calls that a machine has, by name."""
    column = MACHINES[machine][0]
    words = (entry.split() for entry in _NUMBERS.replace("\n", " ").split(","))
    return {name: int(found[column]) for name, *found in words if found[column] != "-"}


LOAD, AND, EQUAL, GREATER, JUMP, RETURN = 0x20, 0x54, 0x15, 0x25, 0x05, 0x06
ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Where the kernel puts them for the filter to load."""

Instruction = tuple[int, int, int, int]
"""Operation, how many instructions to skip if it is so, and if not, operand."""


def compiled(rules: Iterable[Rule], machine: str) -> list[Instruction]:
    """Return the program for some rules on a machine."""
    known = numbers(machine)
    architecture = 0xC0000000 | MACHINES[machine][1]  # 64 bits, little-endian
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (RETURN, 0, 0, KILL),  # calls in the way of another architecture have other numbers
        (LOAD, 0, 0, NUMBER),
    ]
    for rule in rules:
        if rule.call in known:
            block = _answer(rule)
            program += [(EQUAL, 0, len(block), known[rule.call]), *block]
    too_young = [(GREATER, 0, 1, YOUNGEST), (RETURN, 0, 0, ERROR | errno.ENOSYS)]
    return [*program, *too_young, (RETURN, 0, 0, ALLOW)]


def _answer(rule: Rule) -> list[Instruction]:
    """Return what is done when the rule's call is made."""
    refuse = (RETURN, 0, 0, ERROR | rule.error)
    block = []
    for condition in rule.unless:
        block += [(LOAD, 0, 0, ARGUMENTS + 8 * condition.argument), (AND, 0, 0, condition.mask)]
        over = range(len(condition.values), 0, -1)  # past the other values and what follows them
        block += [
            (EQUAL, skip, 0, value) for skip, value in zip(over, condition.values, strict=True)
        ]
        block += [(JUMP, 0, 0, 1), refuse] if condition.other else [refuse]
    return [*block, (RETURN, 0, 0, ALLOW)] if block else [refuse]


def install(rules: Iterable[Rule]) -> None:
    """Filter the calls of this process, which has one thread, and of all that it will start.

    The process must have given up its privileges.

    Raises:
        OSError: If the kernel or this machine cannot.
    """
    machine = platform.machine()
    if machine not in MACHINES:
        raise OSError(f"calls are filtered on {' and '.join(MACHINES)}, and this is {machine!r}")
    program = compiled(rules, machine)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
    described = struct.pack("HP", len(program), ctypes.addressof(code))
    set_mode_filter, keep_speculating = 1, 4  # older kernels slow a filtered process down
    call("syscall", MACHINES[machine][2], set_mode_filter, keep_speculating, described)
