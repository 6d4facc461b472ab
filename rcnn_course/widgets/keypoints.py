"""From a heatmap on a region of interest to a keypoint in the picture.

Letters: `R` people, 17 keypoints in COCO's order.
"""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN, roi_heads
from torchvision.models.detection.transform import resize_boxes

from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.scene import Box, Dot, Handle, Line, Scene, Shape, Track
from rcnn_course.scene.shapes import XYXY
from rcnn_course.widgets.cells import heatmap
from rcnn_course.widgets.controls import choice, slider, switch
from rcnn_course.widgets.explorer import Explorer
from rcnn_course.widgets.given import given_detector, given_image
from rcnn_course.widgets.panels import Panel, canvas, two_panels
from rcnn_course.widgets.skeleton import NAMES, skeleton
from rcnn_course.widgets.stages import evaluated, run_box_head
from rcnn_course.widgets.student import NoAnswer, ask, name_of, require_shape

_PEOPLE = 1  # the label of a person
_LEAST_SCORE = 0.5
_CLOSE = 0.01  # pixels up to which two places are the same
_ROOM = 1.24  # side of what is shown, of the longer side of the person's box
_REACH = 32.0  # side of the handle, in pixels of the screen


class KeypointExplorer(Explorer):
    """The 56 x 56 heatmap of a keypoint on its person, its maximum, and where that lands.

    The maximum can be dragged, and takes the heatmap along.

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
        compare: box to tick; whether torchvision's keypoints are shown where they differ.
        heatmaps (Tensor[R, 17, 56, 56]): what the keypoint head said.
        boxes (Tensor[R, 4]): xyxy in pixels of the picture, the regions of the heatmaps.

    Raises:
        TypeError: If the model is no torchvision detector, or the picture no tensor.
        ValueError: If the model has no head for the keypoints of people, or finds nobody in the
            picture, or that has another shape.

    Example:
        >>> model = load_detector("keypointrcnn", weights="course")
        >>> explorer = KeypointExplorer(model, GeneratedPeople(1)[0][0])
        >>> explorer.keypoint.value = KEYPOINT_NAMES.index("left_wrist")
        >>> print(explorer.text)
        The heatmap is highest in row ..., column ... of 56 × 56. The keypoint lands at x = ..., y =
        ... pixels, with the score .... ... of 17 keypoints reach the threshold. Orange: where it
        lands.

    Source: torchvision.models.detection.roi_heads.heatmaps_to_keypoints.
    """

    def __init__(
        self,
        model: FasterRCNN,
        image: Tensor,
        heatmaps_to_keypoints: Callable = roi_heads.heatmaps_to_keypoints,
    ):
        self.decode, self.image = heatmaps_to_keypoints, given_image(image)
        self.boxes, self.heatmaps = _heatmaps(given_detector(model), self.image)
        if not len(self.boxes):
            raise ValueError("the model found nobody in this picture: choose another one")
        self._dragged = self.heatmaps.clone()
        self._grounds: dict[int, Scene] = {}
        self._grabs = 0
        self._found: tuple = (None, None)
        self.person = slider("person", 1, 1, len(self.boxes))
        options = {f"{index} {name}": index for index, name in enumerate(NAMES)}
        self.keypoint = choice("keypoint", options, 0)
        self.score_threshold = slider("score threshold", 2.0, -5.0, 40.0, 0.5)
        self.opacity = slider("heatmap opacity", 0.6, 0.0, 1.0, 0.05)
        self.compare = switch("compare with torchvision", False)
        super().__init__(
            [self.keypoint, self.opacity, self.person, self.score_threshold, self.compare],
            alt="Left a heatmap on a person in the picture; right the whole skeleton.",
        )

    def ground(self) -> Scene:
        """Show the person twice, with a margin; made once for each."""
        row = self._row()
        if row not in self._grounds:
            left, right = panels = self._panels()
            photos = [left.photo("left", self.image), right.photo("right", self.image)]
            box = Box(id="region", meaning="truth", xyxy=left.box(_xyxy(self.boxes[row])))
            self._grounds[row] = canvas(panels).plus([*photos, box])
        return self._grounds[row]

    def scene(self) -> Scene:
        """Show the heatmap on the left and the skeleton on the right."""
        points, scores, wanted = self._decoded()
        left, right = self._panels()
        number = self.keypoint.value
        kept = (scores >= self.score_threshold.value).tolist()
        shapes = [*self._heat(left), *self._skeleton(points, scores, kept, right)]
        if self.compare.value:
            shapes += _differences(points, wanted, right, range(len(KEYPOINT_NAMES)), "right")
            shapes += _differences(points, wanted, left, [number], "left")
        shapes += self._landing(points[number], left, right)
        text = self._say(points, scores, wanted, sum(kept))
        return self.ground().plus(shapes, [self._handle(left, points[number])], text)

    def grab(self, values: dict[str, float]) -> None:
        """Move the heatmap until its maximum is in another row and column."""
        row, number = self._row(), self.keypoint.value
        cell = _peak(self._dragged[row, number])
        wanted = round(values.get("row", cell[0])), round(values.get("column", cell[1]))
        self._dragged[row, number] = _moved(self.heatmaps[row, number], wanted)
        self._grabs += 1

    def _row(self) -> int:
        return self.person.value - 1

    def _panels(self) -> tuple[Panel, Panel]:
        return two_panels(_xyxy(self.boxes[self._row()]), _ROOM, self.image)

    def _map(self) -> Tensor:
        """Return the heatmap that is shown, as it was dragged."""
        return self._dragged[self._row(), self.keypoint.value]

    def _decoded(self) -> tuple[Tensor, ...]:
        """Return keypoints [17, 2], their scores [17], torchvision's keypoints [17, 2]."""
        row = self._row()
        key = (row, self._grabs)
        if self._found[0] != key:
            heatmaps, boxes = self._dragged[[row]], self.boxes[[row]]
            answer = ask(self.decode, heatmaps.clone(), boxes.clone())
            points, scores = _checked(self.decode, answer)
            wanted, _ = roi_heads.heatmaps_to_keypoints(heatmaps, boxes)
            self._found = (key, (points[0, :, :2], scores[0], wanted[0, :, :2]))
        return self._found[1]

    def _heat(self, left: Panel) -> list[Shape]:
        values, box = self._map(), left.box(_xyxy(self.boxes[self._row()]))
        low, high = values.min().item(), values.max().item()
        says = "row {row}, column {column}: logit {value}"
        opacity = self.opacity.value
        return [*heatmap("heat", values, box, low=low, high=high, opacity=opacity, says=says)]

    def _skeleton(
        self, points: Tensor, scores: Tensor, kept: list[bool], right: Panel
    ) -> Iterator[Shape]:
        """Return what is kept, as far as it is in what the panel shows."""
        places = points.tolist()
        drawn = [keep and right.shows(*at) for keep, at in zip(kept, places, strict=True)]
        tips = [
            f"score {score:.1f} at x = {x:.1f}, y = {y:.1f}"
            for (x, y), score in zip(places, scores.tolist(), strict=True)
        ]
        return skeleton(points, drawn, tips, place=right.place)

    def _landing(self, point: Tensor, left: Panel, right: Panel) -> Iterator[Shape]:
        """Return where the keypoint lands: on the left without words, for the handle has them."""
        place, tip = point.tolist(), f"{NAMES[self.keypoint.value]} lands {_place(point)}"
        for side, panel, words in (("left", left, ""), ("right", right, tip)):
            if panel.shows(*place):
                at = panel.place(*place)
                yield Dot(id=f"lands {side}", meaning="yours", at=at, radius=7, tip=words)

    def _handle(self, left: Panel, point: Tensor) -> Handle:
        values = self._map()
        rows, columns = values.shape
        x1, y1, x2, y2 = left.box(_xyxy(self.boxes[self._row()]))
        across, down = (x2 - x1) / columns, (y2 - y1) / rows
        row, column = _peak(values)
        x, y = x1 + (column + 0.5) * across, y1 + (row + 0.5) * down
        reach = _REACH / self.ground().zoom / 2
        return Handle(
            id="peak",
            name=f"maximum of {NAMES[self.keypoint.value]}",
            says=f"row {row}, column {column}, lands {_place(point)}",
            at=(x, y),
            box=(x - reach, y - reach, x + reach, y + reach),
            x=Track(sets="column", value=column, low=0, high=columns - 1, scale=across),
            y=Track(sets="row", value=row, low=0, high=rows - 1, scale=down),
        )

    def _say(self, points: Tensor, scores: Tensor, wanted: Tensor, kept: int) -> str:
        values, number = self._map(), self.keypoint.value
        row, column = _peak(values)
        rows, columns = values.shape
        (x, y), score = points[number].tolist(), scores[number].item()
        text = (
            f"The heatmap is highest in row {row}, column {column} of {rows} × {columns}. The "
            f"keypoint lands at x = {x:.1f}, y = {y:.1f} pixels, with the score {score:.1f}. "
            f"{kept} of 17 keypoints reach the threshold. Orange: where it lands."
        )
        before = _peak(self.heatmaps[self._row(), number])
        if before != (row, column):
            text += f" The head had its maximum in row {before[0]}, column {before[1]}."
        away = (points[number] - wanted[number]).norm().item()
        if away > _CLOSE:
            x, y = wanted[number].tolist()
            text += f"\ntorchvision puts it at x = {x:.1f}, y = {y:.1f}: {away:.1f} pixels away."
        return text


