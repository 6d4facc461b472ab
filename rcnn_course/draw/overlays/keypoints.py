"""Keypoints joined by a skeleton, their left and right told apart: COCO's 17 of people, or others.

Letters: `R` objects, `K` keypoints of each.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.text import Annotation
from torch import Tensor

from rcnn_course.datasets.keypoints import KEYPOINT_NAMES, SKELETON_INDICES
from rcnn_course.draw.base import style
from rcnn_course.draw.base.images import ground
from rcnn_course.draw.base.inputs import require_length, require_values

LEFT, RIGHT, MIDDLE = style.VERMILION, style.SKY, style.PAPER

_APART = 6.0  # points from the middle of a dot to its name


def draw_keypoints(
    keypoints: Tensor,
    *,
    image: Tensor | None = None,
    scores: Tensor | None = None,
    threshold: float = 0.0,
    names: bool = False,
    colors: Sequence[str] | None = None,
    keypoint_names: Sequence[str] = KEYPOINT_NAMES,
    skeleton: Sequence[tuple[int, int]] = SKELETON_INDICES,
    ax: Axes | None = None,
) -> Axes:
    """Draw the skeleton of each object: left vermilion, right sky blue, the middle white.

    A keypoint whose visibility is 0 is left out with its bones. Where the tensor tells hidden (1)
    from visible (2) keypoints, as COCO's truth does, hidden ones have a dark middle; torchvision's
    predictions carry 1 everywhere and are filled. Sizes grow with the object.

    Args:
        keypoints (Tensor[R, K, 3]): x, y in pixels and visibility, in the order of the names.
        image (Tensor[3, H, W], optional): the picture to show below.
        scores (Tensor[R, K], optional): `keypoints_scores` of torchvision, which are logits.
        threshold (float): keypoints with a lower score are left out.
        names (bool): whether to write the name of each keypoint beside it.
        colors (sequence of R str, optional): one for each object instead of those of the sides, so
            that the skeletons of people who overlap can be told apart.
        keypoint_names (sequence of K str): without them, COCO's 17 of people. Names that begin with
            "left" or "right" have the colours of the sides.
        skeleton (sequence of pairs): indices of keypoints that are joined; without it, COCO's.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If an argument is not a tensor.
        ValueError: If a shape is another one.

    Example:
        >>> image, target = GeneratedPeople(1)[0]
        >>> people = target["labels"] == CATEGORIES.index("person")
        >>> ax = draw.draw_keypoints(target["keypoints"][people], image=image, names=True)
    """
    points = require_values("keypoints", keypoints, ("R", len(keypoint_names), 3))
    drawn = points[..., 2] > 0
    if scores is not None:
        drawn &= require_values("scores", scores, points.shape[:2]) >= threshold
    if colors is not None:
        require_length("colors", colors, len(points), "keypoints")
    tones = [[*map(side_color, keypoint_names)] for _ in points]
    if colors is not None:
        tones = [[color] * len(keypoint_names) for color in colors]
    ax = ground(image, ax)
    if drawn.any():
        ax.update_datalim(points[drawn][:, :2])
        ax.autoscale_view()
        sizes = _sizes(ax, points, drawn)
        _draw_bones(ax, points, drawn, sizes, tones, skeleton)
        _draw_points(ax, points, drawn, sizes, tones)
        if names:
            _write_names(ax, points, drawn, keypoint_names)
    return ax


def side_color(name: str) -> str:
    """Return the colour of a keypoint, by its name.

    Example:
        >>> from rcnn_course.draw.overlays.keypoints import side_color
        >>> side_color("left_wrist") == draw.style.VERMILION
        True
    """
    return LEFT if name.startswith("left") else RIGHT if name.startswith("right") else MIDDLE


def _sizes(ax: Axes, points: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Return the diameter of a keypoint of each person [R], in points."""
    ax.apply_aspect()
    origin, below = ax.transData.transform([(0, 0), (0, 1)])
    unit = abs(below - origin)[1] * 72 / ax.figure.dpi
    y = np.where(drawn, points[..., 1], np.nan)
    heights = np.fmax.reduce(y, axis=1) - np.fmin.reduce(y, axis=1)
    return np.nan_to_num(0.04 * unit * heights).clip(2.0, 7.0)


def _draw_bones(
    ax: Axes,
    points: np.ndarray,
    drawn: np.ndarray,
    sizes: np.ndarray,
    tones: list[list[str]],
    skeleton: Sequence[tuple[int, int]],
) -> None:
    bones, colors, widths = [], [], []
    for start, end in skeleton:
        for person in np.flatnonzero(drawn[:, start] & drawn[:, end]):
            bones.append(points[person, [start, end], :2])
            ends = {tones[person][start], tones[person][end]}
            colors.append(ends.pop() if len(ends) == 1 else MIDDLE)
            widths.append(0.45 * sizes[person])
    rims = LineCollection(bones, colors=style.INK, linewidths=np.add(widths, 1.2), alpha=0.55)
    ax.add_collection(rims, autolim=False)
    ax.add_collection(
        LineCollection(bones, colors=colors, linewidths=widths, zorder=3), autolim=False
    )


def _draw_points(
    ax: Axes, points: np.ndarray, drawn: np.ndarray, sizes: np.ndarray, tones: list[list[str]]
) -> None:
    hidden = (points[..., 2] == 1) & (points[..., 2] == 2).any()
    people, places = drawn.nonzero()
    fills = [tones[person][place] for person, place in zip(people, places, strict=True)]
    rings = hidden[people, places]
    diameters = sizes[people]
    dots = EllipseCollection(
        diameters,
        diameters,
        angles=0,
        units="points",
        offsets=points[people, places, :2],
        offset_transform=ax.transData,
        facecolors=[style.INK if ring else tone for ring, tone in zip(rings, fills, strict=True)],
        edgecolors=[tone if ring else style.INK for ring, tone in zip(rings, fills, strict=True)],
        linewidths=diameters / 6,
        zorder=4,
    )
    ax.add_collection(dots, autolim=False)


def _write_names(
    ax: Axes, points: np.ndarray, drawn: np.ndarray, keypoint_names: Sequence[str]
) -> None:
    """Write the name of each keypoint on the side away from the middle of its person."""
    dots = ax.transData.transform(points[drawn][:, :2])
    for person, seen in zip(points, drawn, strict=True):
        middle = person[seen, 0].mean() if seen.any() else 0.0
        for (x, y, _), name in zip(person[seen], np.array(keypoint_names)[seen], strict=True):
            words = ax.annotate(
                name.replace("_", " "),
                (x, y),
                xytext=(_APART if x >= middle else -_APART, 0),
                textcoords="offset points",
                fontsize=7,
                color=style.INK,
                ha="left" if x >= middle else "right",
                va="center",
                zorder=5,
                bbox={"boxstyle": "square,pad=0.12", "facecolor": "#FFFFFFCC", "edgecolor": "none"},
            )
            _keep_clear(words, ax, dots)


def _keep_clear(words: Annotation, ax: Axes, dots: np.ndarray) -> None:
    """Raise or lower words that hide a dot, of which [R, 2] are the middles, or leave the axes."""
    frame, reach = ax.get_window_extent().padded(0.5), 0.7 * _APART * ax.figure.dpi / 72
    for height in ("center", "bottom", "top"):
        words.set_verticalalignment(height)
        extent = words.get_window_extent()
        near = extent.padded(reach)
        hides = ((dots > near.min) & (dots < near.max)).all(axis=1).any()
        if not hides and frame.y0 <= extent.y0 and extent.y1 <= frame.y1:
            return
    words.set_verticalalignment("center")
