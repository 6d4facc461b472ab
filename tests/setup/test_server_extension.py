"""The extension of the Jupyter server, in a server of its own process."""

import os
import subprocess
import sys

from tests.patience import PATIENCE

CONNECT = """
import json, socket
from jupyter_server.serverapp import ServerApp
from tornado.httpclient import AsyncHTTPClient
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

server = ServerApp()
server.initialize(["--allow-root", "--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=1"])
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


print(IOLoop.current().run_sync(at_once_to_the_browser))
"""


KIND = """
from jupyter_server.serverapp import ServerApp

server = ServerApp()
server.initialize(["--allow-root", "--GatewayClient.url=http://127.0.0.1:9"])
print(server.web_app.settings["kernel_websocket_connection_class"].__name__)
"""


def last_word(program, home):
    environment = {**os.environ, "HOME": str(home), "JUPYTER_CONFIG_DIR": str(home)}
    command = [sys.executable, "-c", program]
    options = {"capture_output": True, "text": True, "timeout": PATIENCE, "check": False}
    done = subprocess.run(command, cwd=home, env=environment, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def test_kernels_messages_reach_the_browser_without_nagles_algorithm(tmp_path):
    assert int(last_word(CONNECT, tmp_path))  # TCP_NODELAY is set


def test_server_with_a_gateway_keeps_its_own_connections(tmp_path):
    assert last_word(KIND, tmp_path) == "GatewayWebSocketConnection"
