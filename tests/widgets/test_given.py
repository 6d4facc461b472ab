"""Explorers take what users have: each optional argument works, or is refused in words."""

import pytest
import torch
from torchvision.models.detection import MaskRCNN_ResNet50_FPN_Weights, fasterrcnn_resnet50_fpn

from rcnn_course.models import course_rcnn
from rcnn_course.reference.box_head import postprocess_detections
from rcnn_course.widgets import (
    AnchorExplorer,
    DetectionExplorer,
    KeypointExplorer,
    NMSExplorer,
    PostprocessExplorer,
    ProposalExplorer,
)

pytestmark = pytest.mark.usefixtures("silent")

IMAGE = torch.full((3, 60, 80), 0.5)
BOXES = torch.tensor([[10.0, 10, 40, 40], [12, 10, 42, 40], [50, 20, 70, 50]])
SCORES = torch.tensor([0.9, 0.8, 0.7])
COCO = MaskRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]


class Fixed(torch.nn.Module):
    """A detector that always says the same, for so many labels."""

    def __init__(self, output, label_count=None):
        super().__init__()
        self.output = output
        if label_count:
            self.roi_heads = torch.nn.Module()
            self.roi_heads.box_predictor = torch.nn.Module()
            self.roi_heads.box_predictor.cls_score = torch.nn.Linear(1, label_count)

    def forward(self, images):
        return self.output


def found(*labels, **others):
    output = {"boxes": BOXES, "labels": torch.tensor(labels), "scores": SCORES, **others}
    return [{key: value for key, value in output.items() if value is not None}]


def names_in(explorer):
    return [name for name, _ in explorer.category._options_full]


def test_coco_detector_has_its_names_by_default():
    detector = fasterrcnn_resnet50_fpn(weights=None, weights_backbone=None, num_classes=91)
    detector.forward = lambda images: found(1, 18, 88)
    assert names_in(DetectionExplorer(detector, IMAGE)) == ["all", "person", "dog", "teddy bear"]


def test_names_are_those_of_the_course_or_numbers_where_labels_tell_no_more():
    course = DetectionExplorer(Fixed(found(1, 2, 4), 5), IMAGE)
    assert names_in(course) == ["all", "person", "sports ball", "suitcase"]
    own = DetectionExplorer(Fixed(found(1, 2, 2), 3), IMAGE)
    assert names_in(own) == ["all", "category 1", "category 2"]
    unknown = DetectionExplorer(Fixed(found(1, 2, 70)), IMAGE)
    assert names_in(unknown) == ["all", "category 1", "category 2", "category 70"]


def test_detector_of_own_data_has_its_own_names():
    detector = Fixed(found(1, 2, 2), 3)
    detector.categories = ("__background__", "kite", "bird")
    assert names_in(DetectionExplorer(detector, IMAGE)) == ["all", "kite", "bird"]


def test_categories_of_the_same_name_are_all_in_the_menu():
    explorer = DetectionExplorer(Fixed(found(1, 2, 2)), IMAGE, categories=["", "bird", "bird"])
    assert names_in(explorer) == ["all", "bird", "bird"]
    explorer.category.index = 1
    assert "1 of 3 detections are shown" in explorer.text


def test_categories_that_do_not_reach_are_refused():
    with pytest.raises(ValueError, match="its 2 names have none for 18: give the names that"):
        DetectionExplorer(Fixed(found(1, 1, 18), 91), IMAGE, categories=["", "person"])
    explorer = DetectionExplorer(Fixed(found(1, 1, 18), 91), IMAGE, categories=COCO)
    assert names_in(explorer) == ["all", "person", "dog"]


