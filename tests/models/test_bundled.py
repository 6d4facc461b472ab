"""What the package brings along: weights, their figures and their card."""

import json
import re

import pytest
import torch

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import course_rcnn, load_detector
from rcnn_course.models.loading import COURSE_WEIGHTS
from rcnn_course.training import measure
from scripts.detector.evaluate import TEST_SEED

FACTS = json.loads(COURSE_WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))


def test_weights_are_small_and_hold_no_code():
    assert COURSE_WEIGHTS.stat().st_size < 20e6
    stored = torch.load(COURSE_WEIGHTS, weights_only=True)
    assert all(tensor.isfinite().all() for tensor in stored.values())


def test_weights_fit_the_detector_exactly():
    stored = torch.load(COURSE_WEIGHTS, weights_only=True)
    expected = course_rcnn().state_dict()
    assert {k: v.shape for k, v in stored.items()} == {k: v.shape for k, v in expected.items()}


@pytest.mark.parametrize("kind", ["box", "mask", "keypoint"])
def test_card_and_recorded_figures_agree(kind):
    card = COURSE_WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    figure = re.search(rf"^\| {kind} AP \| ([\d.]+) \|$", card, re.MULTILINE).group(1)
    assert float(figure) == FACTS[f"{kind}_ap"]


def test_card_tells_how_the_weights_came_about():
    card = COURSE_WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    for fact in ("file", "seed", "steps", "machine", "minutes", "test_pictures"):
        assert str(FACTS[fact]) in card


def test_bundled_detector_finds_people_about_as_well_as_recorded():
    model = load_detector("maskkeypointrcnn", weights="course")
    result = measure(model, GeneratedPeople(16, seed=TEST_SEED))
    assert abs(result.bbox.AP - FACTS["box_ap"]) < 0.15
    assert abs(result.segm.AP - FACTS["mask_ap"]) < 0.15
    assert abs(result.keypoints.AP - FACTS["keypoint_ap"]) < 0.2
