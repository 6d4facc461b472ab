"""What networks cost: parameters, and multiply-adds for one picture.

The table beside this module, `costs.json`, is what `python -m scripts.families` has measured of
torchvision's networks, with the accuracy that torchvision has published for its weights.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, NamedTuple

from torch import nn
from torch.utils.flop_counter import FlopCounterMode


class Cost(NamedTuple):
    """What a network costs.

    Attributes:
        parameters: numbers that training finds.
        multiply_adds: multiplications of a convolution, a linear layer or an attention, each with
            the addition that follows; nothing else is counted.
    """

    parameters: int
    multiply_adds: int


class Head(NamedTuple):
    """What a detector asks about each region.

    Attributes:
        regions: how many there are in a picture.
        multiply_adds: for each of them.
    """

    regions: int
    multiply_adds: int


@dataclass(frozen=True)
class Network:
    """A row of the table.

    Attributes:
        name: as people write it.
        task: 'classification', 'detection', 'segmentation' or 'pose'.
        parameters: numbers that training finds.
        side: height and width of the picture that it was given, in pixels.
        once: multiply-adds for the picture.
        heads: what runs for each region, by what it finds; empty where nothing does.
        accuracy: as published, in per cent, by torchvision's name for what is measured.
        weights: of torchvision, whose `meta` says so; '' where it has none.
        recorded: billion multiply-adds, as torchvision has recorded for these weights.
    """

    name: str
    task: str
    parameters: int
    side: int
    once: int
    heads: Mapping[str, Head] = field(default_factory=dict)
    accuracy: Mapping[str, float] = field(default_factory=dict)
    weights: str = ""
    recorded: float | None = None

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds for a picture with all its regions."""
        return self.once + sum(head.regions * head.multiply_adds for head in self.heads.values())


def count_cost(network: nn.Module, *inputs: Any) -> Cost:
    """Count what a network costs, by calling it.

    On the device 'meta', where tensors have a shape and no numbers, nothing is computed.

    Args:
        network (Module): what is called.
        inputs: what it is called with.

    Returns:
        Cost: its parameters, and the multiply-adds of this call.

    Example:
        >>> from rcnn_course.models import count_cost
        >>> with torch.device("meta"):
        ...     cost = count_cost(torch.nn.Conv2d(3, 8, 5), torch.empty(1, 3, 14, 14))
        >>> cost.parameters, cost.multiply_adds  # 8 x 3 x 5 x 5 weights, at 10 x 10 places
        (608, 60000)

    Source: torch.utils.flop_counter, which counts two operations for each multiply-add.
    """
    with FlopCounterMode(display=False) as counter:
        network(*inputs)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return Cost(parameters, counter.get_total_flops() // 2)


def measured_networks(task: str | None = None) -> list[Network]:
    """Return the networks that were measured, in the order in which the course names them.

    Args:
        task (str, optional): of the networks that are returned; otherwise all are.

    Raises:
        ValueError: If no network has this task.

    Example:
        >>> from rcnn_course.models import measured_networks
        >>> measured_networks("classification")[0].name
        'AlexNet'
    """
    file = resources.files("rcnn_course.models") / "costs.json"
    rows = json.loads(file.read_text("utf-8"))
    networks = [
        Network(**row | {"heads": {name: Head(*head) for name, head in row["heads"].items()}})
        for row in rows
    ]
    tasks = dict.fromkeys(network.task for network in networks)
    if task is not None and task not in tasks:
        raise ValueError(f"task must be one of {', '.join(tasks)}, got {task!r}")
    return [network for network in networks if task in (None, network.task)]
