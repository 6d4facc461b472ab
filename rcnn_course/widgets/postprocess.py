"""From the outputs of the box head to detections, with a slider for each of its settings.

Letters: `R` RoIs, `C` classes, `D` detections, `G` ground truths.
"""

from collections.abc import Callable, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.models.detection import FasterRCNN

from rcnn_course import draw
from rcnn_course.datasets import CATEGORIES
from rcnn_course.widgets.controls import slider
from rcnn_course.widgets.picture import PictureExplorer, picture_figure
from rcnn_course.widgets.stages import evaluated, run_box_head
from rcnn_course.widgets.student import NoAnswer, ask, require_shape
from rcnn_course.widgets.truth import draw_truth, say_covered


class PostprocessExplorer(PictureExplorer):
    """What the box head says of one picture, turned into detections at every move of a slider.

    Args:
        postprocess: maps (class logits [R, C], deltas [R, 4 C], proposals, image shapes, score
            threshold, NMS threshold, detections per image) to boxes, scores and labels, each a
            list with one tensor, such as the student's.
        model (FasterRCNN): a torchvision detector; all but its post-processing runs once.
        image (Tensor[3, H, W]): float from 0 to 1.
        truth (Tensor[G, 4], optional): boxes of the objects, xyxy in pixels of the picture.
        categories: names by label.

    Attributes:
        score_thresh: slider; only classes of a RoI with a higher score count.
        nms_thresh: slider; boxes of a class that overlap a better one by more are suppressed.
        detections_per_img: slider; the best are kept.

    Example:
        >>> def no_detections(logits, deltas, proposals, sizes, *thresholds):
        ...     return [torch.empty(0, 4)], [torch.empty(0)], [torch.empty(0, dtype=torch.int64)]
        >>> model = load_detector("fasterrcnn", weights="course")
        >>> explorer = PostprocessExplorer(no_detections, model, GeneratedPeople(1)[0][0])
        >>> print(explorer.text)
        100 RoIs × 4 classes = 400 candidates; ... have a higher score than the threshold; 0 are
        left: none.

    Source: torchvision `RoIHeads.postprocess_detections`.
    """

    def __init__(
        self,
        postprocess: Callable[..., tuple[list[Tensor], list[Tensor], list[Tensor]]],
        model: FasterRCNN,
        image: Tensor,
        *,
        truth: Tensor | None = None,
        categories: Sequence[str] = CATEGORIES,
    ):
        self.postprocess, self.categories = postprocess, categories
        with evaluated(model):
            self.box_stage = run_box_head(model, image)
        height, width = self.box_stage.sizes[0]
        self.image = interpolate(image[None], size=(height, width), mode="bilinear")[0]
        scale = torch.tensor([width / image.shape[2], height / image.shape[1]] * 2)
        self.truth = None if truth is None else truth * scale
        self.score_thresh = slider("score_thresh", 0.3, 0.0, 0.95, 0.05)
        self.nms_thresh = slider("nms_thresh", 0.5, 0.0, 1.0, 0.05)
        self.detections_per_img = slider("detections_per_img", 20, 1, 100)
        super().__init__(
            [self.score_thresh, self.nms_thresh, self.detections_per_img],
            alt="A picture with the boxes that the post-processing leaves.",
        )

    def backdrop(self) -> Figure:
        """Show the picture, and thin white boxes for the truth."""
        figure = picture_figure(self.image)
        if self.truth is not None:
            draw_truth(figure, self.truth)
        return figure

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw the detections that are left."""
        (ax,) = axes
        settings = [control.value for control in self.controls]
        boxes, scores, labels = self._detections(settings)
        draw.draw_boxes(boxes, labels=labels, scores=scores, categories=self.categories, ax=ax)
        rois, classes = self.box_stage.logits.shape
        candidates = self.box_stage.logits.softmax(-1)[:, 1:]
        counts = [int((labels == label).sum()) for label in range(1, classes)]
        found = [
            f"{count} × {self.categories[label]}" for label, count in enumerate(counts, 1) if count
        ]
        covered = "" if self.truth is None else say_covered(boxes, self.truth)
        return (
            f"{rois} RoIs × {classes - 1} classes = {candidates.numel()} candidates; "
            f"{int((candidates > settings[0]).sum())} have a higher score than the threshold; "
            f"{len(boxes)} are left: {', '.join(found) or 'none'}.{covered}"
        )

    def _detections(self, settings: list[float]) -> tuple[Tensor, Tensor, Tensor]:
        """Call the student's function, and see that it gives detections of one picture."""
        _, logits, deltas, proposals, sizes = self.box_stage
        arguments = logits.clone(), deltas.clone(), [p.clone() for p in proposals], list(sizes)
        result = ask(self.postprocess, *arguments, *settings)
        name = self.postprocess.__name__
        if not isinstance(result, tuple | list) or [_length(part) for part in result] != [1, 1, 1]:
            raise NoAnswer(f"{name} should return boxes, scores and labels, one list of each.")
        boxes, scores, labels = (part[0] for part in result)
        count = _length(scores)
        for values, shape in ((boxes, (count, 4)), (scores, (count,)), (labels, (count,))):
            require_shape(name, values, shape)
        return boxes, scores, labels


def _length(part: object) -> int:
    return len(part) if isinstance(part, list | tuple | Tensor) else -1
