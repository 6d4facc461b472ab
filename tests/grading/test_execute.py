"""One submission, run by what a worker runs."""

import socket
from unittest.mock import Mock

import nbformat
from traitlets.config import Config

from rcnn_course.grading import execute
from rcnn_course.grading.warm_process import WarmProcess

NOTEBOOK = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")])


def test_sandbox_that_ends_before_its_kernel_is_a_reason_and_leaves_no_socket_open():
    channel, other_end = socket.socketpair()
    other_end.close()
    warm = Mock(WarmProcess)
    warm.start_kernel.return_value = channel
    job = execute.Job("ada", NOTEBOOK, files={}, config=Config(), secret="word")
    assert "ended before its kernel began" in execute.run(job, warm).reason
    assert channel.fileno() == -1
