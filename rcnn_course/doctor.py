"""Check a machine for the course, and say in plain words how to mend what is missing.

A check is a function without arguments that returns findings. Nothing outside the standard library
is imported before a check asks for it, so that the doctor runs where the installation is broken.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

PACKAGE = "rcnn-course"
ROOT = Path(__file__).resolve().parents[1]
WEIGHTS_URL = "https://download.pytorch.org/models/maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth"

CPU_INDEX = "https://download.pytorch.org/whl/cpu"

VALIDATE_SERVER = "nbgrader.server_extensions.validate_assignment"
LAB_EXTENSIONS = {
    "nbgrader's Validate button": "@jupyter/nbgrader:validate-assignment",
    "ipywidgets, which the sliders need,": "@jupyter-widgets/jupyterlab-manager",
    "anywidget, which explorers need,": "anywidget",
}

NETWORK_SECONDS = 5
TORCH_SECONDS = 1800
"""How long a check waits. Importing torch takes seconds, and far longer on a busy machine."""

# Runs in a process of its own: a PyTorch that crashes does not take the doctor with it.
TORCH_PROBE = """
import json, torch, torchvision
from torchvision.models import get_weight
boxes = torch.tensor([[0.0, 0.0, 4.0, 4.0], [0.0, 0.0, 4.0, 3.5], [9.0, 9.0, 12.0, 12.0]])
kept = torchvision.ops.nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist()
names = ["FasterRCNN", "MaskRCNN", "KeypointRCNN"]
urls = [get_weight(f"{name}_ResNet50_FPN_Weights.DEFAULT").url for name in names]
print(json.dumps({
    "versions": f"torch {torch.__version__}, torchvision {torchvision.__version__}",
    "kept": kept,
    "checkpoints": torch.hub.get_dir() + "/checkpoints",
    "weights": [url.rsplit("/", 1)[1] for url in urls],
}))
"""


@dataclass(frozen=True)
class Finding:
    """What one check found.

    Attributes:
        level: "ok", "note" (the course works, something is worth knowing) or "problem".
        subject: what was looked at, in one or two words.
        message: what was found, in a sentence.
        mend: what to do about it; empty where there is nothing to do.
    """

    level: Literal["ok", "note", "problem"]
    subject: str
    message: str
    mend: str = ""


def reinstall_command(*options: str) -> str:
    """Return the command that installs the course again, with the versions that CI tests.

    A PyTorch without CUDA is followed by one without CUDA, as `make` has chosen it.
    """
    try:
        without_cuda = metadata.version("torch").endswith("+cpu")
    except metadata.PackageNotFoundError:
        without_cuda = False
    index = [f"--extra-index-url {CPU_INDEX}"] if without_cuda else []
    words = [sys.executable, "-m pip install", *index, *options, "-c constraints.txt --editable ."]
    return f"In the folder {ROOT}: " + " ".join(words)


def python() -> Iterable[Finding]:
    """Check that Python is in the range that the package declares."""
    from packaging.specifiers import SpecifierSet

    wanted = metadata.metadata(PACKAGE)["Requires-Python"]
    found = platform.python_version()
    if SpecifierSet(wanted).contains(found, prereleases=True):
        yield Finding("ok", "Python", f"{found} in {sys.prefix}")
    else:
        yield Finding(
            "problem",
            "Python",
            f"{found} is not one that the course runs on ({wanted}).",
            "Install a newer one from https://www.python.org/downloads/, delete the folder .venv, "
            "and give the command again with PYTHON=python3.12 behind it.",
        )


def packages() -> Iterable[Finding]:
    """Compare the installed packages with the declared ranges and with the tested versions."""
    from packaging.requirements import Requirement

    tested = _tested_versions()
    wanted = [Requirement(line) for line in metadata.requires(PACKAGE) or []]
    wanted = [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]
    untested = []
    wrong = []
    for requirement in wanted:
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is not installed")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement} is needed, {version} is installed")
        elif tested.get(requirement.name, version) != version.partition("+")[0]:
            untested.append(f"{requirement.name} {version} instead of {tested[requirement.name]}")
    if wrong:
        yield Finding("problem", "packages", "; ".join(wrong) + ".", reinstall_command())
    elif untested:
        message = "versions that the course is not tested with: " + ", ".join(untested) + "."
        yield Finding("note", "packages", message, "To get the tested ones: " + reinstall_command())
    else:
        yield Finding("ok", "packages", f"all {len(wanted)} there, in versions that fit")


def _tested_versions() -> dict[str, str]:
    """Read constraints.txt; empty where the package was installed without its repository."""
    from packaging.requirements import Requirement

    path = ROOT / "constraints.txt"
    if not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {pin.name: next(iter(pin.specifier)).version for pin in pins}


def torch() -> Iterable[Finding]:
    """Check that torch and torchvision are a pair, that NMS runs, and which weights are there."""
    from packaging.requirements import Requirement

    mend = reinstall_command("--force-reinstall", "torch", "torchvision")
    for line in metadata.requires("torchvision") or []:
        pair = Requirement(line)
        if pair.name == "torch" and not pair.specifier.contains(metadata.version("torch")):
            vision = metadata.version("torchvision")
            found = f"torchvision {vision} needs {pair}, and torch is {metadata.version('torch')}."
            yield Finding("problem", "PyTorch", found, mend)
            return
    command = [sys.executable, "-c", TORCH_PROBE]
    try:
        probe = subprocess.run(
            command, capture_output=True, text=True, timeout=TORCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        found = f"torch and torchvision have not answered in {TORCH_SECONDS} seconds."
        again = "Look what else runs on this machine, and give the command again when less does."
        yield Finding("problem", "PyTorch", found, again)
        return
    if probe.returncode != 0:
        said = probe.stderr.strip().splitlines() or [f"exit code {probe.returncode}"]
        yield Finding("problem", "PyTorch", f"torch or torchvision does not run: {said[-1]}", mend)
        return
    answer = json.loads(probe.stdout)
    if answer["kept"] != [0, 2]:
        found = f"torchvision.ops.nms kept the boxes {answer['kept']} where 0 and 2 are right."
        yield Finding("problem", "PyTorch", found, mend)
        return
    yield Finding("ok", "PyTorch", f"{answer['versions']}; torchvision.ops.nms runs")
    yield _weights(Path(answer["checkpoints"]), answer["weights"])


def _weights(folder: Path, names: list[str]) -> Finding:
    missing = [name for name in names if not (folder / name).exists()]
    if not missing:
        return Finding("ok", "COCO weights", f"all {len(names)} files are in {folder}")
    return Finding(
        "note",
        "COCO weights",
        f"{len(missing)} of {len(names)} files are not in {folder}.",
        "Nothing to do: a notebook that asks for one downloads it once, 160 to 230 MB.",
    )


def jupyterlab() -> Iterable[Finding]:
    """Check that the extensions which the notebooks need are installed and enabled."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.extension.config import ExtensionConfigManager
    from jupyterlab.commands import AppOptions, get_app_info

    info = get_app_info(AppOptions(labextensions_path=jupyter_path("labextensions")))
    faults = []
    for what, extension in LAB_EXTENSIONS.items():
        if extension.partition(":")[0] not in info["federated_extensions"]:
            faults.append((f"{what} is not installed.", reinstall_command("--force-reinstall")))
        elif _is_disabled(extension, info["disabled"]):
            command = f"{sys.executable} -m jupyter labextension enable {extension}"
            faults.append((f"{what} is switched off.", command))
    servers = ExtensionConfigManager(read_config_path=jupyter_config_path())
    if not servers.get_jpserver_extensions().get(VALIDATE_SERVER):
        command = f"{sys.executable} -m jupyter server extension enable {VALIDATE_SERVER}"
        faults.append(("the server's part of nbgrader's Validate button is off.", command))
    for message, mend in faults:
        yield Finding("problem", "JupyterLab", message, mend)
    if not faults:
        yield Finding("ok", "JupyterLab", f"{info['version']}, with Validate and sliders enabled")


