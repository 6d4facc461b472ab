"""Exercise `paste_masks_in_image`: from a small mask on a box to a mask of the picture.

Source: torchvision.models.detection.roi_heads: expand_masks, expand_boxes, paste_mask_in_image.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works

_expand_boxes, _expand_masks = roi_heads.expand_boxes, roi_heads.expand_masks
_interpolate = F.interpolate


def _cases(_: Draw, uniform: Draw) -> Cases:
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
            uniform(4, 1, 6, 6),
            torch.tensor(
                [[0.0, 0, 12.3, 9.6], [18.7, 2.2, 40, 30], [0.4, 21.5, 40, 30], [9, 0.3, 21, 24]]
            ),
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


def _padded(call: Call) -> Tensor:
    return _expand_masks(call.masks, call.padding)[0]


def _expanded(call: Call, cells: int = 2) -> Tensor:
    """Return the boxes, not yet rounded, grown by `cells` times the padding."""
    size = call.masks.shape[-1]
    return _expand_boxes(call.boxes, (size + cells * call.padding) / size)


def _pasted_at(call: Call, boxes: Tensor) -> Tensor:
    """Paste the padded masks on boxes that are expanded already."""
    return call(masks=_padded(call), boxes=boxes, padding=0)


def _resized(call: Call, **how: Any) -> Tensor:
    """Resize in another way: torchvision gets masks of the right size."""
    pasted = [call.masks.new_zeros(0, 1, *call.img_shape)]
    for mask, box in zip(_padded(call), _expanded(call).trunc(), strict=True):
        width, height = (box[2:] - box[:2] + 1).long().tolist()
        large = _interpolate(mask[None], size=(height, width), **how)
        pasted.append(call(masks=large, boxes=box[None], padding=0))
    return torch.cat(pasted)


def _cut_off_at_the_border(call: Call) -> Tensor:
    height, width = call.img_shape
    limits = call.boxes.new_tensor([width - 1, height - 1] * 2)
    return _pasted_at(call, _expanded(call).trunc().clamp(min=0).minimum(limits))


def _rounded_outwards(call: Call) -> Tensor:
    corners = _expanded(call)
    return _pasted_at(call, torch.cat([corners[:, :2].floor(), corners[:, 2:].ceil()], dim=1))


def _rim_repeated(call: Call) -> Tensor:
    repeated = F.pad(call.masks, (call.padding,) * 4, mode="replicate")
    return call(masks=repeated, boxes=_expanded(call), padding=0)


_NO_ROUNDING_HINT = "the corners lose their decimals, as int() or .long() does; 7.9 becomes 7."
_BILINEAR_HINT = "the mask is resized bilinearly with align_corners=False."

PASTE_MASKS_IN_IMAGE = Exercise(
    name="paste_masks_in_image",
    reference=roi_heads.paste_masks_in_image,
    source="torchvision.models.detection.roi_heads.paste_masks_in_image",
    picture="map",
    steps=(
        "The mask gets a border of zeros, and the box grows by as many cells, around its centre.",
        "The grown corners become whole pixels, by cutting off what stands behind the point.",
        "The last pixel is included: a box from x1 to x2 has x2 - x1 + 1 columns, and at "
        "least one.",
        "Resize the mask to that size, and copy only the part that lies in the picture.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["masks", "boxes"],
        hints={
            "empty": "with R = 0 the result has the shape [0, 1, height, width].",
            "float64": "the result has the dtype of the masks.",
        },
    ),
    refused=(works.ROI_HEADS,),
    mistakes={
        "padding_unused": Mistake(
            "the mask is neither padded nor the box expanded",
            lambda call: call(padding=0),
            "first a rim of zero cells around the mask, and the box grows by as many cells.",
        ),
        "box_not_expanded": Mistake(
            "the mask is padded, but the box is not expanded",
            lambda call: _pasted_at(call, call.boxes),
            "with the rim the mask has more cells, so the box that they fill is larger too.",
        ),
        "mask_not_padded": Mistake(
            "the box is expanded, but the mask is not padded",
            lambda call: call(boxes=_expanded(call), padding=0),
            "the box has grown by the rim of zero cells; without the rim the mask is stretched.",
        ),
        "box_half_expanded": Mistake(
            "the box is expanded by half of what it should be",
            lambda call: _pasted_at(call, _expanded(call, cells=1)),
            "the rim has a cell on each side, so M cells become M + 2.",
        ),
        "rim_repeated": Mistake(
            "the rim around the mask repeats its border instead of being 0",
            _rim_repeated,
            "the rim is outside the box, where nothing of the object is: zeros.",
        ),
        "corners_rounded": Mistake(
            "the corners are rounded to the nearest pixel",
            lambda call: _pasted_at(call, _expanded(call).round()),
            _NO_ROUNDING_HINT,
        ),
        "corners_rounded_down": Mistake(
            "the corners are rounded down, also below zero",
            lambda call: _pasted_at(call, _expanded(call).floor()),
            "int() and .long() cut decimals off: -0.6 becomes 0, not -1.",
        ),
        "corners_rounded_outwards": Mistake(
            "the corners are rounded outwards",
            _rounded_outwards,
            _NO_ROUNDING_HINT,
        ),
        "last_pixel_missing": Mistake(
            "the mask is one pixel too narrow and too low",
            lambda call: _pasted_at(call, _expanded(call).trunc() - torch.tensor([0.0, 0, 1, 1])),
            "the last column x2 and the last row y2 belong to the mask: x2 - x1 + 1 pixels.",
        ),
        "box_cut_off": Mistake(
            "the box is cut off at the border before the mask is resized",
            _cut_off_at_the_border,
            "resize to the whole box first, then leave out what lies outside the picture. "
            "Otherwise the mask is squeezed.",
        ),
        "nearest": Mistake(
            "the mask is resized to the nearest cell",
            lambda call: _resized(call, mode="nearest"),
            _BILINEAR_HINT,
        ),
        "corners_aligned": Mistake(
            "the mask is resized with align_corners=True",
            lambda call: _resized(call, mode="bilinear", align_corners=True),
            _BILINEAR_HINT,
        ),
        "x_and_y_swapped": Mistake(
            "x and y are swapped",
            lambda call: call(boxes=call.boxes[:, [1, 0, 3, 2]]),
            "a box is (x1, y1, x2, y2); x counts columns, the last axis, and y counts rows.",
        ),
        "cut_at_half": Mistake(
            "the mask is cut at one half already",
            lambda call: (call() > 0.5).to(call.masks.dtype),
            "return the probabilities; whoever uses them chooses the threshold.",
        ),
        "channel_axis_missing": Mistake(
            "the masks have no axis for their one channel",
            lambda call: call()[:, 0],
            "the result has the shape [R, 1, height, width].",
        ),
    },
)
