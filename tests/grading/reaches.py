"""What submissions reach for outside of their sandbox; each says BREACH and its name if it gets it.

Two kinds of attempts cannot see by themselves whether they have worked: `sends`, whose words must
not arrive, and `stays`, whose processes must not be there when the class is graded.
"""

import contextlib
import os
import platform
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from rcnn_course.grading.sandbox import seccomp
from tests.grading.hostile import Row, runs

CALLS = seccomp.numbers(platform.machine()) if platform.machine() in seccomp.MACHINES else {}

LIBC = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
FORKS = """import os, time
if os.fork() == 0:
    {leaves}
    if os.fork() == 0:
        os.execvp('sleep', ['sleep', '{seconds}'])
    os._exit(0)
os.wait()
time.sleep(0.5)"""
HOARDS = """import os, tempfile, time
held = []
for n in range(3):
    held.append(open(f'{tempfile.gettempdir()}/{n}', 'wb'))
    os.remove(held[-1].name)
    held[-1].write(b'0' * 2**26)
time.sleep(2)"""
FAMILIES = """import contextlib, socket
made = []
for family in (2, 10, 16, 17, 31, 38, 40, 44):
    for kind in (1, 2, 3, 5):
        with contextlib.suppress(OSError):
            made.append(socket.socket(family, kind))
assert made"""
BUFFERS = """import socket
one, _ = socket.socketpair()
before = one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * before)
assert one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) > before"""
ZERO = """import mmap
with open('/dev/zero', 'r+b', buffering=0) as zero:
    mmap.mmap(zero.fileno(), 4096)"""
PIPE = f"{LIBC}_, w = os.pipe()\nassert libc.syscall("
FILLS = """import tempfile, time
for n in range(9):
    open(f'{tempfile.gettempdir()}/{n}', 'wb').write(b'0' * 2**26)
time.sleep(2)"""


@dataclass(frozen=True)
class Outside:
    """What there is outside of the sandbox.

    Attributes:
        root: the course, with its gradebook and answers.
        victim: id of a process.
        servers: sockets that listen: TCP, UDP, and by path and by name of this machine's own.
    """

    root: Path
    victim: int
    servers: Mapping[str, socket.socket]

    def received(self) -> list[str]:
        """Return which servers have heard something."""
        heard = []
        for name, server in self.servers.items():
            server.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                if server.type == socket.SOCK_DGRAM:
                    heard.append(f"{name}: {server.recv(99)!r}")
                else:
                    heard.append(f"{name}: {server.accept()}")
        return heard


