"""A scene as SVG: nodes, which a browser draws and patches, and a file for pages without kernel.

A node is a list: tag, attributes, and what is inside, nodes or text.
"""

import base64
import html
from collections.abc import Iterable
from functools import singledispatch
from math import hypot
from pathlib import Path
from typing import Any

from rcnn_course.scene import tones
from rcnn_course.scene.handles import Handle
from rcnn_course.scene.pictures import mime_of
from rcnn_course.scene.scene import Scene
from rcnn_course.scene.shapes import (
    XYXY,
    Arrow,
    Box,
    Dot,
    Grid,
    Label,
    Line,
    Numbers,
    Picture,
    Point,
    Polygon,
    Readout,
    Shape,
)

Node = list[Any]

CSS = Path(__file__).with_name("look.css").read_text(encoding="utf-8") + tones.CSS
_RISE = {"above": "-0.35em", "around": "0.35em", "below": "1.05em"}
_HEAD = 9.0  # length of the head of an arrow, in pixels of the screen
_REACH = 14  # how far from a small handle it can still be grabbed


def node(part: Shape | Handle, zoom: float) -> Node:
    """Return the group that draws a shape or a handle, in pixels of the screen."""
    if isinstance(part, Handle):
        return _handle(part, zoom)
    group: dict[str, Any] = {"class": f"{type(part).__name__.lower()} {part.meaning}"}
    if part.tip or isinstance(part, Readout):
        group["data-tip"] = part.tip
    return ["g", group, *_inside(part, zoom)]


@singledispatch
def _inside(shape: Shape, zoom: float) -> list[Node]:
    raise TypeError(f"no drawing for a {type(shape).__name__}")


@_inside.register
def _(shape: Picture, zoom: float) -> list[Node]:
    look = {"opacity": shape.opacity, "preserveAspectRatio": "none"}
    kind = {"class": "cells"} if shape.cells else {}
    return [["image", _rectangle(shape.xyxy, zoom) | look | kind]]


@_inside.register
def _(shape: Readout, zoom: float) -> list[Node]:
    return [["rect", _rectangle(shape.xyxy, zoom) | {"fill": "transparent"}]]


@_inside.register
def _(shape: Box, zoom: float) -> list[Node]:
    place = _rectangle(shape.xyxy, zoom)
    return [["rect", {"class": "thin line", **place}]] if shape.thin else _rimmed("rect", place)


@_inside.register
def _(shape: Line, zoom: float) -> list[Node]:
    return _rimmed("polyline", {"points": _points(shape.points, zoom)})


@_inside.register
def _(shape: Polygon, zoom: float) -> list[Node]:
    return _rimmed("polygon", {"points": _points(shape.points, zoom)})


@_inside.register
def _(shape: Dot, zoom: float) -> list[Node]:
    x, y = (_short(value * zoom) for value in shape.at)
    return [["circle", {"cx": x, "cy": y, "r": shape.radius}]]


@_inside.register
def _(shape: Label, zoom: float) -> list[Node]:
    x, y = (_short(value * zoom) for value in shape.at)
    place = {"x": x, "y": y, "dy": _RISE[shape.rise], "text-anchor": shape.side}
    return [["text", place, shape.text]]


@_inside.register
def _(shape: Numbers, zoom: float) -> list[Node]:
    x1, y1, x2, y2 = (value * zoom for value in shape.xyxy)
    wide, high = (x2 - x1) / shape.columns, (y2 - y1) / shape.rows
    nodes = []
    for place, (text, light) in enumerate(zip(shape.texts, shape.light, strict=True)):
        if text:
            row, column = divmod(place, shape.columns)
            at = {"x": _short(x1 + (column + 0.5) * wide), "y": _short(y1 + (row + 0.5) * high)}
            nodes.append(["text", at if light else at | {"class": "dark"}, text])
    return nodes


