"""Stage by stage: a fault is found at its stage, wherever it is planted."""

import copy
from operator import attrgetter

import pytest
import torch
from torch.utils import _pytree as pytree
from torchvision.models.detection.image_list import ImageList

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import compare_stages, course_rcnn, first_difference
from rcnn_course.models.stages import STAGES, stage_outputs


@pytest.fixture(scope="module")
def theirs():
    torch.manual_seed(0)
    model = course_rcnn().eval()
    model.transform.min_size = (64,)
    model.roi_heads.score_thresh = 0.0
    return model


@pytest.fixture(scope="module")
def images():
    return [GeneratedPeople(1, seed=12, size=(80, 112))[0][0]]


def larger(result):
    """Return the same with every number a tenth larger."""
    if isinstance(result, tuple) and isinstance(result[0], ImageList):
        return ImageList(1.1 * result[0].tensors, result[0].image_sizes), result[1]
    return pytree.tree_map(lambda leaf: 1.1 * leaf if torch.is_tensor(leaf) else leaf, result)


def planted(model, stage, change):
    """Return a copy of a detector with a fault in one stage."""
    model = copy.deepcopy(model)
    *owners, name = STAGES[stage].split(".")
    owner = attrgetter(".".join(owners))(model)
    function = getattr(owner, name)
    setattr(owner, name, lambda *args: change(function(*args)))
    return model


def test_equal_detectors_have_no_difference_in_any_stage(theirs, images):
    stages = compare_stages(copy.deepcopy(theirs), theirs, images)
    assert [stage.stage for stage in stages] == list(STAGES)
    assert all(stage.difference == 0 for stage in stages)
    assert first_difference(stages) is None


@pytest.mark.parametrize("stage", STAGES)
def test_fault_is_found_at_its_stage(stage, theirs, images):
    stages = compare_stages(planted(theirs, stage, larger), theirs, images)
    assert first_difference(stages) == stage


def test_error_in_a_stage_is_told_and_stops_nothing(theirs, images):
    def fail(result):
        raise RuntimeError("no such level")

    stages = compare_stages(planted(theirs, "FPN", fail), theirs, images)
    assert len(stages) == len(STAGES)
    assert first_difference(stages) == "FPN"
    (told,) = [str(stage) for stage in stages if stage.problem]
    assert told.split() == ["FPN", "inf", "RuntimeError:", "no", "such", "level"]


def test_other_shapes_are_told(theirs, images):
    faulty = planted(theirs, "box head", lambda result: result[:, :-1])
    (stage,) = [s for s in compare_stages(faulty, theirs, images) if s.stage == "box head"]
    assert stage.difference == torch.inf
    assert "expected" in stage.problem


def test_detector_without_further_heads_has_fewer_stages(images):
    model = course_rcnn("fasterrcnn").eval()
    model.transform.min_size = (64,)
    stages = [stage.stage for stage in compare_stages(copy.deepcopy(model), model, images)]
    assert "post-processing" in stages
    assert not any("mask" in stage or "keypoint" in stage for stage in stages)


def test_reference_is_left_as_it_was(theirs, images):
    before = dict(vars(theirs.backbone.body))
    compare_stages(copy.deepcopy(theirs), theirs, images)
    assert dict(vars(theirs.backbone.body)) == before


def test_training_mode_is_refused(theirs, images):
    with pytest.raises(ValueError, match=r"yours must be in evaluation mode"):
        compare_stages(copy.deepcopy(theirs).train(), theirs, images)


def test_outputs_of_a_stage_are_those_of_both_detectors_for_the_same_input(theirs, images):
    pairs = stage_outputs(planted(theirs, "FPN", larger), theirs, images, "FPN")
    assert len(pairs) == 5
    assert all(yours.shape == right.shape for yours, right in pairs)
    assert any(not torch.equal(yours, right) for yours, right in pairs)
    same = stage_outputs(planted(theirs, "FPN", larger), theirs, images, "RPN head")
    assert all(torch.equal(yours, right) for yours, right in same)
