"""Generated insects: pictures of what the bundled detector does not know, with five keypoints.

Shapes: H and W are the size of the picture, N the number of its insects.
"""

from random import Random

import numpy as np
import torch
from torch import Tensor

from rcnn_course.datasets.generated import GeneratedPictures
from rcnn_course.datasets.painting.canvas import Canvas
from rcnn_course.datasets.painting.development import develop, to_image
from rcnn_course.datasets.painting.insects import KINDS, Insect, paint_flower
from rcnn_course.datasets.painting.scenes import paint_background
from rcnn_course.datasets.painting.truth import target_of

INSECTS = ("__background__", *KINDS)
"""Names by label."""

INSECT_KEYPOINTS = (
    "head",
    "left_forewing",
    "right_forewing",
    "left_hindwing",
    "right_hindwing",
)
"""Left and right are the insect's own."""

INSECT_SKELETON = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 3), (2, 4))
"""Pairs of keypoints that are joined in drawings."""

_LEAST_SEEN = 0.5  # of an insect's pixels
_LARGEST_OVERLAP = 0.9  # of the distance of two insects, in parts of their sizes


class GeneratedInsects(GeneratedPictures):
    """Pictures of butterflies and dragonflies from above, with exact truth.

    Picture i depends on `seed`, `size` and i alone.

    Args:
        length: number of pictures.
        seed: another seed gives other pictures; keep training and test seeds apart.
        size: of a picture in pixels: one side of a square, or (height, width); 64 or more.

    Raises:
        TypeError: If `size` is neither an int nor a pair of them.
        ValueError: If `length` is negative or a side is too small.

    Example:
        >>> from rcnn_course.datasets.insects import INSECTS, GeneratedInsects
        >>> image, target = GeneratedInsects(3, size=128)[0]
        >>> list(image.shape), list(target["keypoints"].shape[1:])
        ([3, 128, 128], [5, 3])
        >>> {INSECTS[label] for label in target["labels"]} <= {"butterfly", "dragonfly"}
        True
    """

    def __init__(self, length: int, seed: int = 0, size: int | tuple[int, int] = 128):
        super().__init__(length, seed, size)

    def paint(self, index: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Paint one picture.

        Returns:
            tuple: a float32 image [3, H, W] in 0..1 and its target as `GeneratedPeople` gives it,
            with keypoints float32 [N, 5, 3] in the order of `INSECT_KEYPOINTS`.
        """
        rng = Random(f"insects/{self.seed}/{index}")
        canvas, insects = _paint(rng, self.height, self.width)
        image = to_image(develop(canvas.picture(), rng))
        return image, _target(insects, canvas.owners(), index)


def _paint(rng: Random, height: int, width: int) -> tuple[Canvas, list[Insect]]:
    """Paint a picture; try again until every insect in it can be seen well."""
    while True:
        canvas = Canvas(height, width)
        paint_background(canvas, rng, rng.uniform(0.1, 0.6) * height)
        for _ in range(rng.choice((0, 1, 2, 4))):
            x, y = rng.uniform(0, width), rng.uniform(0, height)
            paint_flower(canvas, rng, x, y, rng.uniform(0.05, 0.11) * height)
        insects = _insects(rng, height, width)
        whole = []
        for owner, insect in enumerate(insects, start=1):
            insect.paint(canvas, rng, owner)
            whole.append(np.count_nonzero(canvas.owners() == owner))
        seen = np.bincount(canvas.owners().ravel(), minlength=len(insects) + 1)[1:]
        if insects and all(seen > _LEAST_SEEN * np.array(whole)):
            return canvas, insects


def _insects(rng: Random, height: int, width: int) -> list[Insect]:
    """Place some insects, not too near to each other."""
    insects: list[Insect] = []
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        insect = Insect(
            rng.choice(KINDS),
            rng.uniform(0.08, 0.92) * width,
            rng.uniform(0.08, 0.92) * height,
            rng.uniform(0.22, 0.6) * min(height, width),
            rng.uniform(-50, 50),
        )
        if all(_are_apart(insect, other) for other in insects):
            insects.append(insect)
    return insects


def _are_apart(a: Insect, b: Insect) -> bool:
    distance = np.hypot(a.x - b.x, a.y - b.y)
    return bool(distance > _LARGEST_OVERLAP * (a.size + b.size) / 2)


def _target(insects: list[Insect], owners: np.ndarray, index: int) -> dict[str, Tensor]:
    numbers = range(1, len(insects) + 1)
    labels = [INSECTS.index(insect.kind) for insect in insects]
    points = [_keypoints(insect, owners, k) for insect, k in zip(insects, numbers, strict=True)]
    return {
        **target_of(owners, numbers, labels, index),
        "keypoints": torch.from_numpy(np.stack(points)),
    }


def _keypoints(insect: Insect, owners: np.ndarray, owner: int) -> np.ndarray:
    """Keypoints in eighths of a pixel [5, 3]: seen (2), hidden (1), or outside, all 0."""
    height, width = owners.shape
    keypoints = np.zeros((len(INSECT_KEYPOINTS), 3), dtype=np.float32)
    for k, (x, y) in enumerate(insect.keypoints()):
        x, y = round(8 * x) / 8, round(8 * y) / 8
        if 0 <= x < width and 0 <= y < height:
            keypoints[k] = x, y, 2 if owners[int(y), int(x)] == owner else 1
    return keypoints
