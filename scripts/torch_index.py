"""Find out where `make` gets PyTorch from: PyPI, or the index of builds without CUDA.

    python scripts/torch_index.py "$TORCH_INDEX" "$CPU_INDEX"

Prints the options for pip, and to standard error one line that says which and why. TORCH_INDEX is
what the user wants: an address, `pypi`, or nothing, which leaves it to this script.

PyPI's builds for Linux on x86_64 bring 4 GB of CUDA libraries, of no use without an NVIDIA GPU. The
versions are those of constraints.txt either way: of `2.14.1` and `2.14.1+cpu` pip takes the latter.
Needs nothing but Python and its pip, which is asked, so that what it can reach is what counts.
"""

import glob
import os
import platform
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

CONSTRAINTS = Path(__file__).parents[1] / "constraints.txt"
PACKAGES = ("torch", "torchvision")
SIGNS_OF_A_GPU = ("/proc/driver/nvidia", "/dev/nvidia*", "/dev/dxg")  # the last one is WSL's
SECONDS = 120
"""The longest that the index may take to say what it has."""


def main(wanted: str, cpu_index: str) -> None:
    """Print the options for pip and the reason."""
    options, reason = choose(wanted, cpu_index)
    if reason:
        print(reason, file=sys.stderr)
    print(*options)


def choose(wanted: str, cpu_index: str) -> tuple[list[str], str]:
    """Return the options for pip and, where there was something to choose, the reason in words.

    Args:
        wanted: an address, "pypi", or "" to find out.
        cpu_index: address of the index of builds without CUDA.
    """
    if wanted == "pypi":
        return [], "PyTorch comes from PyPI, as TORCH_INDEX says."
    if wanted:
        reason = f"PyTorch comes from {shown(wanted)}, as TORCH_INDEX says."
        return ["--extra-index-url", wanted], reason
    pins = pinned()
    if (sys.platform, platform.machine()) != ("linux", "x86_64") or is_installed(pins):
        return [], ""
    with_cuda = "PyTorch comes from PyPI, with 4 GB of CUDA libraries: "
    if gpu := sign_of_a_gpu():
        return [], f"{with_cuda}there is an NVIDIA GPU ({gpu})."
    for name, version in pins.items():
        offered = versions_at(cpu_index, name)
        if not offered:
            return [], f"{with_cuda}{shown(cpu_index)} did not say which builds of {name} it has."
        if f"{version}+cpu" not in offered:
            return [], f"{with_cuda}pip finds no {name} {version}+cpu for this Python."
    reason = f"PyTorch comes from {shown(cpu_index)}, without CUDA: there is no NVIDIA GPU."
    return ["--extra-index-url", cpu_index], reason


def shown(address: str) -> str:
    """Return an address without a name and a password in it."""
    return re.sub(r"//[^/]*@", "//", address)


def pinned() -> dict[str, str]:
    """Return the versions of PyTorch's packages in constraints.txt."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if "==" in line)
    return {name: pins[name] for name in PACKAGES}


def is_installed(pins: dict[str, str]) -> bool:
    """Tell whether pip has nothing to fetch, since this Python has these versions."""
    try:
        return all(metadata.version(name).partition("+")[0] == pins[name] for name in pins)
    except metadata.PackageNotFoundError:
        return False


def sign_of_a_gpu() -> str:
    """Return what says that this machine has an NVIDIA GPU, or ''."""
    signs = (path for pattern in SIGNS_OF_A_GPU for path in glob.glob(pattern))
    return next(signs, "") or shutil.which("nvidia-smi") or ""


def versions_at(index: str, name: str) -> list[str]:
    """Return the versions of a package that pip finds at an index for this Python; [] for none."""
    options = ["--index-url", index, "--timeout", "5", "--retries", "0"]
    command = [sys.executable, "-m", "pip", "-v", "index", "versions", name, *options]
    loud = os.environ | {"PIP_QUIET": "0"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False, env=loud
        )
    except subprocess.TimeoutExpired:
        return []
    listed = re.search("^Available versions: (.*)$", done.stdout, re.MULTILINE)
    return listed[1].split(", ") if listed else []


if __name__ == "__main__":
    main(*sys.argv[1:])
