"""What `compare` notices, and in which words."""

from collections import OrderedDict

import numpy as np
import pytest
import torch

from rcnn_course.checks.engine.compare import Mismatch, compare

LEVELS = OrderedDict([("0", torch.ones(2)), ("pool", torch.zeros(1))])


def difference(found, expected):
    return compare(found, expected, where="The result", rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "value",
    [
        torch.zeros(0, 4),
        torch.tensor([1.0, float("nan"), float("inf")]),
        torch.tensor([True, False]),
        torch.arange(3),
        LEVELS,
        (torch.ones(2), [torch.zeros(1)]),
        1.5,
        3,
        "person",
        None,
        {},
        [],
    ],
)
def test_equal_values_have_no_difference(value):
    assert difference(value, value) == 0


def test_difference_is_the_largest_of_all_parts():
    found = {"boxes": torch.tensor([1.0, 2.000001]), "loss": 0.5}
    expected = {"boxes": torch.tensor([1.0, 2.0]), "loss": 0.500004}
    assert difference(found, expected) == pytest.approx(4e-6)


@pytest.mark.parametrize(
    ("found", "expected", "message"),
    [
        (np.ones(2), torch.ones(2), "is a NumPy array, expected a torch.Tensor"),
        ([1.0, 1.0], torch.ones(2), "is a value of type list, expected a torch.Tensor"),
        (torch.ones(2, 1), torch.ones(2), r"has the shape \[2, 1\], expected \[2\]"),
        (torch.ones(2).double(), torch.ones(2), "dtype torch.float64, expected torch.float32"),
        (torch.ones(2, device="meta"), torch.ones(2), "is on meta, expected on cpu"),
        (
            torch.tensor([[1.0, 2], [3, 5]]),
            torch.tensor([[1.0, 2], [3, 4]]),
            r"differs at 1 of 4 places; the first is \[1, 1\]: found 5, expected 4",
        ),
        (torch.tensor(2.0), torch.tensor(1.0), "is 2, expected 1"),
        (torch.tensor([float("nan")]), torch.tensor([1.0]), "found nan, expected 1"),
        (
            torch.tensor([[3.0, 4], [1, 2], [5, 6]]),
            torch.tensor([[1.0, 2], [3, 4], [5, 6]]),
            "stand in another order",
        ),
        (torch.ones(2), LEVELS, r"shape \[2\], expected a dictionary"),
        ({"pool": 0, "0": 0}, LEVELS, r"keys \['pool', '0'\], expected \['0', 'pool'\]"),
        ({"0": torch.ones(2), "pool": torch.ones(1)}, LEVELS, r"result\['pool'\] differs"),
        ([torch.ones(2)], (torch.ones(2), torch.ones(2)), "has 1 entries, expected 2"),
        (torch.ones(2), [torch.ones(2)], r"shape \[2\], expected a list"),
        ([torch.zeros(2)], [torch.ones(2)], r"result\[0\] differs"),
        ("a", 1.5, "is a value of type str, expected a number"),
        (True, 1.0, "is a value of type bool, expected a number"),
        (float("nan"), 1.0, "is nan, expected 1"),
        (2, None, "is 2, expected None"),
    ],
)
def test_difference_is_described(found, expected, message):
    with pytest.raises(Mismatch, match=message):
        difference(found, expected)


class Named(torch.Tensor):
    """Keeps its class through whatever PyTorch computes with it, as `tv_tensors.Mask` does."""


class Lazy(torch.Tensor):
    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        raise AssertionError("asked for later")


class Agreeing(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return torch.tensor(True)


def test_tensor_of_a_class_of_its_own_is_a_tensor():
    assert difference(torch.ones(2).as_subclass(Named), torch.ones(2)) == 0


def test_tensor_of_a_class_of_its_own_that_agrees_with_everything_is_seen_through():
    with pytest.raises(Mismatch, match="differs at 2 of 2 places"):
        difference(torch.Tensor.as_subclass(torch.zeros(2), Agreeing), torch.ones(2))


def test_tensor_that_could_compute_later_is_not_a_tensor():
    lazy = torch.Tensor._make_wrapper_subclass(Lazy, (2,))
    with pytest.raises(Mismatch, match=r"is a value of type Lazy, expected a torch\.Tensor"):
        difference(lazy, torch.ones(2))


class Agreeable:
    """Says that it equals anything."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return hash("0")


class AgreeableNumber(float):
    def __sub__(self, other):
        return 0.0


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Agreeable(), "a"),
        (Agreeable(), None),
        (Agreeable(), True),
        ({Agreeable(): torch.ones(1)}, {"0": torch.ones(1)}),
        (AgreeableNumber(3), 1.0),
    ],
)
def test_object_that_equals_anything_is_not_the_expected_value(found, expected):
    with pytest.raises(Mismatch):
        difference(found, expected)
