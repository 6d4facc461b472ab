"""What a kernel says while a cell runs, made fit to be kept: a submission may say anything.

nbclient takes each message of a kernel for well-formed, and ends the run where it is not.
"""

import math
from typing import Any

from nbclient.output_widget import OutputWidget
from nbformat import NotebookNode

DEEPEST = 64
"""Containers inside each other beyond which a message is left out: nothing that is shown needs it,
and what copies and writes notebooks calls itself for each."""

DISPLAYS = ("display_data", "execute_result", "update_display_data")
"""Kinds of messages that can be replaced by later ones."""

LAST = 65536
"""Characters that are kept of the end of a text which is too long."""


def cleaned(value: Any, depth: int = 0) -> Any:
    """Return the content of a message in a form that every reader of a notebook takes.

    Args:
        value: what came out of JSON.
        depth: how many containers it is in.

    Raises:
        ValueError: If it is nested too deeply.
    """
    if depth > DEEPEST:
        raise ValueError(f"it holds more than {DEEPEST} containers inside each other")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if not value.isascii() else value
    if isinstance(value, dict):
        return {cleaned(key): cleaned(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [cleaned(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    return value


def cleaned_content(kind: str, content: Any) -> Any:
    """Return the content of a message, without what does not belong to its kind.

    Args:
        kind: of the message.
        content: what came out of JSON.
    """
    content = cleaned(content)
    if isinstance(content, dict):
        count = content.get("execution_count")
        if "execution_count" in content and (type(count) is not int or count < 0):
            content["execution_count"] = None
        if kind not in DISPLAYS:
            content.pop("transient", None)
    return content


def cleaned_reply(content: Any) -> dict[str, Any]:
    """Return what a kernel answered to a request to run a cell, with all that nbgrader reads."""
    content = content if isinstance(content, dict) else {}
    traceback = content.get("traceback")
    lines = traceback if isinstance(traceback, list) else []
    return {
        **content,
        "status": content.get("status", "error"),
        "ename": str(cleaned(content.get("ename", "Error")))[-LAST:],
        "evalue": str(cleaned(content.get("evalue", "")))[-LAST:],
        "traceback": [cleaned(line)[-LAST:] for line in lines if isinstance(line, str)],
    }


class SilentOutputWidget(OutputWidget):
    """Takes what a cell prints into an `ipywidgets.Output`, as JupyterLab does.

    The kernel is told what was taken when the widget lets go: nbclient tells it of each line, and
    sends all that came before again with it.
    """

    parent_header: dict[str, Any] = {}  # noqa: RUF012 (nbclient's own is replaced, never changed)

    def __init__(self, comm_id: str, state: dict, kernel_client: Any, executor: Any) -> None:
        super().__init__(comm_id, {"outputs": [], **state}, kernel_client, executor)
        executor.widget_state.setdefault(comm_id, {})
        self.outputs: list[NotebookNode] = list(self.outputs)

    def sync_state(self) -> None:
        """Wait for the end."""

    def set_state(self, state: dict[str, Any]) -> None:
        """Begin to take what a cell prints, or let go."""
        super().set_state(state)
        if "msg_id" in state and not state["msg_id"]:
            super().sync_state()
            _look_again(self.kernel_client.shell_channel.socket)


def _look_again(socket: Any) -> None:
    """Let whoever waits for a message of a zmq.asyncio socket look whether it is there already.

    ZeroMQ signals once that something has come, and a message that is sent meanwhile takes the
    signal away. jupyter_client sends without a word to zmq.asyncio, which would wait for ever.
    """
    socket._schedule_remaining_events()
