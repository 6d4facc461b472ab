"""Kernels in sandboxes for Jupyter's own machinery: a warm process, a provisioner, a manager.

`jupyter_client` asks a provisioner for a kernel process and talks to it over sockets; here the
provisioner has the warm process fork one. The sockets are files in the sandbox's own `/run`, which
is seen from outside as `/proc/<its first process>/root/run`.
"""

import asyncio
import io
import json
import select
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from os import environ
from typing import IO, Any

import zmq
from jupyter_client import AsyncKernelClient, AsyncKernelManager
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Instance

from rcnn_course.grading.keeper import MESSAGE, Ending
from rcnn_course.grading.sandbox import MEGABYTE, SOCKETS, Limits, environment

PORTS = {
    f"{name}_port": number
    for number, name in enumerate(("shell", "iopub", "stdin", "hb", "control"), start=1)
}

LARGEST_MESSAGE = 256 * MEGABYTE
"""A kernel that sends a larger message is cut off; a notebook's picture is far smaller."""

MOST_WAITING = 8
"""Messages that wait in this process; more of them wait in the kernel, in its own memory."""


class WarmProcess:
    """A process with the course in its memory that forks kernels; see `warm.py`.

    Starting returns at once; the first kernel waits until the process is warm. It ends when it is
    closed, when nothing refers to this object any more, and with this process.
    """

    def __init__(self, imports: Iterable[str]):
        """Start it.

        Args:
            imports: import statements to run, such as those of the notebooks to come.
        """
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        self._lock = threading.Lock()
        self._is_warm = False
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "rcnn_course.grading.warm", str(theirs.fileno())],
                env=environment(environ.get("PYTHONPATH")),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._end = weakref.finalize(self, _end, self._control, self._process, self._errors)
        self._control.send(json.dumps({"imports": list(imports)}).encode())

    def start_kernel(
        self, connection: Mapping[str, Any], files: Mapping[str, bytes], limits: Limits
    ) -> socket.socket:
        """Have a kernel forked, and return the socket to its keeper.

        Args:
            connection: what the kernel's connection file should say.
            files: maps names to contents of files to put where the notebook runs.
            limits: what the submission may use.

        Raises:
            OSError: where the process has ended; says what it said.
        """
        with _archive(files) as archive:
            return self._fork({"connection": connection, "limits": asdict(limits)}, archive)

    def examine(self, notebook: str, secret: str) -> str:
        """Look for tampering in an executed notebook, in a fork that has the course loaded.

        Args:
            notebook: JSON of the notebook.
            secret: the word that the submission could not know.

        Returns:
            JSON with `notebook`, where what was put in to see it is taken out, and `suspicions`.
        """
        with tempfile.TemporaryFile() as file:
            file.write(notebook.encode())
            with self._fork({"secret": secret}, file) as channel:
                said = channel.recv(MESSAGE)
            if said != b"done":
                raise OSError(f"an executed notebook could not be examined: {said.decode()}")
            file.seek(0)
            return file.read().decode()

    def _fork(self, request: Mapping[str, Any], file: IO[bytes]) -> socket.socket:
        """Have the warm process fork, and return the socket to its fork."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self._lock, theirs:
            file.seek(0)
            try:
                if not self._is_warm and not self._control.recv(MESSAGE):
                    raise EOFError
                self._is_warm = True
                message = json.dumps(request).encode()
                socket.send_fds(self._control, [message], [theirs.fileno(), file.fileno()])
            except (OSError, EOFError):
                ours.close()
                self._errors.seek(0)
                said = self._errors.read().decode(errors="replace").strip().splitlines()
                reason = said[-1] if said else f"exit code {self._process.wait()}"
                raise OSError(f"the process that forks kernels has ended: {reason}") from None
        return ours

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process, and with it every kernel that it has forked."""
        self._end()


def _end(control: socket.socket, process: subprocess.Popen, errors: IO[bytes]) -> None:
    control.close()
    process.kill()
    process.wait()
    errors.close()


@contextmanager
def _archive(files: Mapping[str, bytes]) -> Iterator[IO[bytes]]:
    """Give an open file with a tar archive of `files`."""
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        yield file


class SandboxProvisioner(KernelProvisionerBase):
    """Gives `jupyter_client` a kernel that is forked in a sandbox of its own."""

    def __init__(self, warm: WarmProcess, files: Mapping[str, bytes], limits: Limits, **traits):
        super().__init__(**traits)
        self.ending: Ending | None = None
        self._warm = warm
        self._files = files
        self._limits = limits
        self._channel: socket.socket | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and not ended by this provisioner."""
        return self._channel is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Have the kernel forked, and tell the manager where its sockets are."""
        manager = self.parent
        wanted = {
            **PORTS,
            "transport": "ipc",
            "ip": SOCKETS,
            "key": manager.session.key.decode(),
            "signature_scheme": manager.session.signature_scheme,
        }
        self._channel = self._warm.start_kernel(wanted, self._files, self._limits)
        message = json.loads(self._channel.recv(MESSAGE) or "{}")
        if "root" not in message:
            raise OSError(message.get("said") or "the sandbox has ended before its kernel began")
        self.connection_info = wanted | {
            "ip": message["root"] + SOCKETS,
            "key": manager.session.key,
        }
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Return where the kernel's sockets are; it is starting since `pre_launch`."""
        return self.connection_info

    async def poll(self) -> int | None:
        """Return None while the kernel runs, then its exit code, negative for a signal."""
        if self._channel is not None and self.ending is None:
            ready, _, _ = select.select([self._channel], [], [], 0)
            if ready:
                message = self._channel.recv(MESSAGE)
                self.ending = Ending(**json.loads(message)) if message else Ending("signal", 9)
        if self.ending is None:
            return None if self.has_process else 0
        return -self.ending.number if self.ending.ended == "signal" else self.ending.number

    async def wait(self) -> int | None:
        """Wait for the end of the kernel."""
        while self.has_process and await self.poll() is None:
            await asyncio.sleep(0.02)
        code = await self.poll()
        await self.kill()
        return code

    async def send_signal(self, signum: int) -> None:
        """Have the kernel's keeper pass on a signal."""
        if signum == signal.SIGKILL:
            await self.kill()
        elif self._channel is not None and await self.poll() is None:
            self._channel.send(json.dumps({"signal": signum}).encode())

    async def kill(self, restart: bool = False) -> None:
        """End the sandbox, with the kernel and all that it has started."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    async def terminate(self, restart: bool = False) -> None:
        """End the sandbox: a submission has nothing to tidy up."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """End the sandbox, if it is still there."""
        await self.kill(restart)


class SandboxKernelManager(AsyncKernelManager):
    """Jupyter's kernel manager for one kernel in a sandbox."""

    provisioner = Instance(SandboxProvisioner)

    def client(self, **options: Any) -> AsyncKernelClient:
        """Return a client that a kernel cannot flood with messages."""
        client = super().client(**options)
        client.context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
        client.context.setsockopt(zmq.RCVHWM, MOST_WAITING)
        client.context.setsockopt(zmq.RECONNECT_IVL, 20)  # milliseconds, while the kernel starts
        return client
