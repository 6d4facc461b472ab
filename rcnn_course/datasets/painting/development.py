"""From a painting to a picture: its size, light and noise, and the tensor that detectors take."""

from random import Random

import numpy as np
import torch
from torch import Tensor

_SMALLEST_SIDE = 64  # pixels


def sides(size: int | tuple[int, int]) -> tuple[int, int]:
    """Read the size of a picture as its height and width, in pixels.

    Raises:
        TypeError: If `size` is neither an int nor a pair of them.
        ValueError: If a side is too small.
    """
    both = (size, size) if isinstance(size, int) else size
    if not isinstance(both, tuple | list) or [type(side) for side in both] != [int, int]:
        raise TypeError(f"size must be an int or (height, width), but got {size!r}")
    if min(both) < _SMALLEST_SIDE:
        raise ValueError(f"size must be {_SMALLEST_SIDE} pixels or more a side, but got {size}")
    return both[0], both[1]


def develop(picture: np.ndarray, rng: Random) -> np.ndarray:
    """Give light that falls off towards one side, and a little noise (uint8 [H, W, 3])."""
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


def to_image(pixels: np.ndarray) -> Tensor:
    """Turn pixels (uint8 [H, W, 3]) into a float32 image [3, H, W] in 0..1."""
    image = np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32) / np.float32(255)
    return torch.from_numpy(image)
