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


def test_objects_that_a_step_leaves_are_counted_beside_the_truth(model, scene):
    image, target = scene
    explorer = ProposalExplorer(model, image, truth=target["boxes"])
    shown = [list(box.xyxy) for box in explorer.shown.of("truth")]
    assert shown == target["boxes"].tolist()
    assert not ProposalExplorer(model, image).shown.of("truth")
    explorer.step.value = 6
    count = len(target["boxes"])
    assert f"{count} of {count} objects. White: the truth." in explorer.text
    explorer.lowest.value = 1.0
    assert f"0 of {count} objects" in explorer.text


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.int64])
def test_boxes_may_have_another_dtype_than_torchvisions(model, scene, dtype):
    def other(*args, **kwargs):
        boxes, scores = filter_proposals(*args, **kwargs)
        return [one.to(dtype) for one in boxes], scores

    explorer = ProposalExplorer(model, scene[0], other)
    explorer.compare.value, explorer.step.value = True, 6
    assert "after NMS on each level" in explorer.text


def test_first_step_shows_anchors_as_they_are(model, scene):
    explorer = ProposalExplorer(model, scene[0])
    boxes, _ = explorer.stage(1)
    assert (boxes < 0).any(), "anchors reach out of the picture"
    distance = torch.cdist(boxes, explorer.anchors, compute_mode="donot_use_mm_for_euclid_dist")
    assert distance.amin(dim=1).max() < 1e-2


def test_boxes_of_a_step_lie_over_those_that_it_takes_away(model, scene):
    explorer = ProposalExplorer(model, scene[0])
    assert len(explorer.shown.of("positive")) == 100
    assert not explorer.shown.of("negative")
    explorer.step.value = 7
    before, after = explorer.stage(6), explorer.stage(7)
    meanings = [shape.meaning for shape in explorer.shown.shapes[1:]]
    gone = len(before[0]) - len(after[0])
    assert meanings == ["negative"] * gone + ["positive"] * len(after[0])
    height, width = explorer.shape
    first = explorer.shown["positive 1"]
    on_picture = after[0][0] * torch.tensor([256 / width, 192 / height] * 2)
    assert first.xyxy == pytest.approx(tuple(on_picture.tolist()))
    assert first.tip == f"score {after[1][0]:.2f}"


def test_small_boxes_lie_on_large_ones(model, scene):
    boxes = [shape.xyxy for shape in ProposalExplorer(model, scene[0]).shown.of("positive")]
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in boxes]
    assert areas == pytest.approx(sorted(areas, reverse=True))


def test_comparison_marks_what_only_one_of_both_leaves(model, scene):
    def no_nms(*args, **options):
        return filter_proposals(*args[:6], 1.0, **options)

    explorer = ProposalExplorer(model, scene[0], no_nms)
    explorer.step.value = 6
    assert not explorer.shown.of("differs")
    explorer.compare.value = True
    more = len(explorer.stage(6)[0]) - len(ProposalExplorer(model, scene[0]).stage(6)[0])
    assert len(explorer.shown.of("differs")) == more > 0
    assert not explorer.shown.of("reference")


def test_a_step_is_computed_once_for_each_setting(model, scene):
    calls = []

    def counting(*args, **options):
        calls.append(args)
        return filter_proposals(*args, **options)

    explorer = ProposalExplorer(model, scene[0], counting)
    for step in (2, 1, 2, 3):
        explorer.step.value = step
    assert len(calls) == 3
    explorer.top_k.value = 10
    assert len(calls) == 5


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
