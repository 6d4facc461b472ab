"""Generated people: pictures with exact boxes, masks and keypoints, drawn when they are asked for.

A picture is painted back to front on a `Canvas` that also records which object owns each pixel, so
the truth is what is seen: a mask is the visible part of its object, a box is the exact extent of
its mask. Shapes: H and W are the size of the picture, N the number of its objects.
"""

from random import Random

import numpy as np
import torch
from torch import Tensor

from rcnn_course.datasets.generated import GeneratedPictures
from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.datasets.painting.composition import Composition, compose
from rcnn_course.datasets.painting.development import develop, to_image
from rcnn_course.datasets.painting.truth import target_of

CATEGORIES = ("__background__", "person", "sports ball", "kite", "suitcase")
"""Names by label."""

_SMALLEST_WITH_KEYPOINTS = 400  # visible pixels


class GeneratedPeople(GeneratedPictures):
    """Pictures of people, balls, kites and suitcases, with exact truth.

    Picture i depends on `seed`, `size` and i alone: it is the same in every process, and does not
    change with `length`.

    Args:
        length (int): number of pictures.
        seed (int): another seed gives other pictures; keep training and test seeds apart.
        size (int | tuple[int, int]): of a picture in pixels: one side of a square, or (height,
            width); each side is 64 or more.

    Raises:
        TypeError: If `size` is neither an int nor a pair of them.
        ValueError: If `length` is negative or a side is too small.

    Example:
        >>> people = GeneratedPeople(100, seed=1, size=(192, 256))
        >>> image, target = people[0]
        >>> list(image.shape), sorted(target)
        ([3, 192, 256], ['area', 'boxes', 'image_id', 'iscrowd', 'keypoints', 'labels', 'masks'])
        >>> [CATEGORIES[label] for label in target["labels"]]
        ['kite', 'sports ball', 'person', 'person', 'person', 'person']
    """

    def __init__(self, length: int, seed: int = 0, size: int | tuple[int, int] = 192):
        super().__init__(length, seed, size)

    def paint(self, index: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Paint one picture.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: a float32 image [3, H, W] in 0..1 and its target:
            `boxes` float32 [N, 4] (xyxy pixels; x2 and y2 are the mask's last column and row plus
            1, so that pycocotools' `toBbox` of the mask agrees), `labels` int64 [N] (indices of
            `CATEGORIES`), `masks` uint8 [N, H, W], `keypoints` float32 [N, 17, 3] (x, y in pixels
            and visibility: 2 where the pixel at the keypoint shows this person; 1 behind something
            else, or on the side of the head that looks away; 0, with x and y, outside the picture
            and for things; as in COCO, people who are very small, here of less than 400 visible
            pixels, have no labelled keypoints), `area` float32 [N] (pixels of the mask), `iscrowd`
            int64 [N], all 0, and `image_id` int64 scalar, the index. The farthest object comes
            first.
        """
        rng = Random(f"{self.seed}/{index}")
        composition = compose(rng, self.height, self.width)
        image = to_image(develop(composition.picture, rng))
        return image, _target(composition, index)


def _target(composition: Composition, index: int) -> dict[str, Tensor]:
    """Torchvision's target of a painted picture."""
    owners, things = composition.owners, composition.things
    known = [k for k, thing in enumerate(things) if thing.category]
    labels = [CATEGORIES.index(things[k].category) for k in known]
    target = target_of(owners, [k + 1 for k in known], labels, index)
    keypoints = np.zeros((len(known), len(KEYPOINT_NAMES), 3), dtype=np.float32)
    for row, k in enumerate(known):
        if things[k].person and target["area"][row] >= _SMALLEST_WITH_KEYPOINTS:
            keypoints[row] = composition.keypoints(k)
    return {**target, "keypoints": torch.from_numpy(keypoints)}
