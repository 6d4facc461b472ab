"""The numbers that a part of an answer should give are told by what the whole gives for others."""

import numpy as np
import pytest

from rcnn_course.checks.engine.numbers import floats_of, numbers_of, with_floats
from rcnn_course.checks.engine.wanted import wanted

START = np.array([3.0, 1.0, 2.0])
WANTED = np.array([0.5, 4.0, 2.5])


@pytest.mark.parametrize(
    "whole",
    [
        lambda x: 2 * x + 1,
        np.exp,
        lambda x: np.repeat(x, 3) / np.array([1, 2, 3] * 3),
        lambda x: np.concatenate([[7.0], x[::-1]]),
        lambda x: np.maximum(x, 0.1),
        lambda x: np.array([900.0, 0.1, 50.0]) / x,
    ],
)
def test_numbers_are_found_where_each_of_the_result_follows_one(whole):
    found = wanted(whole, [START, START + 1], whole(WANTED))
    assert found.is_known.all()
    np.testing.assert_allclose(found.numbers, WANTED, rtol=1e-3)


@pytest.mark.parametrize(
    "whole",
    [np.cumsum, lambda x: x.sum(keepdims=True), np.sign, lambda x: None, lambda x: 0 * x],
)
def test_none_are_found_where_the_result_mixes_them_or_does_not_follow(whole):
    target = np.array([5.0]) if whole(START) is None else whole(WANTED) + 1
    assert wanted(whole, [START], target) is None


def test_number_that_only_a_bound_tells_is_not_known():
    found = wanted(lambda x: np.maximum(x, 0), [START], np.array([1.0, 0.0, 2.5]))
    assert found.is_known.tolist() == [True, False, True]


def test_number_is_not_known_where_other_starts_lead_to_another():
    found = wanted(lambda x: (x - 3) ** 2, [START - 2.5, START + 3], np.array([1.0, 4.0, 9.0]))
    assert found is None


def test_value_of_any_form_is_given_other_numbers():
    value = {"a": (1.5, True), "b": [np.array([2.0, 3.0]), "text", 4]}
    assert numbers_of(value).tolist() == [1.5, 1.0, 2.0, 3.0, 4.0]
    assert floats_of(value).tolist() == [1.5, 2.0, 3.0]
    other = with_floats(value, np.array([5.0, 6.0, 7.0]))
    assert other["a"] == (5.0, True)
    assert other["b"][0].tolist() == [6.0, 7.0]
    assert other["b"][1:] == ["text", 4]
