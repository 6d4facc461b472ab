"""Compare two detectors stage by stage: which part is the first to give something else?

Torchvision's detector runs on a picture, and what goes into each of its stages and what comes out
is written down. Then the same stage of the other detector gets the same input. So a fault in one
stage does not hide behind, or spread to, another.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from unittest import mock

import torch
from torch import Tensor
from torchvision.models.detection.faster_rcnn import FasterRCNN

STAGES = {
    "transform": "transform.forward",
    "body": "backbone.body.forward",
    "FPN": "backbone.fpn.forward",
    "RPN head": "rpn.head.forward",
    "anchors": "rpn.anchor_generator.forward",
    "decoded anchors": "rpn.box_coder.decode",
    "proposals": "rpn.filter_proposals",
    "RoI features": "roi_heads.box_roi_pool.forward",
    "box head": "roi_heads.box_head.forward",
    "box predictor": "roi_heads.box_predictor.forward",
    "post-processing": "roi_heads.postprocess_detections",
    "mask RoI features": "roi_heads.mask_roi_pool.forward",
    "mask head": "roi_heads.mask_head.forward",
    "mask predictor": "roi_heads.mask_predictor.forward",
    "keypoint RoI features": "roi_heads.keypoint_roi_pool.forward",
    "keypoint head": "roi_heads.keypoint_head.forward",
    "keypoint predictor": "roi_heads.keypoint_predictor.forward",
    "all RoI heads": "roi_heads.forward",
    "back to the picture": "transform.postprocess",
}
"""The stages in the order of their work, and where torchvision's detector calls each."""


@dataclass(frozen=True)
class Comparison:
    """One stage of two detectors, given the same input.

    Attributes:
        stage: its name, a key of `STAGES`.
        difference: the largest difference between numbers of the outputs, as a part of the
            largest number where that is above 1; infinite where they have other shapes or an
            error was raised.
        problem: what was raised, or how the outputs differ in form; '' otherwise.
    """

    stage: str
    difference: float
    problem: str = ""

    def __str__(self) -> str:
        """Give the stage, the difference and the problem in a line."""
        return f"{self.stage:<24}{self.difference:8.1e}  {self.problem[:70]}".rstrip()


def compare_stages(
    yours: FasterRCNN, theirs: FasterRCNN, images: Sequence[Tensor]
) -> list[Comparison]:
    """Compare each stage of two detectors of the same kind on the same input.

    Args:
        yours (FasterRCNN): the detector in question, such as `assemble` gives.
        theirs (FasterRCNN): the reference, with the same weights. Both are in evaluation mode.
        images: pictures, each Tensor[3, H, W] with values from 0 to 1.

    Returns:
        list[Comparison]: the stages that these detectors have, in order.

    Raises:
        ValueError: If one of the detectors is in training mode.

    Example:
        >>> model = load_detector("fasterrcnn", weights="course")
        >>> mine = assemble(model, {"decode_boxes": lambda deltas, anchors: anchors[:, None]})
        >>> first_difference(compare_stages(mine, model, [GeneratedPeople(1)[0][0]]))
        'decoded anchors'
    """
    for name, model in (("yours", yours), ("theirs", theirs)):
        if model.training:
            raise ValueError(f"{name} must be in evaluation mode: call {name}.eval() first")
    with torch.no_grad(), _recorded_calls(theirs) as calls:
        theirs(list(images))
    return [
        _compare(stage, attrgetter(STAGES[stage])(yours), *calls[stage])
        for stage in STAGES
        if stage in calls
    ]


def stage_outputs(
    yours: FasterRCNN, theirs: FasterRCNN, images: Sequence[Tensor], stage: str
) -> list[tuple[Tensor, Tensor]]:
    """Return what one stage of two detectors gives for the same input.

    Args:
        yours (FasterRCNN): the detector in question.
        theirs (FasterRCNN): the reference, with the same weights. Both are in evaluation mode.
        images: pictures, each Tensor[3, H, W] with values from 0 to 1.
        stage: a key of `STAGES` that these detectors have.

    Returns:
        list of tuple: each tensor of the output, yours and theirs; dictionaries in the order of
        their keys.
    """
    with torch.no_grad(), _recorded_calls(theirs) as calls:
        theirs(list(images))
    args, expected = calls[stage]
    with torch.no_grad():
        found = attrgetter(STAGES[stage])(yours)(*args)
    return [*zip(_tensors(found), _tensors(expected), strict=True)]


def first_difference(comparisons: Sequence[Comparison], tolerance: float = 1e-4) -> str | None:
    """Return the name of the first stage that differs by more than `tolerance`, or None.

    Example:
        >>> from rcnn_course.models.stages import Comparison
        >>> stages = [Comparison("body", 2e-6), Comparison("FPN", 0.3), Comparison("RPN head", 0.4)]
        >>> first_difference(stages)
        'FPN'
        >>> first_difference(stages, tolerance=1.0) is None
        True
    """
    different = (c.stage for c in comparisons if not c.difference <= tolerance)
    return next(different, None)


@contextmanager
def _recorded_calls(model: FasterRCNN) -> Iterator[dict[str, tuple[tuple, Any]]]:
    """Write down the last call of every stage: copies of its arguments and of its result."""
    calls: dict[str, tuple[tuple, Any]] = {}

    def recorded(stage: str, function: Callable) -> Callable:
        def call(*args: Any) -> Any:
            before = copy.deepcopy(args)
            result = function(*args)
            calls[stage] = before, copy.deepcopy(result)
            return result

        return call

    with ExitStack() as stack:
        for stage, path in STAGES.items():
            *owners, name = path.split(".")
            owner = attrgetter(".".join(owners))(model)
            if owner is not None:
                wrapped = recorded(stage, getattr(owner, name))
                stack.enter_context(mock.patch.object(owner, name, wrapped))
        yield calls


def _compare(stage: str, function: Callable, args: tuple, expected: Any) -> Comparison:
    try:
        with torch.no_grad():
            found = function(*args)
    except Exception as error:
        return Comparison(stage, torch.inf, f"{type(error).__name__}: {error}")
    found, expected = _tensors(found), _tensors(expected)
    shapes = [list(tensor.shape) for tensor in found], [list(tensor.shape) for tensor in expected]
    if shapes[0] != shapes[1]:
        return Comparison(stage, torch.inf, f"shapes {shapes[0]}, expected {shapes[1]}")
    differences = [_difference(f, e) for f, e in zip(found, expected, strict=True) if f.numel()]
    return Comparison(stage, max(differences, default=0.0))


def _difference(found: Tensor, expected: Tensor) -> float:
    distance = (found.double() - expected.double()).abs().nan_to_num(nan=torch.inf).max()
    return (distance / expected.double().abs().max().clamp(min=1)).item()


def _tensors(tree: Any) -> list[Tensor]:
    """Return the tensors of nested results; dictionaries by key, and `ImageList`s too."""
    if isinstance(tree, Tensor):
        return [tree]
    if isinstance(tree, Mapping):
        return [t for key in sorted(tree) for t in _tensors(tree[key])]
    if isinstance(tree, Sequence) and not isinstance(tree, str):
        return [t for entry in tree for t in _tensors(entry)]
    if hasattr(tree, "tensors") and hasattr(tree, "image_sizes"):
        return [tree.tensors, torch.tensor(tree.image_sizes)]
    return []
