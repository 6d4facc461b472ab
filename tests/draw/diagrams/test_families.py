from rcnn_course.draw import draw_families
from rcnn_course.draw.base import style
from rcnn_course.draw.diagrams.families import FAMILIES


def test_every_step_stands_in_the_column_of_its_family():
    ax = draw_families()
    places = [(text.get_text(), text.get_position()) for text in ax.texts]
    for family in FAMILIES:
        (x,) = [position[0] for words, position in places if words == family.name]
        below = [words for words, position in places if position[0] == x]
        steps = [step.removeprefix("*") for step in (*family.once, *family.for_each)]
        assert below == [family.name, family.paper, *steps]


def test_what_is_new_is_lit(has_color):
    ax = draw_families()
    for text in ax.texts:
        x, y = text.get_position()
        if text.get_text() == "RoIAlign":
            new = text.get_fontweight() == "bold"
            assert has_color(ax, x - 0.8, y, style.BLUE if new else style.PAPER)
    assert sum(step.startswith("*") for family in FAMILIES for step in family.for_each) == 9


def test_families_are_described_in_words():
    label = draw_families().get_label()
    assert "R-CNN: once for the picture selective search; for each region cut out" in label
    assert "*" not in label
