import pytest
import torch

from rcnn_course.widgets import ProposalExplorer

pytestmark = pytest.mark.usefixtures("silent")


def test_last_step_is_what_the_rpn_proposes(model, scene):
    explorer = ProposalExplorer(model, scene[0])
    with explorer.quietly():
        explorer.top_k.value, explorer.step.value = model.rpn.pre_nms_top_n(), 5
        explorer.smallest.value, explorer.iou_threshold.value = 0, model.rpn.nms_thresh
    with torch.no_grad():
        images, _ = model.transform([scene[0]])
        proposals, _ = model.rpn(images, model.backbone(images.tensors))
    ours = explorer._stages()[-1].boxes[: model.rpn.post_nms_top_n()]
    assert len(proposals[0]) == len(ours)
    assert (proposals[0] - ours).abs().max() < 1e-2
    assert f"{len(explorer._stages()[-1].boxes)} after" in explorer.text


def test_each_step_leaves_at_most_what_it_got(model, scene):
    explorer = ProposalExplorer(model, scene[0])
    counts = [len(stage.boxes) for stage in explorer._stages()]
    assert counts == sorted(counts, reverse=True)
    for step, count in enumerate(counts, start=1):
        explorer.step.value = step
        assert f"{count} after" in explorer.text


def test_step_changes_pixels(model, scene, difference):
    explorer = ProposalExplorer(model, scene[0])
    assert difference(explorer, explorer.step, 2).sum() > 300


def test_nothing_left_is_drawn_too(model, scene):
    explorer = ProposalExplorer(model, scene[0])
    with explorer.quietly():
        explorer.step.value, explorer.smallest.value = 4, 128
        explorer.top_k.value = 1
    assert explorer.problem == ""
