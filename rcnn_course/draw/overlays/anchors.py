"""Anchors over a picture, told apart as positive, ignored and negative.

Letters: `A` anchors, `G` ground truths.
"""

from typing import NamedTuple

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.typing import LineStyleType
from torch import Tensor

from rcnn_course.draw.base import style
from rcnn_course.draw.base.images import ground
from rcnn_course.draw.base.inputs import require_boxes, require_tensor
from rcnn_course.draw.base.outlines import outlines

NEGATIVE, IGNORED = -1, -2  # torchvision's Matcher writes these where no ground truth matches


class AnchorLook(NamedTuple):
    """How a kind of anchor is drawn: each differs in colour, line style and width."""

    color: str
    linestyle: LineStyleType
    linewidth: float
    alpha: float


LOOKS = {
    "negative": AnchorLook(style.SOFT_INK, ":", 0.8, 0.7),
    "ignored": AnchorLook(style.SKY, "--", 1.2, 1.0),
    "positive": AnchorLook(style.ORANGE, "-", style.LINE, 1.0),
    "ground truth": AnchorLook(style.PAPER, "-", style.THICK, 1.0),
}


def draw_anchors(
    anchors: Tensor,
    *,
    matches: Tensor | None = None,
    gt_boxes: Tensor | None = None,
    image: Tensor | None = None,
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw anchors, each kind in its own colour and line style, with how many there are.

    Args:
        anchors (Tensor[A, 4]): xyxy in pixels; around (0, 0) without a picture, for instance.
        matches (Tensor[A], int64, optional): of torchvision's `Matcher`: the index of the ground
            truth of a positive anchor, -1 for a negative one, -2 for one that is ignored. All
            anchors are drawn as positive without it.
        gt_boxes (Tensor[G, 4], optional): xyxy in pixels, drawn on top in thick white.
        image (Tensor[3, H, W], optional): the picture to show below.
        legend (bool): whether to write the kinds and their numbers.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If an argument is not a tensor, or `matches` is not of integers.
        ValueError: If a shape, a box or a match is impossible.

    Example:
        >>> anchors = torch.tensor([[10.0, 10, 60, 90], [30, 10, 80, 60], [100, 40, 150, 90]])
        >>> matches = torch.tensor([0, -2, -1])  # the truth 0, ignored, negative
        >>> ax = draw.draw_anchors(anchors, matches=matches, gt_boxes=anchors[:1] + 3)
        >>> [words.get_text() for words in ax.get_legend().get_texts()]
        ['1 ground truth', '1 positive', '1 ignored', '1 negative']
    """
    corners = require_boxes("anchors", anchors)
    truth = None if gt_boxes is None else require_boxes("gt_boxes", gt_boxes)
    groups = {"positive": corners} if matches is None else _split(corners, matches)
    if truth is not None:
        groups["ground truth"] = truth
    ax = ground(image, ax)
    for kind, boxes in groups.items():
        _draw_group(ax, boxes, kind)
    ax.autoscale_view()
    if legend and (matches is not None or truth is not None):
        counts = {kind: len(boxes) for kind, boxes in groups.items()}
        if not counts.get("negative"):  # they may be left out because there are so many
            counts.pop("negative", None)
        _write_legend(ax, counts)
    return ax


def _split(corners: np.ndarray, matches: Tensor) -> dict[str, np.ndarray]:
    index = require_tensor("matches", matches, (len(corners),))
    if index.is_floating_point() or index.dtype == torch.bool:
        raise TypeError(f"matches must be integers, got {index.dtype}")
    if len(index) and index.min() < IGNORED:
        raise ValueError(f"matches must be -2, -1 or an index of a ground truth, got {index.min()}")
    kinds = index.numpy()
    return {
        "negative": corners[kinds == NEGATIVE],
        "ignored": corners[kinds == IGNORED],
        "positive": corners[kinds >= 0],
    }


def _draw_group(ax: Axes, boxes: np.ndarray, kind: str) -> None:
    look = LOOKS[kind]
    ax.add_collection(
        outlines(
            boxes,
            edgecolors=look.color,
            linestyles=look.linestyle,
            linewidths=look.linewidth,
            alpha=look.alpha,
            path_effects=style.halo(look.linewidth) if look.linestyle == "-" else None,
            label=kind,
            zorder=3,
        )
    )


def _write_legend(ax: Axes, counts: dict[str, int]) -> None:
    handles = [
        Line2D(
            [],
            [],
            color=LOOKS[kind].color,
            linestyle=LOOKS[kind].linestyle,
            linewidth=LOOKS[kind].linewidth,
            path_effects=style.halo(LOOKS[kind].linewidth),
            label=f"{count} {kind}",
        )
        for kind, count in reversed(counts.items())
    ]
    ax.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0, -0.01),
        ncols=len(handles),
        fontsize=style.SMALL,
        labelcolor=style.INK,
        frameon=False,
        borderaxespad=0,
        handlelength=2.6,
    )
