"""A student's own class runs no code where the guard does not see it."""

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch.nn import Parameter

from rcnn_course.checks import examine
from rcnn_course.checks.engine.plain import is_plain, read
from tests.answers import write


class Mine(torch.Tensor):
    pass


class Items(Sequence):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return range(2)[index]


class Number(float):
    def __float__(self):
        return 7.0


ONES = torch.ones(2)
READ = [
    ([1, (2.0, None)], [1, (2.0, None)]),
    (OrderedDict(a=[1]), {"a": [1]}),
    (torch.Size([2, 3]), (2, 3)),
    (Items(), [0, 1]),
    (np.float64(2), 2.0),
    (Number(1), 7.0),
    ("text", "text"),
    (True, True),
]


@pytest.mark.parametrize(("value", "plain"), READ)
def test_value_is_read_into_pythons_own_types(value, plain):
    assert read(value) == plain
    assert type(read(value)) is type(plain)
    assert is_plain(read(value))


@pytest.mark.parametrize("tensor", [ONES, Parameter(ONES), ONES.as_subclass(Mine)])
def test_tensor_is_read_without_its_class(tensor):
    assert type(read([tensor])[0]) is torch.Tensor
    assert read(tensor).equal(ONES)
    assert read(tensor).requires_grad == tensor.requires_grad


def test_other_objects_stay_what_they_are_and_are_not_plain():
    module = torch.nn.Identity()
    assert read([module]) == [module]
    assert not is_plain([module])
    assert not is_plain({"a": (len,)})


FILLED_LATER = """
import torch
from torchvision import ops
class Later(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            kept = ops.nms(*given)
            args[0].resize_(kept.shape).copy_(kept)
            return function(*args, **(kwargs or {}))
def nms(boxes, scores, iou_threshold):
    global given
    given = boxes, scores, iou_threshold
    return torch.zeros(0).long().as_subclass(Later)
"""

IN_A_PART = """
import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision import ops
class Tensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            find()
            return function(*args, **(kwargs or {}))
class FunctionMode(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        find()
        return function(*args, **(kwargs or {}))
class DispatchMode(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        find()
        return function(*args, **(kwargs or {}))
def find():
    global kept
    if kept is None and is_in_part:
        kept = ()
        kept = ops.nms(*given)
def nms(boxes, scores, iou_threshold):
    global given, kept, is_in_part
    given, kept, is_in_part = (boxes, scores, iou_threshold), None, False
    CALL
    return torch.zeros(0).long() if kept is None else kept
def part(boxes):
    global is_in_part
    is_in_part = True
    box_iou(boxes, boxes)
    is_in_part = False
"""
CALLS = ["part(boxes.as_subclass(Tensor))"] + [
    f"with {mode}(): part(boxes)" for mode in ("FunctionMode", "DispatchMode")
]


def test_result_that_is_filled_when_it_is_compared_is_wrong():
    report = examine(write("01_detect_people", "nms", FILLED_LATER))
    assert report.outcome == "incorrect"


@pytest.mark.parametrize("call", CALLS)
def test_part_that_is_lent_runs_nothing_of_the_student(call):
    report = examine(write("01_detect_people", "nms", IN_A_PART.replace("CALL", call)))
    assert report.outcome == "incorrect"
