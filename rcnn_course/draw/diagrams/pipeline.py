"""The map of the whole detector, with the part at hand lit: 'you are here'.

The parts and their order are those of torchvision's `GeneralizedRCNN`. Letters in the shapes:
`N` images, `R` regions of interest, `H` and `W` the height and width of the batch in pixels.
"""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from rcnn_course.draw.base import figures, style

BOX_WIDTH, BOX_HEIGHT = 1.30, 0.54
COLUMN, LANE = 1.716, 0.86
HEIGHT = 2.6


class Part(NamedTuple):
    """A box of the map: where it stands, what leaves it, which notebooks teach it."""

    column: int
    lane: int
    makes: str
    notebooks: str


PARTS = {
    "transform": Part(0, 1, "N × 3 × H × W", "01_detect_people"),
    "backbone": Part(1, 1, "C2 … C5", "02_backbone"),
    "FPN": Part(2, 1, "P2 … P6, 256 each", "03_upsampling, 04_fpn"),
    "RPN": Part(3, 2, "R × 4", "05_rpn"),
    "RoIAlign": Part(4, 1, "R × 256 × 7² or 14²", "06_roi_align"),
    "box head": Part(5, 2, "R × 91,  R × 91 × 4", "07_box_head"),
    "mask head": Part(5, 1, "R × 91 × 28 × 28", "03, 08_mask_head"),
    "keypoint head": Part(5, 0, "R × 17 × 56 × 56", "03, 09_keypoint_head"),
}


def pipeline_map(here: str | Sequence[str] = (), *, ax: Axes | None = None) -> Axes:
    """Draw the detector from image to heads and light the parts that this notebook teaches.

    Args:
        here (str or sequence of str): names of the parts to light, from `PARTS`.
        ax (Axes, optional): where to draw; a new figure of 10 x 2.6 inches otherwise.

    Returns:
        Axes: the axes drawn in; one data unit is one inch of the new figure.

    Raises:
        ValueError: If a name is not one of the parts.

    Example:
        >>> ax = draw.pipeline_map("RoIAlign")
        >>> ax = draw.pipeline_map(["box head", "mask head"])
        >>> draw.pipeline_map("neck")
        Traceback (most recent call last):
            ...
        ValueError: here names no part of the map: ['neck']; choose from ['transform', ...

    Source: torchvision `models.detection.generalized_rcnn.GeneralizedRCNN`.
    """
    lit = [here] if isinstance(here, str) else list(here)
    unknown = [name for name in lit if name not in PARTS]
    if unknown:
        raise ValueError(f"here names no part of the map: {unknown}; choose from {list(PARTS)}")
    if ax is None:
        ax = figures.new_axes(style.NOTEBOOK_WIDTH, HEIGHT)
    ax.set(xlim=(0, style.NOTEBOOK_WIDTH), ylim=(0, HEIGHT), aspect="equal")
    ax.set_label(_describe(lit))
    style.without_frame(ax)
    _draw_flows(ax)
    everywhere = set(lit) == set(PARTS)
    for name in PARTS:
        _draw_part(ax, name, lit=name in lit)
        if name in lit and not everywhere:
            _draw_tag(ax, name)
    return ax


def _describe(lit: Sequence[str]) -> str:
    here = f" You are here: {', '.join(lit)}." if lit else ""
    return (
        "Map of the detector: transform, backbone, FPN, RPN, RoIAlign, then box head, mask head "
        "and keypoint head. The FPN's features go to the RPN and to RoIAlign; the RPN's proposals "
        f"go to RoIAlign.{here}"
    )


def _centre(name: str) -> tuple[float, float]:
    part = PARTS[name]
    return 0.06 + BOX_WIDTH / 2 + part.column * COLUMN, 0.47 + part.lane * LANE


