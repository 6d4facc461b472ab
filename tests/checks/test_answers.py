"""Two-sided tests of every exercise: right answers pass, typical mistakes fail by name."""

import pytest
import torch
from torch.utils import _pytree as pytree

from rcnn_course.checks import examine
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.reports import WIDTH
from tests.answers import ASSIGNMENTS, answers, solutions, write

SEEDS = (0, 2024)

EACH = [(a, e) for a in ASSIGNMENTS for e in answers(a).WRONG]
WRONG = [(a, e, mistake) for a, e in EACH for mistake in answers(a).WRONG[e]]
RIGHT = [(a, e, style) for a, e in EACH for style in answers(a).RIGHT[e]]


def test_every_exercise_has_answers_to_be_tested_with():
    assert {exercise for _, exercise in EACH} == set(EXERCISES)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_answers_stand_in_the_order_of_the_notebook(assignment):
    exercises = list(answers(assignment).WRONG)
    assert [name for name in solutions(assignment) if name in exercises] == exercises


@pytest.mark.parametrize(("assignment", "exercise"), EACH)
def test_solution_of_the_notebook_passes(assignment, exercise):
    subject = write(assignment, exercise, solutions(assignment)[exercise])
    for seed in SEEDS:
        report = examine(subject, seed=seed)
        assert report.outcome == "correct", report.message


@pytest.mark.parametrize(("assignment", "exercise", "style"), RIGHT)
def test_differently_written_answer_passes(assignment, exercise, style):
    subject = write(assignment, exercise, answers(assignment).RIGHT[exercise][style])
    for seed in SEEDS[:1] if style == "loops" else SEEDS:
        report = examine(subject, seed=seed)
        assert report.outcome == "correct", report.message


@pytest.mark.parametrize(("assignment", "exercise"), EACH)
def test_every_exercise_has_three_more_right_answers(assignment, exercise):
    assert len(answers(assignment).RIGHT[exercise]) >= 3


@pytest.mark.parametrize(("assignment", "exercise"), EACH)
def test_every_typical_mistake_has_an_answer_that_makes_it(assignment, exercise):
    mistakes = EXERCISES[exercise].mistakes
    assert sorted(answers(assignment).WRONG[exercise]) == sorted(mistakes)
    assert len(mistakes) >= 3


@pytest.mark.parametrize(("assignment", "exercise", "mistake"), WRONG)
def test_typical_mistake_fails_with_its_own_message(assignment, exercise, mistake):
    old, new = answers(assignment).WRONG[exercise][mistake]
    solution = solutions(assignment)[exercise]
    assert solution.count(old) == 1, f"{old!r} stands {solution.count(old)} times in the solution"
    subject = write(assignment, exercise, solution.replace(old, new))
    for seed in SEEDS:
        report = examine(subject, seed=seed)
        assert (report.outcome, report.mistake) == ("incorrect", mistake), report.message
    assert all(len(line) <= WIDTH for line in report.message.splitlines())
    assert len(report.message.splitlines()) <= 12


@pytest.mark.parametrize(("assignment", "exercise"), EACH)
def test_handing_the_work_to_the_library_is_refused(assignment, exercise):
    subject = write(assignment, exercise, answers(assignment).DELEGATING[exercise])
    report = examine(subject)
    assert (report.outcome, report.mistake) == ("incorrect", "delegated")


BORROWED = [(a, e) for a, e in EACH if "rcnn_course.reference" in EXERCISES[e].reference.__module__]


@pytest.mark.parametrize(("assignment", "exercise"), BORROWED)
def test_reference_of_the_course_is_refused(assignment, exercise):
    reference = EXERCISES[exercise].reference
    source = (
        f"from {reference.__module__} import {reference.__name__} as borrowed\n"
        f"def {exercise}(*args, **options):\n    return borrowed(*args, **options)"
    )
    report = examine(write(assignment, exercise, source))
    assert (report.outcome, report.mistake) == ("incorrect", "delegated")


@pytest.mark.parametrize(("assignment", "exercise"), EACH)
def test_cases_are_the_same_for_a_seed_and_differ_between_seeds(assignment, exercise):
    def first_values(seed):
        return [
            leaf.sum().item() if isinstance(leaf, torch.Tensor) else leaf
            for case in EXERCISES[exercise].cases(seed)
            for part in pytree.tree_leaves(case.args)
            for leaf in (part.parameters() if isinstance(part, torch.nn.Module) else [part])
            if isinstance(leaf, torch.Tensor | float | int)
        ]

    assert first_values(3) == first_values(3)
    assert first_values(3) != first_values(4)
