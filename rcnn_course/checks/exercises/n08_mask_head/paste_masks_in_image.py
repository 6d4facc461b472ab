"""Exercise `paste_masks_in_image`: from a small mask on a box to a mask of the picture.

Source: torchvision.models.detection.roi_heads: expand_masks, expand_boxes, paste_mask_in_image.
"""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

Shape = tuple[int, int]

reference = roi_heads.paste_masks_in_image
_expand_boxes, _expand_masks = roi_heads.expand_boxes, roi_heads.expand_masks
_interpolate = F.interpolate


def _paste_cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)

    def boxes(number: int, height: int, width: int, low: float = 6.0, high: float = 20.0) -> Tensor:
        """Return boxes with sides from `low` to `high`, at least 3 pixels inside the picture."""
        sides = uniform(number, 2, low=low, high=high)
        room = torch.tensor([width, height]) - 6 - sides
        corner = 3 + uniform(number, 2) * room
        return torch.cat([corner, corner + sides], dim=1)

    yield Case(
        "two masks inside a picture of 30 x 40 pixels",
        (uniform(2, 1, 7, 7), boxes(2, 30, 40), (30, 40)),
        hint="pad, expand, cut off decimals, resize to (x2 - x1 + 1) x (y2 - y1 + 1), paste.",
    )
    yield Case(
        "boxes at the borders of the picture",
        (
            uniform(3, 1, 6, 6),
            torch.tensor([[0.0, 0, 12.3, 9.6], [18.7, 2.2, 40, 30], [0.4, 21.5, 40, 30]]),
            (30, 40),
        ),
        hint="the expanded box sticks out of the picture: resize all of the mask, then paste the "
        "part of it that lies inside.",
    )
    yield Case(
        "boxes smaller than a pixel",
        (
            uniform(2, 1, 7, 7),
            torch.tensor([[5.2, 6.1, 5.5, 9.7], [8.3, 7.2, 8.6, 7.4]]),
            (16, 16),
        ),
        hint="a mask is at least one pixel wide and high.",
    )
    whole = torch.tensor([[0.0, 0.0, 20.0, 24.0]])
    yield Case("a box as large as the picture", (uniform(1, 1, 7, 7), whole, (24, 20)))
    yield Case("masks of 28 x 28 cells", (uniform(2, 1, 28, 28), boxes(2, 50, 70, 9, 40), (50, 70)))
    yield Case(
        "a padding of 2 cells",
        (uniform(1, 1, 8, 8), boxes(1, 40, 36), (40, 36), 2),
        hint="padding is the number of cells on each side; the box grows by as many.",
    )
    yield Case("no padding", (uniform(1, 1, 8, 8), boxes(1, 30, 30), (30, 30), 0))
    yield Case(
        "no masks at all",
        (torch.zeros(0, 1, 7, 7), torch.zeros(0, 4), (12, 10)),
        hint="with R = 0 the result has the shape [0, 1, height, width].",
    )
    yield Case(
        "float64",
        (uniform(1, 1, 7, 7).double(), boxes(1, 30, 40).double(), (30, 40)),
        hint="the result has the dtype of the masks.",
    )
    yield Case(
        "masks that are not contiguous in memory",
        (uniform(2, 1, 7, 7).mT, boxes(2, 30, 40), (30, 40)),
    )


def _expanded(masks: Tensor, boxes: Tensor, padding: int) -> tuple[Tensor, Tensor]:
    """Return the padded masks and the expanded boxes, not yet rounded."""
    padded, scale = _expand_masks(masks, padding)
    return padded, _expand_boxes(boxes, scale)


