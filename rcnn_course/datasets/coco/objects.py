"""One object of a COCO file: what its fields mean, or why they have no one meaning.

pycocotools takes much for granted: it reads a polygon of two points as a box, and a damaged run
length ends the whole process. So all is looked at before it gets there.

Source: https://cocodataset.org/#format-data.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pycocotools import mask as rle

_SHOWN = 60  # characters of a value that an error shows
_LARGEST = 1e15  # of the numbers that are taken for pixels


class RefusedError(ValueError):
    """What has no one meaning.

    Attributes:
        kind: in a few words, the same for all that is wrong in this way.
    """

    def __init__(self, kind: str, text: str):
        super().__init__(text)
        self.kind = kind


def shown(value: object) -> str:
    """Write a value of a file into a message, cut where it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def whole(value: object, name: str) -> int:
    """Read a whole number, which may be written as 7, 7.0 or "7".

    Raises:
        RefusedError: If it is none.
    """
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63:
        return value
    raise RefusedError(
        f"{name} is no whole number", f"{name} must be a whole number, got {shown(value)}"
    )


def read_object(raw: dict[str, Any], width: int, height: int) -> dict[str, Any]:
    """Read the fields of an annotation that say where its object is.

    Args:
        raw: the annotation, as JSON gives it.
        width: of its picture in pixels.
        height: of its picture in pixels.

    Returns:
        dict: `bbox` (xywh pixels), `segmentation` (polygons, run lengths, or None), `keypoints`
        (x1, y1, v1, x2, …, or None), `iscrowd` and `area`.

    Raises:
        RefusedError: If one of them has no one meaning.
    """
    outline = _outline(raw.get("segmentation"), width, height)
    is_needed = not raw.get("bbox") or raw.get("area") is None
    encoded = encode(outline, width, height) if outline is not None and is_needed else None
    box = _box(raw.get("bbox"), encoded, width, height)
    return {
        "bbox": box,
        "segmentation": outline,
        "keypoints": _keypoints(raw.get("keypoints")),
        "iscrowd": _iscrowd(raw.get("iscrowd")),
        "area": _area(raw.get("area"), encoded, box),
    }


def has_outline(segmentation: object) -> bool:
    """Tell whether the segmentation of an annotation says something."""
    return bool(segmentation) and segmentation != [[]]


def is_learned(annotation: Mapping[str, Any]) -> bool:
    """Tell whether a detector learns an annotation that was read: no crowd, nor without a size."""
    return min(annotation["bbox"][2:]) > 0 and not annotation["iscrowd"]


def encode(outline: list | dict[str, Any], width: int, height: int) -> dict[str, Any]:
    """Run-length encode an outline that `read_object` has read."""
    encoded = rle.frPyObjects(outline, height, width)
    return rle.merge(encoded) if isinstance(outline, list) else encoded


def _box(value: object, encoded: dict[str, Any] | None, width: int, height: int) -> list[float]:
    if value is None or value == []:
        if encoded is None:
            raise RefusedError("no box", "it has neither a bbox nor a segmentation to take it from")
        return rle.toBbox(encoded).tolist()
    box = _numbers(value, "bbox")
    if len(box) != 4:
        raise RefusedError(
            "box of another form", f"bbox must be [x, y, width, height], got {shown(value)}"
        )
    x, y, across, down = box
    if across < 0 or down < 0:
        raise RefusedError(
            "box is turned", f"bbox must have a width and height of 0 or more, got {shown(value)}"
        )
    _require_near([x, y, x + across, y + down], width, height, "bbox", value)
    outside = x >= width or y >= height or x + across <= 0 or y + down <= 0
    if across and down and outside:
        raise _far("bbox", value, width, height)
    return box


def _outline(value: object, width: int, height: int) -> list | dict[str, Any] | None:
    if not has_outline(value):
        return None
    if isinstance(value, dict):
        return _run_lengths(value, width, height)
    if not isinstance(value, list):
        raise RefusedError(
            "outline of another form",
            f"segmentation must be a list of polygons or run lengths, got {shown(value)}",
        )
    parts = value if isinstance(value[0], list) else [value]  # one polygon, not in a list
    return [_polygon(part, width, height) for part in parts]


