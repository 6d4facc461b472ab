"""What an error costs: losses against the error (Girshick 2015, Fast R-CNN, equation 3)."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.inputs import require_length


def draw_smooth_l1(betas: Sequence[float], *, largest: float = 1.5, ax: Axes | None = None) -> Axes:
    """Draw the smooth L1 loss against the error, and where it turns from a parabola to a line.

    Args:
        betas (sequence of float): error at which each curve becomes straight; 0 is plain L1.
        largest (float): error up to which to draw.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        ValueError: If there are more than five curves, or a beta is negative.

    Example:
        >>> ax = draw.draw_smooth_l1([0.0, 1 / 9, 1.0])
        >>> [text.get_text() for text in ax.get_legend().get_texts()]
        ['beta = 0', 'beta = 0.11', 'beta = 1']

    Source: torch.nn.functional.smooth_l1_loss.
    """
    if len(betas) > len(style.CURVES) or any(beta < 0 for beta in betas):
        raise ValueError(f"betas must be at most {len(style.CURVES)} numbers >= 0, got {betas}")
    ax = ax or figures.new_axes(5.0, 2.8)
    error = np.linspace(-largest, largest, 601)
    for beta, (color, linestyle) in zip(betas, style.CURVES, strict=False):
        size = np.abs(error)
        loss = np.where(size < beta, 0.5 * size**2 / (beta or 1), size - 0.5 * beta)
        name = f"beta = {beta:.2g}"
        ax.plot(error, loss, color=color, linestyle=linestyle, linewidth=style.LINE, label=name)
        turn = np.array([-beta, beta])
        ax.plot(turn, [0.5 * beta] * 2, "o", color=color, markersize=5)
    style.with_scales(ax, "predicted delta minus target", "loss")
    look: style.Look = {
        "fontsize": style.TEXT,
        "labelcolor": style.INK,
        "frameon": False,
        "handlelength": 2.6,
    }
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), **look)
    return ax


def draw_error_losses(
    errors: Sequence[float], losses: Mapping[str, Sequence[float]], *, ax: Axes | None = None
) -> Axes:
    """Draw what an error costs, for several losses.

    Args:
        errors (sequence of float): differences between prediction and target, in order.
        losses (dict of sequence of float): by name, one for each error; at most five.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        ValueError: If a loss does not have one value for each error.

    Example:
        >>> errors = [-2.0, -1.0, 0.0, 1.0, 2.0]
        >>> losses = {"L1": [abs(e) for e in errors], "squared": [e**2 for e in errors]}
        >>> draw.draw_error_losses(errors, losses).get_label()
        'Losses of an error from -2 to 2; at the end 2 for L1, 4 for squared.'
    """
    ax = ax or figures.new_axes(5.6, 3.2)
    for (name, values), (color, linestyle) in zip(losses.items(), style.CURVES, strict=False):
        require_length(f"losses['{name}']", values, len(errors), "errors")
        look: style.Look = {"color": color, "linestyle": linestyle, "linewidth": style.LINE}
        ax.plot(errors, values, label=name, **look)
    ends = ", ".join(f"{values[-1]:.3g} for {name}" for name, values in losses.items())
    ax.set_label(f"Losses of an error from {errors[0]:g} to {errors[-1]:g}; at the end {ends}.")
    style.with_scales(ax, "predicted minus true delta", "loss")
    ax.set_ylim(bottom=0)
    ax.legend(fontsize=style.TEXT, labelcolor=style.INK, frameon=False)
    return ax