def _is_disabled(extension: str, patterns: Iterable[str]) -> bool:
    """Tell whether a pattern disables the plugin or the package that holds it."""
    package = extension.partition(":")[0]
    return any(p in (package, extension) or re.match(p, extension) for p in patterns)


def kernel() -> Iterable[Finding]:
    """Check that notebooks run in the Python which the course is installed in."""
    from jupyter_client.kernelspec import KernelSpecManager

    spec = KernelSpecManager().get_kernel_spec("python3")
    program = spec.argv[0]
    own = os.path.normcase(sys.executable)
    if os.path.isabs(program) and os.path.normcase(program) != own:
        yield Finding(
            "problem",
            "kernel",
            f"notebooks would run in {program}, and the course is installed in {sys.executable}.",
            f"Remove the kernel in {spec.resource_dir}: "
            f"{sys.executable} -m jupyter kernelspec remove python3",
        )
    else:
        yield Finding("ok", "kernel", "notebooks run in this Python")


def machine() -> Iterable[Finding]:
    """Check the cores that this process may use and the memory of the machine."""
    import psutil

    usable = getattr(os, "sched_getaffinity", None)
    cores = len(usable(0)) if usable else os.cpu_count() or 1
    memory = psutil.virtual_memory().total / 2**30
    message = f"cores: {cores}, memory: {memory:.1f} GB"
    if cores >= 2 and memory >= 3.5:
        yield Finding("ok", "machine", message)
    else:
        mend = "The notebooks run, but slowly. Two cores and 4 GB are what they are made for."
        yield Finding("note", "machine", message, mend)


