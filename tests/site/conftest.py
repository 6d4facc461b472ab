"""A site like that of `make site`, of one notebook that was run and all others as released."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = "01_detect_people"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    places = ["--site", folder / "site", "--work", folder / "work"]
    command = [sys.executable, "-m", "scripts.site", *places, "--run", RUN]
    build = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stdout + build.stderr
    return folder / "site"
