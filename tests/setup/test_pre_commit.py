"""The hooks of pre-commit do what CONTRIBUTING says, with the versions that CI tests."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbformat.v4 import new_output

ROOT = Path(__file__).parents[2]
SETTINGS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
HOOKS = {hook["id"]: hook for repository in SETTINGS["repos"] for hook in repository["hooks"]}
NOTEBOOK = ROOT / "solutions" / "06_roi_align" / "06_roi_align.ipynb"


def run(hook, path):
    command = [sys.executable, "-m", *shlex.split(HOOKS[hook]["entry"]), path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("hook", HOOKS)
def test_versions_are_those_of_constraints(hook):
    pinned = (ROOT / "constraints.txt").read_text().splitlines()
    assert set(HOOKS[hook]["additional_dependencies"]) <= set(pinned)


def test_nbstripout_takes_outputs_and_keeps_what_grading_needs(tmp_path):
    path = tmp_path / NOTEBOOK.name
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for number, cell in enumerate(c for c in notebook.cells if c.cell_type == "code"):
        cell.execution_count = number
        cell.outputs = [new_output("stream", text="0.5\n")]
        cell.metadata["execution"] = {"shell.execute_reply": "2026-11-24T09:00:00Z"}
    nbformat.write(notebook, path)
    assert path.read_bytes() != NOTEBOOK.read_bytes()
    run("nbstripout", path)
    assert path.read_bytes() == NOTEBOOK.read_bytes()


@pytest.mark.parametrize("hook", ["ruff-check", "ruff-format"])
def test_ruff_mends_a_file(hook, tmp_path):
    path = tmp_path / "module.py"
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path.write_text('"""Nothing."""\n\nimport os\nX = {  "a":1 }\n')
    run(hook, path)
    text = path.read_text()
    assert ("import os" not in text) == (hook == "ruff-check")
    assert ('{"a": 1}' in text) == (hook == "ruff-format")
