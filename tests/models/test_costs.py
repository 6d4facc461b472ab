"""What a network costs is counted by calling it."""

import pytest
import torch
from torch import nn

from rcnn_course.models import count_cost, measured_networks
from rcnn_course.models.costs import Head, Network


def test_convolution_costs_its_weights_at_each_place():
    layer = nn.Conv2d(3, 8, 5, padding=2, bias=False)
    cost = count_cost(layer, torch.zeros(1, 3, 14, 20))
    assert cost == (8 * 3 * 5 * 5, 8 * 3 * 5 * 5 * 14 * 20)


def test_network_without_weights_costs_nothing():
    assert count_cost(nn.ReLU(), torch.zeros(1, 3, 4, 4)) == (0, 0)


def test_nothing_is_computed_on_meta():
    with torch.device("meta"):
        cost = count_cost(nn.Linear(10**6, 10**6), torch.empty(1, 10**6))
    assert cost.multiply_adds == 10**12


def test_multiply_adds_are_those_of_the_picture_and_of_all_regions():
    heads = {"box": Head(1000, 3), "mask": Head(100, 50)}
    assert Network("two stages", "detection", 1, 800, 7, heads).multiply_adds == 7 + 3000 + 5000


def test_networks_of_a_task_are_those_of_the_table():
    assert {network.task for network in measured_networks("pose")} == {"pose"}
    with pytest.raises(ValueError, match=r"task must be one of classification, .*, got 'poses'"):
        measured_networks("poses")
