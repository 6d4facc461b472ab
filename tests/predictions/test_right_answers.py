"""The right answer of a question is what torchvision, PyTorch or pycocotools computes."""

import re

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torchvision import ops
from torchvision.models import resnet50
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import keypoints_to_heatmap
from torchvision.ops.poolers import LevelMapper

from rcnn_course.datasets import evaluate_detections
from rcnn_course.predictions import catalogue
from rcnn_course.predictions.student import numbers_of


def overlap_of_two_boxes(_, __, width, height, right, down):
    boxes = torch.tensor([[0.0, 0, width, height], [right, down, width + right, height + down]])
    return ops.box_iou(boxes[:1], boxes[1:]).item()


def survivors_of_nms(*numbers):
    near, threshold = numbers[3], numbers[-1]
    width = 100.0
    step = width * (1 - near) / (1 + near)  # two boxes so far apart have the IoU `near`
    boxes = torch.tensor([[i * step, 0.0, i * step + width, 10.0] for i in range(3)])
    return len(ops.nms(boxes, torch.tensor([0.9, 0.8, 0.7]), threshold))


def shape_of_c4(_, height, width, *__):
    with torch.device("meta"):
        body = IntermediateLayerGetter(resnet50(), {"layer3": "C4"})
        return tuple(body(torch.zeros(1, 3, int(height), int(width)))["C4"].shape)


def value_of_a_frozen_norm(mean, variance, weight, bias, x):
    values = (torch.tensor([value]) for value in (x, mean, variance, weight, bias))
    return F.batch_norm(next(values).view(1, 1), *values).item()


def cell_that_is_copied(length, size, j, _):
    row = torch.arange(length).view(1, 1, -1)
    return F.interpolate(row, size=int(size)).flatten()[int(j)].item()


def place_that_is_read(length, size, j, *_):
    row = torch.arange(length).view(1, 1, -1)
    return F.interpolate(row, size=int(size), mode="linear").flatten()[int(j)].item()


def length_of_stamps(kernel, length, stride, padding):
    layer = nn.ConvTranspose1d(1, 1, int(kernel), int(stride), int(padding))
    return layer(torch.zeros(1, 1, int(length))).shape[-1]


def level_of_a_box(width, height):
    return 2 + LevelMapper(2, 5)([torch.tensor([[0.0, 0.0, width, height]])]).item()


def number_of_anchors(height, width, *strides_and_anchors):
    generator = AnchorGenerator(((32,), (64,), (128,), (256,), (512,)), ((0.5, 1.0, 2.0),) * 5)
    size = int(height), int(width)
    maps = [torch.zeros(1, 1, size[0] // s, size[1] // s) for s in (4, 8, 16, 32, 64)]
    return len(generator(ImageList(torch.zeros(1, 3, *size), [size]), maps)[0])


def centre_after_a_delta(left, right, dx):
    deltas, anchor = torch.tensor([[dx, 0.0, 0, 0]]), torch.tensor([[left, 0.0, right, 10]])
    decoded = BoxCoder((1.0, 1.0, 1.0, 1.0)).decode_single(deltas, anchor)[0]
    return (decoded[0] + decoded[2]).item() / 2


def value_between_four_cells(a, b, c, d, y, x):
    grid = torch.tensor([[[[2 * x - 1, 2 * y - 1]]]])
    return F.grid_sample(torch.tensor([[[[a, b], [c, d]]]]), grid, align_corners=True).item()


def place_of_a_sample(left, right, bins, ratio):
    ramp = torch.arange(40.0).expand(1, 1, 40, 40)
    box = torch.tensor([[left, 4.0, right, 11.0]])
    first = ops.roi_align(ramp, [box], int(bins), 1.0, int(ratio))[0, 0, 0, 0]
    return first.item() - (right - left) / bins / 4  # the mean of two samples


def delta_of_a_width(proposal, truth, weight):
    boxes = (torch.tensor([[0.0, 0, width, 10]]) for width in (truth, proposal))
    coder = BoxCoder((1.0, 1.0, weight, 1.0))
    return coder.encode_single(*boxes)[0, 2].item()


def column_of_a_keypoint(left, right, size, _, x):
    points = torch.tensor([[[x, 0.5, 1.0]]])
    box = torch.tensor([[left, 0.0, right, 56.0]])
    return keypoints_to_heatmap(points, box, int(size))[0].item()


REFERENCES = [
    overlap_of_two_boxes,
    survivors_of_nms,
    shape_of_c4,
    value_of_a_frozen_norm,
    cell_that_is_copied,
    place_that_is_read,
    length_of_stamps,
    level_of_a_box,
    number_of_anchors,
    centre_after_a_delta,
    value_between_four_cells,
    place_of_a_sample,
    delta_of_a_width,
    column_of_a_keypoint,
]


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.__name__)
def test_right_answer_is_what_the_library_computes(reference):
    for student in "abcde":
        asks = catalogue.QUESTIONS[reference.__name__]
        question = asks(numbers_of(student, reference.__name__))
        numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", question.text)]
        assert question.is_same(reference(*numbers), question.right), question.text


def test_average_precision_is_that_of_pycocotools():
    for student in "abcde":
        name = "average_precision_of_a_list"
        question = catalogue.QUESTIONS[name](numbers_of(student, name))
        hits = [word == "hit" for word in re.findall("hit|false alarm", question.text)]
        truth = torch.tensor([[0.0, 0, 10, 10], [50, 0, 60, 10]])
        places = iter(truth)
        boxes = torch.stack(
            [next(places) if hit else torch.tensor([90.0, 90, 99, 99]) for hit in hits]
        )
        output = {
            "boxes": boxes,
            "labels": torch.ones(len(hits), dtype=torch.int64),
            "scores": torch.tensor([0.9, 0.8, 0.7, 0.6])[: len(hits)],
        }
        target = {"boxes": truth, "labels": torch.ones(2, dtype=torch.int64)}
        found = evaluate_detections([target], [output], iou_types=["bbox"]).bbox.AP50
        assert question.is_same(found, question.right), question.text
