"""A real JupyterHub with its proxy, and accounts that use its servers as people do.

All accounts are of the one user of Linux who runs the tests, each with a home of its own: other
users need not be able to read this Python. nbgrader is told whose account it is in, which it finds
out from Linux otherwise.
"""

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
import websocket

from tests.patience import PATIENCE

TOKEN = "the-token-of-these-tests"

CONFIG = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.ConfigurableHTTPProxy.command = [{program!r}]
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{homes}/{{username}}"
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = [
    "--ServerApp.terminado_settings={{'shell_command': ['/bin/sh']}}",  # no profile changes PATH
    "--ServerApp.allow_root={is_root}",
]
c.Spawner.environment = {{"JUPYTER_CONFIG_PATH": {settings!r}}}
c.Spawner.start_timeout = c.Spawner.http_timeout = {patience}
c.JupyterHub.services = [{{"name": "tests", "api_token": {token!r}}}]
c.JupyterHub.load_roles = [
    {{
        "name": "tests",
        "services": ["tests"],
        "scopes": ["admin:users", "admin:servers", "access:servers"],
    }}
]
"""


class Account:
    """An account of the hub, with its server running."""

    def __init__(self, address: str, name: str, home: Path):
        self.home = home
        self._address = f"{address}/user/{name}"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"token {TOKEN}"

    def ask(self, method: str, path: str, **options):
        """Call the server's REST API, and return what it answers."""
        answer = self._session.request(
            method, f"{self._address}/{path}", timeout=PATIENCE, **options
        )
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    @contextmanager
    def terminal(self, folder: str = ".") -> Iterator["Terminal"]:
        """Open a terminal of JupyterLab in a folder of the account."""
        name = self.ask("POST", "api/terminals", json={"cwd": folder})["name"]
        address = self._address.replace("http", "ws", 1)
        terminal = Terminal(
            lambda: websocket.create_connection(
                f"{address}/terminals/websocket/{name}",
                header=[f"Authorization: token {TOKEN}"],
                timeout=PATIENCE,
            )
        )
        try:
            yield terminal
        finally:
            terminal.close()
            self.ask("DELETE", f"api/terminals/{name}")


class Terminal:
    """A shell in a terminal of JupyterLab, looked at anew whenever keys are pressed.

    A server closes a connection on which nobody answers for a while. The shell lives on, and shows
    what it has said before to whoever looks again.
    """

    def __init__(self, connect: Callable[[], websocket.WebSocket]):
        self._connect = connect
        self._connection: websocket.WebSocket | None = None
        self._said = ""
        self._numbers = itertools.count()

    def close(self) -> None:
        """Look away."""
        if self._connection is not None:
            self._connection.close()

    def type(self, text: str) -> None:
        """Press keys."""
        self.close()
        self._said = ""
        self._connection = self._connect()
        self._connection.send(json.dumps(["stdin", text]))

    def wait_for(self, text: str) -> str:
        """Read until a text is shown; return what was shown up to it."""
        while text not in self._said:
            kind, *content = json.loads(self._connection.recv())
            if kind == "stdout":
                self._said += content[0]
        shown, _, self._said = self._said.partition(text)
        return shown

    def run(self, command: str) -> str:
        """Give a command, and return what it has printed.

        Raises:
            AssertionError: If its exit code is not 0.
        """
        mark = f"-- {next(self._numbers)}: "
        self.type(f"{command}\necho '{mark[:3]}''{mark[3:]}'$? --\n")
        shown = self.wait_for(mark)
        code = self.wait_for(" --")
        assert code == "0", f"{command}: exit code {code}\n{shown}"
        return shown


@contextmanager
def jupyterhub(folder: Path, settings: Path, *names: str) -> Iterator[list[Account]]:
    """Start a hub in a folder, and the servers of some accounts.

    Args:
        folder: for the files of the hub, and the homes.
        settings: a folder that takes the part of `/etc/jupyter`.
        names: of the accounts.
    """
    public, hub, proxy = _free_ports(3)
    text = CONFIG.format(
        public=public,
        hub=hub,
        proxy=proxy,
        program=shutil.which("configurable-http-proxy"),
        homes=folder,
        python=sys.executable,
        is_root=os.geteuid() == 0,
        settings=str(settings),
        patience=PATIENCE,
        token=TOKEN,
    )
    (folder / "jupyterhub_config.py").write_text(text)
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    log = (folder / "hub.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterhub", "--config", "jupyterhub_config.py"],
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdout=log,
        stderr=log,
    )
    address = f"http://127.0.0.1:{public}"
    try:
        _wait_for(f"{address}/hub/api/", process, log)
        yield [_begin(address, name, folder / name) for name in names]
    except BaseException:
        log.seek(0)
        print(log.read())
        raise
    finally:
        process.terminate()
        process.wait()
        log.close()


def _begin(address: str, name: str, home: Path) -> Account:
    """Have an account made and its server started."""
    (home / "nbgrader_config.py").parent.mkdir(exist_ok=True)
    with (home / "nbgrader_config.py").open("a") as file:
        file.write(f"c = get_config()\nc.CourseDirectory.student_id = {name!r}\n")
    headers = {"Authorization": f"token {TOKEN}"}
    user = f"{address}/hub/api/users/{name}"
    requests.post(user, headers=headers, timeout=PATIENCE).raise_for_status()
    requests.post(f"{user}/server", headers=headers, timeout=PATIENCE).raise_for_status()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = requests.get(user, headers=headers, timeout=PATIENCE).json()
        if found["servers"].get("", {}).get("ready"):
            return Account(address, name, home)
        time.sleep(0.2)
    raise TimeoutError(f"the server of {name} does not start")


def _wait_for(address: str, process: subprocess.Popen, log) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(address, timeout=PATIENCE).ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise OSError(f"JupyterHub does not start at {address}")


def _free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
