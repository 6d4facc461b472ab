"""A site like that of `make site`, of one notebook that was run and all others as released."""

from pathlib import Path

import pytest

from scripts.site.__main__ import build

ROOT = Path(__file__).parents[2]
RUN = "01_detect_people"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    assert build(ROOT, folder / "site", folder / "work", [RUN]) == 0
    return folder / "site"
