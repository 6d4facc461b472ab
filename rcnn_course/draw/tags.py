"""Words at the corner of a box: readable on its colour, on the picture, not on one another."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from torch import Tensor

from rcnn_course.draw import style
from rcnn_course.draw.inputs import require_length

PAD = 0.2 * style.SMALL


def describe(
    count: int,
    *,
    labels: Tensor | Sequence[str] | None = None,
    scores: Tensor | None = None,
    categories: Sequence[str] | None = None,
) -> list[str]:
    """Return the words at each of `count` boxes, such as 'person 0.98'; '' where none are known."""
    words: list[list[str]] = [[] for _ in range(count)]
    if labels is not None:
        require_length("labels", labels, count, "boxes")
        for place, label in zip(words, labels, strict=True):
            place.append(_name(label, categories))
    if scores is not None:
        require_length("scores", scores, count, "boxes")
        for place, score in zip(words, scores, strict=True):
            place.append(f"{float(score):.2f}")
    return [" ".join(place) for place in words]


def write_tags(ax: Axes, corners: np.ndarray, words: Sequence[str], colors: Sequence[str]) -> None:
    """Write each box's words at the first of its corners where they fit and hide no other words.

    Args:
        ax (Axes): drawn in; what is written before has been given its place.
        corners (array [R, 4]): xyxy; the first boxes choose first.
        words (sequence of str): one for each box; nothing is written for ''.
        colors (sequence of str): of each box, filled behind its words.
    """
    ax.apply_aspect()
    (left, right), (top, bottom) = sorted(ax.get_xlim()), sorted(ax.get_ylim())
    visible = corners.clip((left, top, left, top), (right, bottom, right, bottom))
    frame = ax.get_window_extent().padded(0.5)
    taken = [_extent(text) for text in ax.texts if text.get_gid() == "tag"]
    for (x1, y1, x2, y2), text, color in zip(visible, words, colors, strict=True):
        if not text:
            continue
        tag = _write(ax, text, color)
        size = _extent(tag).size
        spots = {
            (x, y, horizontal, vertical): _spot(ax, x, y, horizontal, vertical, size)
            for x, y, horizontal in (
                (x1, y1, "left"),
                (x2, y1, "right"),
                (x1, y2, "left"),
                (x2, y2, "right"),
            )
            for vertical in ("bottom", "top")
        }
        inside = [place for place, spot in spots.items() if _holds(frame, spot)]
        free = [place for place in inside if spots[place].count_overlaps(taken) == 0]
        place = (free or inside or list(spots))[0]
        _move(tag, place)
        taken.append(spots[place])


def _write(ax: Axes, text: str, color: str) -> Annotation:
    return ax.annotate(
        text,
        (0, 0),
        xytext=(0, 0),
        textcoords="offset points",
        annotation_clip=False,
        fontsize=style.SMALL,
        color=style.text_color(color),
        zorder=5,
        bbox={"boxstyle": "square,pad=0.2", "facecolor": color, "edgecolor": "none"},
        gid="tag",
    )


def _spot(ax: Axes, x: float, y: float, horizontal: str, vertical: str, size: np.ndarray) -> Bbox:
    """Return the extent of a tag of this size, in pixels, with one of its corners at a point."""
    corner = ax.transData.transform((x, y))
    low = corner - size * (horizontal == "right", vertical == "top")
    return Bbox.from_bounds(*low, *size)


def _move(tag: Annotation, place: tuple[float, float, str, str]) -> None:
    """Put the tag with one of its corners at a point in the picture."""
    x, y, horizontal, vertical = place
    tag.xy = (x, y)
    tag.set(ha=horizontal, va=vertical)
    tag.set_position((PAD if horizontal == "left" else -PAD, PAD if vertical == "bottom" else -PAD))


def _extent(tag: Annotation) -> Bbox:
    return tag.get_window_extent().padded(PAD * tag.figure.dpi / 72)


def _holds(frame: Bbox, extent: Bbox) -> bool:
    return (
        frame.x0 <= extent.x0
        and frame.y0 <= extent.y0
        and (extent.x1 <= frame.x1 and extent.y1 <= frame.y1)
    )


def _name(label: Tensor | int | str, categories: Sequence[str] | None) -> str:
    if isinstance(label, str):
        return label
    number = int(label)
    if categories is None:
        return str(number)
    if not 0 <= number < len(categories):
        raise ValueError(f"labels must be from 0 to {len(categories) - 1}, got {number}")
    return categories[number]
