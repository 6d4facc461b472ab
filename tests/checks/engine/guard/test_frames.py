"""Refused Python code is refused under every name, and what answers are built from is not."""

import contextlib
import functools
import logging
import sys
import types
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torchvision import ops
from torchvision.ops import boxes as box_operations

from rcnn_course.checks.engine.guard import TRANSPOSED_CONVOLUTION, Guard, Refused

BOXES = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3]])
MAP = torch.arange(64.0).view(1, 1, 8, 8)
KERNEL = torch.ones(1, 1, 3, 3)


def copied(code, **names):
    """Return a function of the same code that knows other names."""
    area = ops.box_area
    return types.FunctionType(code, {**area.__globals__, **names}, "mine", area.__defaults__)


class Unhashable(str):
    def __hash__(self):
        raise ValueError


def nameless():
    names = dict(ops.box_area.__globals__)
    del names["__name__"]
    area = ops.box_area
    return types.FunctionType(area.__code__, names, "mine", area.__defaults__)


AREA = ops.box_area.__code__
COPIES = {
    "partial": lambda: functools.partial(ops.box_area),
    "copy": lambda: copied(AREA),
    "copy without the module's name": nameless,
    "copy with a made-up name": lambda: copied(AREA, __name__=None),
    "renamed code": lambda: copied(AREA.replace(co_name="mine", co_qualname="mine")),
    "method": lambda: type("Mine", (), {"area": staticmethod(ops.box_area)})().area,
}


@pytest.mark.parametrize("copy", COPIES)
def test_copy_of_refused_code_is_refused(copy):
    area = COPIES[copy]()
    assert area(BOXES).tolist() == [4, 4]
    with pytest.raises(Refused, match=r"box_area|mine"), Guard(code=[ops.box_area]):
        area(BOXES)


def test_copy_of_a_refused_class_is_refused():
    norm = type("Mine", ops.FrozenBatchNorm2d.__bases__, dict(vars(ops.FrozenBatchNorm2d)))
    with pytest.raises(Refused, match="FrozenBatchNorm2d"), Guard(code=[ops.FrozenBatchNorm2d]):
        norm(1)


def test_code_that_breaks_the_hook_does_not_end_it():
    breaking = copied(AREA.replace(co_filename=Unhashable("mine")))
    with Guard(code=[ops.box_area]) as guard:
        with contextlib.suppress(ValueError):
            breaking(BOXES)
        with pytest.raises(Refused):
            ops.box_area(BOXES)
    assert guard.called == ["torchvision.ops.boxes.box_area"]


def numbers():
    yield 1
    yield 2


def test_generator_is_refused_where_it_begins_and_may_be_closed():
    begun = numbers()
    assert next(begun) == 1
    with Guard(code=[numbers]) as guard:
        begun.close()
        assert guard.called == []
        with pytest.raises(Refused, match="numbers"):
            next(numbers())


def in_pool():
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(torch.sin, [MAP, MAP]))


def say():
    logging.getLogger("mine").info("said")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.warn("said", stacklevel=1)


def in_loader():
    return list(torch.utils.data.DataLoader([1, 2, 3, 4], num_workers=2))


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        return 2 * x

    @staticmethod
    def backward(context, gradient):
        return 2 * gradient


def gradient():
    x = MAP.clone().requires_grad_()
    return torch.autograd.grad(Doubled.apply(x).sum(), x)


PERMITTED = {
    "fold": lambda: F.fold(F.unfold(MAP, 3), (8, 8), 3),
    "einsum": lambda: torch.einsum("nchw,ck->nkhw", MAP, torch.ones(1, 2)),
    "max-pool": lambda: F.max_pool2d(MAP, 1, stride=2),
    "interp": lambda: np.interp([0.5], [0, 1], [0, 2]),
    "convolution": lambda: F.conv2d(MAP, KERNEL, stride=2),
    "cumsum": lambda: MAP.cumsum(-1),
    "searchsorted": lambda: torch.searchsorted(torch.arange(4.0), torch.ones(2)),
    "scatter": lambda: torch.zeros(4).scatter_reduce(0, torch.tensor([0]), torch.ones(1), "sum"),
    "vmap": lambda: torch.vmap(lambda x: F.conv2d(x, KERNEL).sum())(MAP[None]),
    "jacrev": lambda: torch.func.jacrev(lambda x: x.square().sum())(BOXES),
    "jacfwd": lambda: torch.func.jacfwd(F.softplus)(BOXES[0]),
    "hessian": lambda: torch.func.hessian(lambda x: x.pow(3).sum())(BOXES[0]),
    "autograd.Function": gradient,
    "pool": in_pool,
    "loader": in_loader,
    "words": say,
}


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")
@pytest.mark.parametrize("use", PERMITTED)
def test_what_answers_are_built_from_is_permitted(use):
    refused = ["torchvision::*", "aten::upsample_*", "aten::*grid_sampler*", TRANSPOSED_CONVOLUTION]
    with Guard(refused, [box_operations, ops.FrozenBatchNorm2d]) as guard:
        PERMITTED[use]()
    assert guard.called == []


def test_threads_switch_their_guards_at_the_same_time():
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(switch_often, range(3)))
    finally:
        sys.setswitchinterval(interval)


def switch_often(_):
    guard = Guard([], [ops.box_area])
    for _ in range(1500):
        with guard, guard.lifted():
            pass