def _polygon(value: object, width: int, height: int) -> list[float]:
    points = _numbers(value, "segmentation")
    if len(points) % 2:
        raise RefusedError(
            "polygon with half a point",
            f"a polygon must be x1, y1, x2, y2, …, got {len(points)} numbers: {shown(value)}",
        )
    if len(points) < 6:
        raise RefusedError(
            "polygon of fewer than three points",
            f"a polygon must have three points or more, got {len(points) // 2}: {shown(value)}",
        )
    _require_near(points, width, height, "segmentation", value)
    return points


def _run_lengths(value: dict[str, Any], width: int, height: int) -> dict[str, Any]:
    size, counts = value.get("size"), value.get("counts")
    if size != [height, width]:
        raise RefusedError(
            "run lengths of another size",
            f"segmentation must have the size of its picture, [{height}, {width}] (height, width), "
            f"got {shown(size)}",
        )
    runs: Any = _decoded(counts) if isinstance(counts, str) else counts
    is_list = isinstance(runs, list) and all(type(run) is int and run >= 0 for run in runs)
    if not is_list or sum(runs) != height * width:
        found = f"a sum of {sum(runs)}" if is_list else shown(counts)
        raise RefusedError(
            "damaged run lengths",
            f"the counts of a segmentation must be run lengths whose sum is {height} × {width} = "
            f"{height * width}, got {found}",
        )
    return {"size": [height, width], "counts": runs}


def _decoded(text: str) -> list[int] | None:
    """Decode COCO's compressed run lengths; None for what is none.

    Each is written in characters of five bits and one that says whether more follow; from the
    fourth on, it is the difference from the last but one (pycocotools, rleFrString).
    """
    runs: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 30:
            return None
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            value -= (1 << shift) if bits & 16 else 0
            runs.append(value + (runs[-2] if len(runs) > 2 else 0))
            value = shift = 0
    return runs if not shift else None


def _keypoints(value: object) -> list[float] | None:
    if value is None or value == []:
        return None
    numbers = _numbers(value, "keypoints")
    if len(numbers) % 3:
        raise RefusedError(
            "keypoints of another form",
            f"keypoints must be x1, y1, v1, x2, …: three numbers each, got {len(numbers)} numbers",
        )
    flags = set(numbers[2::3]) - {0, 1, 2}
    if flags:
        raise RefusedError(
            "visibility of another value",
            "the visibility of a keypoint must be 0 (not labelled), 1 (hidden) or 2 (visible), "
            f"got {min(flags)}",
        )
    return numbers


def _iscrowd(value: object) -> int:
    if value is None:
        return 0
    if isinstance(value, bool | int | float) and value in (0, 1):
        return int(value)
    raise RefusedError("iscrowd of another value", f"iscrowd must be 0 or 1, got {shown(value)}")


def _area(value: object, encoded: dict[str, Any] | None, box: Sequence[float]) -> float:
    if value is None:
        return float(rle.area(encoded)) if encoded is not None else box[2] * box[3]
    (area,) = _numbers([value], "area")
    if area < 0:
        raise RefusedError("negative area", f"area must be 0 or more, got {shown(value)}")
    return area


def _numbers(value: object, name: str) -> list[float]:
    if not isinstance(value, list):
        raise RefusedError(
            f"{name} is no list", f"{name} must be a list of numbers, got {shown(value)}"
        )
    if not value or (set(map(type, value)) <= {int, float} and _are_finite(value)):
        return value
    for number in value:
        if type(number) not in (int, float) or not _are_finite([number]):
            raise RefusedError(
                f"{name} with something else than a number",
                f"{name} must hold finite numbers, got {shown(number)}",
            )
    return value


def _are_finite(numbers: Sequence[float]) -> bool:
    """Tell whether all are of a size that pixels have; min and max may miss NaN, a sum does not."""
    near = min(numbers) >= -_LARGEST and max(numbers) <= _LARGEST
    return near and math.isfinite(sum(numbers))


def _require_near(
    points: Sequence[float], width: int, height: int, name: str, value: object
) -> None:
    """Raise where a point lies beyond the picture by more than the picture's own size."""
    across, down = points[::2], points[1::2]
    is_near = -width <= min(across) and max(across) <= 2 * width
    if not is_near or min(down) < -height or max(down) > 2 * height:
        raise _far(name, value, width, height)


def _far(name: str, value: object, width: int, height: int) -> RefusedError:
    kind = "box outside its picture" if name == "bbox" else "outline outside its picture"
    return RefusedError(
        kind, f"{name} must lie in its picture, {width} × {height} pixels, got {shown(value)}"
    )