def course_folder() -> Iterable[Finding]:
    """Check that notebooks can be saved where they are."""
    folder = ROOT / "course" if (ROOT / "course").is_dir() else Path.cwd()
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free / 2**30
    except OSError as error:
        message = f"nothing can be written to {folder} ({error.strerror})."
        mend = "Copy the whole repository to a folder of your own, and work there."
        yield Finding("problem", "course folder", message, mend)
        return
    if free < 1:
        message = f"{free:.1f} GB are left on the disk of {folder}."
        yield Finding("note", "course folder", message, "Make room for your notebooks and weights.")
    else:
        yield Finding("ok", "course folder", f"{folder} can be written to")


def network() -> Iterable[Finding]:
    """Check whether PyTorch's server for weights answers."""
    request = urllib.request.Request(WEIGHTS_URL, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=NETWORK_SECONDS):
            yield Finding("ok", "network", "COCO weights can be downloaded")
    except OSError as error:
        reason = getattr(error, "reason", error)
        yield Finding(
            "note",
            "network",
            f"the server with the COCO weights does not answer ({reason}).",
            "Nothing to do: every notebook also runs without a network.",
        )


def sandbox() -> Iterable[Finding]:
    """Find out how well a submission can be kept apart from the rest of this machine."""
    from rcnn_course.grading.kernel.trial import isolation
    from rcnn_course.grading.sandbox.cgroup import parent_of_groups

    found = isolation()
    in_group = found.level and parent_of_groups()
    memory = f"their memory is {'limited by a control group' if in_group else 'counted'}"
    if found.level and not found.shortfall:
        yield Finding("ok", "sandbox", f"submissions can be graded in a sandbox; {memory}")
        return
    mend = "Only needed to grade a class; a student can leave it."
    if sys.platform == "linux" and not found.program:
        mend += " On Debian and Ubuntu: sudo apt install bubblewrap"
    elif found.refused and sys.platform == "linux":
        mend += " In a container, allow it user namespaces and a /proc of its own."
    yield Finding("note", "sandbox", found.shortfall or f"{found.fault}.", mend)


CHECKS = (
    python,
    packages,
    torch,
    jupyterlab,
    kernel,
    machine,
    course_folder,
    network,
    sandbox,
)


def examine(checks: Iterable[Callable[[], Iterable[Finding]]] = CHECKS) -> list[Finding]:
    """Run the checks; one that breaks becomes a problem itself and the others go on."""
    findings: list[Finding] = []
    for check in checks:
        try:
            findings += check()
        except Exception as error:
            message = f"this could not be looked at: {type(error).__name__}: {error}"
            findings.append(Finding("problem", check.__name__, message, reinstall_command()))
    return findings


def report(findings: Iterable[Finding]) -> str:
    """Write one line for each finding, and a second one where something can be done about it."""
    lines = []
    for finding in findings:
        lines.append(f"{finding.level:<8}{finding.subject:<15}{finding.message}")
        if finding.mend:
            lines.append(f"{'':<23}{finding.mend}")
    return "\n".join(lines)
