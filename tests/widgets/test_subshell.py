"""A real kernel whose subshell moves explorers, as JupyterLab does, while cells check answers."""

import ast
import queue
import sys
from contextlib import contextmanager

import pytest
from jupyter_client import KernelManager

from tests.answers import ROOT
from tests.patience import PATIENCE

pytestmark = pytest.mark.slow

MOVES = 100
START = """
import matplotlib
matplotlib.use("agg")
from tests.widgets.beside import Beside
beside = Beside()
"""


@contextmanager
def kernel():
    manager = KernelManager()
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel(cwd=str(ROOT))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def reply_to(message_id, receive):
    """Wait for a reply, as long as it takes on a busy machine."""
    while True:
        try:
            reply = receive(timeout=PATIENCE)
        except queue.Empty:
            pytest.fail("the kernel does not answer")
        if reply["parent_header"].get("msg_id") == message_id:
            return reply["content"]


def send(client, kind, content, subshell):
    """Send a message for the main thread (None) or for a subshell; return its id."""
    message = client.session.msg(kind, content)
    message["header"]["subshell_id"] = subshell
    client.shell_channel.send(message)
    return message["header"]["msg_id"]


def execute(client, code, wanted="None", *, subshell=None):
    """Run a cell, and return the value of an expression after it."""
    content = {"code": code, "store_history": False, "user_expressions": {"wanted": wanted}}
    reply = reply_to(send(client, "execute_request", content, subshell), client.get_shell_msg)
    assert reply["status"] == "ok", "\n".join(reply["traceback"])
    return ast.literal_eval(reply["user_expressions"]["wanted"]["data"]["text/plain"])


def new_subshell(client):
    message = client.session.msg("create_subshell_request")
    client.control_channel.send(message)
    return reply_to(message["header"]["msg_id"], client.get_control_msg)["subshell_id"]


def move(client, subshell, model, value):
    """Move a slider, as its view in the browser does."""
    data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
    send(client, "comm_msg", {"comm_id": model, "data": data}, subshell)


def test_explorers_that_move_beside_checks_change_no_verdict_and_no_picture():
    with kernel() as client:
        subshell = new_subshell(client)
        # where a widget was made is where ipykernel from 7.4 on brings the moves of its slider
        *models, plain = execute(client, START, "beside.models()", subshell=subshell)
        for number in range(MOVES):
            value = [number + 1.0, 0.05 * (number % 19 + 1), number % 15 + 1][number % 3]
            move(client, subshell, models[number % 3], value)
            move(client, subshell, plain, number + 1)
        execute(client, f"beside.check_until({MOVES})")
        assert execute(client, "", "beside.complaints") == []
        assert execute(client, "", "beside.in_main_thread") == 0
        assert execute(client, "number = beside.compare_pictures()", "number") == MOVES
        assert execute(client, "", "beside.complaints") == []
