"""From a mask of a few cells on its box to the pixels of the picture, and what is lost.

Letters: `M` cells of a mask a side, `G` objects, `H` and `W` the size of the picture in pixels.
"""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torchvision.models.detection import roi_heads
from torchvision.ops import roi_align

from rcnn_course import draw
from rcnn_course.datasets import CATEGORIES, GeneratedPeople
from rcnn_course.draw.base import style
from rcnn_course.draw.base.blocks import show_blocks
from rcnn_course.widgets.controls import slider
from rcnn_course.widgets.picture import PictureExplorer, new_figure
from rcnn_course.widgets.student import ask


class MaskExplorer(PictureExplorer):
    """True masks of a generated scene, averaged over M x M cells, and pasted back.

    Args:
        paste_masks_in_image: takes (masks [R, 1, M, M], boxes [R, 4], (H, W)), such as the
            student's.

    Attributes:
        cells: slider; cells of the mask a side.
        threshold: slider; a pixel belongs to the object above this probability.
        instance: slider; the object, counted from 1.

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
        widths = self.boxes[:, 2] - self.boxes[:, 0]
        self.cells = slider("cells a side", 28, 4, 64)
        self.threshold = slider("threshold", 0.5, 0.05, 0.95, 0.05)
        self.instance = slider("object", int(widths.argmax()) + 1, 1, len(self.boxes))
        super().__init__(
            [self.cells, self.threshold, self.instance],
            alt="Left a mask of M × M cells; right the object in the picture with the mask pasted, "
            "and the pixels in which it differs from the truth.",
        )

    def backdrop_key(self) -> int:
        """Show another part of the picture for another object."""
        return self.instance.value

    def backdrop(self) -> Figure:
        """Show room for the mask, and the object with a margin."""
        figure = new_figure(8.4, 4.2)
        left = figure.add_axes((0.0, 0.0, 0.495, 1.0))
        left.set(xlim=(0, 1), ylim=(1, 0), aspect="equal")
        style.without_frame(left)
        right = draw.show_image(self.image, ax=figure.add_axes((0.505, 0.0, 0.495, 1.0)))
        x1, y1, x2, y2 = self._box().tolist()
        half = 0.56 * max(x2 - x1, y2 - y1) + 2
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        right.set(xlim=(x - half, x + half), ylim=(y + half, y - half), facecolor=style.PANEL)
        return figure

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw the mask on the left, and what becomes of it on the right."""
        left, right = axes
        box, cells = self._box(), self.cells.value
        truth = self.truth[self.instance.value - 1]
        mask = roi_align(truth[None, None].float(), [box[None]], cells, aligned=True)
        show_blocks(left, mask[0, 0].numpy(), (0, 1, 1, 0), cmap=style.SEQUENCE, vmin=0, vmax=1)
        shape = tuple(truth.shape)
        pasted = ask(self.paste, mask.clone(), box[None], shape, shape=(1, 1, *shape))[0, 0]
        found = pasted > self.threshold.value
        draw.draw_mask_errors(found, truth, ax=right)
        draw.draw_boxes(box[None], ax=right, color=style.PAPER, linewidth=style.THIN)
        wanted = roi_heads.paste_masks_in_image(mask, box[None], shape)[0, 0]
        return self._say(found, truth, away=(pasted - wanted).abs().max().item())

    def _box(self) -> Tensor:
        return self.boxes[self.instance.value - 1]

    def _say(self, found: Tensor, truth: Tensor, *, away: float) -> str:
        width, height = ((self._box()[2:] - self._box()[:2]) / self.cells.value).tolist()
        union = (found | truth).sum().item()
        iou = (found & truth).sum().item() / union if union else 0.0
        category = CATEGORIES[self.labels[self.instance.value - 1]]
        text = (
            f"{category}: a cell covers {width:.1f} × {height:.1f} pixels. The pasted mask has "
            f"{(found & ~truth).sum()} pixels too many (orange) and lacks "
            f"{(truth & ~found).sum()} (vermilion): IoU {iou:.3f}."
        )
        if away > 1e-3:
            text += f"\ntorchvision pastes other probabilities: they differ by up to {away:.2f}."
        return text
