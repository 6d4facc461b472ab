"""What a picture of the course shows, as plain data that a browser, a page and a test read.

`shapes` and `handles` say what there is, `Scene` holds them, `svg` draws them, and `view` brings
them to a notebook, where handles can be dragged.

Coordinates are pixels of the picture, x to the right and y down, as in torchvision.
"""

from rcnn_course.scene.handles import Handle, Track
from rcnn_course.scene.scene import Scene
from rcnn_course.scene.shapes import (
    Arrow,
    Box,
    Dot,
    Grid,
    Label,
    Line,
    Numbers,
    Picture,
    Polygon,
    Readout,
    Shape,
)

__all__ = [
    "Arrow",
    "Box",
    "Dot",
    "Grid",
    "Handle",
    "Label",
    "Line",
    "Numbers",
    "Picture",
    "Polygon",
    "Readout",
    "Scene",
    "Shape",
    "Track",
]
