"""From the outputs of the box head to detections, with a slider for each of its settings.

Letters: `R` RoIs, `C` classes, `D` detections, `G` ground truths.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.models.detection import FasterRCNN

from rcnn_course.reference import box_head
from rcnn_course.scene import Scene
from rcnn_course.widgets.controls import slider, switch
from rcnn_course.widgets.explorer import Explorer, photo_scene
from rcnn_course.widgets.found import Found, differences, found_boxes
from rcnn_course.widgets.given import (
    given_detector,
    given_image,
    given_truth,
    names_of_labels,
)
from rcnn_course.widgets.stages import evaluated, run_box_head
from rcnn_course.widgets.student import NoAnswer, ask, name_of, require_shape
from rcnn_course.widgets.truth import say_covered, true_boxes


class PostprocessExplorer(Explorer):
    """What the box head says of one picture, turned into detections at every move of a slider.

    Args:
        postprocess: maps (class logits [R, C], deltas [R, 4 C], proposals, image shapes, score
            threshold, NMS threshold, detections per image) to boxes, scores and labels, each a
            list with one tensor, such as the student's.
        model (FasterRCNN): a torchvision detector; all but its post-processing runs once.
        image (Tensor[3, H, W]): float from 0 to 1.
        truth (Tensor[G, 4], optional): boxes of the objects, xyxy in pixels of the picture.
        categories (Sequence[str], optional): names by label; by default the model's own, or those
            of the weights that have as many labels as it has: COCO's, or the course's.

    Attributes:
        score_thresh: slider; only classes of a RoI with a higher score count.
        nms_thresh: slider; boxes of a class that overlap a better one by more are suppressed.
        detections_per_img: slider; the best are kept.
        compare: box to tick; whether boxes are marked that are only here, or only in
            torchvision's result.

    Raises:
        TypeError: If the model is no torchvision detector, or picture or truth are no tensors.
        ValueError: If they have another shape, or `categories` have no name for a label.

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
        categories: Sequence[str] | None = None,
    ):
        self.postprocess, image, truth = postprocess, given_image(image), given_truth(truth)
        with evaluated(given_detector(model)):
            self.box_stage = run_box_head(model, image)
        self.categories = names_of_labels(
            categories, range(1, self.box_stage.logits.shape[1]), model
        )
        height, width = self.box_stage.sizes[0]
        self.image = interpolate(image[None], size=(height, width), mode="bilinear")[0]
        scale = torch.tensor([width / image.shape[2], height / image.shape[1]] * 2)
        self.truth = None if truth is None else truth * scale
        self.score_thresh = slider("score_thresh", 0.3, 0.0, 0.95, 0.05)
        self.nms_thresh = slider("nms_thresh", 0.5, 0.0, 1.0, 0.05)
        self.detections_per_img = slider("detections_per_img", 20, 1, 100)
        self.compare = switch("compare with torchvision", False)
        self._photo = photo_scene(self.image).plus(true_boxes(self.truth))
        self._settings = [self.score_thresh, self.nms_thresh, self.detections_per_img]
        super().__init__(
            [*self._settings, self.compare],
            alt="A picture with the boxes that the post-processing leaves.",
        )

    def ground(self) -> Scene:
        """Show the picture, and white boxes for the truth."""
        return self._photo

    def scene(self) -> Scene:
        """Show the detections that are left."""
        settings = [control.value for control in self._settings]
        found = self._detections(self.postprocess, settings)
        meaning = "yours" if self.compare.value else ""
        shapes = found_boxes(found, self.categories, self._photo, meaning=meaning)
        text = self._say(found, settings[0])
        if self.compare.value:
            wanted = self._detections(box_head.postprocess_detections, settings)
            whose = "torchvision's result"
            marks, said = differences(found, wanted, self.categories, whose, self._photo)
            shapes, text = shapes + marks, text + said
        return self._photo.plus(shapes, text=text)

    def _say(self, left: Found, score_thresh: float) -> str:
        rois, classes = self.box_stage.logits.shape
        candidates = self.box_stage.logits.softmax(-1)[:, 1:]
        counts = [int((left.labels == label).sum()) for label in range(1, classes)]
        found = [
            f"{count} × {self.categories[label]}" for label, count in enumerate(counts, 1) if count
        ]
        covered = "" if self.truth is None else say_covered(left.boxes, self.truth)
        return (
            f"{rois} RoIs × {classes - 1} classes = {candidates.numel()} candidates; "
            f"{int((candidates > score_thresh).sum())} have a higher score than the threshold; "
            f"{len(left.boxes)} are left: {', '.join(found) or 'none'}.{covered}"
        )

    def _detections(self, postprocess: Callable, settings: list[float]) -> Found:
        """Call a function such as the student's, and see that it gives those of one picture."""
        _, logits, deltas, proposals, sizes = self.box_stage
        arguments = logits.clone(), deltas.clone(), [p.clone() for p in proposals], list(sizes)
        result = ask(postprocess, *arguments, *settings)
        name = name_of(postprocess)
        if not isinstance(result, tuple | list) or [_length(part) for part in result] != [1, 1, 1]:
            raise NoAnswer(f"{name} should return boxes, scores and labels, one list of each.")
        boxes, scores, labels = (part[0] for part in result)
        count = _length(scores)
        for values, shape in ((boxes, (count, 4)), (scores, (count,)), (labels, (count,))):
            require_shape(name, values, shape)
        return Found(boxes, labels, scores)


def _length(part: object) -> int:
    return len(part) if isinstance(part, list | tuple | Tensor) else -1
