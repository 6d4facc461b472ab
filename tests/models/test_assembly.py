"""Other parts in torchvision's detectors: each is used, and the students' own change nothing."""

import copy

import pytest
import torch
from torch import nn
from torchvision.models import detection
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads, KeypointRCNNPredictor
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import RPNHead
from torchvision.ops import FeaturePyramidNetwork, FrozenBatchNorm2d

from rcnn_course.datasets import GeneratedPeople, grace_hopper
from rcnn_course.models import (
    assemble,
    compare_stages,
    course_rcnn,
    first_difference,
    load_detector,
)
from rcnn_course.models.assembly import PLACES, inference_functions
from tests.answers import ASSIGNMENTS, namespace

CLASSES = {
    part.__name__: part
    for part in (
        *(FrozenBatchNorm2d, FeaturePyramidNetwork, RPNHead, TwoMLPHead, FastRCNNPredictor),
        *(MaskRCNNHeads, MaskRCNNPredictor, KeypointRCNNHeads, KeypointRCNNPredictor),
    )
}
IN_TRAINING = [
    *("box_iou", "match_anchors", "rpn_loss", "encode_boxes", "fastrcnn_loss", "maskrcnn_loss"),
    *("keypoints_to_heatmap", "keypointrcnn_loss"),
]


class PartCalledError(Exception):
    """Raised by a part, to show that it is used."""


def telltale(name):
    """Return a part that says that it was called."""

    def called(*args, **kwargs):
        raise PartCalledError(name)

    if name not in CLASSES:
        return called
    return type(name, (CLASSES[name],), {"forward": called})


def detector(name):
    """Return a small detector that has a place for the part."""
    if name == "bottleneck_forward":
        options = {"weights": None, "weights_backbone": None, "min_size": 64}
        return detection.fasterrcnn_resnet50_fpn(**options)
    model = course_rcnn()
    model.transform.min_size = (64,)
    return model


@pytest.fixture(scope="module")
def own_parts():
    """The parts of the notebooks' own solutions."""
    found = {}
    for assignment in ASSIGNMENTS:
        names = namespace(assignment)
        found |= {name: names[name] for name in PLACES if name in names and name not in found}
    return found


@pytest.fixture
def picture():
    return GeneratedPeople(1, seed=11, size=(96, 128))[0]


@pytest.mark.parametrize("name", [name for name in PLACES if name not in ("cell_anchors",)])
def test_every_part_is_called_in_its_place(name, picture):
    image, target = picture
    model = assemble(detector(name), {name: telltale(name)})
    model.train(name in IN_TRAINING)
    model.roi_heads.score_thresh = 0.0  # or an untrained detector might find nothing
    with torch.no_grad(), pytest.raises(PartCalledError, match=name):
        model([image], [target]) if model.training else model([image])


def test_cell_anchors_are_made_by_the_part():
    model = assemble(course_rcnn(), {"cell_anchors": lambda *sizes: torch.ones(3, 4)})
    assert all(cell.equal(torch.ones(3, 4)) for cell in model.rpn.anchor_generator.cell_anchors)


def test_unknown_part_is_refused():
    with pytest.raises(ValueError, match=r"parts must be some of .* but got 'spam'"):
        assemble(course_rcnn(), {"spam": print})


def test_part_without_a_place_is_left_out(picture):
    model = assemble(course_rcnn("fasterrcnn"), {"MaskRCNNHeads": telltale("MaskRCNNHeads")})
    assert model.roi_heads.mask_head is None


def test_class_that_weights_do_not_fit_is_named():
    class Other(nn.Module):
        def __init__(self, *sizes):
            super().__init__()
            self.first = nn.Linear(*sizes)

    with pytest.raises(RuntimeError, match=r"(?s)Other.*fc6"):
        assemble(course_rcnn(), {"TwoMLPHead": Other})


def test_inference_functions_are_the_parts_or_built_on_them():
    masks, keypoints = inference_functions(
        {"maskrcnn_inference": print, "heatmaps_to_keypoints": telltale("heatmaps_to_keypoints")}
    )
    assert masks is print
    with pytest.raises(PartCalledError):
        keypoints(torch.zeros(1, 17, 8, 8), [torch.tensor([[0.0, 0, 8, 8]])])
    assert inference_functions({})[1] is detection.roi_heads.keypointrcnn_inference


def test_students_parts_give_what_torchvisions_give_on_pictures_and_a_photo(own_parts, picture):
    theirs = load_detector("maskkeypointrcnn", weights="course")
    yours = assemble(theirs, own_parts)
    assert yours.load_state_dict(theirs.state_dict(), strict=True)
    for image in (picture[0], grace_hopper()[:, ::3, ::3]):
        assert first_difference(compare_stages(yours, theirs, [image])) is None


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["maskrcnn", "keypointrcnn"])
def test_students_parts_fit_detectors_of_full_size(kind, own_parts, picture):
    torch.manual_seed(0)
    few = {"rpn_pre_nms_top_n_test": 20, "rpn_post_nms_top_n_test": 20, "box_detections_per_img": 3}
    build = getattr(detection, f"{kind}_resnet50_fpn")
    theirs = build(
        weights=None, weights_backbone=None, min_size=96, box_score_thresh=0.0, **few
    ).eval()
    yours = assemble(theirs, own_parts)
    assert yours.load_state_dict(theirs.state_dict(), strict=True)
    assert first_difference(compare_stages(yours, theirs, [picture[0]])) is None
    with torch.no_grad():
        (found,), (expected,) = yours([picture[0]]), theirs([picture[0]])
    assert len(expected["boxes"])
    for name, values in expected.items():
        torch.testing.assert_close(found[name], values, rtol=1e-4, atol=1e-4)


def test_students_parts_give_the_losses_of_torchvisions_and_train(own_parts, picture):
    image, target = picture
    theirs = course_rcnn(norm_layer=nn.BatchNorm2d)
    theirs.transform.min_size = (96,)
    yours = assemble(theirs, own_parts)
    losses = []
    for model in (yours, theirs):
        torch.manual_seed(0)  # the same anchors and proposals are sampled
        losses.append(model.train()([image], [target]))
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-4, atol=1e-4)
    sum(losses[0].values()).backward()
    assert all(parameter.grad is not None for parameter in yours.parameters())
    assert all(parameter.grad is None for parameter in theirs.parameters())


def test_assembled_detector_can_be_copied(own_parts, picture):
    first = assemble(course_rcnn().eval(), own_parts)
    second = copy.deepcopy(first)
    for parameter in first.parameters():
        parameter.data.zero_()
    with torch.no_grad():
        features = second.backbone(picture[0][None])
    assert all(level.abs().sum() > 0 for level in features.values())
