"""Which ideas a class had wrong, notebook after notebook: a square for each, larger for more."""

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rcnn_course.draw.base import figures, style

_NAMES, _COLUMN, _ROW, _HEAD = 4.0, 0.62, 0.42, 1.35


def draw_ideas(counts: Mapping[str, Mapping[str, int]], *, ax: Axes | None = None) -> Axes:
    """Draw how many students had an idea wrong, by idea and notebook.

    Args:
        counts (dict of dict of int): by idea, how many students had it wrong in each notebook; the
            first idea has an entry for every notebook, in their order.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in; one data unit is one inch of the new figure.

    Raises:
        ValueError: If there is no idea, or ideas have different notebooks, or a count is negative.

    Example:
        >>> counts = {"half a pixel": {"03": 4, "06": 11}, "rounding": {"03": 0, "06": 2}}
        >>> draw.draw_ideas(counts).get_label()
        'half a pixel: 4 in 03, 11 in 06. rounding: 2 in 06.'
    """
    notebooks = _require_counts(counts)
    width, height = _NAMES + len(notebooks) * _COLUMN + 0.3, _HEAD + len(counts) * _ROW + 0.1
    ax = ax or figures.new_axes(width, height)
    ax.set(xlim=(0, width), ylim=(height, 0))
    style.without_frame(ax)
    most = max(max(of_idea.values()) for of_idea in counts.values()) or 1
    for place, notebook in enumerate(notebooks):
        x = _NAMES + (place + 0.5) * _COLUMN
        _write(ax, x, _HEAD - 0.1, notebook, rotation=40, ha="left", va="bottom")
    for row, (idea, of_idea) in enumerate(counts.items()):
        y = _HEAD + (row + 0.5) * _ROW
        _write(ax, _NAMES - 0.1, y, idea, ha="right")
        for place, notebook in enumerate(notebooks):
            _draw_count(ax, _NAMES + (place + 0.5) * _COLUMN, y, of_idea[notebook], most)
    ax.set_label(_describe(counts))
    return ax


def _require_counts(counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    if not counts:
        raise ValueError("counts must have an idea, got none")
    notebooks = list(next(iter(counts.values())))
    for idea, of_idea in counts.items():
        if set(of_idea) != set(notebooks) or not notebooks:
            raise ValueError(f"counts[{idea!r}] must have {notebooks}, got {list(of_idea)}")
        if min(of_idea.values()) < 0:
            raise ValueError(f"counts[{idea!r}] must be counts, got {dict(of_idea)}")
    return notebooks


def _draw_count(ax: Axes, x: float, y: float, count: int, most: int) -> None:
    if not count:
        ax.plot([x], [y], ".", color=style.PANEL_EDGE, markersize=3)
        return
    side = 0.12 + 0.26 * (count / most) ** 0.5
    ax.add_patch(Rectangle((x - side / 2, y - side / 2), side, side, facecolor=style.SKY))
    _write(ax, x, y, str(count), ha="center")


def _write(ax: Axes, x: float, y: float, text: str, **look: Any) -> None:
    look = {"va": "center", "fontsize": style.TEXT, "color": style.INK, **look}
    ax.text(x, y, text, parse_math=False, **look)


def _describe(counts: Mapping[str, Mapping[str, int]]) -> str:
    sentences = []
    for idea, of_idea in counts.items():
        said = ", ".join(f"{count} in {notebook}" for notebook, count in of_idea.items() if count)
        sentences.append(f"{idea}: {said or 'nobody'}.")
    return " ".join(sentences)