@_inside.register
def _(shape: Grid, zoom: float) -> list[Node]:
    x1, y1, x2, y2 = (value * zoom for value in shape.xyxy)
    across = (x1 + (x2 - x1) * n / shape.columns for n in range(shape.columns + 1))
    down = (y1 + (y2 - y1) * n / shape.rows for n in range(shape.rows + 1))
    lines = [f"M{_short(x)} {_short(y1)}V{_short(y2)}" for x in across]
    lines += [f"M{_short(x1)} {_short(y)}H{_short(x2)}" for y in down]
    return [["path", {"class": "line", "d": "".join(lines)}]]


@_inside.register
def _(shape: Arrow, zoom: float) -> list[Node]:
    (x1, y1), (x2, y2) = ((x * zoom, y * zoom) for x, y in (shape.start, shape.end))
    length = hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = (x2 - x1) / length * _HEAD, (y2 - y1) / length * _HEAD
    wings = [(x2, y2), (x2 - dx - dy / 2, y2 - dy + dx / 2), (x2 - dx + dy / 2, y2 - dy - dx / 2)]
    return [
        *_rimmed("polyline", {"points": _points([(x1, y1), (x2 - dx, y2 - dy)], 1.0)}),
        ["polygon", {"class": "head", "points": _points(wings, 1.0)}],
    ]


def _handle(handle: Handle, zoom: float) -> Node:
    track = handle.x or handle.y
    assert track is not None  # a Handle has seen to it
    state = {
        "class": "handle",
        "tabindex": 0,
        "role": "slider",
        "aria-label": handle.name,
        "aria-valuenow": _short(track.value),
        "aria-valuemin": _short(track.low),
        "aria-valuemax": _short(track.high),
        "aria-valuetext": handle.says,
        "data-tip": f"{handle.name}: {handle.says}",
    }
    x, y = (_short(value * zoom) for value in handle.at)
    if handle.box:
        reach: Node = ["rect", _rectangle(handle.box, zoom) | {"class": "reach"}]
    else:
        reach = ["circle", {"class": "reach", "cx": x, "cy": y, "r": _REACH}]
    if not handle.marked:
        return ["g", state, reach]
    return ["g", state, reach, ["circle", {"cx": x, "cy": y, "r": 3 if handle.box else 6}]]


def _rimmed(tag: str, place: dict[str, Any]) -> list[Node]:
    """Return a line over a dark rim, so that it stands out from any picture."""
    return [[tag, {"class": "rim", **place}], [tag, {"class": "line", **place}]]


def _rectangle(xyxy: XYXY, zoom: float) -> dict[str, Any]:
    x1, y1, x2, y2 = (_short(value * zoom) for value in xyxy)
    return {"x": x1, "y": y1, "width": _short(x2 - x1), "height": _short(y2 - y1)}


def _points(points: Iterable[Point], zoom: float) -> str:
    return " ".join(f"{_short(x * zoom)},{_short(y * zoom)}" for x, y in points)


def _short(value: float) -> float:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def drawn(scene: Scene, alt: str) -> str:
    """Return a scene as a file of SVG that needs no other; handles are left out.

    Args:
        scene: what is drawn.
        alt: what it shows, for readers who cannot see it.
    """
    width, height = _short(scene.width * scene.zoom), _short(scene.height * scene.zoom)
    parts = [_static(shape, scene.zoom) for shape in scene.shapes]
    root = [
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "rcnn-scene",
            "viewBox": f"0 0 {width} {height}",
            "width": width,
            "height": height,
            "role": "img",
            "aria-label": alt,
        },
        ["style", {}, CSS],
        *parts,
    ]
    return _written(root)


def _static(shape: Shape, zoom: float) -> Node:
    tag, attributes, *inside = node(shape, zoom)
    tip = attributes.pop("data-tip", "")
    if isinstance(shape, Picture):
        data = base64.b64encode(shape.data).decode()
        inside[0][1]["href"] = f"data:{mime_of(shape.data)};base64,{data}"
    return [tag, attributes, *([["title", {}, tip]] if tip else []), *inside]


def _written(part: Node | str) -> str:
    if isinstance(part, str):
        return html.escape(part, quote=False)
    tag, attributes, *inside = part
    values = "".join(f' {name}="{html.escape(str(value))}"' for name, value in attributes.items())
    return f"<{tag}{values}>{''.join(map(_written, inside))}</{tag}>"
