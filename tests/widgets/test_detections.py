import io

import numpy as np
import pytest
import torch
from PIL import Image

from rcnn_course.models import load_detector
from rcnn_course.scene import Dot
from rcnn_course.scene.shapes import OBJECTS
from rcnn_course.scene.tones import TONES
from rcnn_course.widgets import DetectionExplorer

pytestmark = pytest.mark.usefixtures("silent")


def test_threshold_counts_detections(model, scene):
    explorer = DetectionExplorer(model, *scene)
    scores = explorer.detections["scores"]
    for threshold in (0.0, 0.5, 0.95):
        explorer.score_threshold.value = threshold
        shown = (scores >= threshold).sum()
        assert f"{shown} of {len(scores)} detections are shown" in explorer.text


class Fixed(torch.nn.Module):
    """A detector that always says the same."""

    def __init__(self, boxes, labels, scores):
        super().__init__()
        self.output = {"boxes": boxes, "labels": labels, "scores": scores}

    def forward(self, images):
        return [self.output]


def test_precision_and_recall_count_each_object_once():
    boxes = torch.tensor([[10.0, 10, 50, 50], [11, 10, 50, 50], [60, 60, 90, 90], [60, 10, 90, 40]])
    target = {"boxes": boxes[[0, 2]], "labels": torch.tensor([1, 2])}
    said = Fixed(boxes, torch.tensor([1, 1, 3, 2]), torch.tensor([0.9, 0.8, 0.7, 0.2]))
    explorer = DetectionExplorer(said, torch.zeros(3, 100, 100), target)
    assert "Precision: 1 of 3 = 0.33. Recall: 1 of 2 = 0.50." in explorer.text
    explorer.category.value = 1
    assert "Precision: 1 of 2 = 0.50. Recall: 1 of 1 = 1.00." in explorer.text
    explorer.score_threshold.value = 1.0
    assert "Precision: none is shown. Recall: 0 of 1 = 0.00." in explorer.text


def test_mask_threshold_changes_masks_alone(model, scene):
    explorer = DetectionExplorer(model, *scene)
    before = explorer.shown
    explorer.mask_threshold.value = 0.95
    changed = {part.id for part in explorer.shown.parts if before[part.id] != part}
    assert changed == {"mask 1", "mask 2", "mask 3"}


def test_mask_has_the_colour_of_its_box_and_lies_where_it_is(model, scene):
    explorer = DetectionExplorer(model, *scene)
    for number in (1, 2, 3):
        box, mask = explorer.shown[f"detection {number}"], explorer.shown[f"mask {number}"]
        image = Image.open(io.BytesIO(mask.data)).convert("RGBA")
        tone = bytes.fromhex(TONES[OBJECTS.index(box.meaning)][1:])
        assert {color[:3] for _, color in image.getcolors()} == {tuple(tone)}
        hard = explorer.detections["masks"][number - 1, 0] >= explorer.mask_threshold.value
        assert (np.asarray(image)[..., 3] > 0).sum() == hard.sum()
        assert mask.xyxy == pytest.approx(box.xyxy, abs=4)


def test_people_have_skeletons_of_their_own(model, scene):
    explorer = DetectionExplorer(model, *scene)
    sure = explorer.detections["keypoints_scores"][0] >= 2.0
    drawn = [shape for shape in explorer.shown.shapes if shape.id.startswith("1, ")]
    assert sum(isinstance(shape, Dot) for shape in drawn) == sure.sum()
    wrist = explorer.shown["1, left wrist"]
    assert wrist.meaning == "left-side"
    assert wrist.at == pytest.approx(explorer.detections["keypoints"][0, 9, :2].tolist())


def test_box_says_its_name_and_score_and_small_ones_are_on_top(model, scene):
    explorer = DetectionExplorer(model, *scene)
    best = explorer.shown["detection 1"]
    assert best.tip.startswith(f"person {explorer.detections['scores'][0]:.2f}: ")
    assert explorer.shown["name 1"].text in best.tip
    boxes = [shape for shape in explorer.shown.shapes if shape.id.startswith("detection")]
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box.xyxy for box in boxes)]
    assert areas == sorted(areas, reverse=True)


