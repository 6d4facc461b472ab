"""Explorers for everybody: names and contrast as axe checks them, and fingers."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.explorers import (
    IMPORTS,
    SHOWN,
    open_more,
    run_alone,
    wait_for_picture,
    write_notebook,
)
from tests.browser.jupyterlab import new_lab
from tests.patience import PATIENCE

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]

NOTEBOOK = "accessible.ipynb"
