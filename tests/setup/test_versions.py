"""pyproject.toml, constraints.txt, environment.yml and the Makefile say the same."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from rcnn_course import doctor

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
EXTRAS = PROJECT["optional-dependencies"]
DECLARED = [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]


def pins():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if not line.startswith("#")]


def pip_section():
    (section,) = [part["pip"] for part in ENVIRONMENT["dependencies"] if isinstance(part, dict)]
    return section


@pytest.mark.parametrize("line", DECLARED)
def test_dependency_is_pinned_within_its_range(line):
    requirement = Requirement(line)
    found = [pin for pin in pins() if canonicalize_name(pin.name) == requirement.name]
    assert len(found) == 1, f"constraints.txt pins {requirement.name} {len(found)} times"
    (exact,) = found[0].specifier
    assert requirement.specifier.contains(exact.version), f"{line} does not allow {found[0]}"


def test_every_constraint_is_one_exact_version_for_every_platform():
    for pin in pins():
        operators = [specifier.operator for specifier in pin.specifier]
        assert operators == ["=="], f"{pin} is not one exact version"
        assert pin.url is None, f"{pin} is not from a package index"
        assert pin.marker is None, f"{pin} is for one platform"
        assert "+" not in str(pin.specifier), f"{pin} is one build of a version"
        assert not re.match("nvidia|cuda|triton", pin.name), f"{pin} is for one kind of machine"


def test_every_constraint_can_be_installed_on_the_oldest_python():
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    installed = {canonicalize_name(found.name): found for found in metadata.distributions()}
    for pin in pins():
        found = installed.get(canonicalize_name(pin.name))
        if found and pin.specifier.contains(found.version):
            wanted = SpecifierSet(found.metadata.get("Requires-Python") or "")
            assert wanted.contains(oldest), f"{pin} needs Python {wanted}, not {oldest}"


def test_environment_installs_this_package_with_the_constraints():
    section = pip_section()
    assert ENVIRONMENT["name"] == PROJECT["name"]
    assert "--constraint constraints.txt" in section
    assert "--editable ." in section


def test_environment_takes_every_package_from_the_project():
    names = [part for part in ENVIRONMENT["dependencies"] if isinstance(part, str)]
    assert [re.split("[=<>]", name)[0] for name in names] == ["python", "pip"]
    assert [line for line in pip_section() if not line.startswith("--")] == []


def test_cpu_wheels_come_from_the_same_address_everywhere():
    (index,) = [line.split()[1] for line in pip_section() if line.startswith("--extra-index-url")]
    assert f"CPU_INDEX ?= {index}\n" in MAKEFILE
    assert index == doctor.CPU_INDEX
    assert f"TORCH_INDEX={index}" in (ROOT / "docs" / "installation.md").read_text("utf-8")


def test_python_versions_agree():
    wanted = SpecifierSet(PROJECT["requires-python"])
    (lowest,) = [specifier.version for specifier in wanted]
    (conda,) = [p for p in ENVIRONMENT["dependencies"] if str(p).startswith("python=")]
    assert wanted.contains(conda.removeprefix("python="))
    major, minor = lowest.split(".")
    assert f"sys.version_info < ({major}, {minor})" in MAKEFILE
    assert f"Python {lowest} or newer" in MAKEFILE
    assert f"Python {lowest}" in (ROOT / "README.md").read_text(encoding="utf-8")
