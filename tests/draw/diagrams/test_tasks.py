import pytest
import torch

from rcnn_course.datasets import CATEGORIES, GeneratedPeople
from rcnn_course.draw import draw_tasks
from rcnn_course.draw.base.tags import tags_of


def tags(ax):
    return sorted(tag.text for tag in tags_of(ax))


@pytest.fixture(scope="module")
def scene():
    """A person and a ball, and a second person behind them."""
    return GeneratedPeople(9, seed=1, size=(120, 180))[8]


def test_each_task_has_its_own_answer(scene):
    image, target = scene
    panels = draw_tasks(image, target, categories=CATEGORIES).axes
    names = sorted(CATEGORIES[label] for label in target["labels"])
    assert names == ["person", "person", "sports ball"]
    assert [tags(ax) for ax in panels] == [
        ["person"],
        ["person"],
        names,
        ["person", "sports ball"],
        names,
        [],
    ]
    assert [len(ax.patches) for ax in panels[:3]] == [0, 1, 3]
    assert [len(ax.images) for ax in panels] == [1, 1, 1, 3, 2, 1]
    assert panels[5].collections or panels[5].lines


def test_largest_object_is_measured_by_its_mask(scene):
    image, target = scene
    target = target | {"masks": torch.zeros_like(target["masks"])}
    target["masks"][target["labels"] == 2] = 1
    panels = draw_tasks(image, target, categories=CATEGORIES).axes
    assert tags(panels[0]) == tags(panels[1]) == ["sports ball"]


def test_picture_without_objects_is_refused(scene):
    image, target = scene
    nothing = {name: values[:0] for name, values in target.items() if values.ndim}
    with pytest.raises(ValueError, match="at least one object, got none"):
        draw_tasks(image, nothing, categories=CATEGORIES)
