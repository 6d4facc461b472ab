"""Every exercise stands where its name and that of its notebook say."""

from pathlib import Path

import pytest

from rcnn_course.checks import exercises
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.exercise import Exercise
from tests.answers import ASSIGNMENTS, answers

FOLDERS = Path(exercises.__file__).parent
MODULES = {
    f"{folder}.{module}": vars(value)
    for folder in vars(exercises)
    if folder.startswith("n")
    for module, value in vars(getattr(exercises, folder)).items()
    if hasattr(value, "__file__")
}


def bare(name):
    """Return a name as it is in any spelling: roi_pool, ROI_POOL and RoIPool are one."""
    return name.replace("_", "").lower()


def test_every_notebook_has_a_folder_of_its_name():
    folders = {path.parent.name for path in FOLDERS.glob("*/__init__.py")}
    assert folders == {f"n{assignment}" for assignment in ASSIGNMENTS}


@pytest.mark.parametrize(
    ("assignment", "name"), [(a, e) for a in ASSIGNMENTS for e in answers(a).WRONG]
)
def test_exercise_has_a_file_of_its_name(assignment, name):
    found = [
        place
        for place, names in MODULES.items()
        if any(value is EXERCISES[name] for value in names.values())
    ]
    assert [bare(place) for place in found] == [bare(f"n{assignment}.{name}")]


def test_no_file_holds_two_exercises():
    for place, names in MODULES.items():
        held = [value for value in names.values() if isinstance(value, Exercise)]
        assert len(held) <= 1, place


@pytest.mark.parametrize("name", EXERCISES)
def test_every_further_subject_of_a_case_is_that_of_another_case(name):
    cases = list(EXERCISES[name].cases(0))
    for case in cases:
        others = [other for other in cases if other is not case]
        shared = {"", case.hint, *(hint for other in others for hint in (other.hint, *other.also))}
        assert {*case.also} <= shared, case.what
