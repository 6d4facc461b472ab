"""How a class did: outcomes of each exercise as one bar, and its typical mistakes below."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rcnn_course.draw.base import figures, style

_WIDTH, _NAMES, _BARS = 9.0, 2.6, 6.2
_BAR, _MISTAKE, _GAP, _HEAD = 0.3, 0.24, 0.18, 0.45
_LOOKS: dict[str, style.Look] = {
    "correct": {"facecolor": style.BLUE},
    "incorrect": {"facecolor": style.ORANGE},
    "not attempted": {"facecolor": style.PANEL, "edgecolor": style.GREY, "hatch": "////"},
}


def draw_class(
    outcomes: Mapping[str, Mapping[str, int]],
    mistakes: Mapping[str, Mapping[str, int]],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many students have each exercise right, and which mistakes the others made.

    Args:
        outcomes (dict of dict of int): by exercise, how many are 'correct', 'incorrect' and
            'not attempted'.
        mistakes (dict of dict of int): by exercise, how many made each mistake.
        ax (Axes, optional): where to draw; a new figure of 9 inches' width otherwise.

    Returns:
        Axes: the axes drawn in; one data unit is one inch of the new figure.

    Raises:
        ValueError: If an outcome is none of the three, or a count is negative.

    Example:
        >>> outcomes = {"nms": {"correct": 17, "incorrect": 3}}
        >>> mistakes = {"nms": {"keeps boxes that overlap": 3}}
        >>> draw.draw_class(outcomes, mistakes).get_label()
        'nms: 17 correct, 3 incorrect, 0 not attempted (3 keeps boxes that overlap).'
    """
    _require_counts(outcomes, mistakes)
    most = max([sum(counts.values()) for counts in outcomes.values()] + [1])
    inches = _BARS / most
    rows = sum(len(mistakes.get(name, {})) for name in outcomes)
    height = _HEAD + len(outcomes) * (_BAR + _GAP) + rows * _MISTAKE
    ax = ax or figures.new_axes(_WIDTH, height)
    ax.set(xlim=(0, _WIDTH), ylim=(height, 0))
    style.without_frame(ax)
    _draw_legend(ax)
    y = _HEAD
    for name, counts in outcomes.items():
        _write(ax, _NAMES - 0.1, y + _BAR / 2, name, ha="right", fontweight="bold")
        _draw_outcomes(ax, y, counts, inches)
        y += _BAR
        for mistake, count in mistakes.get(name, {}).items():
            _draw_mistake(ax, y, mistake, count, inches)
            y += _MISTAKE
        y += _GAP
    ax.set_label(_describe(outcomes, mistakes))
    return ax


def _require_counts(
    outcomes: Mapping[str, Mapping[str, int]], mistakes: Mapping[str, Mapping[str, int]]
) -> None:
    for name, counts in outcomes.items():
        if unknown := set(counts) - set(_LOOKS):
            known = ", ".join(_LOOKS)
            raise ValueError(f"outcomes[{name!r}] must be of {known}; got {unknown.pop()!r}")
    for argument, groups in (("outcomes", outcomes), ("mistakes", mistakes)):
        for name, counts in groups.items():
            if min(counts.values(), default=0) < 0:
                raise ValueError(f"{argument}[{name!r}] must be counts, got {dict(counts)}")


def _draw_legend(ax: Axes) -> None:
    x = _NAMES
    for outcome, look in _LOOKS.items():
        ax.add_patch(Rectangle((x, 0.1), 0.16, 0.16, linewidth=0, **look))
        _write(ax, x + 0.23, 0.18, outcome, color=style.SOFT_INK)
        x += 0.5 + 0.085 * len(outcome)


def _draw_outcomes(ax: Axes, y: float, counts: Mapping[str, int], inches: float) -> None:
    values = [counts.get(outcome, 0) for outcome in _LOOKS]
    starts = accumulate(values[:-1], initial=0)
    for start, value, look in zip(starts, values, _LOOKS.values(), strict=True):
        if not value:
            continue
        x = _NAMES + start * inches
        size = (value * inches, _BAR)
        ax.add_patch(Rectangle((x, y), *size, linewidth=0, **look))
        color = style.text_color(look["facecolor"])
        _write(ax, x + value * inches / 2, y + _BAR / 2, str(value), ha="center", color=color)


def _draw_mistake(ax: Axes, y: float, mistake: str, count: int, inches: float) -> None:
    middle = y + _MISTAKE / 2
    width = count * inches
    ax.add_patch(Rectangle((_NAMES, middle - 0.05), width, 0.1, facecolor=style.ORANGE))
    _write(ax, _NAMES - 0.1, middle, str(count), ha="right", color=style.SOFT_INK)
    _write(ax, _NAMES + width + 0.08, middle, mistake)


def _write(ax: Axes, x: float, y: float, text: str, **look: Any) -> None:
    look = {"va": "center", "fontsize": style.TEXT, "color": style.INK, **look}
    ax.text(x, y, text, parse_math=False, **look)


def _describe(
    outcomes: Mapping[str, Mapping[str, int]], mistakes: Mapping[str, Mapping[str, int]]
) -> str:
    sentences = []
    for name, counts in outcomes.items():
        said = ", ".join(f"{counts.get(outcome, 0)} {outcome}" for outcome in _LOOKS)
        made = "; ".join(f"{count} {mistake}" for mistake, count in mistakes.get(name, {}).items())
        sentences.append(f"{name}: {said}{f' ({made})' if made else ''}.")
    return " ".join(sentences)
