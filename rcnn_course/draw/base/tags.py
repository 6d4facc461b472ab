"""Words at the corner of a box: readable on its colour, on the picture, not on one another."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox
from torch import Tensor

from rcnn_course.draw.base.inputs import require_length
from rcnn_course.draw.base.words import Words


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
        for place, score in zip(words, torch.as_tensor(scores).tolist(), strict=True):
            place.append(f"{score:.2f}")
    return [" ".join(place) for place in words]


def write_tags(ax: Axes, corners: np.ndarray, words: Sequence[str], colors: Sequence[str]) -> None:
    """Write each box's words at the first of its corners where they fit and hide no other words.

    Where they hide some at every corner, they stand where they hide least. Of a box that lies
    beside the picture they say so.

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
    taken = [tag.get_window_extent() for tag in tags_of(ax)]
    for corner, box, text, color in zip(corners, visible, words, colors, strict=True):
        if text:
            is_beside = (box[:2] == box[2:]).any() and (corner[:2] < corner[2:]).all()
            tag = Words(f"{text}, outside" if is_beside else text, color)
            ax.add_artist(tag)
            taken.append(_place(tag, box, frame, taken))


def tags_of(ax: Axes) -> list[Words]:
    """Return the words that are written at boxes in an axes."""
    return [artist for artist in ax.artists if isinstance(artist, Words)]


def _place(tag: Words, box: np.ndarray, frame: Bbox, taken: Sequence[Bbox]) -> Bbox:
    """Put a tag at the best corner of its box; return its extent."""
    x1, y1, x2, y2 = box
    spots = {}
    for x, y, ha in ((x1, y1, "left"), (x2, y1, "right"), (x1, y2, "left"), (x2, y2, "right")):
        for va in ("bottom", "top"):
            tag.put((x, y), ha, va)
            spots[(x, y), ha, va] = tag.get_window_extent()

    def faults(place: tuple) -> tuple[bool, float]:
        spot = spots[place]
        return not _holds(frame, spot), sum(_shared(spot, other) for other in taken)

    place = min(spots, key=faults)
    tag.put(*place)
    return spots[place]


def _shared(one: Bbox, other: Bbox) -> float:
    """Return the area that two extents share."""
    shared = Bbox.intersection(one, other)
    return shared.width * shared.height if shared else 0.0


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