def _draw_part(ax: Axes, name: str, *, lit: bool) -> None:
    x, y = _centre(name)
    face = style.BLUE if lit else style.PANEL
    ink = style.PAPER if lit else style.INK
    ax.add_patch(
        FancyBboxPatch(
            (x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2),
            BOX_WIDTH,
            BOX_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=face,
            edgecolor=style.BLUE if lit else style.PANEL_EDGE,
            linewidth=style.THIN,
            zorder=3,
            gid=name,
        )
    )
    middle: style.Look = {"ha": "center", "va": "center", "zorder": 4}
    ax.text(x, y + 0.1, name, color=ink, fontsize=10, fontweight="bold", **middle)
    makes = PARTS[name].makes
    ax.text(
        x, y - 0.12, makes, color=ink if lit else style.SOFT_INK, fontsize=style.SMALL, **middle
    )
    below = y - BOX_HEIGHT / 2 - 0.09
    ax.text(x, below, PARTS[name].notebooks, color=style.SOFT_INK, fontsize=7, **middle)


def _draw_tag(ax: Axes, name: str) -> None:
    x, y = _centre(name)
    pill: style.Look = {"boxstyle": "round,pad=0.35,rounding_size=0.8", "facecolor": style.ORANGE}
    pill |= {"edgecolor": style.PAPER, "linewidth": 1.2}
    place = (x - BOX_WIDTH / 2 + 0.42, y + BOX_HEIGHT / 2 + 0.05)
    centred: style.Look = {"ha": "center", "va": "center", "zorder": 5}
    ax.text(*place, "you are here", fontsize=7.5, color=style.INK, bbox=pill, **centred)


def _draw_flows(ax: Axes) -> None:
    half_width, half_height = BOX_WIDTH / 2, BOX_HEIGHT / 2
    for start, end in [("transform", "backbone"), ("backbone", "FPN"), ("FPN", "RoIAlign")]:
        (x0, y0), (x1, _) = _centre(start), _centre(end)
        _arrow(ax, [(x0 + half_width, y0), (x1 - half_width, y0)])

    fpn, rpn, roi = _centre("FPN"), _centre("RPN"), _centre("RoIAlign")
    _arrow(ax, [(fpn[0], fpn[1] + half_height), (fpn[0], rpn[1]), (rpn[0] - half_width, rpn[1])])
    entry = roi[0] + 0.4
    _arrow(ax, [(rpn[0] + half_width, rpn[1]), (entry, rpn[1]), (entry, roi[1] + half_height)])
    fork = (roi[0] + _centre("mask head")[0]) / 2
    for head in ("box head", "mask head", "keypoint head"):
        x, y = _centre(head)
        _arrow(ax, [(roi[0] + half_width, roi[1]), (fork, roi[1]), (fork, y), (x - half_width, y)])

    label: style.Look = {
        "fontsize": style.SMALL,
        "color": style.SOFT_INK,
        "style": "italic",
        "ha": "center",
    }
    ax.text(rpn[0], fpn[1] + 0.05, "features", **label)
    ax.text(fpn[0] + 0.55, rpn[1] + 0.05, "features", **label)
    ax.text(roi[0] - 0.55, rpn[1] + 0.05, "proposals", **label)


def _arrow(ax: Axes, points: list[tuple[float, float]], corner: float = 0.1) -> None:
    """Draw an arrow along horizontal and vertical legs, with rounded corners."""
    vertices, codes = [points[0]], [Path.MOVETO]
    for before, at, after in zip(points, points[1:], points[2:], strict=False):
        if before[1] == at[1] == after[1]:
            continue
        vertices += [_toward(at, before, corner), at, _toward(at, after, corner)]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    vertices.append(points[-1])
    codes.append(Path.LINETO)
    ax.add_patch(
        FancyArrowPatch(
            path=Path(vertices, codes),
            arrowstyle="-|>,head_length=5,head_width=2.5",
            color=style.GREY,
            linewidth=1.3,
            joinstyle="miter",
            capstyle="butt",
            zorder=2,
        )
    )


def _toward(
    start: tuple[float, float], end: tuple[float, float], distance: float
) -> tuple[float, float]:
    """Return the point at this distance from start on a horizontal or vertical leg to end."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = abs(dx) + abs(dy)
    return start[0] + dx / length * distance, start[1] + dy / length * distance
