"""A real JupyterLab in headless Chromium, on a copy of the course, with fresh settings.

def test_something(lab):
    notebook = lab.open("course/06_roi_align/06_roi_align.ipynb")
    notebook.run_all()
    assert notebook.page.get_by_role("slider").count() == 3
"""

import shutil
from pathlib import Path

import pytest

from tests.browser.chromium import open_chromium
from tests.browser.jupyterlab import new_lab, serve
from tests.patience import PATIENCE

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Serve a copy of the course; yield its address and its root."""
    root = tmp_path_factory.mktemp("served")
    shutil.copy(REPOSITORY / "nbgrader_config.py", root)
    for folder in ("solutions", "course"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.Execute.timeout = c.Execute.iopub_timeout = {PATIENCE}\n")
        config.write(f"c.Execute.startup_timeout = {PATIENCE}\n")
    with serve(root, tmp_path_factory.mktemp("home")) as url:
        yield url, root


@pytest.fixture(scope="module")
def chromium(server):
    """Headless Chromium; playwright's event loop runs as long, and other tests need their own."""
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def lab(server, chromium):
    """JupyterLab in a browser window of its own."""
    with new_lab(server, chromium) as lab:
        yield lab


@pytest.fixture
def screenshot(tmp_path_factory):
    """Save what a page shows, for people to look at, in pytest's temporary folder.

    `screenshot(page, "name")` writes screenshots/name.png; `whole=True` shows all of a notebook.
    """
    folder = tmp_path_factory.getbasetemp() / "screenshots"
    folder.mkdir(exist_ok=True)

    def save(page, name, *, whole=False):
        window = page.viewport_size
        if whole:
            panel = page.locator(".jp-WindowedPanel-outer")
            hidden = panel.evaluate("panel => panel.scrollHeight - panel.clientHeight")
            page.set_viewport_size({**window, "height": window["height"] + hidden})
            panel.evaluate("panel => panel.scrollTo(0, 0)")
            page.wait_for_timeout(300)
        page.screenshot(path=folder / f"{name}.png")
        page.set_viewport_size(window)

    return save