def test_twelve_objects_have_twelve_colours():
    left = 7.0 * torch.arange(12)[:, None]
    boxes = torch.cat([left, left, left + 6, left + 6], dim=1)
    said = Fixed(boxes, torch.ones(12, dtype=int), torch.linspace(0.99, 0.5, 12))
    explorer = DetectionExplorer(said, torch.zeros(3, 100, 100))
    drawn = [shape for shape in explorer.shown.shapes if shape.id.startswith("detection")]
    assert len({shape.meaning for shape in drawn}) == 12


def test_comparison_marks_what_should_not_be_shown_and_what_should():
    boxes = torch.tensor([[10.0, 10, 50, 50], [60, 60, 90, 90], [60, 10, 90, 40]])
    said = Fixed(boxes, torch.tensor([1, 1, 1]), torch.tensor([0.9, 0.8, 0.2]))

    def select_detections(detections, score_threshold, labels=None):
        return {name: values[[0, 2]] for name, values in detections.items()}

    options = {"select_detections": select_detections}
    explorer = DetectionExplorer(said, torch.zeros(3, 100, 100), **options)
    assert not explorer.shown.of("differs")
    explorer.compare.value = True
    (extra,), (missing,) = explorer.shown.of("differs"), explorer.shown.of("reference")
    assert (extra.xyxy, missing.xyxy) == ((60, 10, 90, 40), (60, 60, 90, 90))
    assert explorer.shown["missing name 1"].text == "missing: person 0.80"
    assert len(explorer.shown.of("yours")) == 2
    assert "Purple: 1 not in the reference's choice; green: 1 in it alone." in explorer.text
    explorer = DetectionExplorer(said, torch.zeros(3, 100, 100))
    explorer.compare.value = True
    assert not explorer.shown.of("differs")


def test_detector_with_boxes_alone_will_do(scene):
    explorer = DetectionExplorer(load_detector("fasterrcnn", weights="course"), scene[0])
    assert explorer.problem == ""
    assert "Recall" not in explorer.text


def test_student_function_chooses_what_is_shown(model, scene):
    asked = []

    def select_detections(detections, score_threshold, labels=None):
        asked.append((score_threshold, labels))
        return {name: values[:1] for name, values in detections.items()}

    explorer = DetectionExplorer(model, *scene, select_detections=select_detections)
    explorer.category.value = 1
    assert asked == [(0.5, None), (0.5, [1])]
    assert explorer.text.startswith("1 of ")
    expected = (explorer.detections["scores"] >= 0.5) & (explorer.detections["labels"] == 1)
    assert f"It should be {expected.sum()}: " in explorer.text


def test_student_function_cannot_change_the_detections(model, scene):
    def select_detections(detections, score_threshold, labels=None):
        detections["scores"].zero_()
        return detections

    explorer = DetectionExplorer(model, *scene, select_detections=select_detections)
    assert explorer.detections["scores"].min() > 0


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ([], "should return a dictionary of tensors: boxes, labels, scores"),
        ({"boxes": torch.zeros(1, 4)}, "should return a dictionary of tensors"),
        (None, "returned None: it is not written yet, or lacks its return"),
        (
            {"boxes": torch.zeros(1, 4), "labels": torch.ones(2), "scores": torch.ones(2)},
            "should keep the same rows of every entry, but kept {'boxes': 1, 'labels': 2",
        ),
    ],
)
def test_result_of_another_kind_is_told(result, said):
    def select_detections(detections, score_threshold, labels=None):
        return result

    detector = Fixed(torch.zeros(2, 4), torch.ones(2, dtype=int), torch.ones(2))
    explorer = DetectionExplorer(
        detector, torch.zeros(3, 9, 9), select_detections=select_detections
    )
    assert said in explorer.problem