@contextlib.contextmanager
def outside(root: Path) -> Iterator[Outside]:
    """Give a process and servers to reach for."""
    (root / "secret").mkdir()
    (root / "secret" / "key").write_text("tenure")
    with contextlib.ExitStack() as stack:
        servers = {}
        for name, family, kind, address in (
            ("tcp", socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            ("udp", socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            ("path", socket.AF_UNIX, socket.SOCK_STREAM, f"/tmp/rcnn-course-{os.getpid()}"),
            ("mail", socket.AF_UNIX, socket.SOCK_DGRAM, f"/tmp/rcnn-course-{os.getpid()}-mail"),
            ("abstract", socket.AF_UNIX, socket.SOCK_STREAM, f"\0rcnn-course-{os.getpid()}"),
        ):
            server = servers[name] = stack.enter_context(socket.socket(family, kind))
            server.bind(address)
            if name in ("path", "mail"):
                os.chmod(address, 0o777)
                stack.callback(os.remove, address)
            if kind == socket.SOCK_STREAM:
                server.listen()
        victim = stack.enter_context(subprocess.Popen(["sleep", "3600"]))
        stack.callback(victim.kill)
        yield Outside(root, victim.pid, servers)


def attacks(reached: Outside) -> dict[str, Row]:
    """Return submissions that reach for what is outside, by name."""
    root, victim = str(reached.root), reached.victim
    tried = {
        **_on_files(root),
        **_on_processes(victim),
        **_on_the_machine(),
        "environment": ("secrets", "import os\nassert os.environ['SECRET_OF_THE_INSTRUCTOR']"),
        "names_of_files": ("names", f"import os\nassert os.stat({root!r})"),
        "memory": ("resources", "x = bytearray(64 * 2**30)\nx[::4096] = b'1' * len(x[::4096])"),
    }
    return (
        {name: Row(_tries(name, code), reach=reach) for name, (reach, code) in tried.items()}
        | {name: Row(_does(code)) for name, code in _sends(reached.servers).items()}
        | {name: Row(_does(code)) for name, code in _stays().items()}
        | {"fills": Row(_does(FILLS)), "hoards": Row(_does(HOARDS))}
    )


def _listed_home() -> list[str]:
    """Return what is in the home of whoever grades: a sandbox may have Python alone there."""
    return os.listdir(Path.home())


def _on_files(root: str) -> dict[str, tuple[str, str]]:
    answers, book = f"{root}/solutions/class/class.ipynb", f"{root}/gradebook.db"
    key = f"{root}/secret/key"
    codes = {
        "reads_answers": f"open({answers!r}).read()",
        "reads_gradebook": f"open({book!r}, 'rb').read()",
        "writes_gradebook": f"open({book!r}, 'ab').write(b'x')",
        "empties_answers": f"import os\nos.open({answers!r}, os.O_RDONLY | os.O_TRUNC)",
        "truncates_answers": f"import os\nos.truncate({answers!r}, 0)",
        "closes_gradebook": f"import os\nos.chmod({book!r}, 0o600)\nos.chmod({book!r}, 0)\n"
        f"assert os.stat({book!r}).st_mode & 0o777 == 0",
        "ages_gradebook": f"import os\nos.utime({book!r}, (1, 1))\n"
        f"assert os.stat({book!r}).st_mtime == 1",
        "marks_gradebook": f"import os\nos.setxattr({book!r}, 'user.x', b'1')\n"
        f"assert os.getxattr({book!r}, 'user.x')",
        "reads_others": f"open('{root}/submitted/right/class/class.ipynb').read()",
        "reads_secret": f"open({key!r}).read()",
        "reads_by_link": f"import os\nos.symlink({key!r}, 'link')\nopen('link').read()",
        "reads_by_hard_link": f"import os\nos.link({key!r}, 'hard')\nopen('hard').read()",
        "moves_answers": f"import os\nos.rename({answers!r}, 'answers')",
        "deletes_course": f"import os\nos.remove('{root}/nbgrader_config.py')",
        "lists_course": f"import os\nassert os.listdir({root!r})",
        "lists_home": f"import os\nassert os.listdir({str(Path.home())!r}) == {_listed_home()}",
        "reads_accounts": "open('/etc/passwd').read()",
        "reads_terminal": "open('/dev/pts/0', 'rb', buffering=0)",
    }
    packages = {
        "patches_library": "import rcnn_course\nopen(rcnn_course.__file__, 'a').write('#')",
        "patches_torch": "import torch\nopen(torch.__file__, 'a').write('#')",
        "adds_package": "import os, torch\nos.mkdir(os.path.dirname(torch.__file__) + '/added')",
    }
    return {name: ("files", code) for name, code in codes.items()} | {
        name: ("packages", code) for name, code in packages.items()
    }


def _on_processes(victim: int) -> dict[str, tuple[str, str]]:
    codes = {
        "kills": f"import os\nos.kill({victim}, 9)",
        "kills_by_descriptor": f"import os, signal\n"
        f"signal.pidfd_send_signal(os.pidfd_open({victim}), 0)",
        "kills_parent": "import os\nassert os.getppid() > 1\nos.kill(os.getppid(), 9)",
        "signals_by_file": f"import fcntl, os\nr, w = os.pipe()\n"
        f"fcntl.fcntl(r, fcntl.F_SETOWN, {victim})\nfcntl.fcntl(r, 10, 9)\n"
        f"fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC)\nos.write(w, b'x')\nassert False",
        "traces": f"{LIBC}assert libc.ptrace(0x4206, {victim}, 0, 0) == 0",
        "reads_memory": f"open('/proc/{victim}/mem', 'rb')",
        "reads_environment": f"open('/proc/{victim}/environ', 'rb').read()",
        "reads_command": f"open('/proc/{victim}/cmdline', 'rb').read()",
        "lists_processes": "import os\n"
        "assert sum(name.isdigit() for name in os.listdir('/proc')) > 5",
        "slows": f"import os\nos.setpriority(os.PRIO_PROCESS, {victim}, 19)\n"
        f"assert os.getpriority(os.PRIO_PROCESS, {victim}) == 19",
        "limits": f"import resource\nresource.prlimit({victim}, resource.RLIMIT_CPU, (1, 1))",
    }
    exists = f"import os\ntry: os.kill({victim}, 0)\nexcept PermissionError: pass"
    return {name: ("processes", code) for name, code in codes.items()} | {
        "names_of_processes": ("names", exists)
    }


def _on_the_machine() -> dict[str, tuple[str, str]]:
    def call(name: str, *arguments: object) -> str:
        words = ", ".join(map(repr, (CALLS.get(name, 0), *arguments)))
        return f"{LIBC}assert libc.syscall({words}) >= 0"

    return {
        "adds_key": ("keyring", call("add_key", b"user", b"name", b"word", 4, -3)),
        "reads_keyring": ("keyring", call("keyctl", 0, -3, 0)),
        "lists_keys": ("keyring", "assert open('/proc/keys').read()"),
        "hidden_memory": ("resources", call("memfd_create", b"name", 0)),
        "detached_memory": ("resources", call("shmget", 0, 4096, 0o1600)),
        "shared_memory": ("resources", "import mmap\nmmap.mmap(-1, 4096)"),
        "shared_device": ("resources", ZERO),
        "pages_in_a_pipe": ("resources", PIPE + f"{CALLS.get('vmsplice')}, w, b'', 0, 0) == 0"),
        "large_buffers": ("resources", BUFFERS),
        "own_files": ("resources", call("unshare", 0x400)),
        "families": ("network", FAMILIES),
        "own_namespaces": ("files", call("unshare", 0x10000000)),
        "own_ring": ("network", call("io_uring_setup", 1, bytes(120))),
    }


def _sends(servers: Mapping[str, socket.socket]) -> dict[str, str]:
    codes = {}
    for name, server in servers.items():
        made = f"import socket\ns = socket.socket({int(server.family)}, {int(server.type)})\n"
        codes[f"sends_{name}"] = made + f"s.settimeout(2)\ns.connect({server.getsockname()!r})"
        if server.type == socket.SOCK_DGRAM:
            codes[f"sends_{name}"] = made + f"s.sendto(b'here', {server.getsockname()!r})"
            pair = f"import socket\ns, _ = socket.socketpair(type={int(server.type)})\n"
            codes[f"sends_{name}_of_pair"] = pair + f"s.sendto(b'pair', {server.getsockname()!r})"
    return codes


STAYS = {
    "stays_orphan": "pass",
    "stays_session": "os.setsid()",
    "stays_group": "os.setpgid(0, 0)",
    "stays_deaf": "import signal; [signal.signal(n, 1) for n in (1, 2, 15)]; os.setsid()",
}


def _stays() -> dict[str, str]:
    return {
        name: FORKS.format(leaves=leaves, seconds=_seconds(name)) for name, leaves in STAYS.items()
    }


def _seconds(name: str) -> str:
    """Return for how long a process sleeps: which tells whose it is."""
    return f"{90000 + list(STAYS).index(name)}.{os.getpid()}"


def left_running() -> list[str]:
    """Return which processes of submissions are still there."""
    ours = {_seconds(name): name for name in STAYS}
    commands = (process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"]))
    return [ours[words[1]] for words in commands if words[1:] and words[1] in ours]


def _tries(name: str, code: str) -> Callable:
    return runs(_guarded(f"{code}\nprint('BREACH {name}')"))


def _does(code: str) -> Callable:
    return runs(_guarded(code))


def _guarded(code: str) -> str:
    body = "\n".join(f"    {line}" for line in code.splitlines())
    return f"try:\n{body}\nexcept BaseException as error:\n    print(type(error), error)"
