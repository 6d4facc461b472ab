"""New predictors for own classes and keypoints, and detectors kept in files."""

import pytest
import torch

from rcnn_course.models import course_rcnn, load_detector, replace_predictors, save_detector

PREDICTORS = ("box_predictor", "mask_predictor", "keypoint_predictor")
NAMES = {"categories": ["__background__", "cup", "pot"], "keypoint_names": list("abcde")}


def test_course_detector_is_built_for_own_classes_and_keypoints():
    model = course_rcnn(num_classes=3, num_keypoints=5).eval()
    (output,) = model([torch.rand(3, 64, 64)])
    assert output["keypoints"].shape[1:] == (5, 3)
    assert model.roi_heads.mask_predictor.mask_fcn_logits.out_channels == 3
    assert model.roi_heads.box_predictor.bbox_pred.out_features == 12


def test_new_predictors_leave_all_other_weights():
    before = load_detector("maskkeypointrcnn", weights="course").state_dict()
    model = load_detector("maskkeypointrcnn", weights="course", num_classes=3, num_keypoints=5)
    assert not model.training
    for key, weight in model.state_dict().items():
        if key.split(".")[1] not in PREDICTORS:
            assert torch.equal(weight, before[key]), key
    fresh = load_detector("fasterrcnn", weights="course", num_classes=5).roi_heads.box_predictor
    assert not torch.equal(
        fresh.cls_score.weight, before["roi_heads.box_predictor.cls_score.weight"]
    )


def test_classes_and_keypoints_are_replaced_apart():
    model = load_detector("keypointrcnn", weights="course")
    old = model.roi_heads.keypoint_predictor
    assert replace_predictors(model, num_classes=2) is model
    assert model.roi_heads.keypoint_predictor is old
    box = model.roi_heads.box_predictor
    replace_predictors(model, num_keypoints=4)
    assert model.roi_heads.box_predictor is box
    assert replace_predictors(model).roi_heads.box_predictor is box


def test_new_predictors_begin_by_torchs_seed():
    weights = []
    for _ in range(2):
        torch.manual_seed(3)
        model = load_detector("fasterrcnn", weights="course", num_classes=2)
        weights.append(model.roi_heads.box_predictor.cls_score.weight)
    assert torch.equal(*weights)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"num_classes": 1}, "num_classes must be a whole number of 2 or more.* but got 1"),
        ({"num_classes": 2.0}, "num_classes must be .* but got 2.0"),
        ({"num_classes": True}, "num_classes must be .* but got True"),
        ({"num_keypoints": 0}, "num_keypoints must be a whole number of 1 or more, but got 0"),
        ({"num_keypoints": -3}, "num_keypoints must be .* but got -3"),
    ],
)
def test_impossible_numbers_are_refused(numbers, words):
    with pytest.raises(ValueError, match=words):
        course_rcnn("keypointrcnn", **numbers)
    with pytest.raises(ValueError, match=words):
        load_detector("keypointrcnn", weights="course", **numbers)


def test_keypoints_without_their_head_are_refused():
    with pytest.raises(ValueError, match=r"without a keypoint head.*choose 'keypointrcnn'"):
        load_detector("maskrcnn", weights="course", num_keypoints=5)
    with pytest.raises(ValueError, match="without a keypoint head"):
        course_rcnn("fasterrcnn", num_keypoints=5)


@pytest.mark.parametrize("name", ["fasterrcnn", "maskrcnn", "keypointrcnn", "maskkeypointrcnn"])
def test_saved_detector_comes_back_with_names_and_all_or_some_heads(tmp_path, name):
    file = tmp_path / "detector.pth"
    model = load_detector("maskkeypointrcnn", weights="course", num_classes=3, num_keypoints=5)
    model.transform.min_size = (96,)
    save_detector(model, file, **NAMES)
    torch.manual_seed(1)
    drawn = torch.rand(2)
    torch.manual_seed(1)
    back = load_detector(name, weights=file)
    assert torch.equal(torch.rand(2), drawn)
    assert (back.categories, back.keypoint_names) == (NAMES["categories"], list("abcde"))
    image = torch.rand(3, 64, 64)
    (expected,), (found,) = model([image]), back([image])
    assert all(torch.equal(values, expected[key]) for key, values in found.items())
    assert ("keypoints" in found) == ("keypoint" in name)


def test_saved_torchvision_detector_comes_back(tmp_path):
    file = tmp_path / "detector.pth"
    model = load_detector("fasterrcnn", weights=None, num_classes=2)
    save_detector(model, file, categories=["__background__", "cup"])
    back = load_detector("fasterrcnn", weights=file)
    image = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        for level, features in model.backbone(image).items():
            torch.testing.assert_close(back.backbone(image)[level], features)


def test_saving_refuses_names_that_do_not_fit(tmp_path):
    model = load_detector("fasterrcnn", weights="course", num_classes=3)
    with pytest.raises(ValueError, match=r"categories must name all 3 .* but got 2"):
        save_detector(model, tmp_path / "x.pth", categories=["__background__", "cup"])
    with pytest.raises(ValueError, match=r"keypoint_names must name all 0 .* but got 5"):
        save_detector(model, tmp_path / "x.pth", **NAMES)


def test_missing_foreign_and_lesser_files_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*nothing.pth"):
        load_detector("fasterrcnn", weights=tmp_path / "nothing.pth")
    foreign = tmp_path / "foreign.pth"
    for content in (b"", b"no weights", b"PK\x03\x04"):
        foreign.write_bytes(content)
        with pytest.raises(ValueError, match=r"foreign.pth must hold a detector that this course"):
            load_detector("fasterrcnn", weights=foreign)
    torch.save({"weights": torch.zeros(2)}, foreign)
    with pytest.raises(ValueError, match=r"foreign.pth must hold a detector that this course"):
        load_detector("fasterrcnn", weights=foreign)
    model = load_detector("fasterrcnn", weights="course", num_classes=2)
    save_detector(model, foreign, categories=["__background__", "cup"])
    with pytest.raises(ValueError, match="holds a 'fasterrcnn', without a mask head"):
        load_detector("maskrcnn", weights=foreign)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"num_classes": 2}, r"num_classes must be 3, as in .*insects\.pth, .* but got 2"),
        ({"num_keypoints": 17}, r"num_keypoints must be 5, .* new last layers with replace_pred"),
    ],
)
def test_detector_of_a_file_keeps_its_own_numbers(tmp_path, numbers, message):
    model = load_detector("keypointrcnn", weights="course", num_classes=3, num_keypoints=5)
    file = tmp_path / "insects.pth"
    save_detector(model, file, **NAMES)
    with pytest.raises(ValueError, match=message):
        load_detector("keypointrcnn", weights=file, **numbers)
    same = load_detector("keypointrcnn", weights=file, num_classes=3, num_keypoints=5)
    for name, weight in model.state_dict().items():
        assert torch.equal(same.state_dict()[name], weight)
