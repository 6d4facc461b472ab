"""Explorers share nothing of matplotlib with what other threads draw meanwhile."""

import copy

import matplotlib.pyplot as plt
import pytest
from matplotlib.mathtext import MathTextParser

from rcnn_course import widgets
from tests.browser.explorers import POSTPROCESS_FUNCTION, SHOWN


def fail(*args, **kwargs):
    raise AssertionError("shared with other threads")


@pytest.mark.parametrize("name", SHOWN)
def test_explorer_touches_neither_pyplot_nor_the_parser_of_formulas(
    name, model, scene, monkeypatch
):
    for shared in ("figure", "gcf", "gca", "close", "get_current_fig_manager"):
        monkeypatch.setattr(plt, shared, fail)
    monkeypatch.setattr(MathTextParser, "parse", fail)
    image, target = scene
    model = copy.deepcopy(model)  # POSTPROCESS_FUNCTION changes its settings
    names = {"widgets": widgets, "model": model, "image": image, "target": target}
    if name == "PostprocessExplorer":
        exec(POSTPROCESS_FUNCTION, names)
        explorer = widgets.PostprocessExplorer(names["postprocess"], model, image)
    else:
        explorer = eval(SHOWN[name], names)
    assert explorer.problem == ""
    for control in explorer.controls:
        if hasattr(control, "min"):
            control.value = control.min
            assert explorer.problem == "", control.description
