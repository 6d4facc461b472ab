"""A scene in a notebook: sent once, patched at every move, and told what a hand has moved.

anywidget brings one module of JavaScript, `view.js`, to the browser, and its messages to Python.
Of a scene only the parts that have changed are sent. A hand's moves come one at a time: the
browser waits for the answer to the last one, and sends the newest values then.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from rcnn_course.scene import svg
from rcnn_course.scene.handles import Handle, Track
from rcnn_course.scene.pictures import mime_of
from rcnn_course.scene.scene import Scene
from rcnn_course.scene.shapes import Picture, Readout, Shape

_FOLDER = Path(__file__).parent


class SceneView(anywidget.AnyWidget):
    """A widget that shows a scene.

    Args:
        alt: what it shows, for readers who cannot see it.
        moved: called with the values that a hand has set, by the names that tracks give them.

    Attributes:
        shown: the scene that is shown; an empty one before the first.
    """

    _esm = (_FOLDER / "view.js").read_text(encoding="utf-8")
    _css = svg.CSS + (_FOLDER / "view.css").read_text(encoding="utf-8")
    scene = traitlets.Any().tag(sync=True, to_json=lambda _, view: view._state())

    def __init__(self, alt: str, moved: Callable[[dict[str, float]], None]):
        self.alt, self._moved = alt, moved
        self.shown = Scene(width=1, height=1)
        self._parts: dict[str, dict[str, Any]] = {}
        self._version = 0
        self._lock = threading.RLock()  # what is sent comes in the order of the versions
        super().__init__()
        self.on_msg(self._heard)

    def show(self, scene: Scene) -> None:
        """Show a scene in place of the last one; send what differs."""
        with self._lock:
            former = {} if scene.zoom != self.shown.zoom else _by_id(self.shown)
            parts = _by_id(scene)
            changed = [name for name, part in parts.items() if former.get(name) != part]
            order = list(parts) if list(parts) != list(self._parts) else None
            fresh = {name: message(parts[name], scene.zoom) for name in changed}
            self._parts = {name: fresh.get(name) or self._parts[name] for name in parts}
            self.shown = scene
            if fresh or order is not None:
                self._version += 1
                self._send_patch(fresh, order)

    def _send_patch(self, fresh: dict[str, dict[str, Any]], order: list[str] | None) -> None:
        binary = [name for name, part in fresh.items() if "data" in part]
        buffers = [fresh[name]["data"] for name in binary]
        plain = {
            name: {key: value for key, value in part.items() if key != "data"}
            for name, part in fresh.items()
        }
        patch = self._canvas() | {"parts": plain, "binary": binary}
        self.send(patch if order is None else patch | {"order": order}, buffers)

    def _canvas(self) -> dict[str, Any]:
        size = (round(side * self.shown.zoom, 2) for side in (self.shown.width, self.shown.height))
        return {"version": self._version, "size": list(size)}

    def _state(self) -> dict[str, Any]:
        """Return all of the scene, for a browser that has just come."""
        with self._lock:
            whole = {"alt": self.alt, "parts": self._parts, "order": list(self._parts)}
            return self._canvas() | whole

    def _heard(self, _: "SceneView", message: dict[str, Any], buffers: list[bytes]) -> None:
        if "seen" in message:
            with self._lock:
                if message["seen"] != self._version:
                    self.send_state("scene")
        elif "moved" in message:
            try:
                self._moved(message["moved"])
            finally:
                self.send({"answers": message["by"]})


def _by_id(scene: Scene) -> dict[str, Shape | Handle]:
    return {part.id: part for part in scene.parts}


def message(part: Shape | Handle, zoom: float) -> dict[str, Any]:
    """Return what the browser needs of a shape or a handle."""
    sent: dict[str, Any] = {"node": svg.node(part, zoom)}
    if isinstance(part, Picture):
        sent |= {"data": part.data, "mime": mime_of(part.data)}
    if isinstance(part, Readout):
        told = {name: getattr(part, name) for name in ("rows", "columns", "says")}
        sent |= {"data": part.numbers, **told}
    if isinstance(part, Handle):
        tracks = {"x": part.x, "y": part.y}
        sent["grab"] = {axis: _on_screen(track, zoom) for axis, track in tracks.items() if track}
    return sent


def _on_screen(track: Track, zoom: float) -> dict[str, Any]:
    return vars(track) | {"scale": track.scale * zoom}
