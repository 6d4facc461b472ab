"""Generated people: pictures with exact boxes, masks and keypoints, drawn when they are asked for.

A picture is painted back to front on a `Canvas` that also records which object owns each pixel, so
the truth is what is seen: a mask is the visible part of its object, a box is the exact extent of
its mask. Shapes: H and W are the size of the picture, N the number of its objects.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from rcnn_course.datasets.canvas import BACKGROUND, Canvas
from rcnn_course.datasets.figures import Figure
from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.datasets.objects import paint_ball, paint_kite, paint_suitcase
from rcnn_course.datasets.scenes import paint_background, paint_plant, paint_post
from rcnn_course.datasets.shapes import ellipse

CATEGORIES = ("__background__", "person", "sports ball", "kite", "suitcase")
PERSON, BALL, KITE, SUITCASE = 1, 2, 3, 4

_SMALLEST_PERSON = 24.0  # pixels
_SEEN_AT_LEAST = 0.25  # of an object's own pixels inside the picture; with less it is left out
_FEWEST_PIXELS = 30
_FEWEST_KEYPOINTS = 3  # inside the picture
_FURTHEST_OVERLAP = 0.6  # of a person's box, with the box of somebody else


class _Thing(NamedTuple):
    """Something to paint: its category (0 for none), how near it is, and how to paint it."""

    label: int
    near: float
    paint: Callable[[Canvas, int], None]
    figure: Figure | None = None


class GeneratedPeople(Dataset):
    """Pictures of people, balls, kites and suitcases, with exact truth.

    Item i depends on `seed`, i and `size` alone: it is the same in every process.

    Args:
        length (int): number of pictures.
        seed (int): another seed gives other pictures; keep training and test seeds apart.
        size (int | tuple[int, int]): of the pictures in pixels: one side, or (height, width);
            64 at least.
    Raises:
        ValueError: where `length` is negative or `size` is too small.
    """

    def __init__(self, length: int, seed: int = 0, size: int | tuple[int, int] = 192):
        if length < 0:
            raise ValueError(f"length must be 0 or more, but got {length}")
        height, width = (size, size) if isinstance(size, int) else size
        if min(height, width) < 64:
            raise ValueError(f"size must be 64 pixels or more on each side, but got {size}")
        self.length, self.seed, self.height, self.width = length, seed, height, width

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Draw one picture.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: a float32 image `[3, H, W]` in 0..1, and
            torchvision's target: `boxes` float32 `[N, 4]` (xyxy in pixels; x2 and y2 lie one
            behind the last column and row of the mask, as in COCO), `labels` int64 `[N]` (indices
            of `CATEGORIES`), `masks` uint8 `[N, H, W]`, `keypoints` float32 `[N, 17, 3]` (x, y,
            visibility: 0 outside the picture; 1 behind something else, or on the far side of the
            head; 2 where the pixel shows this person; zeros for things), `area`
            float32 `[N]` (pixels of the mask), `iscrowd` int64 `[N]`, `image_id` int64 scalar.
        Raises:
            IndexError: where `index` lies outside the dataset.
        """
        if not -self.length <= index < self.length:
            raise IndexError(f"index {index} lies outside a dataset of {self.length} pictures")
        index %= self.length
        rng = Random(f"{self.seed}/{index}")
        while True:
            picture, owners, things = self._compose(rng)
            if any(thing.label == PERSON for thing in things):
                break
        pixels = _develop(picture, rng)
        image = np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32) / np.float32(255)
        return torch.from_numpy(image), _target(owners, things, index)

    def _compose(self, rng: Random) -> tuple[np.ndarray, np.ndarray, list[_Thing]]:
        """Paint a scene without those that would hardly be seen: picture, owners and things."""
        horizon = rng.uniform(0.25, 0.6) * self.height
        things = sorted(self._place_things(rng, horizon), key=lambda thing: thing.near)
        backdrop = rng.getrandbits(32)
        while True:
            canvas = Canvas(self.height, self.width)
            paint_background(canvas, Random(backdrop), horizon)
            owners, seen = _paint(canvas, things)
            if all(seen):
                return canvas.picture(), owners, things
            things = [thing for thing, enough in zip(things, seen, strict=True) if enough]

    def _place_things(self, rng: Random, horizon: float) -> list[_Thing]:
        """Choose what stands where."""
        scale = rng.uniform(0.75, 1.5)  # a person's height over the camera's
        things: list[_Thing] = []
        boxes: list[tuple[float, float, float, float]] = []
        for _ in range(rng.choice((1, 1, 2, 2, 2, 3, 3, 4, 4, 5))):
            person = self._place_person(rng, horizon, scale, boxes)
            if person:
                things.append(person)
        for _ in range(rng.choice((0, 1, 1, 2, 2))):
            things.append(self._place_object(rng, horizon, scale))
        for _ in range(rng.choice((0, 0, 1, 2))):
            things.append(self._place_distractor(rng, horizon, scale))
        return things

    def _place_person(
        self,
        rng: Random,
        horizon: float,
        scale: float,
        boxes: list[tuple[float, float, float, float]],
    ) -> _Thing | None:
        """A person who does not hide much of those in `boxes`; None after some attempts."""
        smallest = max(_SMALLEST_PERSON, 0.125 * self.height)
        for _ in range(8):
            share = 1 - rng.random() ** 1.3
            height = round(smallest * (1.4 * self.height / smallest) ** share, 3)
            ground = horizon + height / scale
            half = 0.18 * height
            x = rng.uniform(0.03, 0.97) * self.width
            box = (x - half, ground - height, x + half, ground)
            if ground - height > 0.85 * self.height:
                continue
            if all(_overlap(box, other) < _FURTHEST_OVERLAP for other in boxes):
                break
        else:
            return None
        boxes.append(box)
        grown = height * rng.uniform(0.9, 1.05)
        figure = Figure(rng, x, ground, grown)

        def paint(canvas: Canvas, owner: int) -> None:
            _paint_shadow(canvas, x, ground, 0.2 * grown)
            figure.paint(canvas, owner)

        return _Thing(PERSON, ground, paint, figure)

    def _place_ground(
        self, rng: Random, horizon: float, scale: float
    ) -> tuple[float, float, float]:
        """A spot on the ground: x and y in pixels, and the height of a person there."""
        y = horizon + rng.uniform(0.15, 1.0) * (self.height - horizon)
        return rng.uniform(0.02, 0.98) * self.width, y, scale * (y - horizon)

    def _place_object(self, rng: Random, horizon: float, scale: float) -> _Thing:
        label = rng.choice((BALL, KITE, SUITCASE))
        x, y, person = self._place_ground(rng, horizon, scale)
        state = rng.getrandbits(32)
        if label == KITE:
            size = rng.uniform(0.12, 0.32) * self.height
            x, y = rng.uniform(0.08, 0.92) * self.width, rng.uniform(0.1, 0.5) * self.height
            draw, extent, near = paint_kite, size, rng.uniform(horizon, self.height)
        elif label == BALL:
            radius = max(5.0, rng.uniform(0.08, 0.18) * person)
            flies = rng.random() < 0.3
            near = y
            y = rng.uniform(0.1, 0.9) * self.height if flies else y - radius
            draw, extent = paint_ball, radius
        else:
            draw, extent, near = paint_suitcase, max(12.0, rng.uniform(0.3, 0.5) * person), y

        def paint(canvas: Canvas, owner: int) -> None:
            if label != KITE:
                _paint_shadow(canvas, x, near, 0.5 * extent if label == SUITCASE else extent)
            draw(canvas, Random(state), owner, x, y, extent)

        return _Thing(label, near, paint)

    def _place_distractor(self, rng: Random, horizon: float, scale: float) -> _Thing:
        x, y, person = self._place_ground(rng, horizon, scale)
        draw = rng.choice((paint_post, paint_plant))
        height = max(16.0, person * (rng.uniform(0.8, 1.5) if draw is paint_post else 0.55))
        state = rng.getrandbits(32)
        return _Thing(
            BACKGROUND, y, lambda canvas, owner: draw(canvas, Random(state), x, y, height)
        )


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> float:
    """The part of the smaller box (xyxy) that the other covers."""
    wide, tall = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or tall <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return wide * tall / smaller


