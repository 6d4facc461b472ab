"""A contact sheet: pictures of any size side by side, with their truth drawn.

Letters: `N` objects of a picture, `K` keypoints.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from torch import Tensor
from torch.nn.functional import interpolate, pad
from torchvision.transforms.functional import pil_to_tensor, to_pil_image
from torchvision.utils import (
    draw_bounding_boxes,
    draw_keypoints,
    draw_segmentation_masks,
    make_grid,
)

from rcnn_course.draw.base import style

_SIDE = 320  # pixels of a picture's longer side
_TITLE = 18  # pixels above it
_COLUMNS = 4
_MARK = ("Software", "rcnn-course data")  # in a sheet's file


def truth_sheet(
    pictures: Iterable[tuple[Tensor, Mapping[str, Tensor]]],
    *,
    categories: Sequence[str],
    skeleton: Sequence[tuple[int, int]] = (),
) -> Tensor:
    """Draw pictures with their boxes, names, masks and keypoints on one sheet.

    Args:
        pictures (Iterable[tuple[Tensor, dict]]): float images [3, H, W] in 0..1 with targets in
            torchvision's format; at least one.
        categories (Sequence[str]): names by label.
        skeleton (Sequence[tuple[int, int]]): bones between keypoints, as pairs of indices from 0.

    Returns:
        Tensor: the sheet, float [3, H, W] in 0..1. Each picture has its `image_id` above it;
        hidden keypoints are grey, visible ones vermilion.

    Raises:
        ValueError: If there is no picture.

    Example:
        >>> from rcnn_course.draw.overlays.truth_sheet import truth_sheet
        >>> people = GeneratedPeople(5)
        >>> sheet = truth_sheet([people[k] for k in range(5)], categories=CATEGORIES)
        >>> list(sheet.shape)
        [3, 694, 1310]
    """
    drawn = [_drawn(image, target, categories, skeleton) for image, target in pictures]
    if not drawn:
        raise ValueError("pictures must hold at least one picture, but it is empty")
    return make_grid(drawn, nrow=_COLUMNS, padding=6, pad_value=1)


def write_sheet(
    pictures: Iterable[tuple[Tensor, Mapping[str, Tensor]]],
    file: Path,
    *,
    categories: Sequence[str],
    skeleton: Sequence[tuple[int, int]] = (),
) -> None:
    """Write a sheet, of which the arguments are those of `truth_sheet`, to a PNG file.

    Raises:
        ValueError: If `file` is no PNG file, or is there already and no sheet.
    """
    if file.suffix.lower() != ".png":
        raise ValueError(f"a sheet must be a PNG file, with .png at its end, got {file}")
    if file.exists() and not _is_sheet(file):
        raise ValueError(f"{file} is there already, and is no sheet: choose another name for it")
    sheet = to_pil_image(truth_sheet(pictures, categories=categories, skeleton=skeleton))
    mark = PngInfo()
    mark.add_text(*_MARK)
    sheet.save(file, pnginfo=mark)


def _is_sheet(file: Path) -> bool:
    """Tell whether a file is a sheet of before, which a new one may replace."""
    try:
        with Image.open(file) as picture:
            return _MARK in picture.info.items()
    except OSError:
        return False


def _drawn(
    image: Tensor,
    target: Mapping[str, Tensor],
    categories: Sequence[str],
    skeleton: Sequence[tuple[int, int]],
) -> Tensor:
    scale = _SIDE / max(image.shape[1:])
    height, width = (max(1, round(side * scale)) for side in image.shape[1:])
    canvas = interpolate(image[None], (height, width), mode="bilinear", antialias=True)[0]
    canvas = canvas.clamp(0, 1)
    if len(target["labels"]):
        canvas = _with_objects(canvas, target, scale, categories)
        if "keypoints" in target:
            canvas = _with_keypoints(canvas, target["keypoints"], scale, skeleton)
    canvas = pad(canvas, (0, _SIDE - width, _TITLE, _SIDE - height), value=1.0)
    return _with_title(canvas, f"picture {int(target['image_id'])}")


def _with_objects(
    canvas: Tensor, target: Mapping[str, Tensor], scale: float, categories: Sequence[str]
) -> Tensor:
    labels = target["labels"].tolist()
    colours = [style.category_color(label - 1) for label in labels]
    if "masks" in target:
        masks = interpolate(target["masks"][:, None].float(), canvas.shape[1:])[:, 0] > 0.5
        canvas = draw_segmentation_masks(canvas, masks, alpha=0.35, colors=colours)
    names = [categories[label] for label in labels]
    return draw_bounding_boxes(canvas, scale * target["boxes"], names, colours, width=2)


def _with_keypoints(
    canvas: Tensor, keypoints: Tensor, scale: float, skeleton: Sequence[tuple[int, int]]
) -> Tensor:
    places, flags = scale * keypoints[..., :2], keypoints[..., 2]
    bones = list(skeleton) or None
    canvas = draw_keypoints(canvas, places, bones, "white", 0, 1, visibility=flags > 0)
    for colour, shown in ((style.GREY, flags == 1), (style.VERMILION, flags == 2)):
        canvas = draw_keypoints(canvas, places, colors=colour, radius=3, visibility=shown)
    return canvas


def _with_title(canvas: Tensor, text: str) -> Tensor:
    page = to_pil_image(canvas)
    ImageDraw.Draw(page).text((2, 2), text, fill=style.INK)
    return pil_to_tensor(page) / 255
