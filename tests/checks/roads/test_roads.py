"""Whatever the road round an exercise, it is refused by name; without a guard it would lead."""

import fnmatch

import pytest
import torch

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.guard import TRANSPOSED_CONVOLUTION
from rcnn_course.checks.engine.works import Work, find_code
from rcnn_course.checks.exercises import works
from tests.checks.roads import vehicles
from tests.checks.roads.generator import Examiner, leads, roads

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.slow]

NOT_INSTALLED = ("scipy", "skimage")


@pytest.mark.parametrize("name", EXERCISES)
def test_every_road_is_refused_by_name(name):
    examiner = Examiner(name)
    leading = [road for road in roads(name) if leads(name, road)]
    passed = []
    for road in leading:
        report = examiner.examine(road.make())
        if report.mistake != "delegated" or "Your code called" not in report.message:
            passed.append((road.name, report.outcome, report.message))
    assert not passed
    assert len(leading) >= 8


@pytest.mark.parametrize("name", EXERCISES)
def test_every_door_of_a_library_leads(name):
    library = [road for road in roads(name) if road.name.startswith("library")]
    assert [road.name for road in library if not leads(name, road)] == []


@pytest.mark.parametrize("name", ["box_area", "bilinear_sample", "decode_boxes"])
def test_what_was_compiled_before_is_refused(name):
    examiner = Examiner(name)
    for road in roads(name, vehicles.SLOW):
        if road.name.startswith("vehicle"):
            assert leads(name, road), road.name
            assert examiner.examine(road.make()).mistake == "delegated", road.name


@pytest.mark.parametrize("vehicle", vehicles.NOT_PREVENTED)
def test_what_is_documented_as_not_prevented_is_not(vehicle):
    exercise = EXERCISES["box_area"]
    subject = vehicles.NOT_PREVENTED[vehicle](exercise.reference)
    assert Examiner("box_area").examine(subject).outcome == "correct"


WORKS = {name: value for name, value in vars(works).items() if isinstance(value, Work)}


def test_every_work_is_refused_by_an_exercise():
    assert {work for e in EXERCISES.values() for work in e.refused} == set(WORKS.values())


@pytest.mark.parametrize("work", WORKS)
def test_every_name_of_a_work_means_something(work):
    assert [
        name
        for name in WORKS[work].code
        if not name.startswith(NOT_INSTALLED) and find_code(name) is None
    ] == []
    operators = [name.partition(".")[0] for name in torch._C._dispatch_get_all_op_names()]
    patterns = [p for p in WORKS[work].operators if p != TRANSPOSED_CONVOLUTION]
    assert [p for p in patterns if not fnmatch.filter(operators, p)] == []
