"""Runs a notebook in a fork of this process, which has the checks in its memory as kernels have."""

import io
import json
import multiprocessing
import sys

import nbformat
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output

import rcnn_course.checks  # noqa: F401 (so that forks have it, like the kernels of a class)


def in_fork(notebook):
    """Run the cells of a notebook in a child of this process, as a kernel would."""
    receiver, sender = multiprocessing.get_context("fork").Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_child, args=(notebook, sender))
    child.start()
    sender.close()
    executed = nbformat.from_dict(json.loads(receiver.recv()))
    child.join()
    return executed


def _child(notebook, sender):
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.display_pub = CapturingDisplayPublisher()
    written = sys.stdout = io.StringIO()
    for cell in notebook.cells:
        result = shell.run_cell(cell.source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        text = written.getvalue()
        cell.outputs = [
            *([new_output("stream", name="stdout", text=text)] if text else []),
            *(
                new_output("display_data", data=output["data"])
                for output in shell.display_pub.outputs
            ),
        ]
        if error is not None:
            cell.outputs.append(
                new_output("error", ename=type(error).__name__, evalue=str(error), traceback=[])
            )
        shell.display_pub.outputs.clear()
        written.seek(0)
        written.truncate()
    sender.send(json.dumps(notebook))
