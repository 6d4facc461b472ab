"""How a tensor differs is said where it is exact, and only there."""

import pytest
import torch

from rcnn_course.checks.engine.compare import Mismatch, compare

EXPECTED = torch.tensor([[1.0, 2, 4], [7, 11, 16], [22, 29, 37]])
ORDER = torch.tensor([2, 0, 1])

PATTERNS = {
    "constant": (torch.zeros(3, 3), "Every number is 0, whatever the input."),
    "transposed": (EXPECTED.mT, "It is transposed"),
    "another order": (EXPECTED[ORDER], "The rows are the right ones"),
    "a row later": (
        torch.cat([torch.zeros(1, 3), EXPECTED[:-1]]),
        "one place later than it should, along dimension 0",
    ),
    "a column earlier": (
        torch.cat([EXPECTED[:, 1:], torch.zeros(3, 1)], 1),
        "one place earlier than it should, along dimension 1",
    ),
    "too large": (EXPECTED + 1, "Every number is too large by 1."),
    "too small": (EXPECTED - 0.5, "Every number is too small by 0.5."),
    "multiplied": (EXPECTED * 4, "Every number is 4 times the expected one."),
    "negated": (-EXPECTED, "Every number has the opposite sign."),
    "only the first": (EXPECTED + torch.tensor([[0.0], [2], [3]]), "Only the first row is right."),
    "all but the last": (EXPECTED * torch.tensor([[1.0], [1], [5]]), "Only the last row is wrong."),
}
"""Wrong tensors, and what is said of them."""


def message(found, expected=EXPECTED):
    with pytest.raises(Mismatch) as caught:
        compare(found, expected, where="The result", rtol=1e-4, atol=1e-5)
    return str(caught.value)


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_is_said_where_it_is_exact(name):
    found, said = PATTERNS[name]
    assert said in message(found)


@pytest.mark.parametrize("name", PATTERNS)
def test_pattern_is_not_said_where_one_number_contradicts_it(name):
    found, said = PATTERNS[name]
    found = found.clone()
    found[1, 1] += 0.01
    if name == "all but the last":
        found[1, 1] += 1
    assert said not in message(found) or name == "only the first"  # that row is wrong, still


def test_pattern_is_said_of_another_shape():
    assert "It is transposed" in message(EXPECTED[:2].mT, EXPECTED[:2])
    assert "It is transposed" not in message(EXPECTED[:2].mT + 1, EXPECTED[:2])


def test_rows_near_each_other_are_in_no_other_order():
    near = torch.arange(6.0).reshape(3, 2) * 1e-4
    assert "another order" not in message(near + 5e-4, near)


def test_rows_taken_twice_are_in_no_other_order():
    assert "another order" not in message(EXPECTED[[0, 0, 2]])


@pytest.mark.parametrize("expected", [torch.zeros(4), torch.ones(4, dtype=torch.bool)])
def test_constant_is_not_said_where_a_constant_is_right(expected):
    assert "whatever the input" not in message(~expected if expected[0] else expected + 1, expected)
