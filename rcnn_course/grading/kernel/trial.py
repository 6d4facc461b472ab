"""The best way to keep submissions apart on this machine, found by starting a kernel in each.

The kernels are started as those of submissions are, by a fork server which has nothing of the
course in its memory, and must answer.
"""

import functools
import json
import secrets
import select
import shutil
import socket
import sys
import time

import zmq
from jupyter_client.session import Session

from rcnn_course.grading.kernel.forkserver import ForkServer, Ready
from rcnn_course.grading.kernel.supervisor import MESSAGE
from rcnn_course.grading.sandbox import Isolation, Limits
from rcnn_course.grading.sandbox.levels import LEVELS, Level

PATIENCE = 600
"""Seconds after which a kernel that neither answers nor ends is given up."""

PORTS = {
    f"{name}_port": number
    for number, name in enumerate(("shell", "iopub", "stdin", "hb", "control"), start=1)
}


def isolation() -> Isolation:
    """Find out, by trying, how submissions can be kept apart on this machine; once in a process."""
    if sys.platform != "linux":
        refused = {"full": "submissions can be graded in a sandbox on Linux only"}
        return Isolation(None, refused=refused)
    return best(shutil.which("bwrap") or "")


def fault() -> str:
    """Say why submissions cannot run in a sandbox on this machine, or '' where they can."""
    return isolation().fault


@functools.cache
def best(program: str) -> Isolation:
    """Find the best level that works here.

    Args:
        program: path of bubblewrap, or '' where it is not installed.
    """
    refused: dict[str, str] = {}
    with ForkServer(quick=True) as server:
        server.load(Ready())
        for level in LEVELS.values():
            if not (reason := trial(server, level, program)):
                return Isolation(level, program, refused)
            refused[level.name] = reason
    return Isolation(None, program, refused)


def trial(server: ForkServer, level: Level, program: str) -> str:
    """Start a kernel in a sandbox; return why it did not answer, or '' where it did."""
    tried = Isolation(level, program)
    if level.needs == "bubblewrap" and not program:
        return "bubblewrap is not installed"
    key = secrets.token_hex()
    connection = {**PORTS, "transport": "ipc", "key": key, "signature_scheme": "hmac-sha256"}
    try:
        with server.start_kernel(connection, {"notes.txt": b"a trial"}, Limits(), tried) as channel:
            message = json.loads(channel.recv(MESSAGE) or "{}")
            if "sockets" in message:
                fault = _question(message["sockets"], key, channel)
            else:
                fault = message.get("said") or "the process that makes the sandbox has ended"
    except OSError as error:
        fault = str(error)
    return f"{level.needs} does not work: {fault.rstrip('.')}" if fault else ""


def _question(sockets: str, key: str, channel: socket.socket) -> str:
    """Ask the kernel who it is; return why it did not answer, or ''."""
    session = Session(key=key.encode())
    with zmq.Context() as context, context.socket(zmq.DEALER) as shell:
        shell.linger = 0
        shell.connect(f"ipc://{sockets}-{PORTS['shell_port']}")
        session.send(shell, "kernel_info_request")
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if shell.poll(20):
                return ""
            if select.select([channel], [], [], 0)[0]:
                ending = json.loads(channel.recv(MESSAGE) or "{}")
                return ending.get("said") or f"its kernel has ended ({ending.get('ended')})"
    return f"its kernel did not answer in {PATIENCE} seconds"