@pytest.mark.parametrize(
    "output",
    [
        [{"boxes": torch.zeros(0, 4), "labels": torch.zeros(0).long(), "scores": torch.zeros(0)}],
        found(
            1, 1, 2, boxes=BOXES.clone().requires_grad_(), scores=SCORES.clone().requires_grad_()
        ),
        found(1, 1, 2, keypoints=torch.ones(3, 17, 3)),
    ],
    ids=["nothing", "with a gradient", "keypoints without scores"],
)
@pytest.mark.parametrize("target", [None, {"boxes": BOXES, "labels": torch.ones(3).long()}])
def test_detections_of_any_kind_are_drawn(output, target):
    if target is not None:
        target = {**target, "boxes": target["boxes"].clone().requires_grad_()}
    explorer = DetectionExplorer(Fixed(output), IMAGE.clone().requires_grad_(), target)
    explorer.score_threshold.value = 0.75
    assert explorer.problem == ""


@pytest.mark.parametrize(
    ("output", "options", "message"),
    [
        (found(1, 1, 1, scores=None), {}, r"it returned \['boxes', 'labels'\]"),
        ({"loss": SCORES}, {}, "model must be a detector, .* but it returned dict"),
        (found(1, 1, 1), {"target": {"boxes": BOXES}}, "target must have .* but has no 'labels'"),
        (
            found(1, 1, 1),
            {"target": {"boxes": BOXES, "labels": torch.ones(2)}},
            r"target\['labels'\] must have shape \[3\], got \[2\]",
        ),
        (
            found(1, 1, 1),
            {"target": {"boxes": torch.zeros(4), "labels": torch.ones(0)}},
            r"target\['boxes'\] must have shape \[R, 4\], got \[4\]",
        ),
    ],
)
def test_what_is_no_detection_or_truth_is_refused(output, options, message):
    with pytest.raises(ValueError, match=message):
        DetectionExplorer(Fixed(output), IMAGE, **options)


def test_nms_explorer_draws_boxes_with_a_gradient_on_a_picture_with_one():
    explorer = NMSExplorer(
        boxes=BOXES.clone().requires_grad_(),
        scores=SCORES.clone().requires_grad_(),
        image=IMAGE.clone().requires_grad_(),
    )
    explorer.step.value = 2
    assert explorer.problem == ""
    assert "Box 2 is suppressed by box 1" in explorer.text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"boxes": BOXES}, "boxes, scores and image belong together: give all three, or none"),
        ({"image": IMAGE}, "boxes, scores and image belong together"),
        ({"scores": SCORES}, "boxes, scores and image belong together"),
        (
            {"boxes": BOXES[:0], "scores": SCORES[:0], "image": IMAGE},
            "boxes must hold one box or more, got none",
        ),
        (
            {"boxes": BOXES, "scores": SCORES[:2], "image": IMAGE},
            r"scores must have shape \[3\], got \[2\]",
        ),
        (
            {"boxes": BOXES[:, [2, 1, 0, 3]], "scores": SCORES, "image": IMAGE},
            "boxes must be xyxy with x1 <= x2 and y1 <= y2",
        ),
        (
            {"boxes": BOXES, "scores": SCORES, "image": IMAGE[0]},
            r"image must have shape \[3, H, W\], got \[60, 80\]",
        ),
    ],
)
def test_nms_explorer_refuses_what_it_cannot_show(given, message):
    with pytest.raises(ValueError, match=message):
        NMSExplorer(**given)


def test_anchor_explorer_draws_truth_with_a_gradient():
    explorer = AnchorExplorer(image=IMAGE, gt_boxes=BOXES.clone().requires_grad_())
    explorer.row.value = 1
    assert explorer.problem == ""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"image": IMAGE}, "image and gt_boxes belong together: give both, or neither"),
        ({"gt_boxes": BOXES}, "image and gt_boxes belong together"),
        ({"image": IMAGE, "gt_boxes": BOXES[:0]}, "gt_boxes must hold one box or more, got none"),
        ({"image": IMAGE, "gt_boxes": BOXES[0]}, r"gt_boxes must have shape \[R, 4\], got \[4\]"),
        ({"image": IMAGE[:, 0], "gt_boxes": BOXES}, r"image must have shape \[3, H, W\]"),
    ],
)
def test_anchor_explorer_refuses_what_it_cannot_show(given, message):
    with pytest.raises(ValueError, match=message):
        AnchorExplorer(**given)


