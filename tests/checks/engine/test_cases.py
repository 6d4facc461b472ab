"""The odd cases that the engine makes of one of an exercise's own, and calls of the reference."""

import pytest
import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Odd


def scaled(boxes: Tensor, weights: list[Tensor], scale: float = 2.0) -> Tensor:
    return boxes * scale + sum(weights)


def exercise(odd, **kwargs):
    def cases(normal, _):
        yield Case("the first", (normal(3, 4), [normal(1), normal(1)]), kwargs)

    return Exercise("scaled", scaled, "", cases, odd)


def odd_ones(odd, **kwargs):
    _, *others = exercise(odd, **kwargs).cases(0)
    return {case.what: case for case in others}


def test_first_case_is_tried_with_unusual_tensors():
    cases = odd_ones(Odd(length=["boxes"], gradient=["boxes", "weights"]))
    assert [*cases] == [
        "no entries in boxes",
        "one entry in boxes",
        "float64",
        "tensors that are not contiguous in memory",
        "the gradient that flows back to boxes and weights",
    ]
    none, one, double, scattered, trained = cases.values()
    assert (none.args[0].shape, one.args[0].shape) == ((0, 4), (1, 4))
    assert all(tensor.dtype == torch.float64 for tensor in (double.args[0], *double.args[1]))
    assert not scattered.args[0].is_contiguous()
    assert scattered.args[0].equal(next(exercise(None).cases(0)).args[0])
    assert all(tensor.requires_grad for tensor in (trained.args[0], *trained.args[1]))


def test_kinds_can_be_left_out_and_have_hints():
    cases = odd_ones(Odd(layout=False, hints={"float64": "as it came"}))
    assert {what: case.hint for what, case in cases.items()} == {"float64": "as it came"}


def test_no_entries_at_all_can_be_left_out_alone():
    cases = odd_ones(Odd(length=["boxes"], empty=False, float64=False, layout=False))
    assert [*cases] == ["one entry in boxes"]


@pytest.mark.parametrize(
    ("odd", "kwargs"),
    [
        (Odd(length=["box"]), {}),
        (Odd(gradient=["boxes", "weight"]), {}),
        (Odd(gradient=["scale"]), {"scale": 1.0}),
    ],
    ids=["length", "gradient", "gradient of what is given by keyword"],
)
def test_argument_that_cannot_be_altered_is_refused(odd, kwargs):
    with pytest.raises(ValueError, match=r"no argument (box|weight|scale) that can"):
        odd_ones(odd, **kwargs)


def test_call_is_made_with_other_arguments_and_keeps_the_rest():
    some = exercise(None)
    call = some.call(Case("", (torch.ones(2), [torch.ones(1)])))
    assert call.scale == 2.0
    assert call().tolist() == [3, 3]
    assert call(scale=call.scale + 1).tolist() == [4, 4]
    assert call.by(lambda boxes, weights, scale: scale, weights=[]) == 2.0
    with pytest.raises(AttributeError, match="no argument 'stride'; it has boxes, weights, scale"):
        _ = call.stride
    with pytest.raises(TypeError, match="no argument stride"):
        call(stride=1)
