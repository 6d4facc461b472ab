"""Mirroring pictures with their truth, left and right keypoints exchanged.

A mirrored left hand is a right hand, so keypoints change their place in the list as well as on the
picture. Shapes: `N` objects of a picture, `H` × `W` its size, `K` keypoints of an object.

Source: torchvision's references/detection/transforms.py, `RandomHorizontalFlip`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_SIDES = {"left": "right", "right": "left", "l": "r", "r": "l"}


def flip_indices(
    names: Sequence[str], pairs: Iterable[tuple[str, str]] | None = None
) -> tuple[int, ...]:
    """Say which keypoint stands in the place of each once a picture is mirrored.

    Args:
        names: of the keypoints, in their order.
        pairs: names that change places. Without it, names that differ in a first or last word
            "left" and "right", or "l" and "r", do: "left_wing" and "right_wing", "wing_l" and
            "wing_r". Words end at "_", "-", "." or a space; capitals do not count.

    Returns:
        tuple of int: K indices, such as `rcnn_course.datasets.FLIP_INDICES` for people.

    Raises:
        ValueError: If a name comes twice, a pair names no keypoint or one that has a partner
            already, or a name says left or right and has no partner.

    Example:
        >>> flip_indices(["nose", "left_ear", "right_ear"])
        (0, 2, 1)
        >>> flip_indices(["bow", "port", "starboard"], [("port", "starboard")])
        (0, 2, 1)
    """


def horizontal_flip(
    image: Tensor, target: dict[str, Tensor], indices: Sequence[int] | None = None
) -> tuple[Tensor, dict[str, Tensor]]:
    """Mirror a picture and its truth: the left edge becomes the right one.

    x becomes W - x. A keypoint that is not labelled (visibility 0) stays at 0, 0.

    Args:
        image (Tensor[3, H, W]): the picture.
        target: in torchvision's format: boxes (Tensor[N, 4], xyxy pixels) and, where there are,
            masks (Tensor[N, H, W]) and keypoints (Tensor[N, K, 3]); the rest stays as it is.
        indices: as from `flip_indices`; needed where there are keypoints.

    Returns:
        tuple: a new picture and a new target.

    Raises:
        ValueError: If the target has keypoints, and `indices` is not given or not K long.
    """


@dataclass(frozen=True)
class RandomFlip:
    """Mirror every other picture, by chance; for `fit(augment=...)`.

    Args:
        indices: which keypoints change places, as from `flip_indices`; not needed without
            keypoints.
        probability: of mirroring.
    """

    indices: Sequence[int] | None = None
    probability: float = 0.5

    def __call__(
        self, image: Tensor, target: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the picture and its target, mirrored or as they are."""
        if torch.rand(()) < self.probability:
            return horizontal_flip(image, target, self.indices)
        return image, target
