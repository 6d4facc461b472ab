"""The supervisor of one kernel: makes its sandbox, forks it into the sandbox, and ends both.

A supervisor is forked from the fork server, so the kernel that it forks has torch and the course in
its memory already. It talks with the process that grades over a socket, in messages of JSON:

    receives  {"signal": 2}            pass a signal on to the kernel
    sends     {"sockets": "/proc/7/…"} how the paths of its sockets begin; the kernel starts.
                                       "supervisor" is its own process, of which all that runs below
                                       is watched
    sends     {"ended": "...", ...}    see `Ending`
    closed    the kernel is not needed any more

Linux ends a supervisor with the fork server, bubblewrap with the supervisor, and every process of
the sandbox with bubblewrap. Without bubblewrap, the supervisor ends them itself.
"""

import contextlib
import functools
import json
import os
import resource
import select
import socket
import sys
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

import psutil

from rcnn_course.grading.sandbox import Isolation, Limits, cgroup
from rcnn_course.grading.sandbox.bubblewrap import Bubblewrap
from rcnn_course.grading.sandbox.confined import Confined
from rcnn_course.grading.sandbox.levels import FULL, WITHOUT_NAMESPACES

PATIENCE = 0.2
"""Seconds between two looks at what a sandbox uses."""

MEMORY = ("RssAnon", "RssShmem", "VmSwap", "VmPTE", "HugetlbPages")
"""What Linux tells of the memory of a process: its pages, wherever they are, and their tables."""

MESSAGE = 65536
"""At most this many bytes are read as one message."""


@dataclass(frozen=True)
class Ending:
    """How a kernel ended.

    Attributes:
        ended: "exit", "signal", "memory" (used too much), "processes" (started too many), "disk"
            (wrote too much) or "failed" (the sandbox or the kernel could not start).
        number: the exit code or the signal.
        said: why it could not start.
    """

    ended: str
    number: int = 0
    said: str = ""


def supervise(
    channel: socket.socket,
    files: int,
    connection: Mapping,
    limits: Limits,
    packages: Sequence[str],
    isolation: Isolation,
) -> NoReturn:
    """Run one kernel until it ends or is not needed any more, then exit.

    Args:
        channel: the socket to the process that grades.
        files: file descriptor of a tar archive to unpack where the notebook runs.
        connection: the kernel's connection file, but for where its sockets are.
        limits: what the submission may use.
        packages: folders that it may read, from `sandbox.package_folders`.
        isolation: how it is kept apart.
    """
    try:
        with cgroup.group(limits) as group, _sandbox(isolation, packages, limits) as sandbox:
            inside, outside = os.pipe()
            supervisor = os.getpid()
            entering = os.fork()
            if entering == 0:
                os.close(inside)
                _join(supervisor, sandbox, group, outside, files, connection)
            sandbox.hold(entering)
            os.close(outside)
            begun = {"sockets": sandbox.sockets_outside, "supervisor": supervisor}
            channel.send(json.dumps(begun).encode())
            ending = _watch(channel, inside, limits, sandbox, counts_memory=group is None)
            if ending is not None and group is not None and group.has_used_too_much():
                ending = Ending("memory")
    except OSError as error:
        ending = Ending("failed", said=str(error))
    if ending is not None:
        _tell(channel, ending)
    os._exit(0)


def _sandbox(
    isolation: Isolation, packages: Sequence[str], limits: Limits
) -> Bubblewrap | Confined:
    if isolation.level == WITHOUT_NAMESPACES:
        return Confined(packages, limits)
    own_proc = isolation.level == FULL
    return Bubblewrap(isolation.program, packages, limits, own_proc=own_proc)


def _tell(channel: socket.socket, ending: Ending) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        channel.send(json.dumps(asdict(ending)).encode())


def _watch(
    channel: socket.socket,
    inside: int,
    limits: Limits,
    sandbox: Bubblewrap | Confined,
    *,
    counts_memory: bool,
) -> Ending | None:
    """Return how the kernel ended, or None where it is not needed any more."""
    kernel = 0
    watched: list[socket.socket | int] = [channel, inside]
    while True:
        ready, _, _ = select.select(watched, [], [], PATIENCE)
        if inside in ready:
            reports = [json.loads(line) for line in os.read(inside, MESSAGE).splitlines()]
            if not reports:
                return Ending("failed", said="the sandbox could not be entered")
            for report in reports:
                if "ended" in report:
                    return Ending(**report)
                kernel = report["kernel"]
        if channel in ready:
            request = channel.recv(MESSAGE)
            if not request:
                return None
            if kernel:
                with contextlib.suppress(ProcessLookupError):  # its report is on the way
                    os.kill(kernel, json.loads(request)["signal"])
        below = [child.pid for child in psutil.Process().children(recursive=True)]
        memory, threads = usage(below)
        if counts_memory and memory + sandbox.held_in_memory() > limits.memory:
            return Ending("memory")
        if threads > limits.processes:
            return Ending("processes")
        if sandbox.is_full(below):
            return Ending("disk")


