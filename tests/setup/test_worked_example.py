"""The worked example for instructors does, line by line, what the document says."""

import os
import re
import shutil
import subprocess
import sysconfig
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "instructors.md"
NEXT = "-- next command --"


def steps(text):
    """Return the commands of the console blocks, each with what the document says it prints."""
    section = re.search(r"^## A worked example$(.*?)^## ", text, re.MULTILINE | re.DOTALL)[1]
    blocks = re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [
        tuple(step.partition("\n")[::2])
        for block in blocks
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
    ]


@pytest.mark.requires("bubblewrap")
@pytest.mark.slow
def test_each_command_prints_what_the_document_says(tmp_path):
    checkout = tmp_path / "checkout"
    for folder in ("solutions", "course"):
        shutil.copytree(ROOT / folder / "00_start_here", checkout / folder / "00_start_here")
    shutil.copy(ROOT / "nbgrader_config.py", checkout)
    wanted = steps(DOCUMENT.read_text(encoding="utf-8"))
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    run = subprocess.run(
        ["bash", "-c", f"\necho '{NEXT}'\n".join(command for command, _ in wanted)],
        cwd=checkout,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=False,
    )
    printed = run.stdout.split(f"{NEXT}\n")
    assert len(printed) == len(wanted), run.stderr
    agree = OutputChecker().check_output
    for (command, expected), found in zip(wanted, printed, strict=True):
        same = agree(expected, found, ELLIPSIS | NORMALIZE_WHITESPACE)
        assert same, f"$ {command}\n{found}\ninstead of\n{expected}\n{run.stderr}"
