"""Numbers over time and thresholds: losses, precision against recall, average precision."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.inputs import require_length

SIZE = (6.0, 3.2)


def draw_losses(
    losses: Mapping[str, Sequence[float]],
    *,
    steps: Sequence[float] | None = None,
    xlabel: str = "step",
    ax: Axes | None = None,
) -> Axes:
    """Draw how losses fall, each with its name at the end of its line.

    Args:
        losses (dict of sequence of float): by name, such as torchvision's loss dictionaries
            gathered step by step; at most five.
        steps (sequence of float, optional): where the losses were measured; otherwise 1, 2, ….
        xlabel (str): what is counted.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        ValueError: If there are more than five lines, a value is not finite, or the lengths
            differ from that of `steps`.

    Example:
        >>> ax = draw.draw_losses(
        ...     {"loss_classifier": [1.6, 0.9, 0.5], "loss_box_reg": [0.4, 0.3, 0.2]}
        ... )
    """
    if steps is not None:
        for name, values in losses.items():
            require_length(f"losses['{name}']", values, len(steps), "steps")
    ax = _draw_lines(losses, "losses", ax, lambda values: steps or range(1, len(values) + 1))
    style.with_scales(ax, xlabel, "loss")
    ax.margins(x=0.01)
    ax.set_ylim(bottom=0)
    return ax


def draw_precision_recall(
    precision: Mapping[str, Sequence[float]],
    *,
    recall: Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw precision against recall, with the average precision of each curve in its name.

    Args:
        precision (dict of sequence of float): by name, each from 0 to 1; at most five.
        recall (sequence of float, optional): where precision was measured; otherwise evenly from
            0 to 1, like COCO's 101 recall levels.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        ValueError: If there are more than five lines, a value lies outside 0 to 1, or the
            lengths differ.

    Example:
        >>> ax = draw.draw_precision_recall({"person": [1.0, 1.0, 0.8, 0.6, 0.0]})
        >>> ax.get_legend().get_texts()[0].get_text()
        'person  AP 0.68'

    Source: AP is the mean of COCO's interpolated precision, pycocotools `COCOeval`.
    """
    for name, values in precision.items():
        if len(values) and not (np.min(values) >= 0 and np.max(values) <= 1):
            raise ValueError(
                f"precision['{name}'] must be from 0 to 1, got {np.min(values):.3g} to "
                f"{np.max(values):.3g}; pycocotools writes -1 where there is no ground truth"
            )
        if recall is not None:
            require_length(f"precision['{name}']", values, len(recall), "recall levels")
    named = {f"{name}  AP {np.mean(v):.2f}": v for name, v in precision.items() if len(v)}
    ax = _draw_lines(
        named, "precision", ax, lambda v: np.linspace(0, 1, len(v)) if recall is None else recall
    )
    style.with_scales(ax, "recall", "precision")
    ax.set(xlim=(0, 1), ylim=(0, 1.03))
    return ax


def draw_scores(scores: Mapping[str, float], *, ax: Axes | None = None) -> Axes:
    """Draw average precisions as bars with their numbers.

    Args:
        scores (dict of float): by name, each from 0 to 1; NaN where COCO defines no number.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        ValueError: If a score lies outside 0 to 1.

    Example:
        >>> ax = draw.draw_scores({"AP": 0.61, "AP_small": float("nan")})
        >>> [text.get_text() for text in ax.texts]
        ['0.61', '–']
    """
    values = np.array(list(scores.values()), dtype=float)
    if (values < 0).any() or (values > 1).any():
        raise ValueError(f"scores must be from 0 to 1, got {dict(scores)}")
    ax = ax or figures.new_axes(SIZE[0], 0.34 * max(len(scores), 1))
    rows = range(len(scores))
    ax.barh(rows, 1, height=0.6, color=style.PANEL)
    ax.barh(rows, np.nan_to_num(values), height=0.6, color=style.BLUE)
    for row, value in zip(rows, values, strict=True):
        text = "–" if np.isnan(value) else f"{value:.2f}"
        look: style.Look = {"va": "center", "fontsize": style.TEXT, "color": style.INK}
        ax.text(1.015, row, text, **look)
    ax.set_yticks(rows, list(scores), fontsize=style.TEXT, color=style.INK)
    ax.tick_params(length=0)
    ax.set(xlim=(0, 1), ylim=(max(len(scores), 1) - 0.5, -0.5), xticks=[])
    ax.spines[:].set_visible(False)
    return ax


def _draw_lines(
    lines: Mapping[str, Sequence[float]],
    argument: str,
    ax: Axes | None,
    x_of: Callable[[Sequence[float]], ArrayLike],
) -> Axes:
    if len(lines) > len(style.CURVES):
        raise ValueError(
            f"{argument} must have at most {len(style.CURVES)} lines, got {len(lines)}"
        )
    ax = ax or figures.new_axes(*SIZE)
    for (name, values), (color, linestyle) in zip(lines.items(), style.CURVES, strict=False):
        if not np.isfinite(values).all():
            raise ValueError(f"{argument}['{name}'] must be finite, got NaN or infinity")
        look: style.Look = {"color": color, "linestyle": linestyle, "linewidth": style.LINE}
        marker = "o" if len(values) == 1 else ""  # a line needs two points
        ax.plot(x_of(values), values, marker=marker, label=name, **look)
    if lines:
        style.with_legend_beside(ax, "center left")
    return ax
