import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rcnn_course.draw import PARTS, pipeline_map
from rcnn_course.draw.base import style


def boxes_of(ax):
    return {patch.get_gid(): patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)}


def middle_of(box):
    return box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2


def texts_of(ax):
    return [text.get_text() for text in ax.texts]


def test_map_has_the_parts_in_order_in_boxes_of_one_size():
    boxes = boxes_of(pipeline_map())
    assert list(boxes) == [
        "transform", "backbone", "FPN", "RPN", "RoIAlign", "box head", "mask head", "keypoint head"
    ]  # fmt: skip
    assert len({(box.get_width(), box.get_height()) for box in boxes.values()}) == 1


def test_map_says_what_each_part_makes_and_which_notebook_teaches_it():
    words = texts_of(pipeline_map())
    for name, part in PARTS.items():
        assert {name, part.makes, part.notebooks} <= set(words)


def test_map_lights_the_part_and_keeps_the_others_calm(has_color):
    ax = pipeline_map("RPN")
    for name, box in boxes_of(ax).items():
        x, y = middle_of(box)
        face = style.BLUE if name == "RPN" else style.PANEL
        assert has_color(ax, x - 0.6, y, face), name
    assert texts_of(ax).count("you are here") == 1


def test_map_lights_several_parts():
    ax = pipeline_map(["mask head", "FPN"])
    assert texts_of(ax).count("you are here") == 2


def test_map_of_all_parts_needs_no_tags():
    ax = pipeline_map(list(PARTS))
    assert "you are here" not in texts_of(ax)


def test_map_without_a_place_lights_nothing(has_color):
    ax = pipeline_map()
    x, y = middle_of(boxes_of(ax)["FPN"])
    assert has_color(ax, x - 0.6, y, style.PANEL)
    assert "You are here" not in ax.get_label()


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("transform", "backbone"),
        ("backbone", "FPN"),
        ("FPN", "RPN"),
        ("FPN", "RoIAlign"),
        ("RPN", "RoIAlign"),
        ("RoIAlign", "box head"),
        ("RoIAlign", "mask head"),
        ("RoIAlign", "keypoint head"),
    ],
)
def test_map_has_an_arrow_from_each_part_to_what_reads_it(start, end):
    ax = pipeline_map()
    boxes = boxes_of(ax)

    def touches(box, point):
        x, y = point[0] - box.get_x(), point[1] - box.get_y()
        return -0.01 <= x <= box.get_width() + 0.01 and -0.01 <= y <= box.get_height() + 0.01

    ends = [
        (patch._path_original.vertices[0], patch._path_original.vertices[-1])
        for patch in ax.patches
        if isinstance(patch, FancyArrowPatch)
    ]
    assert any(touches(boxes[start], tail) and touches(boxes[end], head) for tail, head in ends)
    assert len(ends) == 8


def test_map_names_the_parts_when_it_does_not_know_one():
    with pytest.raises(ValueError, match=r"here names no part.*'ROI'.*'RoIAlign'.*'mask head'"):
        pipeline_map("ROI")


def test_map_describes_itself_for_readers_who_cannot_see_it():
    assert "You are here: RoIAlign, box head." in pipeline_map(["RoIAlign", "box head"]).get_label()


def test_every_word_of_the_map_stays_inside_the_picture():
    ax = pipeline_map(["RPN", "box head", "keypoint head"])
    ax.figure.canvas.draw()
    page = ax.figure.bbox
    for text in ax.texts:
        extent = text.get_window_extent()
        assert page.x0 <= extent.x0 < extent.x1 <= page.x1, text
        assert page.y0 <= extent.y0 < extent.y1 <= page.y1, text


def test_no_two_words_of_the_map_touch():
    ax = pipeline_map(list(PARTS)[:-1])
    ax.figure.canvas.draw()
    extents = [(text.get_text(), text.get_window_extent()) for text in ax.texts]
    for index, (word, extent) in enumerate(extents):
        for other, there in extents[index + 1 :]:
            assert not extent.overlaps(there), (word, other)
