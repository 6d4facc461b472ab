"""The picture of ideas by notebook."""

import pytest

from rcnn_course.draw import draw_ideas

COUNTS = {"half a pixel": {"03": 4, "06": 16}, "rounding": {"03": 0, "06": 1}}


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def test_each_count_is_a_square_whose_area_grows_with_it():
    ax = draw_ideas(COUNTS)
    four, sixteen, one = (patch.get_width() for patch in ax.patches)
    assert one < four < sixteen
    assert {"4", "16", "1", "03", "06", "half a pixel", "rounding"} <= set(texts_of(ax))
    assert "0" not in texts_of(ax)


def test_label_says_what_is_drawn():
    ax = draw_ideas(COUNTS | {"order": {"03": 0, "06": 0}})
    assert ax.get_label() == "half a pixel: 4 in 03, 16 in 06. rounding: 1 in 06. order: nobody."


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "must have an idea"),
        ({"a": {}}, r"counts\['a'\] must have \[\]"),
        ({"a": {"03": 1}, "b": {"04": 1}}, r"counts\['b'\] must have \['03'\], got \['04'\]"),
        ({"a": {"03": -1}}, r"counts\['a'\] must be counts, got {'03': -1}"),
    ],
)
def test_other_counts_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        draw_ideas(counts)
