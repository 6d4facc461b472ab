import numpy as np
import pytest
import torch

from rcnn_course.draw import draw_delta_spread, draw_histograms


def test_shares_of_each_name_make_one_and_share_the_intervals():
    values = {"low": torch.tensor([[0.0, 1.0], [1.0, 1.0]]), "high": torch.tensor([8.0, 10.0])}
    ax = draw_histograms(values, xlabel="value", bins=10)
    first, second = (patch.get_data() for patch in ax.patches)
    assert first.edges.tolist() == second.edges.tolist() == list(range(11))
    assert first.values.tolist() == [0.25, 0.75, *[0] * 8]
    assert np.isclose(second.values.sum(), 1)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["low", "high"]
    assert ax.get_label() == "low: mean 0.75, spread 0.43; high: mean 9, spread 1."
    assert len({patch.get_linestyle() for patch in ax.patches}) == 2


def test_values_outside_the_limits_count_but_are_not_drawn():
    values = {"a": torch.tensor([0.5, 1.5, 7.0, -9.0])}
    (patch,) = draw_histograms(values, xlabel="value", bins=2, limits=(0, 2)).patches
    assert patch.get_data().values.tolist() == [0.25, 0.25]
    assert patch.get_data().edges.tolist() == [0, 1, 2]


def test_single_value_can_be_drawn():
    (patch,) = draw_histograms({"one": torch.tensor(3.0)}, xlabel="value").patches
    assert patch.get_data().values.sum() == 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "values must have 1 to 5 entries, got 0"),
        ({str(n): torch.ones(1) for n in range(6)}, "values must have 1 to 5 entries, got 6"),
        ({"a": torch.ones(0)}, r"values\['a'\] must have at least one value, got none"),
    ],
)
def test_what_cannot_be_drawn_is_refused(values, message):
    with pytest.raises(ValueError, match=message):
        draw_histograms(values, xlabel="value")


def test_delta_spread_names_the_deviation_of_each_column():
    deltas = torch.tensor([[1.0, 2, 0, 0.5], [-1, -2, 0, 0.5]])
    figure = draw_delta_spread({"weights 1, 1": deltas, "doubled": 2 * deltas})
    titles = [ax.get_title() for ax in figure.axes]
    assert titles[:4] == [
        "x: spread 1.00",
        "y: spread 2.00",
        "width: spread 0.00",
        "height: spread 0.00",
    ]
    assert titles[4] == "x: spread 2.00"
    assert figure.axes[0].get_label().startswith("With weights 1, 1, the standard deviations are")


def test_delta_spread_needs_an_entry_of_four_columns():
    with pytest.raises(ValueError, match="deltas must have at least one entry, got none"):
        draw_delta_spread({})
    with pytest.raises(ValueError, match=r"deltas\['a'\] must have shape \[R, 4\]"):
        draw_delta_spread({"a": torch.zeros(3, 5)})
