"""The mask head as a drawing, and where a mask differs from the truth.

Letters: `M` cells of a mask a side, `H` and `W` the height and width of the picture in pixels.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array
from matplotlib.patches import Patch, Rectangle
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.blocks import show_blocks
from rcnn_course.draw.base.images import ground
from rcnn_course.draw.base.inputs import require_values

_CELL, _GAP = 0.045, 0.62  # inches of a cell and between maps


def draw_mask_head(
    *, channels: int = 256, layers: Sequence[int] = (256,) * 4, bins: int = 14, classes: int = 91
) -> Axes:
    """Draw the maps of the mask head, each as large as it has cells, and what makes them.

    Args:
        channels (int): of a RoI's features.
        layers (sequence of int): channels after each 3 x 3 convolution; the last number is also
            that of the transposed convolution.
        bins (int): of a RoI, down and across.
        classes (int): of the predictor, the background included.

    Returns:
        Axes: the axes drawn in; one data unit is one inch of the new figure.

    Raises:
        ValueError: If there is no layer.

    Example:
        >>> ax = draw.draw_mask_head(layers=(64, 64), classes=5)
        >>> print(ax.get_label())
        The mask head: 256 × 14 × 14 features of a RoI go through 2 convolutions that keep 14 × 14
        cells, a transposed convolution to 28 × 28, and a 1 × 1 convolution to 5 masks of logits.

    Source: He et al. 2017 (Mask R-CNN), figure 4; torchvision `MaskRCNNHeads` and
    `MaskRCNNPredictor`.
    """
    if not layers:
        raise ValueError("layers must have at least one number of channels, got none")
    small, large = (bins, style.BLUE), (2 * bins, style.GREEN)
    maps = [(channels, "RoI", bins, style.GREY)]
    maps += [(count, "3 × 3\nReLU", *small) for count in layers]
    maps += [(layers[-1], "2 × 2 up\nReLU", *large), (classes, "1 × 1", *large)]
    width = sum(cells for _, _, cells, _ in maps) * _CELL + (len(maps) - 1) * _GAP
    half = bins * _CELL
    ax = figures.new_axes(width + 0.1, 2 * half + 0.4)
    x = 0.05
    for number, (count, made_by, cells, color) in enumerate(maps):
        side = cells * _CELL
        corner = (x, -side / 2)
        look: style.Look = {"facecolor": color + "44", "edgecolor": color}
        ax.add_patch(Rectangle(corner, side, side, linewidth=style.THIN, **look))
        words = f"{cells} × {cells}" if number else made_by
        text: style.Look = {"ha": "center", "fontsize": style.SMALL, "color": style.INK}
        ax.text(x + side / 2, 0, words, va="center", **text)
        ax.text(x + side / 2, -side / 2 - 0.05, f"{count:,}", va="top", **text)
        if number:
            arrow = {"arrowstyle": "-|>", "color": style.GREY, "linewidth": style.THIN}
            ax.annotate("", (x - 0.03, 0), (x - _GAP + 0.03, 0), arrowprops=arrow)
            ax.text(x - _GAP / 2, 0.06, made_by, va="bottom", **text)
        x += side + _GAP
    ax.set(xlim=(0, width + 0.1), ylim=(-half - 0.3, half + 0.1))
    ax.set_label(
        f"The mask head: {channels} × {bins} × {bins} features of a RoI go through {len(layers)} "
        f"convolutions that keep {bins} × {bins} cells, a transposed convolution to {2 * bins} × "
        f"{2 * bins}, and a 1 × 1 convolution to {classes} masks of logits."
    )
    style.without_frame(ax)
    return ax


def draw_mask_errors(
    mask: Tensor,
    truth: Tensor,
    *,
    image: Tensor | None = None,
    legend: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Tint a mask in the picture, and paint the pixels in which it differs from the truth.

    Args:
        mask (Tensor[H, W]): bool; what was found. Blue where it is right, orange where it is not.
        truth (Tensor[H, W]): bool; vermilion where `mask` misses it.
        image (Tensor[3, H, W], optional): the picture to show below.
        legend (bool): whether to write under the picture what the colours mean.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If an argument is not a tensor.
        ValueError: If a shape is another one, or the two differ.

    Example:
        >>> image, target = GeneratedPeople(1)[0]
        >>> truth = target["masks"][0] > 0
        >>> ax = draw.draw_mask_errors(truth.roll(4, dims=1), truth, image=image)
    """
    found = require_values("mask", mask, ("H", "W")) > 0
    wanted = require_values("truth", truth, found.shape) > 0
    ax = ground(image, ax)
    height, width = found.shape
    colors = (style.PAPER, style.ORANGE, style.VERMILION, style.BLUE)
    palette = (255 * to_rgba_array(colors, (0, 1, 1, 0.45))).round().astype(np.uint8)
    show_blocks(ax, palette[found + 2 * wanted], (0, width, height, 0), zorder=2)
    if legend:
        _write_legend(ax)
    return ax


def _write_legend(ax: Axes) -> None:
    kinds = {"right": style.BLUE, "too much": style.ORANGE, "too little": style.VERMILION}
    ax.legend(
        handles=[Patch(color=color, label=kind) for kind, color in kinds.items()],
        loc="upper left",
        bbox_to_anchor=(0, -0.01),
        ncols=len(kinds),
        fontsize=style.SMALL,
        labelcolor=style.INK,
        frameon=False,
        borderaxespad=0,
    )
