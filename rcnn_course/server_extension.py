"""An extension of the Jupyter server: quick sliders, and photos of more than 10 MB.

At each move of a slider the kernel sends several small messages. The operating system keeps the
second back until the browser has confirmed the first (Nagle's algorithm, RFC 896), and browsers
confirm up to 40 ms later (delayed acknowledgement, RFC 1122, section 4.2.3.2). Explorers and all
other widgets answer sooner without that wait.

A photo that a student uploads goes to the kernel in one message. Above 10 MiB, tornado closes the
browser's connection without a word (`websocket_max_message_size`), and cameras' files are larger.

`jupyter-config/rcnn_course.json` lets every server of the environment load the extension. It
changes a server that shows a folder of the course, and leaves all others as they are.
"""

from pathlib import Path
from typing import Any

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from rcnn_course.authoring.course import find_course
from rcnn_course.student.start import RECORD

MAX_MESSAGE = 100 * 2**20
"""Bytes of a message to a kernel that the server takes, in a folder of the course."""


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection of a browser with a kernel, without Nagle's algorithm."""

    def connect(self) -> Any:
        """Connect, as Jupyter's own does."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()


def is_of_the_course(folder: Path) -> bool:
    """Tell whether a folder lies in a checkout, or in what `rcnn-course start` has made."""
    folder = folder.resolve()
    if any((above / RECORD).is_file() for above in (folder, *folder.parents)):
        return True
    try:
        find_course(folder)
    except FileNotFoundError:
        return False
    return True


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "rcnn_course.server_extension"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Take large messages in the course's folders, and be prompt where there is no gateway."""
    name, settings = "kernel_websocket_connection_class", server.web_app.settings
    if not is_of_the_course(Path(server.root_dir)):
        return
    settings["websocket_max_message_size"] = max(
        MAX_MESSAGE, settings.get("websocket_max_message_size", 0)
    )
    if settings[name] is ZMQChannelsWebsocketConnection:
        settings[name] = PromptConnection
