import pytest
import torch

from rcnn_course.reference.rpn import filter_proposals
from rcnn_course.widgets import ProposalExplorer

pytestmark = pytest.mark.usefixtures("silent")


def test_last_step_is_what_the_rpn_proposes(model, scene):
    explorer = ProposalExplorer(model, scene[0])
    with explorer.quietly():
        explorer.step.value = 7
        explorer.top_k.value, explorer.best.value = 100, 100
        explorer.smallest.value = explorer.lowest.value = 0
        explorer.iou_threshold.value = model.rpn.nms_thresh
    with torch.no_grad():
        images, _ = model.transform([scene[0]])
        proposals, _ = model.rpn(images, model.backbone(images.tensors))
    assert model.rpn.pre_nms_top_n() == model.rpn.post_nms_top_n() == 100
    ours, _ = explorer.stage(7)
    assert len(proposals[0]) == len(ours)
    assert (proposals[0] - ours).abs().max() < 1e-2
    assert f"{len(ours)} after" in explorer.text


def test_each_step_leaves_at_most_what_it_got(model, scene):
    explorer = ProposalExplorer(model, scene[0])
    counts = [len(explorer.stage(step)[0]) for step in range(1, 8)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == counts[1] == counts[2] > counts[3] > counts[5] > counts[6] == 20
    for step, count in enumerate(counts, start=1):
        explorer.step.value = step
        assert f"{count} after" in explorer.text
        assert "torchvision" not in explorer.text


def test_objects_that_a_step_leaves_are_counted_beside_the_truth(model, scene, difference):
    image, target = scene
    explorer = ProposalExplorer(model, image, truth=target["boxes"])
    assert explorer.pixels.shape == ProposalExplorer(model, image).pixels.shape
    assert (explorer.pixels != ProposalExplorer(model, image).pixels).sum() > 300
    explorer.step.value = 6
    count = len(target["boxes"])
    assert f"{count} of {count} objects. White: the truth." in explorer.text
    explorer.lowest.value = 1.0
    assert f"0 of {count} objects" in explorer.text


def test_first_step_shows_anchors_as_they_are(model, scene):
    explorer = ProposalExplorer(model, scene[0])
    boxes, _ = explorer.stage(1)
    assert (boxes < 0).any(), "anchors reach out of the picture"
    distance = torch.cdist(boxes, explorer.anchors, compute_mode="donot_use_mm_for_euclid_dist")
    assert distance.amin(dim=1).max() < 1e-2


def test_step_changes_pixels(model, scene, difference):
    explorer = ProposalExplorer(model, scene[0])
    assert difference(explorer, explorer.step, 2).sum() > 300


def test_nothing_left_is_drawn_too(model, scene):
    explorer = ProposalExplorer(model, scene[0])
    with explorer.quietly():
        explorer.step.value, explorer.smallest.value = 4, 128
        explorer.top_k.value = 1
    assert explorer.problem == ""


def test_student_without_suppression_is_told(model, scene):
    def no_nms(*args, **options):
        return filter_proposals(*args[:6], 1.0, **options)

    explorer = ProposalExplorer(model, scene[0], no_nms)
    explorer.step.value = 5
    assert "torchvision" not in explorer.text
    explorer.step.value = 6
    assert "torchvision leaves" in explorer.text


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (None, "filter_proposals returned None"),
        (torch.zeros(3, 4), "should return two lists, boxes and scores"),
        (([torch.zeros(3, 4)], [torch.zeros(2)]), "a tensor of shape [2, 4]"),
    ],
)
def test_other_answers_are_told(model, scene, answer, problem):
    def filter_proposals(*args, **options):
        return answer

    assert problem in ProposalExplorer(model, scene[0], filter_proposals).problem
