"""Small pictures and small detectors, so that a step takes a moment."""

import pytest
import torch

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import load_detector


@pytest.fixture(scope="session")
def pictures():
    """Five pictures of 64 pixels."""
    return [*GeneratedPeople(5, seed=3, size=64)]


@pytest.fixture
def detector():
    """The course detector with a new box predictor, looking at small pictures."""
    return small_detector()


def small_detector(name="fasterrcnn", **numbers):
    torch.manual_seed(0)
    model = load_detector(name, weights="course", **({"num_classes": 5} | numbers))
    model.transform.min_size = (64,)
    return model
