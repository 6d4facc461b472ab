"""Arrays as the files that a scene's pictures hold."""

import io
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


def mime_of(data: bytes) -> str:
    """Return the MIME type of what `encoded` has made."""
    return "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
