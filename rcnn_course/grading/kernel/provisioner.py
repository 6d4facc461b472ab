"""Kernels in sandboxes for Jupyter's own machinery: a provisioner, a manager, a client.

`jupyter_client` asks a provisioner for a kernel process and talks to it over sockets; here the
provisioner has the fork server fork one. The sockets are files; the kernel's supervisor says where.
"""

import asyncio
import contextlib
import json
import math
import queue
import select
import signal
import socket
import time
from collections.abc import Container, Mapping
from typing import Any, cast

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from traitlets import Instance, Type

from rcnn_course.grading.kernel.forkserver import ForkServer
from rcnn_course.grading.kernel.supervisor import MESSAGE, Ending
from rcnn_course.grading.kernel.trial import isolation
from rcnn_course.grading.sandbox import MEGABYTE, Limits

PORTS = {
    f"{name}_port": number
    for number, name in enumerate(("shell", "iopub", "stdin", "hb", "control"), start=1)
}

LARGEST_MESSAGE = 256 * MEGABYTE
"""A kernel that sends a larger message is cut off; a notebook's picture is far smaller."""

MOST_WAITING = 8
"""Messages that wait in this process; more of them wait in the kernel, in its own memory."""


class SandboxProvisioner(KernelProvisionerBase):
    """Gives `jupyter_client` a kernel that is forked in a sandbox of its own.

    Attributes:
        ending: how the kernel ended, or None.
        pid: the supervisor; all that belongs to the submission runs below it.
    """

    def __init__(
        self, server: ForkServer, files: Mapping[str, bytes], limits: Limits, **traits: Any
    ):
        super().__init__(**traits)
        self.ending: Ending | None = None
        self.pid = 0
        self._server = server
        self._files = files
        self._limits = limits
        self._channel: socket.socket | None = None

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and not ended by this provisioner."""
        return self._channel is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Have the kernel forked, and tell the manager where its sockets are."""
        manager: Any = self.parent
        wanted = {
            **PORTS,
            "transport": "ipc",
            "key": manager.session.key.decode(),
            "signature_scheme": manager.session.signature_scheme,
        }
        self._channel = self._server.start_kernel(wanted, self._files, self._limits, isolation())
        try:
            message = json.loads(self._channel.recv(MESSAGE) or "{}")
            if "sockets" not in message:
                said = message.get("said")
                raise OSError(said or "the sandbox has ended before its kernel began")
        except OSError:
            await self.kill()  # jupyter_client tidies up only after a kernel that has started
            raise
        self.pid = message["supervisor"]
        found = wanted | {"ip": message["sockets"], "key": manager.session.key}
        self.connection_info = cast(KernelConnectionInfo, found)
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Return where the kernel's sockets are; it is starting since `pre_launch`."""
        return self.connection_info

    async def poll(self) -> int | None:
        """Return None while the kernel runs, then its exit code, negative for a signal."""
        if self._channel is not None and self.ending is None:
            ready, _, _ = select.select([self._channel], [], [], 0)
            if ready:
                message = _received(self._channel)
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
        """Have the kernel's supervisor pass on a signal."""
        if signum == signal.SIGKILL:
            await self.kill()
        elif self._channel is not None and await self.poll() is None:
            with contextlib.suppress(ConnectionError):  # it ends just now, which `poll` will say
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


def _received(channel: socket.socket) -> bytes:
    """Receive a message, the last words of a supervisor too that ended with a signal unread."""
    try:
        return channel.recv(MESSAGE)
    except ConnectionResetError:  # said once, before what is there to be read
        return channel.recv(MESSAGE)


class SandboxKernelClient(AsyncKernelClient):
    """Jupyter's client, which takes a kernel for ready as soon as it has answered.

    It has no heartbeat: its supervisor says whether a kernel lives, and jupyter_client's thread
    waits for ever where a submission has written into the kernel's sockets.
    """

    def start_channels(
        self,
        shell: bool = True,
        iopub: bool = True,
        stdin: bool = True,
        hb: bool = False,
        control: bool = True,
    ) -> None:
        """Start the channels that grading uses."""
        super().start_channels(shell, iopub, stdin, hb, control)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels that running a cell needs.

        jupyter_client's own waits on until the kernel has been silent for 0.2 seconds.

        Raises:
            RuntimeError: If the kernel has ended, or does not answer in `timeout` seconds.
        """
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        asked = set()
        while time.monotonic() < deadline:
            asked.add(self.kernel_info())
            try:
                await self.shell_channel.get_msg(timeout=1)
                while not _is_end_of(asked, await self.iopub_channel.get_msg(timeout=0.2)):
                    pass
                return
            except queue.Empty:  # not there yet, or the channel was joined too late to hear it
                if not await self.is_alive():
                    raise RuntimeError("the kernel has ended before its first answer") from None
        raise RuntimeError(f"the kernel did not answer in {timeout} seconds")


def _is_end_of(requests: Container[str], message: Mapping[str, Any]) -> bool:
    """Whether a message says that the kernel is through with one of these requests."""
    answered = message["parent_header"].get("msg_id") in requests
    return answered and message["content"].get("execution_state") == "idle"


class SandboxKernelManager(AsyncKernelManager):
    """Jupyter's kernel manager for one kernel in a sandbox."""

    client_factory = Type(SandboxKernelClient)
    provisioner = Instance(SandboxProvisioner)

    def client(self, **options: Any) -> Any:
        """Return a client that a kernel cannot flood with messages."""
        client = super().client(**options)
        client.context.setsockopt(zmq.MAXMSGSIZE, LARGEST_MESSAGE)
        client.context.setsockopt(zmq.RCVHWM, MOST_WAITING)
        client.context.setsockopt(zmq.RECONNECT_IVL, 20)  # milliseconds, while the kernel starts
        return client
