"""Asking a student's function for what an explorer shows."""

import pytest
import torch

from rcnn_course.widgets.student import NoAnswer, ask


def stub(x):
    """Still to be written."""
    raise NotImplementedError


def calls_stub(x):
    return stub(x) + 1


@pytest.mark.parametrize("function", [stub, calls_stub])
def test_unwritten_function_is_named(function):
    with pytest.raises(NoAnswer, match=r"^stub is not written yet\.$"):
        ask(function, 1)


def test_misspelt_forward_is_an_error_of_its_own():
    with pytest.raises(NoAnswer, match='missing the required "forward" function'):
        ask(lambda x: torch.nn.Module()(x), 1)
