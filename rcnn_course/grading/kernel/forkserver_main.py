"""The fork server: has torch and the course in its memory, and forks a supervisor for each kernel.

A fork of its own, the examiner, has the right results of the checks in its memory as well. It forks
for each submission that is to be examined; no kernel comes from it.

It is started once for each worker that grades, without the environment of whoever grades, and runs
nothing of a submission: those run in forks, in sandboxes. It stays a process of one thread,
since a fork of many threads can hang. It ends with its worker, or when it was not needed for a
while: a worker of a cluster outlives the grading of a class.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn

from rcnn_course.grading.kernel import preload
from rcnn_course.grading.kernel.supervisor import MESSAGE, supervise
from rcnn_course.grading.sandbox import Isolation, Limits, package_folders, process
from rcnn_course.grading.sandbox.levels import LEVELS

IDLE = 300
"""Seconds without a request or a fork after which the process ends."""


def serve(control: socket.socket, *, quick: bool) -> None:
    """Fork a supervisor for each request, until the process that grades closes the socket.

    Args:
        control: socket to the process that grades.
        quick: load what a kernel needs and nothing of the course.
    """
    process.die_with_parent(_owner(control))
    preload.kernel() if quick else preload.checks()
    first = control.recv(MESSAGE)
    if not first:
        return
    wanted = json.loads(first)
    preload.run(wanted["imports"])
    if wanted["pictures"]:
        preload.pictures()
    if threading.active_count() > 1:
        raise RuntimeError(f"imports have started threads: {threading.enumerate()}")
    packages = package_folders()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # supervisors need nobody to wait for them
    examiner = _examiner(control, wanted["questions"])
    control.send(b"warm")
    while True:
        if not select.select([control], [], [], IDLE)[0]:
            if _has_children():
                continue
            return
        request, descriptors, _, _ = socket.recv_fds(control, MESSAGE, 2)
        if not request:
            return
        server = os.getpid()
        if "connection" not in json.loads(request):
            socket.send_fds(examiner, [request], descriptors)
        elif os.fork() == 0:
            examiner.close()
            _answer(server, control, request, descriptors, packages)
        for descriptor in descriptors:
            os.close(descriptor)


def _owner(control: socket.socket) -> int:
    """Return the id of the process that has made the socket: the one that grades."""
    length = struct.calcsize("3i")
    return struct.unpack("3i", control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, length))[0]


def _has_children() -> bool:
    try:
        os.waitpid(0, os.WNOHANG)  # of this group: the examiner is no reason to go on
    except ChildProcessError:
        return False
    return True


def _answer(
    server: int,
    control: socket.socket,
    request: bytes,
    descriptors: list[int],
    packages: Sequence[str],
) -> NoReturn:
    """Supervise a kernel, and exit."""
    try:
        process.die_with_parent(server)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        control.close()
        channel, file = socket.socket(fileno=descriptors[0]), descriptors[1]
        wanted = json.loads(request)
        isolation = Isolation(LEVELS[wanted["level"]], wanted["program"])
        limits = Limits(**wanted["limits"])
        supervise(channel, file, wanted["connection"], limits, packages, isolation)
    finally:  # never go on as a second fork server
        os._exit(1)


def _examiner(control: socket.socket, questions: Sequence[Sequence]) -> socket.socket:
    """Fork the process that forks one for each examination; return the socket to it.

    Args:
        control: of the fork server; the examiner has no use for it.
        questions: what every submission is asked: the fields of `checks.remote.Question`.
    """
    server = os.getpid()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork():
        theirs.close()
        return ours
    try:
        os.setpgid(0, 0)
        process.die_with_parent(server)
        ours.close()
        control.close()
        _expect(questions)
        while descriptors := socket.recv_fds(theirs, MESSAGE, 2)[1]:
            examiner = os.getpid()
            if os.fork() == 0:
                process.die_with_parent(examiner)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _examine(socket.socket(fileno=descriptors[0]), descriptors[1])
                break
            for descriptor in descriptors:
                os.close(descriptor)
    finally:  # never go on as a second fork server
        os._exit(1)


def _expect(questions: Sequence[Sequence]) -> None:
    """Find out what is right before it is asked; what fails here is said by the examination."""
    if questions:
        from rcnn_course.checks import remote

        with contextlib.suppress(Exception):
            remote.prepare(remote.Question(*fields) for fields in questions)


def _examine(channel: socket.socket, file: int) -> None:
    """Put in the place of what is to be examined what was found."""
    from rcnn_course.grading.integrity.code_scan import Cell
    from rcnn_course.grading.integrity.examination import examine

    try:
        with os.fdopen(file, "r+", encoding="utf-8") as stream:
            cells, rounds = json.load(stream)
            found = examine([Cell(*cell) for cell in cells], rounds)
            stream.seek(0)
            stream.truncate()
            json.dump(found, stream)
        channel.send(b"done")
    except Exception as error:
        channel.send(f"{type(error).__name__}: {error}".encode())


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])), quick="--quick" in sys.argv)
