"""A skeleton in a scene: left and right told apart.

Letters: `K` keypoints.
"""

from collections.abc import Callable, Iterator, Sequence

from torch import Tensor

from rcnn_course.datasets.keypoints import KEYPOINT_NAMES, SKELETON_INDICES
from rcnn_course.scene import Dot, Line, Shape
from rcnn_course.scene.shapes import Point

NAMES = [name.replace("_", " ") for name in KEYPOINT_NAMES]


def skeleton(
    points: Tensor,
    drawn: Sequence[bool],
    tips: Sequence[str],
    *,
    names: Sequence[str] = NAMES,
    bones: Sequence[tuple[int, int]] = SKELETON_INDICES,
    owner: str = "",
    radius: float = 4.0,
    place: Callable[[float, float], Point] = lambda x, y: (x, y),
) -> Iterator[Shape]:
    """Return the bones and the keypoints of a person, or of another object.

    Args:
        points (Tensor[K, 2]): x, y in pixels of the picture.
        drawn: of each keypoint, whether it is drawn, with the bones that end there.
        tips: what is said of each keypoint, behind its name.
        names: of the keypoints; COCO's 17 without them.
        bones: pairs of indices from 0.
        owner: stands before the names, where there are several people.
        radius: of a keypoint, in pixels of the screen.
        place: maps x and y to the place on the canvas.
    """
    places = [place(x, y) for x, y in points.tolist()]
    for start, end in bones:
        if drawn[start] and drawn[end]:
            sides = {_side(names[start]), _side(names[end])}
            yield Line(
                id=f"{owner}{names[start]} to {names[end]}",
                meaning=sides.pop() if len(sides) == 1 else "midline",
                points=(places[start], places[end]),
            )
    for number, at in enumerate(places):
        if drawn[number]:
            yield Dot(
                id=f"{owner}{names[number]}",
                meaning=_side(names[number]),
                at=at,
                radius=radius,
                tip=f"{owner}{names[number]}: {tips[number]}",
            )


def _side(name: str) -> str:
    """Return the meaning of a keypoint: a side of the body, or its midline."""
    side = next((side for side in ("left", "right") if name.startswith(side)), None)
    return f"{side}-side" if side else "midline"
