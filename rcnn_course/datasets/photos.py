"""Photos for the detectors: a real one that is always there, and the student's own."""

import io
from collections.abc import Mapping
from numbers import Integral
from os import PathLike

import numpy as np
from matplotlib.cbook import get_sample_data
from PIL import Image, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms.functional import pil_to_tensor

from rcnn_course import threads

MAX_SIZE = 1333
"""Longest side in pixels: torchvision's detectors shrink what is larger themselves."""

_ORIENTATION = 0x112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a photo upright, by EXIF's orientation."""

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def grace_hopper() -> Tensor:
    """Load a portrait of Grace Hopper, the one photo of a person that the dependencies bring.

    Returns:
        Tensor[3, 600, 512]: float32 RGB in 0..1; one person, seen to the waist.

    Example:
        >>> photo = grace_hopper()
        >>> list(photo.shape), photo.dtype
        ([3, 600, 512], torch.float32)

    Source: `grace_hopper.jpg` of matplotlib's sample data: "Commodore Grace M. Hopper, USN
    (covered)" of Wikimedia Commons, photographed by James S. Davis in 1984 for the United States
    Navy; a work of the United States government and in the public domain.
    """
    return load_photo(get_sample_data("grace_hopper.jpg", asfileobj=False))


def load_photo(
    photo: str | PathLike | bytes | bytearray | memoryview | Mapping,
    *,
    max_size: int | None = MAX_SIZE,
) -> Tensor:
    """Load a photo as a detector takes it: upright, in colour, from 0 to 1.

    The camera's EXIF orientation is applied. Grey, palette, CMYK and 16-bit pictures become RGB,
    and what is transparent becomes white.

    Args:
        photo: a file's name; or `FileUpload.value[0]`; or the content of a file as bytes.
        max_size: longest side in pixels; larger photos are shrunk, smaller ones left. By default
            torchvision's own limit, so that a photo of 12 megapixels is quick; None for no limit.

    Returns:
        Tensor[3, H, W]: float32 RGB in 0..1.

    Raises:
        FileNotFoundError: If there is no such file.
        TypeError: If `photo` is neither a name nor bytes, or `max_size` is no whole number.
        ValueError: If `photo` is not a picture that Pillow reads, such as HEIC, or is damaged
            or far too large; or where `max_size` is below 1. It names the file.

    Example:
        >>> import io
        >>> from PIL import Image
        >>> file = io.BytesIO()
        >>> Image.new("L", (300, 200), 51).save(file, "PNG")
        >>> photo = load_photo(file.getvalue(), max_size=150)
        >>> list(photo.shape), round(photo.max().item(), 3)
        ([3, 100, 150], 0.2)
    """
    if max_size is not None:
        _require_size(max_size)
    content, name = _content(photo)
    image = to_rgb(turned(open_photo(content, name, max_size=max_size)))
    if max_size is not None:
        image.thumbnail((max_size, max_size), Image.Resampling.LANCZOS)
    return pil_to_tensor(image) / 255


def _require_size(max_size: object) -> None:
    if isinstance(max_size, bool) or not isinstance(max_size, Integral):
        raise TypeError(f"max_size must be a whole number of pixels or None, got {max_size!r}")
    if max_size < 1:
        raise ValueError(f"max_size must be 1 pixel or more, got {max_size}")


def open_photo(content: bytes, name: str, *, max_size: int | None = None) -> Image.Image:
    """Decode a photo, as it is stored.

    Args:
        content: of the file.
        name: of the file, for errors.
        max_size: longest side that is needed; a JPEG is decoded at a half, a quarter or an eighth
            where that is as much.

    Raises:
        ValueError: If it is no picture, damaged, far too large, or holds 32-bit numbers.
    """
    try:
        with threads.collected("warnings"):  # of EXIF, which a damaged photo may do without
            image = Image.open(io.BytesIO(content))
            if max_size is not None:
                image.draft(None, (max_size, max_size))
            image.load()
    except UnidentifiedImageError:
        if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
            kind = "in Apple's HEIC format"
        else:
            kind = "not a picture" if content else "empty"
        raise ValueError(f"{name} is {kind}: save it as JPEG or PNG, then load that") from None
    except Image.DecompressionBombError as error:
        raise ValueError(f"{name} is too large: {error}") from None
    except Exception as error:  # decoders raise what they like
        raise ValueError(f"{name} is damaged or cut off: {error}") from None
    if image.mode in ("I", "F"):
        raise ValueError(f"{name} holds 32-bit numbers, not a photo: save it as JPEG or PNG")
    return image


def is_turned(image: Image.Image) -> bool:
    """Tell whether a viewer shows this photo otherwise than it is stored, as EXIF asks."""
    return _orientation(image) in _TURNS


def turned(image: Image.Image) -> Image.Image:
    """Turn a photo as EXIF asks."""
    turn = _TURNS.get(_orientation(image))
    return image if turn is None else image.transpose(turn)


def _orientation(image: Image.Image) -> int:
    """Return EXIF's orientation; 0 where there is none, or EXIF is damaged."""
    try:
        with threads.collected("warnings"):
            return int(image.getexif().get(_ORIENTATION, 0))
    except Exception:  # what the parser meets in damaged bytes
        return 0


def to_rgb(image: Image.Image) -> Image.Image:
    """Make a photo of any mode RGB, on white where it is transparent."""
    if image.mode.startswith("I;16"):  # 16 bits a pixel, which convert() would cut at 255
        return Image.fromarray((np.asarray(image) / 257).round().astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def _content(photo: object) -> tuple[bytes, str]:
    """Return the bytes of a photo, and its name for errors."""
    if isinstance(photo, Mapping) and {"name", "content"} <= set(photo):
        return bytes(photo["content"]), str(photo["name"])
    if isinstance(photo, str | PathLike):
        with open(photo, "rb") as file:
            return file.read(), str(photo)
    if isinstance(photo, bytes | bytearray | memoryview):
        return bytes(photo), "photo"
    raise TypeError(
        f"photo must be a file's name, an upload or its bytes, got {type(photo).__name__}"
    )
