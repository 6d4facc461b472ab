"""Mirroring pictures with their truth, left and right keypoints exchanged.

A mirrored left hand is a right hand, so keypoints change their place in the list as well as on the
picture. Shapes: `N` objects of a picture, `H` × `W` its size, `K` keypoints of an object.

Source: torchvision's references/detection/transforms.py, `RandomHorizontalFlip`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

_OTHER_SIDE = {"left": "right", "right": "left", "l": "r", "r": "l"}
_WORDS = re.compile(r"[^\W\d_]+|\d+")


def flip_indices(
    names: Sequence[str], pairs: Iterable[tuple[str, str]] | None = None
) -> tuple[int, ...]:
    """Say which keypoint stands in the place of each once a picture is mirrored.

    Args:
        names: of the keypoints, in their order.
        pairs: names that change places. Without it, those do that differ in the words "left" and
            "right", or "l" and "r": "left_wing" and "right_wing", "wing-l" and "wing-r".

    Returns:
        tuple of int: K indices, such as `rcnn_course.datasets.FLIP_INDICES` for people.

    Raises:
        ValueError: If a name comes twice, a pair holds something else than two keypoints without
            another partner, or a name says left or right and has no partner.

    Example:
        >>> from rcnn_course.training import flip_indices
        >>> flip_indices(["nose", "left_ear", "right_ear"])
        (0, 2, 1)
        >>> flip_indices(["bow", "port", "starboard"], [("port", "starboard")])
        (0, 2, 1)
    """
    names = list(names)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ValueError(f"names must differ, but {twice[0]!r} comes twice")
    partners: dict[str, str] = {}
    for pair in _pairs_by_name(names) if pairs is None else pairs:
        first, second = pair
        if first == second or not {first, second} <= set(names) or {first, second} & set(partners):
            raise ValueError(
                f"a pair must be two of the keypoints, none in another pair, but got {pair!r} "
                f"for {names}"
            )
        partners |= {first: second, second: first}
    return tuple(names.index(partners.get(name, name)) for name in names)


def _pairs_by_name(names: list[str]) -> list[tuple[str, str]]:
    by_words = {_words(name): name for name in names}
    pairs = []
    for words, name in by_words.items():
        others = tuple(_OTHER_SIDE.get(word, word) for word in words)
        if others == words:
            continue
        if others not in by_words:
            raise ValueError(
                f"keypoint {name!r} must have a partner on the other side, but there are only "
                f"{names}: give pairs=[(name, name), …], empty where none change places"
            )
        if names.index(name) < names.index(by_words[others]):
            pairs.append((name, by_words[others]))
    return pairs


def _words(name: str) -> tuple[str, ...]:
    """Split a name into its words, in small letters; "leftEye" has two."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return tuple(_WORDS.findall(spaced.lower()))


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

    Example:
        >>> from rcnn_course.training import horizontal_flip
        >>> target = {"boxes": torch.tensor([[10.0, 5.0, 30.0, 25.0]])}
        >>> horizontal_flip(torch.rand(3, 64, 100), target)[1]["boxes"]
        tensor([[70.,  5., 90., 25.]])
    """
    width = image.shape[-1]
    left, top, right, bottom = target["boxes"].unbind(-1)
    mirrored = {**target, "boxes": torch.stack([width - right, top, width - left, bottom], -1)}
    if "masks" in target:
        mirrored["masks"] = target["masks"].flip(-1)
    if "keypoints" in target:
        mirrored["keypoints"] = _flip_keypoints(target["keypoints"], width, indices)
    return image.flip(-1), mirrored


def _flip_keypoints(keypoints: Tensor, width: int, indices: Sequence[int] | None) -> Tensor:
    number = keypoints.shape[1]
    if indices is None or sorted(indices) != list(range(number)):
        raise ValueError(
            f"indices must say for each of {number} keypoints which one takes its place, as "
            f"flip_indices(names) does, but got {indices!r}"
        )
    x, y, visibility = keypoints[:, list(indices)].unbind(-1)
    mirrored = torch.stack([width - x, y, visibility], -1)
    return mirrored.where(visibility[..., None] > 0, 0)


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
