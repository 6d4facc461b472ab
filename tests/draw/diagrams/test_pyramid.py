import pytest

from rcnn_course.draw import draw_fpn, draw_level_steps

SHAPES = [(256, 40, 60), (512, 20, 30), (1024, 9, 15)]


def words_of(ax):
    return [text.get_text() for text in ax.texts]


def test_fpn_names_every_map_with_its_shape():
    words = words_of(draw_fpn(SHAPES, out_channels=64))
    for name, shape in [
        ("C2", "256 × 40 × 60"),
        ("C4", "1024 × 9 × 15"),
        ("P2", "64 × 40 × 60"),
        ("P4", "64 × 9 × 15"),
        ("P5", "64 × 5 × 8"),  # every second cell of odd sizes
    ]:
        assert words[words.index(name) + 1] == shape


def test_fpn_has_a_sum_on_every_level_but_the_coarsest():
    ax = draw_fpn(SHAPES, out_channels=64)
    words = words_of(ax)
    assert words.count("+") == words.count("repeated to the finer size") == 2
    assert words.count("1 × 1 convolution") == words.count("3 × 3 convolution") == 3
    assert "C2 to C4" in ax.get_label()
    assert "P5 is every second cell" in ax.get_label()


def test_fpn_of_one_map_has_nothing_to_add():
    assert "+" not in words_of(draw_fpn(SHAPES[:1], out_channels=64))


def test_fpn_without_maps_is_refused():
    with pytest.raises(ValueError, match="shapes must have at least one map, got none"):
        draw_fpn([], out_channels=64)


def test_level_steps_are_named_levels_over_doublings_of_224():
    ax = draw_level_steps([50, 112, 500], {"steps": [2, 3, 5], "line": [1.8, 3, 5.2]})
    assert [label.get_text() for label in ax.get_xticklabels()] == ["56", "112", "224", "448"]
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        f"P{level}" for level in range(1, 7)
    ]
    assert [line.get_ydata().tolist() for line in ax.lines] == [[2, 3, 5], [1.8, 3, 5.2]]
    assert "steps from 2 to 5, line from 1.8 to 5.2" in ax.get_label()


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        ([1, 2, 3], r"levels\['a'\] must have one entry for each of 3 sides, got 2"),
        ([1], "sides must have at least two values, got 1"),
    ],
)
def test_level_steps_need_a_level_for_each_of_several_sides(sides, message):
    with pytest.raises(ValueError, match=message):
        draw_level_steps(sides, {"a": [2, 3]})
