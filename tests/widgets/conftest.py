from types import SimpleNamespace

import pytest

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import load_detector
from rcnn_course.widgets import explorer


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """The clock of explorers, which a test moves on: they say what took long on a busy machine."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(explorer, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return clock


@pytest.fixture
def silent(capfd):
    """Nothing that an explorer does may be heard: nbgrader gives 0 points for standard error."""
    yield
    said = capfd.readouterr()
    assert said.err == ""
    assert said.out == ""


@pytest.fixture(scope="session")
def model():
    return load_detector("maskkeypointrcnn", weights="course")


@pytest.fixture(scope="session")
def scene():
    """A picture with people and its target."""
    return GeneratedPeople(1, seed=5, size=(192, 256))[0]
