"""From a mask of a few cells on its box to the pixels of the picture, and what is lost.

Letters: `M` cells of a mask a side, `G` objects, `H` and `W` the size of the picture in pixels.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torchvision.models.detection import roi_heads
from torchvision.ops import roi_align

from rcnn_course.datasets import CATEGORIES, GeneratedPeople
from rcnn_course.draw.base import style
from rcnn_course.scene import Box, Picture, Scene
from rcnn_course.scene.pictures import painted
from rcnn_course.scene.shapes import XYXY
from rcnn_course.widgets.cells import heatmap
from rcnn_course.widgets.controls import slider, switch
from rcnn_course.widgets.explorer import Explorer
from rcnn_course.widgets.panels import Panel, canvas, two_panels
from rcnn_course.widgets.student import ask

_ROOM = 1.12  # side of what is shown, of the longer side of the object's box
_CLOSE = 1e-3  # up to which two probabilities are the same
_COLORS = (
    (style.PAPER, 0),
    (style.ORANGE, 255),  # too many
    (style.VERMILION, 255),  # lacking
    (style.BLUE, 115),  # right
    (style.PURPLE, 255),  # torchvision decides otherwise
)


_OTHER = len(_COLORS) - 1


class _Pasted(NamedTuple):
    """A mask [M, M], and its probabilities [H, W] as they are pasted here and by torchvision."""

    mask: Tensor
    here: Tensor
    wanted: Tensor


class MaskExplorer(Explorer):
    """True masks of a generated scene, averaged over M x M cells, and pasted back.

    Args:
        paste_masks_in_image: takes (masks [R, 1, M, M], boxes [R, 4], (H, W)), such as the
            student's.

    Attributes:
        cells: slider; cells of the mask a side.
        threshold: slider; a pixel belongs to the object above this probability.
        instance: slider; the object, counted from 1.
        compare: box to tick; whether pixels are marked that torchvision's pasting decides
            otherwise.

    Example:
        >>> explorer = MaskExplorer()
        >>> explorer.cells.value = 7
        >>> print(explorer.text)
        person: a cell covers 20.7 × 28.6 pixels. The pasted mask has ... pixels too many (orange)
        and lacks ... (vermilion): IoU 0.864.

    Source: torchvision.models.detection.roi_heads.paste_masks_in_image.
    """

    def __init__(self, paste_masks_in_image: Callable = roi_heads.paste_masks_in_image):
        self.paste = paste_masks_in_image
        self.image, target = GeneratedPeople(32, seed=2, size=(240, 360))[31]
        self.boxes, self.labels = target["boxes"], target["labels"]
        self.truth = target["masks"] > 0
        self._grounds: dict[int, Scene] = {}
        self._last: tuple = (None, None)
        widths = self.boxes[:, 2] - self.boxes[:, 0]
        self.cells = slider("cells a side", 28, 4, 64)
        self.threshold = slider("threshold", 0.5, 0.05, 0.95, 0.05)
        self.instance = slider("object", int(widths.argmax()) + 1, 1, len(self.boxes))
        self.compare = switch("compare with torchvision", False)
        super().__init__(
            [self.cells, self.threshold, self.instance, self.compare],
            alt="Left a mask of M × M cells; right the object in the picture with the mask pasted, "
            "and the pixels in which it differs from the truth.",
        )

    def ground(self) -> Scene:
        """Show the object with a margin, on the right; made once for each."""
        number = self.instance.value
        if number not in self._grounds:
            _, right = panels = self._panels()
            photo = right.photo("photo", self.image, cells=True)
            self._grounds[number] = canvas(panels).plus([photo])
        return self._grounds[number]

    def scene(self) -> Scene:
        """Show the mask on the left, and what becomes of it on the right."""
        left, right = self._panels()
        pasted, truth = self._pasted(), self.truth[self.instance.value - 1]
        found = pasted.here > self.threshold.value
        kinds = found.to(torch.uint8) + 2 * truth.to(torch.uint8)
        text = self._say(found, truth, pasted)
        if self.compare.value:
            other = found != (pasted.wanted > self.threshold.value)
            kinds[other] = _OTHER
            text += f" {int(other.sum())} pixels would be decided otherwise (purple)."
        square = (0, 0, left.side, left.side)
        cells = heatmap("mask", pasted.mask, square, low=0, high=1)
        box = Box(id="region", meaning="truth", xyxy=right.box(self._xyxy()))
        return self.ground().plus([*cells, _painted(kinds, right), box], text=text)

    def _panels(self) -> tuple[Panel, Panel]:
        return two_panels(self._xyxy(), _ROOM)

    def _pasted(self) -> _Pasted:
        """Return the mask and what pasting makes of it; made once for its cells and object."""
        key = (self.cells.value, self.instance.value)
        if self._last[0] != key:
            truth, box = self.truth[self.instance.value - 1], self._box()
            mask = roi_align(truth[None, None].float(), [box[None]], key[0], aligned=True)
            shape = tuple(truth.shape)
            here = ask(self.paste, mask.clone(), box[None].clone(), shape, shape=(1, 1, *shape))
            wanted = roi_heads.paste_masks_in_image(mask, box[None], shape)
            self._last = (key, _Pasted(mask[0, 0], here[0, 0], wanted[0, 0]))
        return self._last[1]

    def _box(self) -> Tensor:
        return self.boxes[self.instance.value - 1]

    def _xyxy(self) -> XYXY:
        x1, y1, x2, y2 = self._box().tolist()
        return x1, y1, x2, y2

    def _say(self, found: Tensor, truth: Tensor, pasted: _Pasted) -> str:
        width, height = ((self._box()[2:] - self._box()[:2]) / self.cells.value).tolist()
        union = (found | truth).sum().item()
        iou = (found & truth).sum().item() / union if union else 0.0
        category = CATEGORIES[self.labels[self.instance.value - 1]]
        text = (
            f"{category}: a cell covers {width:.1f} × {height:.1f} pixels. The pasted mask has "
            f"{(found & ~truth).sum()} pixels too many (orange) and lacks "
            f"{(truth & ~found).sum()} (vermilion): IoU {iou:.3f}."
        )
        away = (pasted.here - pasted.wanted).abs().max().item()
        if away > _CLOSE:
            text += f"\ntorchvision pastes other probabilities: they differ by up to {away:.2f}."
        return text


def _painted(kinds: Tensor, panel: Panel) -> Picture:
    """Return a picture of kinds of pixels [H, W], the numbers of colours, as a panel shows it."""
    rows, columns = panel.part(*kinds.shape)
    xyxy = panel.box((columns.start, rows.start, columns.stop, rows.stop))
    data = painted(kinds[rows, columns].contiguous().numpy(), _COLORS)
    return Picture(id="errors", data=data, xyxy=xyxy, cells=True)
