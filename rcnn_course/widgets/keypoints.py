"""From a heatmap on a region of interest to a keypoint in the picture.

Letters: `R` people, 17 keypoints in COCO's order.
"""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torchvision.models.detection import FasterRCNN, roi_heads
from torchvision.models.detection.transform import resize_boxes

from rcnn_course import draw
from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.draw.base import style
from rcnn_course.draw.overlays.heatmaps import mark_point
from rcnn_course.widgets.controls import choice, slider
from rcnn_course.widgets.picture import PictureExplorer, new_figure
from rcnn_course.widgets.stages import evaluated, run_box_head
from rcnn_course.widgets.student import NoAnswer, ask, require_shape

_PEOPLE = 1  # the label of a person
_LEAST_SCORE = 0.5


class KeypointExplorer(PictureExplorer):
    """The 56 x 56 heatmap of a keypoint on its person, its maximum, and where that lands.

    Args:
        model (FasterRCNN): a torchvision detector with a keypoint head; it runs once, without its
            mask head.
        image (Tensor[3, H, W]): float from 0 to 1.
        heatmaps_to_keypoints: maps (heatmaps [R, 17, h, w], boxes [R, 4]) to (keypoints
            [R, 17, 3], scores [R, 17]), such as the student's.

    Attributes:
        person: slider; 1 is the one that the detector is most sure of.
        keypoint: menu of COCO's 17 names.
        score_threshold: slider; keypoints with a lower score (a logit) leave the skeleton.
        opacity: slider; of the heatmap.
        heatmaps (Tensor[R, 17, 56, 56]): what the keypoint head said.
        boxes (Tensor[R, 4]): xyxy in pixels of the picture, the regions of the heatmaps.

    Raises:
        ValueError: If the model has no keypoint head, or finds nobody in the picture.

    Example:
        >>> model = load_detector("keypointrcnn", weights="course")
        >>> explorer = KeypointExplorer(model, GeneratedPeople(1)[0][0])
        >>> explorer.keypoint.value = KEYPOINT_NAMES.index("left_wrist")
        >>> print(explorer.text)
        The heatmap is highest in row ..., column ... of 56 × 56. The keypoint lands at x = ..., y =
        ... pixels, with the score .... ... of 17 keypoints reach the threshold.

    Source: torchvision.models.detection.roi_heads.heatmaps_to_keypoints.
    """

    def __init__(
        self,
        model: FasterRCNN,
        image: Tensor,
        heatmaps_to_keypoints: Callable = roi_heads.heatmaps_to_keypoints,
    ):
        self.decode, self.image = heatmaps_to_keypoints, image
        self.boxes, self.heatmaps = _heatmaps(model, image)
        if not len(self.boxes):
            raise ValueError("the model found nobody in this picture: choose another one")
        self.person = slider("person", 1, 1, len(self.boxes))
        names = [name.replace("_", " ") for name in KEYPOINT_NAMES]
        options = {f"{index} {name}": index for index, name in enumerate(names)}
        self.keypoint = choice("keypoint", options, 0)
        self.score_threshold = slider("score threshold", 2.0, -5.0, 40.0, 0.5)
        self.opacity = slider("heatmap opacity", 0.6, 0.0, 1.0, 0.05)
        super().__init__(
            [self.opacity, self.person, self.keypoint, self.score_threshold],
            alt="Left a heatmap on a person in the picture; right the whole skeleton.",
        )

    def backdrop_key(self) -> int:
        """Show another part of the picture for another person."""
        return self.person.value

    def backdrop(self) -> Figure:
        """Show the person twice, with a margin."""
        figure = new_figure(8.4, 4.2)
        x1, y1, x2, y2 = self.boxes[self.person.value - 1].tolist()
        half = 0.62 * max(x2 - x1, y2 - y1)
        x, y = (x1 + x2) / 2, (y1 + y2) / 2
        for left in (0, 0.505):
            ax = draw.show_image(self.image, ax=figure.add_axes((left, 0, 0.495, 1)))
            ax.set(xlim=(x - half, x + half), ylim=(y + half, y - half), facecolor=style.PANEL)
        draw.draw_boxes(
            self.boxes[[self.person.value - 1]], ax=figure.axes[0], color=style.PAPER, linewidth=1
        )
        return figure

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw the heatmap on the left and the skeleton on the right."""
        left, right = axes
        row, number = self.person.value - 1, self.keypoint.value
        heatmap, box = self.heatmaps[row, number], self.boxes[row]
        answer = ask(self.decode, self.heatmaps[[row]].clone(), self.boxes[[row]].clone())
        points, scores = _checked(self.decode, answer)
        draw.draw_heatmap(heatmap, box=box, opacity=self.opacity.value, peak=False, ax=left)
        x, y = points[0, number, :2].tolist()
        mark_point(left, x, y)
        threshold = self.score_threshold.value
        draw.draw_keypoints(points, scores=scores, threshold=threshold, ax=right)
        mark_point(right, x, y)
        return self._say(row, number, points, scores)

    def _say(self, row: int, number: int, points: Tensor, scores: Tensor) -> str:
        heatmap = self.heatmaps[row, number]
        cell = divmod(heatmap.argmax().item(), heatmap.shape[1])
        x, y = points[0, number, :2].tolist()
        kept = (scores >= self.score_threshold.value).sum().item()
        text = (
            f"The heatmap is highest in row {cell[0]}, column {cell[1]} of {heatmap.shape[0]} × "
            f"{heatmap.shape[1]}. The keypoint lands at x = {x:.1f}, y = {y:.1f} pixels, with the "
            f"score {scores[0, number]:.1f}. {kept} of 17 keypoints reach the threshold."
        )
        wanted, _ = roi_heads.heatmaps_to_keypoints(self.heatmaps[[row]], self.boxes[[row]])
        away = (points[0, number, :2] - wanted[0, number, :2]).norm().item()
        if away > 0.01:
            x, y = wanted[0, number, :2].tolist()
            text += f"\ntorchvision puts it at x = {x:.1f}, y = {y:.1f}: {away:.1f} pixels away."
        return text


def _heatmaps(model: FasterRCNN, image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the boxes of people, in pixels of the picture, and the heatmaps for them."""
    heads = model.roi_heads
    if not heads.has_keypoint():
        raise ValueError("the model has no keypoint head; load one whose name has 'keypoint' in it")
    with evaluated(model):
        features, *outputs, sizes = run_box_head(model, image)
        found = heads.postprocess_detections(*outputs, sizes)
        boxes, scores, labels = (values[0] for values in found)
        boxes = boxes[(labels == _PEOPLE) & (scores >= _LEAST_SCORE)]
        pooled = heads.keypoint_roi_pool(features, [boxes], sizes)
        heatmaps = heads.keypoint_predictor(heads.keypoint_head(pooled))
    return resize_boxes(boxes, sizes[0], image.shape[-2:]), heatmaps


def _checked(decode: Callable, answer: object) -> tuple[Tensor, Tensor]:
    """Return the student's two tensors, or say what they should be."""
    name = getattr(decode, "__name__", type(decode).__name__)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise NoAnswer(f"{name} should return two tensors: keypoints and their scores.")
    require_shape(name, answer[0], (1, len(KEYPOINT_NAMES), 3))
    require_shape(name, answer[1], (1, len(KEYPOINT_NAMES)))
    return answer[0], answer[1]