def _paint_shadow(canvas: Canvas, x: float, y: float, half: float) -> None:
    canvas.paint_shadow(ellipse(x, y, half, 0.16 * half + 0.5))


def _paint(canvas: Canvas, things: list[_Thing]) -> tuple[np.ndarray, list[bool]]:
    """Paint things, owner k + 1 for things[k]; returns the owners and who is seen well enough."""
    whole = []
    for owner, thing in enumerate(things, start=1):
        thing.paint(canvas, owner)
        whole.append(np.count_nonzero(canvas.owners() == owner))
    owners = canvas.owners()
    visible = np.bincount(owners.ravel(), minlength=len(things) + 1)[1:]
    seen = []
    for owner, thing in enumerate(things, start=1):
        fewest = max(_FEWEST_PIXELS, _SEEN_AT_LEAST * whole[owner - 1])
        enough = thing.label == BACKGROUND or visible[owner - 1] >= fewest
        if enough and thing.figure:
            visibility = _visible_keypoints(thing.figure, owners, owner)[:, 2]
            enough = np.count_nonzero(visibility) >= _FEWEST_KEYPOINTS
        seen.append(bool(enough))
    return owners, seen


def _develop(picture: np.ndarray, rng: Random) -> np.ndarray:
    """Light that falls off towards one side, and a little noise."""
    height, width, _ = picture.shape
    brightness = round(rng.uniform(238, 272))
    across = np.linspace(0, rng.uniform(-18, 18), width).round().astype(np.int32)
    down = np.linspace(0, rng.uniform(-14, 14), height).round().astype(np.int32)
    gain = brightness + across + down[:, None]
    lit = (picture * gain[..., None]) >> 8
    strength = rng.choice((0, 3, 3, 7))
    words = np.random.PCG64(rng.getrandbits(63)).random_raw(picture.size // 8 + 1)
    noise = words.astype("<u8").view(np.uint8)[: picture.size].reshape(picture.shape)
    lit += noise & strength
    lit -= (noise >> 4) & strength
    return np.clip(lit, 0, 255).astype(np.uint8)


def _target(owners: np.ndarray, things: list[_Thing], index: int) -> dict[str, Tensor]:
    """Torchvision's target from the owner of each pixel."""
    wanted = [(k + 1, thing) for k, thing in enumerate(things) if thing.label]
    count = len(wanted)
    masks = np.zeros((count, *owners.shape), dtype=np.uint8)
    boxes = np.zeros((count, 4), dtype=np.float32)
    keypoints = np.zeros((count, len(KEYPOINT_NAMES), 3), dtype=np.float32)
    for row, (owner, thing) in enumerate(wanted):
        masks[row] = owners == owner
        columns, rows = masks[row].any(axis=0).nonzero()[0], masks[row].any(axis=1).nonzero()[0]
        boxes[row] = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        if thing.figure:
            keypoints[row] = _visible_keypoints(thing.figure, owners, owner)
    return {
        "boxes": torch.from_numpy(boxes),
        "labels": torch.tensor([thing.label for _, thing in wanted], dtype=torch.int64),
        "masks": torch.from_numpy(masks),
        "keypoints": torch.from_numpy(keypoints),
        "area": torch.from_numpy(masks.sum(axis=(1, 2), dtype=np.float32)),
        "iscrowd": torch.zeros(count, dtype=torch.int64),
        "image_id": torch.tensor(index),
    }


def _visible_keypoints(figure: Figure, owners: np.ndarray, owner: int) -> np.ndarray:
    """Keypoints [17, 3] with COCO's visibility, in eighths of a pixel (exact in any float)."""
    height, width = owners.shape
    result = np.zeros((len(KEYPOINT_NAMES), 3), dtype=np.float32)
    for k, (x, y, faces_camera) in enumerate(figure.keypoints()):
        x, y = round(8 * x) / 8, round(8 * y) / 8
        if 0 <= x < width and 0 <= y < height:
            seen = faces_camera and owners[int(y), int(x)] == owner
            result[k] = x, y, 2 if seen else 1
    return result