def _with_boxes(change: Callable[[Tensor, Shape], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of other whole numbers for the corners of the expanded boxes."""

    def wrong(masks: Tensor, boxes: Tensor, img_shape: Shape, padding: int = 1) -> Tensor:
        padded, expanded = _expanded(masks, boxes, padding)
        return reference(padded, change(expanded, img_shape), img_shape, padding=0)

    return wrong


def _resized(mode: str, **options: bool) -> Callable[..., Tensor]:
    """Make the mistake of resizing in another way: torchvision gets masks of the right size."""

    def wrong(masks: Tensor, boxes: Tensor, img_shape: Shape, padding: int = 1) -> Tensor:
        padded, expanded = _expanded(masks, boxes, padding)
        corners = expanded.trunc()
        pasted = [masks.new_zeros(0, 1, *img_shape)]
        for mask, box in zip(padded[:, None], corners, strict=True):
            width, height = (box[2:] - box[:2] + 1).long().tolist()
            large = _interpolate(mask, size=(height, width), mode=mode, **options)
            pasted.append(reference(large, box[None], img_shape, padding=0))
        return torch.cat(pasted)

    return wrong


def _inside(boxes: Tensor, img_shape: Shape) -> Tensor:
    """Cut boxes off at the border of the picture, before the masks are resized to them."""
    height, width = img_shape
    limits = torch.tensor([width - 1, height - 1] * 2)
    return torch.minimum(boxes.trunc().clamp(min=0), limits.to(boxes.dtype))


def _changed(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of changing what comes out."""
    return lambda *args: change(reference(*args))


def _box_not_expanded(masks: Tensor, boxes: Tensor, img_shape: Shape, padding: int = 1) -> Tensor:
    padded, _ = _expanded(masks, boxes, padding)
    return reference(padded, boxes, img_shape, padding=0)


def _mask_not_padded(masks: Tensor, boxes: Tensor, img_shape: Shape, padding: int = 1) -> Tensor:
    _, expanded = _expanded(masks, boxes, padding)
    return reference(masks, expanded, img_shape, padding=0)


def _repeated_border(masks: Tensor, boxes: Tensor, img_shape: Shape, padding: int = 1) -> Tensor:
    _, expanded = _expanded(masks, boxes, padding)
    padded = F.pad(masks, (padding,) * 4, mode="replicate") if len(masks) else masks
    return reference(padded, expanded, img_shape, padding=0)


def _expanded_twice(masks: Tensor, boxes: Tensor, img_shape: Shape, padding: int = 1) -> Tensor:
    """Let the whole box grow by one cell instead of two."""
    padded, _ = _expanded(masks, boxes, padding)
    half = (masks.shape[-1] + padding) / masks.shape[-1]
    return reference(padded, _expand_boxes(boxes, half), img_shape, padding=0)


_NO_ROUNDING_HINT = "the corners lose their decimals, as int() or .long() does; 7.9 becomes 7."
_BILINEAR_HINT = "the mask is resized bilinearly with align_corners=False."

PASTE_MASKS_IN_IMAGE = Exercise(
    name="paste_masks_in_image",
    reference=reference,
    source="torchvision.models.detection.roi_heads.paste_masks_in_image",
    own_cases=_paste_cases,
    refused_code=(roi_heads,),
    mistakes=(
        Mistake(
            "the mask is neither padded nor the box expanded",
            lambda masks, boxes, img_shape, padding=1: reference(masks, boxes, img_shape, 0),
            "first a rim of zero cells around the mask, and the box grows by as many cells.",
        ),
        Mistake(
            "the mask is padded, but the box is not expanded",
            _box_not_expanded,
            "with the rim the mask has more cells, so the box that they fill is larger too.",
        ),
        Mistake(
            "the box is expanded, but the mask is not padded",
            _mask_not_padded,
            "the box has grown by the rim of zero cells; without the rim the mask is stretched.",
        ),
        Mistake(
            "the box is expanded by half of what it should be",
            _expanded_twice,
            "the rim has a cell on each side, so M cells become M + 2.",
        ),
        Mistake(
            "the rim around the mask repeats its border instead of being 0",
            _repeated_border,
            "the rim is outside the box, where nothing of the object is: zeros.",
        ),
        Mistake(
            "the corners are rounded to the nearest pixel",
            _with_boxes(lambda boxes, shape: boxes.round()),
            _NO_ROUNDING_HINT,
        ),
        Mistake(
            "the corners are rounded down, also below zero",
            _with_boxes(lambda boxes, shape: boxes.floor()),
            "int() and .long() cut decimals off: -0.6 becomes 0, not -1.",
        ),
        Mistake(
            "the corners are rounded outwards",
            _with_boxes(lambda b, shape: torch.cat([b[:, :2].floor(), b[:, 2:].ceil()], dim=1)),
            _NO_ROUNDING_HINT,
        ),
        Mistake(
            "the mask is one pixel too narrow and too low",
            _with_boxes(lambda b, shape: b.trunc() - torch.tensor([0, 0, 1, 1]).to(b.dtype)),
            "the last column x2 and the last row y2 belong to the mask: x2 - x1 + 1 pixels.",
        ),
        Mistake(
            "the box is cut off at the border before the mask is resized",
            _with_boxes(_inside),
            "resize to the whole box first, then leave out what lies outside the picture. "
            "Otherwise the mask is squeezed.",
        ),
        Mistake(
            "the mask is resized to the nearest cell",
            _resized("nearest"),
            _BILINEAR_HINT,
        ),
        Mistake(
            "the mask is resized with align_corners=True",
            _resized("bilinear", align_corners=True),
            _BILINEAR_HINT,
        ),
        Mistake(
            "x and y are swapped",
            lambda masks, boxes, *rest: reference(masks, boxes[:, [1, 0, 3, 2]], *rest),
            "a box is (x1, y1, x2, y2); x counts columns, the last axis, and y counts rows.",
        ),
        Mistake(
            "the mask is cut at one half already",
            _changed(lambda pasted: (pasted > 0.5).to(pasted.dtype)),
            "return the probabilities; whoever uses them chooses the threshold.",
        ),
        Mistake(
            "the masks have no axis for their one channel",
            _changed(lambda pasted: pasted[:, 0]),
            "the result has the shape [R, 1, height, width].",
        ),
    ),
)
