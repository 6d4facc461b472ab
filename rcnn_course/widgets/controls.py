"""The controls of explorers, and how they stand above the picture."""

from collections.abc import Sequence

import ipywidgets

_ROOMY = {"description_width": "initial"}


def slider(
    name: str, value: float, low: float, high: float, step: float = 1
) -> ipywidgets.IntSlider | ipywidgets.FloatSlider:
    """Make a slider that is long enough for its values; whole numbers where all four are.

    Example:
        >>> from rcnn_course.widgets.controls import slider
        >>> type(slider("stride", 2, 1, 4)).__name__
        'IntSlider'
        >>> type(slider("threshold", 0.5, 0.0, 1.0, 0.05)).__name__
        'FloatSlider'
    """
    whole = all(isinstance(number, int) for number in (value, low, high, step))
    kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    digits = 2 if step % 1 else 0
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        description=name,
        readout_format=f".{digits}f",
        style=_ROOMY,
        layout={"width": "340px", "max_width": "98%", "margin": "2px 16px 2px 0"},
    )


def choice(name: str, options: Sequence | dict, value: object) -> ipywidgets.Dropdown:
    """Make a menu; `options` are values, pairs of words and value, or map words to values.

    Example:
        >>> from rcnn_course.widgets.controls import choice
        >>> menu = choice("dimensions", {"1-D": 1, "2-D": 2}, 2)
        >>> menu.label, menu.value
        ('2-D', 2)
    """
    return ipywidgets.Dropdown(
        options=options,
        value=value,
        description=name,
        style=_ROOMY,
        layout={"width": "max-content", "margin": "2px 16px 2px 0"},
    )


def switch(name: str, value: bool) -> ipywidgets.Checkbox:
    """Make a box to tick."""
    return ipywidgets.Checkbox(
        value=value,
        description=name,
        indent=False,
        layout={"width": "max-content", "margin": "2px 16px 2px 0"},
    )


def value_in_words(control: ipywidgets.Widget) -> str:
    """Return the value of a control as a reader sees it."""
    if isinstance(control, ipywidgets.Checkbox):
        return "on" if control.value else "off"
    if isinstance(control, ipywidgets.Dropdown):
        return str(control.label)
    return f"{control.value:g}"


def arranged(
    controls: Sequence[ipywidgets.Widget], in_view: int, play: ipywidgets.IntSlider | None
) -> list[ipywidgets.Widget]:
    """Return the first controls side by side, with a button that plays, and 'more' for the rest.

    Args:
        controls: in the order of the keyboard.
        in_view: how many stand side by side.
        play: the slider that the button steps through, if any; the button stands beside it, or
            last, beside its name, where the slider is one of the rest.
    """
    first = list(controls[:in_view])
    if play in first:
        first.insert(first.index(play) + 1, _player(play))
    elif play is not None:
        first += [ipywidgets.Label(play.description), _player(play)]
    rows = [_row(first)]
    if len(controls) > in_view:
        rest = _row(controls[in_view:])
        rows.append(ipywidgets.Accordion([rest], titles=("more",), selected_index=None))
    return rows


def _row(widgets: Sequence[ipywidgets.Widget]) -> ipywidgets.Box:
    return ipywidgets.Box(widgets, layout={"flex_flow": "row wrap", "width": "100%"})


def _player(slider: ipywidgets.IntSlider) -> ipywidgets.Play:
    """Return buttons that step through a slider's values.

    They are linked here, not in the browser, where each move of the slider would move the player,
    and two messages would come of it.
    """
    player = ipywidgets.Play(
        value=slider.value,
        min=slider.min,
        max=slider.max,
        step=slider.step,
        interval=700,
        show_repeat=False,
        layout={"margin": "2px 16px 2px 0"},
    )
    ipywidgets.dlink((slider, "max"), (player, "max"))
    ipywidgets.link((player, "value"), (slider, "value"))
    return player
