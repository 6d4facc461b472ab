"""The extension of the Jupyter server, in a JupyterLab of its own process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rcnn_course.student.start import start
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]

CONNECT = """
import json, socket, sys
from jupyterlab.labapp import LabApp
from tornado.httpclient import AsyncHTTPClient
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

server = LabApp.initialize_server(argv=[
    "--allow-root", "--no-browser", f"--ServerApp.root_dir={sys.argv[1]}",
    "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=1",
])
kind = server.web_app.settings["kernel_websocket_connection_class"]


async def at_once_to_the_browser():
    kernels = f"127.0.0.1:{server.port}/api/kernels"
    answer = await AsyncHTTPClient().fetch(f"http://{kernels}", method="POST", body="{}")
    browser = await websocket_connect(f"ws://{kernels}/{json.loads(answer.body)['id']}/channels")
    await browser.write_message(json.dumps({
        "channel": "shell",
        "header": {"msg_type": "kernel_info_request", "msg_id": "1"},
        "parent_header": {}, "metadata": {}, "content": {},
    }))
    await browser.read_message()  # the server has connected it with the kernel
    [connection] = kind._open_sockets
    stream = connection.websocket_handler.ws_connection.stream
    at_once = stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    browser.close()
    await server.kernel_manager.shutdown_all()
    return at_once


at_once = IOLoop.current().run_sync(at_once_to_the_browser)
limit = server.web_app.settings.get("websocket_max_message_size", 0)
print("\\n", kind.__module__, bool(at_once), limit // 2**20)
"""

KIND = """
import sys
from jupyter_server.serverapp import ServerApp

server = ServerApp()
server.initialize([
    "--allow-root", f"--ServerApp.root_dir={sys.argv[1]}", "--GatewayClient.url=http://127.0.0.1:9"
])
print("\\n", server.web_app.settings["kernel_websocket_connection_class"].__name__)
"""

JUPYTERS_OWN = "jupyter_server.services.kernels.connection.channels"


@pytest.fixture
def last_words(tmp_path):
    """Run a program that starts a server for a folder; return the words of its last line."""
    home = tmp_path / "home"
    home.mkdir()

    def run(program, folder):
        environment = {**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home)}
        command = [sys.executable, "-c", program, folder]
        options = {"capture_output": True, "text": True, "timeout": PATIENCE, "check": False}
        done = subprocess.run(command, cwd=home, env=environment, **options)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1].split()

    return run


@pytest.fixture
def desk(tmp_path):
    """A folder in which a student works, without its notebooks."""
    (tmp_path / "empty").mkdir()
    start(tmp_path / "desk", source=tmp_path / "empty")
    return tmp_path / "desk"


def test_messages_are_prompt_and_may_be_large_in_a_students_folder(last_words, desk):
    assert last_words(CONNECT, desk) == ["rcnn_course.server_extension", "True", "100"]


def test_messages_are_prompt_and_may_be_large_in_a_checkout(last_words):
    assert last_words(CONNECT, ROOT / "course") == ["rcnn_course.server_extension", "True", "100"]


def test_jupyter_is_as_it_was_in_another_folder(last_words, desk):
    assert last_words(CONNECT, desk.parent) == [JUPYTERS_OWN, "False", "0"]


def test_server_with_a_gateway_keeps_its_own_connections(last_words, desk):
    assert last_words(KIND, desk) == ["GatewayWebSocketConnection"]
