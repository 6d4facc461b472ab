"""A real JupyterLab in headless Chromium, with settings of its own."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.patience import PATIENCE

FIND_PANEL = """
    await jupyterapp.restored;
    const find = () => [...jupyterapp.shell.widgets('main')].find((w) => w.context?.path === path);
    while (!find()) {
        await new Promise((done) => setTimeout(done, 50));
    }
    const panel = find();
    await panel.context.ready;
    await panel.context.sessionContext.ready;
"""


class Notebook:
    """A notebook that is open in JupyterLab.

    Attributes:
        page: playwright's page, to look for what is shown.
        path: of the notebook, relative to the root of the server.
        complaints: errors that the browser's console has shown.
    """

    def __init__(self, page, path):
        self.page = page
        self.path = path
        self.complaints = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.in_panel("")

    def in_panel(self, script):
        """Run JavaScript that has `panel`, the notebook, and `jupyterapp`; return its value."""
        return self.page.evaluate(f"async (path) => {{ {FIND_PANEL} {script} }}", self.path)

    def run_all(self):
        """Run All Cells, as in the Run menu; the kernel stops at the first error."""
        self.in_panel("await jupyterapp.commands.execute('notebook:run-all-cells');")

    def run_each(self):
        """Run one cell after another, as with Shift+Enter; errors stop nothing."""
        self.in_panel(
            "for (let index = 0; index < panel.content.widgets.length; index++) {"
            "  panel.content.activeCellIndex = index;"
            "  await jupyterapp.commands.execute('notebook:run-cell');"
            "}"
        )

    def set_theme(self, name):
        """Change JupyterLab's theme, which the server keeps: 'JupyterLab Dark' or '… Light'."""
        change = f"await jupyterapp.commands.execute('apputils:change-theme', {{theme: '{name}'}});"
        self.in_panel(change)
        self.page.wait_for_selector(f"body[data-jp-theme-name='{name}']", state="attached")

    def cells(self):
        """Return the cells with their outputs, as nbformat writes them."""
        return self.in_panel("return panel.content.model.toJSON().cells;")

    def outputs(self, grade_id):
        """Return the outputs of the cell with this grade_id."""
        return next(
            cell["outputs"]
            for cell in self.cells()
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
        )

    def validate(self):
        """Press nbgrader's Validate button, and return the text of its answer."""
        self.page.locator(".validate-button").get_by_text("Validate", exact=True).click()
        dialog = self.page.locator(".jp-Dialog-content")
        dialog.wait_for()
        return dialog.inner_text()


class Lab:
    """A running JupyterLab.

    Attributes:
        url: of the server.
        root: the folder that it shows, a course of its own.
    """

    def __init__(self, url, root, page):
        self.url = url
        self.root = root
        self.page = page

    def open(self, path):
        """Open a notebook and wait until its kernel is ready."""
        self.page.goto(f"{self.url}/lab/tree/{path}?reset")
        self.page.wait_for_function("window.jupyterapp !== undefined")
        return Notebook(self.page, path)

    def shut_down_kernels(self):
        """End the kernels of all notebooks, which outlive the browser's window."""
        self.page.evaluate("window.jupyterapp?.serviceManager.sessions.shutdownAll()")


@contextmanager
def new_lab(server, chromium, **options) -> Iterator[Lab]:
    """Give JupyterLab, on a server's address and root, in a browser window of its own.

    `options` are of playwright's `new_context`, such as a small screen.
    """
    url, root = server
    with chromium.new_context(
        **{"viewport": {"width": 1400, "height": 1000}, **options}
    ) as context:
        lab = Lab(url, root, context.new_page())
        yield lab
        lab.shut_down_kernels()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_up(url, server, log):
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/api", timeout=PATIENCE):
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


def end(server):
    """End the server, its kernels and whatever they have started."""
    family = [*psutil.Process(server.pid).children(recursive=True), psutil.Process(server.pid)]
    server.terminate()
    try:
        server.wait(timeout=60)
    except subprocess.TimeoutExpired:
        server.kill()
    for process in psutil.wait_procs(family, timeout=5)[1]:
        process.kill()


@contextmanager
def serve(root: Path, home: Path) -> Iterator[str]:
    """Serve a folder by JupyterLab, with a fresh home; yield the address."""
    quiet = home / "settings" / "@jupyterlab" / "apputils-extension"
    quiet.mkdir(parents=True)
    (quiet / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    port = free_port()
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        f"--ServerApp.root_dir={root}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True",
    ]
    settings = {
        "HOME": home,
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
    }
    environment = {**os.environ, **{name: str(value) for name, value in settings.items()}}
    environment.pop("MPLBACKEND", None)  # or figures would not reach the notebook
    log = home / "log.txt"
    with log.open("w") as stream:
        served = subprocess.Popen(
            command, cwd=root, env=environment, stdout=stream, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_up(url, served, log)
        yield url
    finally:
        end(served)
