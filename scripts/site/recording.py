"""What explorers show over the positions of their controls, for pages without a kernel.

A notebook that begins with `recording.begin()` keeps, with each explorer that it displays, its
scenes for positions of up to three controls: those that its handles set, and those in view.
"""

import base64
import hashlib
import itertools
import math
from typing import Any, NamedTuple

import ipywidgets
import numpy as np

from rcnn_course.scene import Handle, Scene, Shape
from rcnn_course.scene.view import message
from rcnn_course.widgets.controls import value_in_words
from rcnn_course.widgets.explorer import Explorer
from rcnn_course.widgets.student import NoAnswer

MIME = "application/vnd.rcnn-course.frames+json"
"""The type of the output that holds the frames of an explorer."""

FRAMES = (1200, 400, 150, 60, 25)
"""How many frames an explorer may have; fewer where its pictures would be too heavy."""

HEAVY = 400_000  # bytes of pictures
AXES = 3
FEW = 4
"""Positions that a control has at least, before those of a handle become fewer."""

IN_VIEW = 2


def begin() -> None:
    """Have each explorer that is displayed from now on add its frames to the output."""
    show = Explorer._repr_mimebundle_

    def with_frames(explorer: Explorer, **options: object) -> dict[str, Any]:
        bundle = show(explorer, **options)
        try:
            return bundle | {MIME: recorded(explorer)}
        except NoAnswer:
            return bundle

    Explorer._repr_mimebundle_ = with_frames


def recorded(explorer: Explorer) -> dict[str, Any]:
    """Return the frames of an explorer, each part of them once; the explorer stays as it is.

    Returns:
        dict: `axes`, each with name, label, values in numbers and words, and where it begins;
        `parts`, pairs of id and node; `frames`, one for each combination of the axes' values, the
        last axis fastest; `pictures`, data addresses by name; and `alt`.
    """
    axes = _axes(explorer)
    with explorer.quietly():
        start = [axis.control.value for axis in axes]
        for most in FRAMES:
            _set(axes, start)
            positions = _positions(axes, most)
            told = [_described(*pair) for pair in zip(axes, positions, strict=True)]
            film = _Film({axis["name"]: axis["values"] for axis in told})
            for place in itertools.product(*positions):
                _set(axes, place)
                film.add(explorer.scene())
                if film.weight() > HEAVY and most > FRAMES[-1]:
                    break
            else:
                break
        _set(axes, start)
    shown = {"parts": film.parts, "frames": film.frames, "pictures": film.pictures}
    return {"alt": explorer.alt, "axes": told, **shown}


class _Axis(NamedTuple):
    """A control that a reader can move."""

    name: str
    control: ipywidgets.Widget
    by_hand: bool


def _axes(explorer: Explorer) -> list[_Axis]:
    """Return what a reader can move: what a handle sets first, then the controls in view."""
    names = {id(value): name for name, value in vars(explorer).items()}
    tracks = [track for handle in explorer.shown.handles for track in (handle.x, handle.y) if track]
    by_hand = [control for track in tracks if (control := getattr(explorer, track.sets, None))]
    wanted = {id(c): c for c in (*by_hand, *explorer.controls[:IN_VIEW]) if c in explorer.controls}
    axes = [_Axis(names[key], control, control in by_hand) for key, control in wanted.items()]
    return axes[:AXES]


def _positions(axes: list[_Axis], most: int) -> list[list[Any]]:
    """Return the values of each axis: every one, every second, … until frames are few enough."""
    every = [_values(axis.control) for axis in axes]
    starts = [
        _nearest(values, axis.control.value) for values, axis in zip(every, axes, strict=True)
    ]
    strides = [1] * len(axes)
    while True:
        kept = [
            values[start % stride :: stride]
            for values, start, stride in zip(every, starts, strides, strict=True)
        ]
        counts = [len(values) for values in kept]
        if math.prod(counts) <= most:
            return kept
        spare = [n for n, axis in enumerate(axes) if counts[n] > FEW and not axis.by_hand]
        strides[max(spare or range(len(axes)), key=counts.__getitem__)] += 1


def _values(control: ipywidgets.Widget) -> list[Any]:
    if isinstance(control, ipywidgets.Checkbox):
        return [False, True]
    if isinstance(control, ipywidgets.Dropdown):
        options = control.options
        return list(options.values() if isinstance(options, dict) else options)
    steps = round((control.max - control.min) / control.step)
    kind = type(control.value)
    return [kind(round(control.min + step * control.step, 6)) for step in range(steps + 1)]


def _nearest(values: list[Any], value: Any) -> int:
    """Return the place of a value, or of the number that is nearest to it."""
    if value in values:
        return values.index(value)
    return min(range(len(values)), key=lambda place: abs(values[place] - value))


def _described(axis: _Axis, values: list[Any]) -> dict[str, Any]:
    start = _nearest(values, axis.control.value)
    says = []
    for value in values:
        axis.control.value = value
        says.append(value_in_words(axis.control))
    axis.control.value = values[start]
    numbers = values if all(isinstance(v, int | float) for v in values) else range(len(values))
    told = {"name": axis.name, "label": axis.control.description, "start": start}
    return told | {"values": [*map(float, numbers)], "says": says}


def _set(axes: list[_Axis], values: Any) -> None:
    for axis, value in zip(axes, values, strict=True):
        axis.control.value = value


class _Film:
    """Frames, and the parts that they are made of."""

    def __init__(self, positions: dict[str, list[float]]) -> None:
        self._positions = positions
        self.parts: list[list[Any]] = []
        self.frames: list[dict[str, Any]] = []
        self.pictures: dict[str, str] = {}
        self._known: dict[str, int] = {}

    def add(self, scene: Scene) -> None:
        """Add a scene, without handles that set anything else."""
        handles = [handle for handle in scene.handles if _sets(handle) <= set(self._positions)]
        order = [self._place(part, scene.zoom) for part in (*scene.shapes, *handles)]
        size = [round(side * scene.zoom, 2) for side in (scene.width, scene.height)]
        self.frames.append({"order": order, "size": size, "text": scene.text})

    def weight(self) -> int:
        """Return how many bytes all pictures have."""
        return sum(map(len, self.pictures.values()))

    def _place(self, part: Shape | Handle, zoom: float) -> int:
        entry = [part.id, self._plain(message(part, zoom))]
        key = repr(entry)
        if key not in self._known:
            self._known[key] = len(self.parts)
            self.parts.append(entry)
        return self._known[key]

    def _plain(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Return what a browser is sent of a part, without bytes."""
        data, mime = sent.pop("data", None), sent.pop("mime", None)
        if mime:
            sent["node"][2][1]["href"] = self._picture(data, mime)
        elif data is not None:
            sent["numbers"] = np.frombuffer(data, np.float32).round(2).astype(float).tolist()
        for track in sent.get("grab", {}).values():
            low, *others = self._positions[track["sets"]]
            if others:
                track |= {"low": low, "step": others[0] - low, "high": others[-1]}
        return sent

    def _picture(self, data: bytes, mime: str) -> str:
        name = hashlib.sha256(data).hexdigest()[:16]
        self.pictures[name] = f"data:{mime};base64,{base64.b64encode(data).decode()}"
        return name


def _sets(handle: Handle) -> set[str]:
    return {track.sets for track in (handle.x, handle.y) if track}