def usage(processes: Iterable[int]) -> tuple[int, int]:
    """Return the bytes that some processes can hold, and their threads.

    What is shared after a fork is counted for each, and a file that a process has open or could
    have open as what a socket's buffers take: nothing tells how full they are.
    """
    memory = threads = 0
    for pid in processes:
        try:
            numbers = _status(pid)
        except OSError:  # it has ended meanwhile
            continue
        memory += sum(1024 * numbers.get(kind, 0) for kind in MEMORY)
        memory += _buffer() * numbers.get("FDSize", 0)
        threads += numbers["Threads"]
    return memory, threads


def _status(pid: int) -> dict[str, int]:
    """Return the numbers that Linux tells of a process.

    Where its first thread has ended, those of memory and files are told of the others alone.
    """
    numbers = _numbers(Path(f"/proc/{pid}/status"))
    if MEMORY[0] not in numbers:
        for path in Path(f"/proc/{pid}/task").glob("*/status"):
            with contextlib.suppress(OSError):
                numbers = {**numbers, **_numbers(path)}
    return numbers


def _numbers(path: Path) -> dict[str, int]:
    lines = (line.partition(":") for line in path.read_text().splitlines())
    words = ((name, value.split()) for name, _, value in lines)
    return {name: int(value[0]) for name, value in words if value and value[0].isdecimal()}


@functools.cache
def _buffer() -> int:
    """Return the bytes that the buffers of one open socket, or pipe, may take here."""
    try:
        return int(Path("/proc/sys/net/core/wmem_default").read_text())
    except OSError:  # not shown in some containers
        return 212_992


def _join(
    supervisor: int,
    sandbox: Bubblewrap | Confined,
    group: cgroup.Group | None,
    outside: int,
    files: int,
    connection: Mapping,
) -> NoReturn:
    """Enter the sandbox, fork the kernel there, and report how it ends."""
    ending = Ending("failed", said="it was ended before its kernel began")
    try:
        if group is not None:
            group.add(os.getpid())
        sandbox.enter(supervisor)
        kernel = os.fork()
        if kernel == 0:
            _become_kernel(outside, files, connection, sandbox)
        _report(outside, {"kernel": kernel})
        status = os.waitstatus_to_exitcode(os.waitpid(kernel, 0)[1])
        ending = Ending("signal", -status) if status < 0 else Ending("exit", status)
    except OSError as error:
        ending = Ending("failed", said=str(error))
    finally:  # never go on as a second supervisor
        _report(outside, asdict(ending))
        os._exit(0)


def _report(outside: int, message: Mapping) -> None:
    os.write(outside, json.dumps(message).encode() + b"\n")


def _become_kernel(
    outside: int, files: int, connection: Mapping, sandbox: Bubblewrap | Confined
) -> NoReturn:
    """Turn this process, which is in the sandbox, into an IPython kernel without privileges."""
    try:
        sandbox.confine()
        with tarfile.open(fileobj=os.fdopen(files, "rb")) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # new in 3.11.4
            archive.extractall(sandbox.folder)
        connection_file = Path(f"{sandbox.sockets}.json")
        connection_file.write_text(json.dumps({**connection, "ip": sandbox.sockets}))
        _close_what_is_from_outside()
        _run_kernel(connection_file)
    except OSError as error:
        with contextlib.suppress(OSError):  # the report is closed once the kernel runs
            _report(outside, asdict(Ending("failed", said=str(error))))
    finally:  # never go on as a second supervisor
        os._exit(1)


def _close_what_is_from_outside() -> None:
    """Close the files, sockets and terminals that the process was forked with."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[1])


def _run_kernel(connection_file: Path) -> None:
    """Be an IPython kernel until it is told to shut down."""
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["kernel"]
    application = IPKernelApp.instance(connection_file=str(connection_file))
    application.initialize(["--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"])
    application.start()
    os._exit(0)
