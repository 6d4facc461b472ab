"""Exercise `horizontal_flip`: mirror a picture with all that is known about it."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises import works
from rcnn_course.reference.own_data import Target, horizontal_flip

_HEIGHT, _WIDTH = 24, 40
_FLIP = (0, 2, 1, 4, 3)
_MOVED_HINT = "what was x from the left edge is now x from the right edge: W - x."
_LABELLED_HINT = "v = 0 says that nobody knows the place: x, y and v stay 0."


def _use(subject: Callable, image: Tensor, target: Target, flip_indices: Sequence[int]) -> Any:
    """Flip; the entries of the target may stand in any order."""
    result = subject(image, target, flip_indices)
    if isinstance(result, tuple | list) and len(result) == 2 and isinstance(result[1], dict):
        return result[0], dict(sorted(result[1].items()))
    return result


def _cases(_: Draw, uniform: Draw) -> Cases:
    def picture(count: int, flip: Sequence[int] = _FLIP, unlabelled: float = 0.3) -> tuple:
        boxes = random_boxes(uniform, count, start=(0.0, 12.0), sides=(4.0, 11.0))
        places = uniform(count, len(flip), 2, low=1.0, high=23.0)
        visible = torch.where(uniform(count, len(flip)) < 0.5, 1.0, 2.0)
        visible[uniform(count, len(flip)) < unlabelled] = 0
        points = torch.cat([places, visible[..., None]], dim=2) * (visible > 0)[..., None]
        target = {
            "boxes": boxes,
            "labels": 1 + (2 * uniform(count)).long(),
            "masks": (uniform(count, _HEIGHT, _WIDTH) < 0.5).byte(),
            "keypoints": points,
        }
        return uniform(3, _HEIGHT, _WIDTH), target, flip

    yield Case("three objects, all keypoints labelled", picture(3, unlabelled=0), hint=_MOVED_HINT)
    yield Case("keypoints that are not labelled", picture(4, unlabelled=0.6), hint=_LABELLED_HINT)
    yield Case(
        "seven keypoints, exchanged otherwise",
        picture(2, (3, 1, 4, 0, 2, 6, 5)),
        hint="flip_indices says for each row of the result, which row it was.",
    )
    image, target, flip = picture(2)
    yield Case(
        "a target of boxes and labels alone",
        (image, {name: target[name] for name in ("boxes", "labels")}, flip),
        hint="masks and keypoints are flipped where there are any.",
    )
    image, target, flip = picture(2)
    yield Case(
        "a target with further entries",
        (image, {**target, "image_id": torch.tensor(5), "area": uniform(2)}, flip),
        hint="what has no left and right stays as it is.",
    )
    image, target, flip = picture(1, unlabelled=0)
    target["keypoints"][0, :2, 0] = torch.tensor([0.0, _WIDTH])
    target["keypoints"][0, 2] = torch.tensor([3.0, 0.0, 1.0])
    yield Case("keypoints on the border", (image, target, flip), hint=_LABELLED_HINT)


def _entry(name: str, change: Callable[[Tensor, Call], Tensor]) -> Callable[[Call], Any]:
    """Make the mistake of another value in one entry of the target."""

    def wrong(call: Call) -> Any:
        image, target = call()
        return (image, {**target, name: change(target[name], call)}) if name in target else None

    return wrong


def _moved(by: float) -> Callable[[Call], Any]:
    """Make the mistake of boxes and keypoints that lie further right by some pixels."""

    def wrong(call: Call) -> Any:
        image, target = call()
        target = {**target, "boxes": target["boxes"] + torch.tensor([by, 0, by, 0])}
        if "keypoints" in target:
            points = target["keypoints"]
            step = torch.where(points[..., 2:] > 0, torch.tensor([by, 0, 0]), 0)
            target["keypoints"] = points + step
        return image, target

    return wrong


def _edges_kept(boxes: Tensor, _: Call) -> Tensor:
    return boxes[:, [2, 1, 0, 3]]


def _all_moved(points: Tensor, call: Call) -> Tensor:
    place = torch.tensor([float(call.image.shape[-1]), 0.0, 0.0])
    return torch.where(points[..., 2:] == 0, place, points)


def _given(call: Call, name: str) -> Tensor:
    return call.target[name]


HORIZONTAL_FLIP = Exercise(
    name="horizontal_flip",
    reference=horizontal_flip,
    source="torchvision.transforms.v2.functional.horizontal_flip",
    own_cases=_cases,
    use=_use,
    odd=Odd(
        length=["target"],
        hints={"empty": "a picture without objects is flipped like any other."},
    ),
    refused=(works.HORIZONTAL_FLIP,),
    steps=(
        "flip(-1) turns the last axis of a tensor round: that is x, in a picture and in a mask.",
        "A point at x lands at W - x. Of a box both edges land so: which of them is then the "
        "left one?",
        "Keypoints first change places, points[:, flip_indices], then they move.",
        "torch.where, or an index, leaves alone what is not labelled. Build new tensors and a new "
        "dictionary: the caller still needs the old ones.",
    ),
    mistakes={
        "image_alone": Mistake(
            "only the picture is flipped",
            lambda call: (call()[0], dict(sorted(call.target.items()))),
            "boxes, masks and keypoints are places in the picture: they move with it.",
        ),
        "image_kept": Mistake(
            "the picture itself is not flipped",
            lambda call: (call.image, call()[1]),
            "the target moves, and the picture with it.",
        ),
        "keypoints_not_exchanged": Mistake(
            "left and right keypoints are not exchanged",
            lambda call: call(flip_indices=range(len(call.flip_indices))),
            "in the mirror a left wing is a right wing: flip_indices says which rows change.",
        ),
        "unlabelled_moved": Mistake(
            "keypoints that are not labelled are moved",
            _entry("keypoints", _all_moved),
            "v = 0 says that nobody knows the place: x, y and v stay 0.",
        ),
        "edges_kept": Mistake(
            "left and right edges of the boxes are not exchanged",
            _entry("boxes", _edges_kept),
            "the left edge of the mirrored box was the right one: x1 must be less than x2.",
        ),
        "pixel_off": Mistake(
            "everything lies one pixel too far left",
            _moved(-1.0),
            "W - x for places between the edges 0 and W; W - 1 - x would be for numbers of pixels.",
        ),
        "upside_down": Mistake(
            "the picture is turned upside down",
            lambda call: (call.image.flip(-2), call()[1]),
            "the last axis of a picture is x.",
        ),
        "height_for_width": Mistake(
            "the height is taken for the width",
            lambda call: _moved(float(call.image.shape[-2] - call.image.shape[-1]))(call),
            "a picture is [3, H, W].",
        ),
        "masks_kept": Mistake(
            "the masks are not flipped",
            _entry("masks", lambda _, call: _given(call, "masks")),
            "a mask is a picture too.",
        ),
        "boxes_kept": Mistake(
            "the boxes are not flipped",
            _entry("boxes", lambda _, call: _given(call, "boxes")),
            "a box moves with what it surrounds.",
        ),
        "keypoints_kept": Mistake(
            "the keypoints are not flipped",
            _entry("keypoints", lambda _, call: _given(call, "keypoints")),
            "keypoints move with the picture, and left and right change places.",
        ),
    },
)
