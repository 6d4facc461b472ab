"""Arrays as the files that a scene's pictures hold."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

_PHOTO: dict[str, Any] = {"format": "JPEG", "quality": 95, "subsampling": 0}
_EXACT: dict[str, Any] = {"format": "PNG", "compress_level": 4}


def encoded(pixels: np.ndarray, *, photo: bool = False) -> bytes:
    """Return a picture [H, W, 3] or [H, W, 4] of uint8 as a PNG.

    Args:
        pixels (array): red, green, blue and opacity from 0 to 255.
        photo: whether it is a photograph, which is a fifth as large as a JPEG.
    """
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, **(_PHOTO if photo else _EXACT))
    return stream.getvalue()


def painted(cells: np.ndarray, colors: Sequence[tuple[str, int]]) -> bytes:
    """Return a picture of a few colours as a PNG, which is much quicker than with thousands.

    Args:
        cells (array [H, W]): uint8; the number of each pixel's colour.
        colors: each such as '#e69f00', and its opacity from 0 to 255.
    """
    stream = io.BytesIO()
    image = Image.fromarray(cells, "P")
    image.putpalette(b"".join(bytes.fromhex(tone[1:]) for tone, _ in colors))
    opacities = bytes(opacity for _, opacity in colors)
    image.save(stream, "PNG", transparency=opacities, compress_level=1)
    return stream.getvalue()


def mime_of(data: bytes) -> str:
    """Return the MIME type of what `encoded` has made."""
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
