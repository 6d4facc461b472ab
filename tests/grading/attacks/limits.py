# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Limits: more memory, time, output or system than a submission is allowed.

An attempt says BREACH where it has got more than the settings of the class allow, which are far
narrower than a course's. `RUNNING` of tests.grading.hostile is a part of it.
"""

from tests.grading.attacks.evasion import HEADS
from tests.grading.attacks.table import Entry, attack, handed_in, named, right
from tests.grading.hostile import RUNNING

MEGABYTES = 2600
"""What is taken where 2048 are allowed, of memory; of files, 64 are."""

HOLD = "\nimport time; time.sleep(1.5)"

MEMORY = {
    "shared memory without a name": "import mmap\nheld = mmap.mmap(-1, {mb} << 20)\nfor n in range({mb}): held[n << 20:(n + 1) << 20] = bytes([1]) * (1 << 20)",
    "files in memory": "import os\nfile = os.memfd_create('x')\nfor n in range({mb}): os.write(file, bytes([1]) * (1 << 20))",
    "shared memory of System V": "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.shmat.restype = ctypes.c_void_p\n"
    "number = libc.shmget(0, {mb} << 20, 0o1600)\nassert number >= 0\nplace = libc.shmat(number, None, 0)\nctypes.memset(place, 1, {mb} << 20)",
    "tensors in shared memory": "import torch\nheld = [torch.ones(1 << 18).share_memory_() for _ in range({mb})]",
    "shared memory of many processes": "import mmap, os, time\nfor _ in range(8):\n    held = mmap.mmap(-1, {mb} << 17)\n    if os.fork() == 0:\n"
    "        held.write(bytes([1]) * ({mb} << 17)); time.sleep(9); os._exit(0)\n    del held\ntime.sleep(2)",
    "memory of many processes": "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        held = bytes([1]) * ({mb} << 17); time.sleep(9); os._exit(0)\ntime.sleep(2)",
    "pipes that are full": "import fcntl, os\nheld = []\nfor n in range({mb}):\n    held.append(os.pipe())\n    fcntl.fcntl(held[-1][1], 1031, 1 << 20)\n    os.write(held[-1][1], bytes(1 << 20))",
    "sockets that are full": "import socket\nheld = []\nfor n in range({mb} * 4):\n    held.append(socket.socketpair())\n    held[-1][0].setblocking(False)\n    held[-1][0].send(bytes([1]) * (1 << 18))",
}
"""Ways to more memory than is allowed."""

FILES = {
    "a large file": "open('large', 'wb').write(bytes([1]) * (600 << 20))",
    "many files": "for n in range(150): open(f'{n}', 'wb').write(bytes([1]) * (1 << 20))",
    "files in /dev/shm": "for n in range(150): open(f'/dev/shm/{n}', 'wb').write(bytes([1]) * (1 << 20))",
}
"""Ways to more disk than is allowed."""

SYSTEM = {
    "sockets to other machines of the host (AF_VSOCK)": "import socket\nsocket.socket(40, socket.SOCK_STREAM)",
    "the kernel's ciphers (AF_ALG)": "import socket\nsocket.socket(38, socket.SOCK_SEQPACKET)",
    "raw packets": "import socket\nsocket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "Bluetooth": "import socket\nsocket.socket(31, socket.SOCK_RAW, 1)",
}
"""Families of sockets that no notebook needs."""

CALLS = {
    "programs in the kernel (bpf)": (321, "0, 0, 0"),
    "counters of the processor (perf_event_open)": (298, "bytes(128), 0, -1, -1, 0"),
    "handling of page faults (userfaultfd)": (323, "0"),
    "memory that nobody can see (memfd_secret)": (447, "0"),
    "descriptors of other processes (pidfd_getfd)": (438, "os.pidfd_open(1), 0, 0"),
    "a look at keys by request": (249, "b'user', b'rcnn', 0, -3"),
    "a mount of its own": (165, "b'x', b'/tmp', b'tmpfs', 0, 0"),
    "a view of the system by file handles": (304, "-100, bytes(128), 0"),
}
"""System calls by their numbers on x86-64, with arguments."""

CALL = "import ctypes, os\nassert ctypes.CDLL(None).syscall({}, {}) >= 0"

RUNS_ON = {
    "computes in many processes": "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        while True: pass\nos.wait()",
    "computes in threads of C": "import torch\ntorch.set_num_threads(4)\nwhile True: torch.ones(900, 900) @ torch.ones(900, 900)",
    "ignores the interruption, and goes on in a thread": "import signal, threading, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    "forks before it is stopped": "import os, time\nwhile True:\n    if os.fork(): os._exit(0)\n    time.sleep(0.01)",
    "recurses without end": "def f(): f()\nimport sys; sys.setrecursionlimit(10**9)\nf()",
    "prints without end": "while True: print('x' * 10**5)",
    "draws without end": "from IPython.display import display\nwhile True: display({'text/plain': 'x' * 10**5}, raw=True)",
}
"""Answers that do not end."""

CELLS = [f"print('{n} ' + 'x' * 1_900_000)" for n in range(45)]
"""Cells, each just below what one may print."""


def _taken(road: str, code: str, within: str = "") -> Entry:
    body = "\n".join(f"    {line}" for line in code.splitlines())
    said = f"print('BREACH {named(road)}')"
    cell = f"try:\n{body}\n    {said}\nexcept BaseException as error:\n    print(type(error), str(error)[:99])"
    make = handed_in("box_area", right("box_area"), cell)
    return Entry("limits", road, make, "limit", deserves=10, within=within)


ENTRIES = [
    *(
        Entry("limits", name, row.make, "limit", deserves=row.points or 0)
        for name, row in RUNNING.items()
    ),
    *(_taken(f"takes {way}", code.format(mb=MEGABYTES)) for way, code in MEMORY.items()),
    *(_taken(f"writes {way}", code) for way, code in FILES.items()),
    *(_taken(f"opens {way}", code, "system") for way, code in SYSTEM.items()),
    *(
        _taken(f"asks for {way}", CALL.format(number, arguments), "system")
        for way, (number, arguments) in CALLS.items()
    ),
    *(
        attack("limits", road, "limit", "box_area", HEADS["box_area"] + code.replace("\n", "\n    "))
        for road, code in RUNS_ON.items()
    ),
    Entry("limits", "prints almost as much as is allowed in each of many cells",
          handed_in("box_area", right("box_area"), *CELLS), "limit", deserves=10),
]  # fmt: skip
