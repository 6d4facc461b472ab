"""One submission, run by what a worker runs."""

import socket
from unittest.mock import Mock

import nbformat
from traitlets.config import Config

from rcnn_course.grading.execution import execute
from rcnn_course.grading.kernel import provisioner
from rcnn_course.grading.kernel.forkserver import ForkServer
from rcnn_course.grading.sandbox import Isolation
from rcnn_course.grading.sandbox.levels import FULL

NOTEBOOK = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])


def test_sandbox_that_ends_before_its_kernel_is_a_reason_and_leaves_no_socket_open(
    monkeypatch,
):
    channel, other_end = socket.socketpair()
    other_end.close()
    monkeypatch.setattr(provisioner, "isolation", lambda: Isolation(FULL))
    server = Mock(ForkServer)
    server.start_kernel.return_value = channel
    job = execute.Job("ada", NOTEBOOK, files={}, config=Config())
    assert "ended before its kernel began" in execute.run(job, server).reason
    assert channel.fileno() == -1


WHERE = """\
import json
from ipykernel import get_connection_info
told = json.loads(get_connection_info())
print(told["transport"], told["ip"].startswith("/"))
"""


def test_kernel_without_a_sandbox_takes_no_port_that_another_process_could_have():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(WHERE)])
    execution = execute.run(execute.Job("ada", notebook, files={}, config=Config()), None)
    assert execution.notebook.cells[0].outputs[0].text == "ipc True\n"
