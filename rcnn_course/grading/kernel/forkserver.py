"""The fork server as the process that grades sees it; `forkserver_main` is what runs in it."""

import contextlib
import io
import json
import select
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from os import environ
from typing import IO, Any, Self

from rcnn_course.grading.kernel.supervisor import MESSAGE
from rcnn_course.grading.sandbox import Isolation, Limits, environment, settings_in


@dataclass(frozen=True)
class Ready:
    """What a fork server has ready for the submissions of an assignment.

    Attributes:
        imports: the import statements of the notebook, for its kernels.
        questions: what the checks of every submission ask, for those who examine the answers.
        pictures: whether the cells run that no points depend on.
    """

    imports: tuple[str, ...] = ()
    questions: tuple[tuple[str, int, bool], ...] = ()
    pictures: bool = False


class ForkServer:
    """A process with the course in its memory that forks kernels; see `forkserver_main`.

    Starting and loading return at once; the first kernel waits until the process is warm. It ends
    when it is closed, when nothing refers to this object any more, and with this process.

    Attributes:
        loaded: what it was told to have ready, or None before that.
    """

    def __init__(self, *, quick: bool = False):
        """Start the process.

        Args:
            quick: load what a kernel needs and nothing of the course, for a trial.
        """
        self.loaded: Ready | None = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the process)
        home = tempfile.TemporaryDirectory(prefix="rcnn-course-", ignore_cleanup_errors=True)
        self._lock = threading.Lock()
        self._is_warm = False
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "rcnn_course.grading.kernel.forkserver_main"),
                    *(str(theirs.fileno()), *(["--quick"] if quick else [])),
                ],
                env=environment(environ.get("PYTHONPATH")) | settings_in(home.name),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._errors,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._end = weakref.finalize(self, _end, self._control, self._process, self._errors, home)

    def load(self, ready: Ready) -> None:
        """Say what it is to have ready for the notebook to come; once, before any kernel."""
        self.loaded = ready
        with contextlib.suppress(OSError):  # it has ended, which `start_kernel` will say
            self._control.send(json.dumps(asdict(ready)).encode())

    def start_kernel(
        self,
        connection: Mapping[str, Any],
        files: Mapping[str, bytes],
        limits: Limits,
        isolated: Isolation,
    ) -> socket.socket:
        """Have a kernel forked, and return the socket to its supervisor.

        Args:
            connection: what the kernel's connection file should say.
            files: maps names to contents of files to put where the notebook runs.
            limits: what the submission may use.
            isolated: how it is kept apart.

        Raises:
            OSError: If the process has ended, and says what it said, or there is no sandbox.
        """
        if isolated.level is None:
            raise OSError(isolated.fault)
        request = {
            "connection": connection,
            "limits": asdict(limits),
            "level": isolated.level.name,
            "program": isolated.program,
        }
        with _archive(files) as archive:
            return self._fork(request, archive)

    def examine(
        self, cells: Sequence[tuple[str, str, bool]], rounds: Sequence[tuple[Sequence[Any], Any]]
    ) -> dict[str, Any]:
        """Do what `examination.examine` does, in a fork that has the checks loaded.

        Raises:
            OSError: If that fails; says why.
        """
        with tempfile.TemporaryFile() as file:
            file.write(json.dumps([cells, rounds]).encode())
            with self._fork({}, file) as channel:
                said = channel.recv(MESSAGE) or b"the process that does it has ended"
            if said != b"done":
                raise OSError(said.decode())
            file.seek(0)
            return json.load(file)

    def _fork(self, request: Mapping[str, Any], file: IO[bytes]) -> socket.socket:
        """Have the fork server fork, and return the socket to its fork."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self._lock, theirs:
            file.seek(0)
            try:
                if not self._is_warm and not self._control.recv(MESSAGE):
                    raise EOFError
                self._is_warm = True
                message = json.dumps(request).encode()
                socket.send_fds(self._control, [message], [theirs.fileno(), file.fileno()])
            except (ConnectionError, EOFError):
                ours.close()
                code = self._process.wait()
                self._errors.seek(0)
                said = self._errors.read().decode(errors="replace").strip().splitlines()
                reason = said[-1] if said else f"exit code {code}"
                raise OSError(f"the process that forks kernels has ended: {reason}") from None
        return ours

    @property
    def is_alive(self) -> bool:
        """Whether the process runs and listens; killed, it has hung up before it has ended."""
        with self._lock:  # `Popen.poll` tells one of two threads that ask at once that it runs
            if self._process.poll() is not None:
                return False
            hung_up = select.poll()
            hung_up.register(self._control, 0)
            return not hung_up.poll(0)

    def close(self) -> None:
        """End the process, and with it every kernel that it has forked."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _end(
    control: socket.socket,
    process: subprocess.Popen,
    errors: IO[bytes],
    home: tempfile.TemporaryDirectory,
) -> None:
    control.close()
    process.kill()
    process.wait()
    errors.close()
    home.cleanup()


@contextlib.contextmanager
def _archive(files: Mapping[str, bytes]) -> Iterator[IO[bytes]]:
    """Give an open file with a tar archive of `files`."""
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
        yield file


class _Here:
    """The fork server of this process, and who may touch it."""

    lock = threading.Lock()
    process: ForkServer | None = None


def begin() -> None:
    """Start the fork server of this process before it is known which notebook will be graded.

    What every notebook needs takes seconds to load; that begins at once.
    """
    with _Here.lock:
        if _Here.process is None:
            _Here.process = ForkServer()


def fork_server_for(ready: Ready) -> ForkServer:
    """Return the fork server of this process; another takes its place when it has ended.

    Args:
        ready: what it has to have ready.
    """
    with _Here.lock:
        here = _Here.process
        if here is None or not here.is_alive or here.loaded not in (None, ready):
            here = _Here.process = ForkServer()
        if here.loaded is None:
            here.load(ready)
        return here
