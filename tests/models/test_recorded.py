"""The recorded training shows what notebook 10 says of it."""

import itertools

import pytest

from rcnn_course.datasets import GeneratedPeople, evaluate_detections
from rcnn_course.models.recorded import recorded_training
from scripts.detector.record import AVERAGED, HELD_OUT, SHOWN, record


@pytest.fixture(scope="module")
def scores():
    """AP50 of each look, by pycocotools, on the pictures that notebook 10 draws again."""
    truths = [target for _, target in GeneratedPeople(**HELD_OUT)]
    looks = recorded_training().looks
    return [evaluate_detections(truths, look.detections, iou_types=["bbox"]).bbox for look in looks]


def test_detector_gets_better_from_look_to_look(scores):
    found = [score.AP50 for score in scores]
    assert all(after > before - 0.01 for before, after in itertools.pairwise(found))
    assert found[0] < 0.1
    assert found[-1] > 0.7


def test_curve_of_the_notebook_falls_the_sooner_the_higher_the_threshold(scores):
    halfway = scores[3].curves()
    ends = [(curve > 0).sum() for curve in halfway.values()]
    assert ends == sorted(ends, reverse=True)
    assert ends[0] > 3 * ends[-1] > 0


def test_losses_fall():
    for values in recorded_training().losses.values():
        assert len(values) == SHOWN[-1] // AVERAGED
    whole = [sum(step) for step in zip(*recorded_training().losses.values(), strict=True)]
    assert sum(whole[-20:]) < 0.65 * sum(whole[20:40])  # at first, few RoIs have a box to learn


def test_record_has_the_form_of_the_bundled_one():
    data = record(shown=(5,))
    assert {name: len(values) for name, values in data["losses"].items()} == dict.fromkeys(
        recorded_training().losses, 1
    )
    (look,) = data["looks"]
    assert len(look["detections"]) == HELD_OUT["length"]
