"""What a detector says about a picture, from which score on, beside the truth.

Letters: `R` detections, `G` ground truths.
"""

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor
from torchvision import ops
from torchvision.models.detection import FasterRCNN

from rcnn_course.reference import boxes
from rcnn_course.reference.boxes import Detections
from rcnn_course.scene import Scene, Shape
from rcnn_course.widgets.controls import choice, slider, switch
from rcnn_course.widgets.explorer import Explorer, photo_scene
from rcnn_course.widgets.found import Found, differences, found_boxes, found_keypoints, found_masks
from rcnn_course.widgets.given import (
    given_detections,
    given_image,
    given_target,
    names_of_keypoints,
    names_of_labels,
)
from rcnn_course.widgets.student import NoAnswer, ask, name_of
from rcnn_course.widgets.truth import FOUND, true_boxes

_LEAST_LOGIT = 2.0  # score of a keypoint that is shown


class DetectionExplorer(Explorer):
    """The boxes, masks and keypoints of a detector that reach a score, with precision and recall.

    Args:
        model (FasterRCNN): a torchvision detector; it runs once.
        image (Tensor[3, H, W]): float from 0 to 1.
        target (dict, optional): the truth, with `boxes` [G, 4] and `labels` [G].
        select_detections: maps (detections, score threshold, labels or None) to the detections
            that are shown, such as the student's function.
        categories (Sequence[str], optional): names by label; by default the model's own, or those
            of the weights that have as many labels as it has: COCO's, or the course's.

    Attributes:
        score_threshold: slider; detections with less are left out.
        mask_threshold: slider; a pixel belongs to a mask from this probability on.
        category: menu; 'all' or one name.
        compare: box to tick; whether detections are marked that `select_detections` should leave
            out, or lacks.
        detections (dict): the detector's output, in torchvision's format.

    Raises:
        TypeError: If `image` or the truth are no tensors.
        ValueError: If they have another shape, the truth lacks its boxes or labels, `categories`
            have no name for a label that was found, or the model returns no detections.

    Example:
        >>> model = load_detector("maskkeypointrcnn", weights="course")
        >>> explorer = DetectionExplorer(model, *GeneratedPeople(1)[0])
        >>> explorer.score_threshold.value = 0.95
        >>> print(explorer.text)
        2 of 3 detections are shown. Precision: 2 of 2 = 1.00. Recall: 2 of 3 = 0.67. White: the
        truth.
    """

    def __init__(
        self,
        model: FasterRCNN,
        image: Tensor,
        target: Mapping[str, Tensor] | None = None,
        *,
        select_detections: Callable[..., Detections] = boxes.select_detections,
        categories: Sequence[str] | None = None,
    ):
        self.image, self.target = given_image(image), given_target(target)
        self.select_detections = select_detections
        self.detections = given_detections(model, image)
        self.score_threshold = slider("score threshold", 0.5, 0.0, 1.0, 0.05)
        self.mask_threshold = slider("mask threshold", 0.5, 0.05, 0.95, 0.05)
        found = sorted(set(self.detections["labels"].tolist()))
        self.categories = names_of_labels(categories, found, model)
        self._points = names_of_keypoints(self.detections.get("keypoints"), model)
        options = [("all", 0), *((self.categories[label], label) for label in found)]
        self.category = choice("category", options, 0)
        self.compare = switch("compare with the reference", False)
        true_ones = None if self.target is None else self.target["boxes"]
        self._photo = photo_scene(self.image).plus(true_boxes(true_ones))
        super().__init__(
            [self.score_threshold, self.mask_threshold, self.category, self.compare],
            alt="A picture with the detector's boxes, masks and keypoints.",
        )

    def ground(self) -> Scene:
        """Show the picture, and white boxes for the truth."""
        return self._photo

    def scene(self) -> Scene:
        """Show the detections that are left."""
        shown, expected = self._chosen(), self._expected()
        page = self._photo
        shapes: list[Shape] = []
        if "masks" in shown:
            shapes += found_masks(shown["masks"], shown["boxes"], self.mask_threshold.value)
        if "keypoints" in shown:
            sure = shown.get("keypoints_scores")
            shapes += found_keypoints(shown["keypoints"], sure, _LEAST_LOGIT, page, self._points)
        here, there = _found(shown), _found(expected)
        meaning = "yours" if self.compare.value else ""
        shapes += found_boxes(here, self.categories, page, meaning=meaning)
        text = self._say(shown, len(expected["boxes"]))
        if self.compare.value:
            marks, said = differences(here, there, self.categories, "the reference's choice", page)
            shapes, text = shapes + marks, text + said
        return page.plus(shapes, text=text)

    def _chosen(self) -> Detections:
        """Return the detections that the controls ask for, chosen by the student's function."""
        copies = {name: values.clone() for name, values in self.detections.items()}
        shown = ask(self.select_detections, copies, *self._asked_for())
        _require_detections(name_of(self.select_detections), shown, list(self.detections))
        return shown

    def _expected(self) -> Detections:
        """Return the detections that should be shown."""
        return boxes.select_detections(self.detections, *self._asked_for())

    def _asked_for(self) -> tuple[float, list[int] | None]:
        """Return the score threshold and the labels that the controls ask for."""
        return self.score_threshold.value, [self.category.value] if self.category.value else None

    def _say(self, shown: Mapping[str, Tensor], expected: int) -> str:
        count, total = len(shown["boxes"]), len(self.detections["boxes"])
        text = f"{count} of {total} detections are shown."
        if count != expected:
            text += f" It should be {expected}: those with this score or more, of this category."
        if self.target is None:
            return text
        wanted = self.target["labels"]
        if self.category.value:
            wanted = wanted[wanted == self.category.value]
        right = _true_positives(shown, self.target)
        precision = f"{right} of {count} = {right / count:.2f}" if count else "none is shown"
        recall = f"{right} of {len(wanted)} = {right / len(wanted):.2f}" if len(wanted) else "none"
        return f"{text} Precision: {precision}. Recall: {recall}. White: the truth."


def _require_detections(name: str, shown: object, keys: Sequence[str]) -> None:
    """Raise NoAnswer where a student's function returned no dictionary that can be drawn."""
    if not isinstance(shown, dict) or not all(isinstance(shown.get(k), Tensor) for k in keys):
        raise NoAnswer(f"{name} should return a dictionary of tensors: {', '.join(keys)}.")
    rows = {key: len(shown[key]) for key in keys}
    if len(set(rows.values())) > 1:
        raise NoAnswer(f"{name} should keep the same rows of every entry, but kept {rows}.")


def _found(detections: Mapping[str, Tensor]) -> Found:
    return Found(*(detections[name] for name in Found._fields))


def _true_positives(shown: Mapping[str, Tensor], target: Mapping[str, Tensor]) -> int:
    """Count detections that find an object, best score first; each object is found once."""
    overlaps = ops.box_iou(shown["boxes"], target["boxes"])
    overlaps[shown["labels"][:, None] != target["labels"]] = 0
    found = 0
    for row in shown["scores"].argsort(descending=True):
        if overlaps.shape[1] and overlaps[row].max() >= FOUND:
            found += 1
            overlaps[:, overlaps[row].argmax()] = 0
    return found
