"""Where PyTorch comes from: asked of real indexes on loopback, and installed by real pip."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.setup.indexes import STRANGE, TAG, dripping, index_of, make_wheel, serve

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PINS = {"torch": "9.1.0", "torchvision": "9.2.0"}
OTHER_PYTHON = TAG.replace(f"cp{sys.version_info[0]}{sys.version_info[1]}", "cp39")


def load():
    spec = importlib.util.spec_from_file_location("torch_index", ROOT / "scripts/torch_index.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.fixture
def torch_index(monkeypatch, tmp_path):
    """The script, on Linux without a GPU and without PyTorch."""
    script = load()
    constraints = tmp_path / "constraints.txt"
    lines = ["# versions", *(f"{name}=={version}" for name, version in PINS.items()), "extra==1.0"]
    constraints.write_text("\n".join(lines))
    monkeypatch.setattr(script, "CONSTRAINTS", constraints)
    monkeypatch.setattr(script, "SIGNS_OF_A_GPU", (str(tmp_path / "nvidia*"),))
    monkeypatch.setattr(script, "SECONDS", 300)
    monkeypatch.setattr(script.shutil, "which", lambda name: None)
    monkeypatch.setattr(script.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(script, "is_installed", lambda pins: False)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return script


@pytest.fixture
def wheels(tmp_path):
    """A folder with the CPU wheels of both packages, for this Python."""
    folder = tmp_path / "cpu"
    folder.mkdir()
    for name, version in PINS.items():
        make_wheel(folder, name, f"{version}+cpu")
    return folder


def test_cpu_wheels_are_taken_where_there_is_no_gpu(torch_index, wheels):
    with serve(index_of(wheels)) as (index, _):
        options, reason = torch_index.choose("", index)
    assert options == ["--extra-index-url", index]
    assert reason == f"PyTorch comes from {index}, without CUDA: there is no NVIDIA GPU."


@pytest.mark.parametrize("sign", ["device", "program"])
def test_gpu_is_named_and_the_index_not_asked(torch_index, tmp_path, monkeypatch, sign):
    if sign == "device":
        (tmp_path / "nvidia0").touch()
    else:
        monkeypatch.setattr(torch_index.shutil, "which", lambda name: f"/usr/bin/{name}")
    with serve(index_of(tmp_path)) as (index, asked):
        options, reason = torch_index.choose("", index)
    assert options == asked == []
    assert re.fullmatch(r"PyTorch comes from PyPI, .*: there is an NVIDIA GPU \(.*\)\.", reason)


@pytest.mark.parametrize("answer", STRANGE)
def test_index_that_does_not_answer_as_one_costs_seconds(torch_index, monkeypatch, answer):
    if answer is dripping:
        monkeypatch.setattr(torch_index, "SECONDS", 5)
    with serve(answer) as (index, _):
        options, reason = torch_index.choose("", index)
    assert options == []
    assert reason.startswith("PyTorch comes from PyPI, with 4 GB of CUDA libraries: ")
    assert reason.endswith(f"{index} did not say which builds of torch it has.")


def test_index_that_is_not_there_costs_seconds(torch_index):
    options, reason = torch_index.choose("", "http://127.0.0.1:9")
    assert options == []
    assert "http://127.0.0.1:9 did not say which builds of torch it has." in reason


@pytest.mark.parametrize(
    ("name", "version", "tag"),
    [
        ("torch", "9.0.0+cpu", TAG),
        ("torch", "9.1.0", TAG),
        ("torchvision", "9.2.1+cpu", TAG),
    ],
)
def test_index_without_the_pinned_version_is_not_taken(torch_index, wheels, name, version, tag):
    (wheels / f"{name}-{PINS[name]}+cpu-{TAG}.whl").unlink()
    make_wheel(wheels, name, version, tag)
    with serve(index_of(wheels)) as (index, _):
        options, reason = torch_index.choose("", index)
    assert options == []
    assert reason.endswith(f"pip finds no {name} {PINS[name]}+cpu for this Python.")


def test_index_without_wheels_for_this_python_is_not_taken(torch_index, wheels):
    for name, version in PINS.items():
        (wheels / f"{name}-{version}+cpu-{TAG}.whl").unlink()
        make_wheel(wheels, name, f"{version}+cpu", OTHER_PYTHON)
    with serve(index_of(wheels)) as (index, _):
        assert torch_index.choose("", index)[0] == []


@pytest.mark.parametrize(
    ("wanted", "options"),
    [
        ("pypi", []),
        ("https://wheels.example/cu1", ["--extra-index-url", "https://wheels.example/cu1"]),
    ],
)
def test_user_decides(torch_index, wheels, wanted, options):
    with serve(index_of(wheels)) as (index, asked):
        chosen, reason = torch_index.choose(wanted, index)
    assert chosen == options
    assert "as TORCH_INDEX says" in reason
    assert asked == []


def test_password_in_an_address_is_not_printed(torch_index):
    address = "https://ada:secret@wheels.example/cpu"
    options, reason = torch_index.choose(address, "")
    assert options == ["--extra-index-url", address]
    assert reason == "PyTorch comes from https://wheels.example/cpu, as TORCH_INDEX says."


@pytest.mark.parametrize(
    ("system", "machine"), [("darwin", "arm64"), ("win32", "AMD64"), ("linux", "aarch64")]
)
def test_elsewhere_there_is_nothing_to_choose(torch_index, wheels, monkeypatch, system, machine):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(torch_index.platform, "machine", lambda: machine)
    with serve(index_of(wheels)) as (index, asked):
        assert torch_index.choose("", index) == ([], "")
    assert asked == []


def test_installed_pytorch_leaves_nothing_to_choose(torch_index, wheels, monkeypatch):
    monkeypatch.setattr(torch_index, "is_installed", lambda pins: pins == PINS)
    with serve(index_of(wheels)) as (index, asked):
        assert torch_index.choose("", index) == ([], "")
    assert asked == []


def test_pytorch_of_these_tests_is_found_and_any_other_version_is_not():
    script = load()
    here = {name: script.metadata.version(name).partition("+")[0] for name in script.PACKAGES}
    assert script.is_installed(here)
    assert not script.is_installed(here | {"torch": "0.1"})


def test_pip_takes_only_pytorch_from_the_cpu_index(torch_index, wheels, tmp_path):
    """Of both indexes with the versions of constraints.txt, although the one for CPUs has more."""
    pypi = tmp_path / "pypi"
    pypi.mkdir()
    for name, version in {**PINS, "extra": "1.0"}.items():
        make_wheel(pypi, name, version, needs="extra" if name == "torch" else "")
        make_wheel(pypi, name, "99.0")
    make_wheel(wheels, "torch", "99.0+cpu")
    with serve(index_of(wheels)) as (cpu, _), serve(index_of(pypi)) as (index, from_pypi):
        options, _ = torch_index.choose("", cpu)
        command = [sys.executable, "-m", "pip", "install", "--target", str(tmp_path / "to")]
        command += ["--index-url", index, "--constraint", str(torch_index.CONSTRAINTS), *options]
        done = subprocess.run([*command, "torch", "torchvision", "extra"], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    installed = sorted(path.name for path in (tmp_path / "to").glob("*.dist-info"))
    assert installed == [
        "extra-1.0.dist-info",
        "torch-9.1.0+cpu.dist-info",
        "torchvision-9.2.0+cpu.dist-info",
    ]
    assert [path for path in from_pypi if path.startswith("/files/torch")] == []
