import matplotlib.pyplot as plt
import numpy as np
import pytest

from rcnn_course.draw import draw_losses, draw_precision_recall, draw_scores


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_each_loss_is_a_line_with_its_own_colour_and_style():
    ax = draw_losses({"loss_mask": [3.0, 2.0, 1.5], "loss_objectness": [1.0, 0.5, 0.4]})
    assert [line.get_xdata().tolist() for line in ax.lines] == [[1, 2, 3], [1, 2, 3]]
    assert ax.lines[0].get_ydata().tolist() == [3.0, 2.0, 1.5]
    assert len({line.get_color() for line in ax.lines}) == 2
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert legend_of(ax) == ["loss_mask", "loss_objectness"]


def test_losses_stand_at_their_steps():
    ax = draw_losses({"training": [3.0, 2.0], "validation": [3.5, 3.0]}, steps=[20, 35])
    assert [line.get_xdata().tolist() for line in ax.lines] == [[20, 35]] * 2
    with pytest.raises(ValueError, match=r"losses\['b'\] must have one entry for each of 2 steps"):
        draw_losses({"a": [3.0, 2.0], "b": [1.0]}, steps=[20, 35])


def test_single_loss_is_a_point():
    (line,) = draw_losses({"loss": [3.0]}).lines
    assert line.get_marker() == "o"


def test_losses_start_at_zero_and_name_their_scales():
    ax = draw_losses({"loss": [3.0, 2.0]}, xlabel="epoch")
    assert ax.get_ylim()[0] == 0
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("epoch", "loss")


@pytest.mark.parametrize("losses", [{}, {"loss": []}])
def test_nothing_trained_yet_is_an_empty_chart(losses):
    ax = draw_losses(losses)
    assert all(len(line.get_xdata()) == 0 for line in ax.lines)


def test_losses_are_drawn_into_the_axes_given():
    _, ax = plt.subplots()
    assert draw_losses({"loss": [1.0]}, ax=ax) is ax


def test_too_many_losses_are_refused():
    with pytest.raises(ValueError, match=r"losses must have at most 5 lines, got 6"):
        draw_losses({str(number): [1.0] for number in range(6)})


def test_loss_that_is_not_finite_is_named():
    with pytest.raises(ValueError, match=r"losses\['loss_mask'\] must be finite"):
        draw_losses({"loss": [1.0], "loss_mask": [1.0, float("nan")]})


def test_precision_is_drawn_over_recall_with_its_average():
    ax = draw_precision_recall({"IoU 0.50": np.array([1.0, 1.0, 0.4])})
    assert ax.lines[0].get_xdata().tolist() == [0, 0.5, 1]
    assert legend_of(ax) == ["IoU 0.50  AP 0.80"]
    assert (ax.get_xlim(), ax.get_ylim()) == ((0, 1), (0, 1.03))


def test_precision_may_come_with_its_recall():
    ax = draw_precision_recall({"mine": [1.0, 0.5]}, recall=[0.1, 0.9])
    assert list(ax.lines[0].get_xdata()) == [0.1, 0.9]


def test_no_precision_is_an_empty_chart():
    assert not draw_precision_recall({"empty": []}).lines


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"precision": {"a": [-1.0, -1.0]}}, r"precision\['a'\] must be from 0 to 1, got -1 to -1"),
        ({"precision": {"a": [1.2]}}, r"got 1\.2 to 1\.2"),
        ({"precision": {"a": [1.0]}, "recall": [0, 1]}, r"each of 2 recall levels, got 1"),
        ({"precision": {str(n): [1.0] for n in range(6)}}, r"at most 5 lines, got 6"),
    ],
)
def test_impossible_precision_is_refused_with_the_reason(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw_precision_recall(**arguments)


def test_scores_are_bars_with_their_numbers():
    ax = draw_scores({"AP": 0.425, "AP50": 1.0, "AP small": float("nan")})
    assert [text.get_text() for text in ax.texts] == ["0.42", "1.00", "–"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["AP", "AP50", "AP small"]
    assert [bar.get_width() for bar in ax.patches[3:]] == [0.425, 1.0, 0.0]


def test_no_scores_are_an_empty_chart():
    assert not draw_scores({}).patches


def test_score_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"scores must be from 0 to 1, got \{'AP': 42\.0\}"):
        draw_scores({"AP": 42.0})