def _differences(
    points: Tensor, wanted: Tensor, panel: Panel, numbers: Iterable[int], where: str
) -> Iterator[Shape]:
    """Return where torchvision puts keypoints elsewhere, and how far."""
    for number in numbers:
        mine, other = points[number].tolist(), wanted[number].tolist()
        away = (points[number] - wanted[number]).norm().item()
        if away > _CLOSE and panel.shows(*mine):
            name, ends = NAMES[number], (panel.place(*mine), panel.place(*other))
            tip = f"{name}: torchvision's is {away:.1f} pixels away"
            yield Line(id=f"differs {where} {name}", meaning="differs", points=ends)
            yield Dot(id=f"reference {where} {name}", meaning="reference", at=ends[1], tip=tip)


def _place(point: Tensor) -> str:
    x, y = point.tolist()
    return f"at x = {x:.1f}, y = {y:.1f}"


def _peak(values: Tensor) -> tuple[int, int]:
    """Return row and column of the highest cell of a map."""
    row, column = divmod(int(values.argmax()), values.shape[1])
    return row, column


def _moved(values: Tensor, cell: tuple[int, int]) -> Tensor:
    """Return a map whose highest cell is another one; what comes in at its rim is the lowest."""
    (rows, columns), (row, column) = values.shape, _peak(values)
    down, right = cell[0] - row, cell[1] - column
    moved = torch.full_like(values, values.min().item())
    moved[max(down, 0) : rows + down, max(right, 0) : columns + right] = values[
        max(-down, 0) : rows - down, max(-right, 0) : columns - right
    ]
    return moved


def _xyxy(box: Tensor) -> XYXY:
    x1, y1, x2, y2 = box.tolist()
    return x1, y1, x2, y2


def _heatmaps(model: FasterRCNN, image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the boxes of people, in pixels of the picture, and the heatmaps for them."""
    heads = model.roi_heads
    if not heads.has_keypoint():
        raise ValueError("the model has no keypoint head; load one whose name has 'keypoint' in it")
    count = heads.keypoint_predictor.kps_score_lowres.out_channels
    if count != len(KEYPOINT_NAMES):
        raise ValueError(
            f"the model must find the {len(KEYPOINT_NAMES)} keypoints of people, but it finds "
            f"{count}: DetectionExplorer shows those"
        )
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
    name = name_of(decode)
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise NoAnswer(f"{name} should return two tensors: keypoints and their scores.")
    require_shape(name, answer[0], (1, len(KEYPOINT_NAMES), 3))
    require_shape(name, answer[1], (1, len(KEYPOINT_NAMES)))
    return answer[0], answer[1]
