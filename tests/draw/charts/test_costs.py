import itertools

import pytest
from matplotlib.transforms import Bbox

from rcnn_course.draw import draw_costs
from rcnn_course.models import measured_networks

CLASSIFIERS = {
    network.name: (network.multiply_adds / 1e9, network.accuracy["acc@1"])
    for network in measured_networks("classification")
}
DETECTORS = {
    network.name: (network.multiply_adds / 1e9, network.accuracy["box_map"])
    for network in measured_networks("detection")
    if network.accuracy
}
CROWDED = {f"network {place}": (10 + place / 2, 50 + place / 20) for place in range(6)}


def names_and_marks(ax):
    """Return the pixels of each name, and of the mark of each point."""
    (line,) = ax.lines
    radius = line.get_markersize() / 2 * ax.figure.dpi / 72
    points = ax.transData.transform(line.get_xydata())
    marks = [Bbox.from_bounds(x, y, 0, 0).padded(radius) for x, y in points]
    return {text.get_text(): text.get_window_extent() for text in ax.texts}, marks


@pytest.mark.parametrize("networks", [CLASSIFIERS, DETECTORS, CROWDED])
def test_names_hide_neither_each_other_nor_a_point(networks):
    (ax,) = draw_costs({"panel": networks}).axes
    names, marks = names_and_marks(ax)
    assert set(names) == set(networks)
    for one, other in itertools.combinations(names.values(), 2):
        assert not one.overlaps(other)
    for name in names.values():
        assert not name.count_overlaps(marks)
        assert ax.get_window_extent().count_contains([name.min, name.max]) == 2


@pytest.mark.parametrize("networks", [CLASSIFIERS, DETECTORS])
def test_name_stands_at_its_own_point(networks):
    (ax,) = draw_costs({"panel": networks}).axes
    names, marks = names_and_marks(ax)
    for name, own in zip(networks, marks, strict=True):
        assert own.padded(8).overlaps(names[name])


def test_points_are_cost_and_accuracy_and_panels_stand_side_by_side():
    figure = draw_costs({"one": {"a": (0.1, 50), "b": (10, 60)}, "two": {"c": (1, 2)}})
    one, two = figure.axes
    assert one.lines[0].get_xydata().tolist() == [[0.1, 50], [10, 60]]
    assert one.get_xscale() == "log"
    assert one.get_window_extent().x1 < two.get_window_extent().x0
    assert one.get_label() == "one: a 0.1, 50.0; b 10, 60.0."


def test_cost_that_has_no_logarithm_is_refused():
    with pytest.raises(ValueError, match=r"panels\['p'\]\['a'\] must cost more than 0, got 0"):
        draw_costs({"p": {"a": (0, 50)}})
    with pytest.raises(ValueError, match=r"panels\['p'\] must have a network, got none"):
        draw_costs({"p": {}})