def detector_of_own_data():
    model = course_rcnn("maskkeypointrcnn", num_classes=8, num_keypoints=5)
    model.transform.min_size = (60,)
    return model


def test_own_keypoints_are_drawn_with_their_own_names():
    dots = torch.tensor([[[15.0, 15, 1], [30, 30, 1]]]).expand(3, 2, 3)
    detector = Fixed(found(1, 1, 1, keypoints=dots))
    numbered = DetectionExplorer(detector, IMAGE)
    assert numbered.problem == ""
    assert numbered.shown["1, keypoint 2"].at == (30, 30)
    detector.keypoint_names = ["left_wing", "tail"]
    named = DetectionExplorer(detector, IMAGE)
    assert named.shown["1, left wing"].meaning == "left-side"
    assert named.shown["1, tail"].meaning == "midline"


def test_box_head_with_more_classes_than_the_course_has_is_shown():
    explorer = PostprocessExplorer(postprocess_detections, detector_of_own_data(), IMAGE)
    explorer.score_thresh.value = 0.05
    assert explorer.problem == ""
    assert "× 7 classes" in explorer.text


@pytest.mark.parametrize("function", ["a", BOXES, 3])
@pytest.mark.parametrize(
    "explorer",
    [
        AnchorExplorer,
        NMSExplorer,
        lambda function: DetectionExplorer(
            Fixed(found(1, 1, 1)), IMAGE, select_detections=function
        ),
    ],
    ids=["anchors", "nms", "detections"],
)
def test_what_is_no_function_is_said_to_be_none(explorer, function):
    kind = type(function).__name__
    assert (
        f"A function is needed here, but what came is of type {kind}:" in explorer(function).problem
    )


@pytest.mark.parametrize(
    ("explorer", "kind", "message"),
    [
        (lambda: DetectionExplorer("a", IMAGE), TypeError, "must be a detector, .* got str"),
        (lambda: ProposalExplorer("a", IMAGE), TypeError, "detector, .* but str has no transform"),
        (
            lambda: PostprocessExplorer(postprocess_detections, torch.nn.Linear(1, 1), IMAGE),
            TypeError,
            "model must be a torchvision detector, .* but Linear has no transform",
        ),
        (
            lambda: KeypointExplorer(detector_of_own_data(), IMAGE),
            ValueError,
            "must find the 17 keypoints of people, but it finds 5: DetectionExplorer shows those",
        ),
        (
            lambda: ProposalExplorer(detector_of_own_data(), IMAGE[None]),
            ValueError,
            r"image must have shape \[3, H, W\], got \[1, 3, 60, 80\]",
        ),
        (
            lambda: ProposalExplorer(detector_of_own_data(), IMAGE, truth={"boxes": BOXES}),
            TypeError,
            "truth must be a torch.Tensor, got dict",
        ),
        (
            lambda: DetectionExplorer(Fixed(found(1, 1, 1)), IMAGE, categories="person"),
            TypeError,
            "categories must be a list of names, .* but got str",
        ),
        (
            lambda: DetectionExplorer(Fixed(found(1, 1, 1)), IMAGE, categories=[0, 1]),
            TypeError,
            "categories must be names, but one of them is 0",
        ),
        (
            lambda: DetectionExplorer(Fixed(found(1, 1, 1)), IMAGE, BOXES),
            TypeError,
            "target must be a dictionary with boxes and labels, but got Tensor",
        ),
        (
            lambda: PostprocessExplorer(
                postprocess_detections, detector_of_own_data(), IMAGE, categories=["", "moth"]
            ),
            ValueError,
            "its 2 names have none for 7",
        ),
    ],
)
def test_wrong_models_pictures_and_truths_are_refused(explorer, kind, message):
    with pytest.raises(kind, match=message):
        explorer()
