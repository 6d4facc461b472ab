"""`load_detector`: which model comes, with which weights, and what it says when it cannot."""

from pathlib import Path

import pytest
import torch
from torchvision.models.detection import FasterRCNN, KeypointRCNN, MaskRCNN

from rcnn_course.models import WeightsUnavailableError, course_rcnn, load_detector

CLASSES = {"fasterrcnn": FasterRCNN, "maskrcnn": MaskRCNN, "keypointrcnn": KeypointRCNN}
BOX_KEYS = {"boxes", "labels", "scores"}
KEYS = {
    "fasterrcnn": BOX_KEYS,
    "maskrcnn": BOX_KEYS | {"masks"},
    "keypointrcnn": BOX_KEYS | {"keypoints", "keypoints_scores"},
    "maskkeypointrcnn": BOX_KEYS | {"masks", "keypoints", "keypoints_scores"},
}


@pytest.mark.parametrize("name", CLASSES)
def test_untrained_detector_is_torchvisions_own(name):
    model = load_detector(name, weights=None)
    assert type(model) is CLASSES[name]
    assert not model.training
    assert model.backbone.out_channels == 256


def test_untrained_detector_with_all_heads_is_the_course_detector():
    model = load_detector("maskkeypointrcnn", weights=None)
    assert model.state_dict().keys() == course_rcnn().state_dict().keys()


@pytest.mark.parametrize("name", KEYS)
def test_course_detector_returns_what_its_heads_give(name):
    model = load_detector(name, weights="course")
    assert isinstance(model, CLASSES.get(name, MaskRCNN))
    with torch.inference_mode():
        outputs = model([torch.rand(3, 120, 100), torch.rand(3, 64, 64)])
    assert [set(output) for output in outputs] == [KEYS[name]] * 2
    count = len(outputs[0]["boxes"])
    if "masks" in outputs[0]:
        assert outputs[0]["masks"].shape == (count, 1, 120, 100)
    if "keypoints" in outputs[0]:
        assert outputs[0]["keypoints"].shape == (count, 17, 3)


def test_course_detectors_share_one_set_of_weights():
    whole = load_detector("maskkeypointrcnn", weights="course").state_dict()
    for name in CLASSES:
        part = load_detector(name, weights="course").state_dict()
        assert all(torch.equal(tensor, whole[key]) for key, tensor in part.items())


def test_course_detector_is_the_callers_own_and_draws_no_random_numbers():
    torch.manual_seed(7)
    first = load_detector("fasterrcnn", weights="course")
    drawn = torch.rand(3)
    torch.manual_seed(7)
    second = load_detector("fasterrcnn", weights="course")
    assert torch.equal(torch.rand(3), drawn)
    torch.nn.init.zeros_(first.rpn.head.cls_logits.bias)
    first.roi_heads.score_thresh = 0.9
    third = load_detector("fasterrcnn", weights="course")
    for other in (second, third):
        assert other.rpn.head.cls_logits.bias.abs().sum() > 0
        assert other.roi_heads.score_thresh != 0.9


def test_full_torchvision_name_is_taken():
    assert type(load_detector("maskrcnn_resnet50_fpn", weights="course")) is MaskRCNN


def test_unknown_name_is_refused():
    with pytest.raises(ValueError, match=r"name must be one of 'fasterrcnn'.* but got 'yolo'"):
        load_detector("yolo")


def test_unknown_weights_are_refused():
    with pytest.raises(
        ValueError, match=r"weights must be 'coco', 'course', None or the path.*'imagenet'"
    ):
        load_detector("maskrcnn", weights="imagenet")


def test_all_heads_with_coco_weights_are_refused():
    with pytest.raises(ValueError, match="'maskkeypointrcnn' has no COCO weights"):
        load_detector("maskkeypointrcnn", weights="coco")


@pytest.mark.usefixtures("coco_url")
def test_coco_weights_are_fetched_once_and_then_come_from_the_cache(host, hub, capfd):
    first = load_detector("fasterrcnn", weights="coco")
    assert "100%" in capfd.readouterr().err
    assert [path.suffix for path in hub.iterdir()] == [".pth"]
    second = load_detector("fasterrcnn", weights="coco")
    assert len(host.requests) == 1
    assert type(first) is FasterRCNN
    assert not first.training
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, second.state_dict()[name])


@pytest.mark.usefixtures("hub", "coco_url")
def test_coco_detector_has_the_weights_of_the_file(host, coco_file):
    model = load_detector("fasterrcnn", weights="coco", progress=False)
    torch.manual_seed(0)
    expected = load_detector("fasterrcnn", weights=None).state_dict()
    actual = model.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in actual.items())
    assert model.backbone.body.bn1.eps == 0.0, "torchvision's COCO_V1 weights need eps 0"


def test_missing_file_on_the_host_is_explained(host, hub, coco_url):
    host.files.clear()
    with pytest.raises(WeightsUnavailableError, match="HTTP Error 404") as caught:
        load_detector("fasterrcnn", weights="coco")
    assert_says_what_to_do(caught.value, hub, coco_url)


def test_machine_without_network_is_told_what_to_do(host, hub, coco_url):
    host.server_close()
    with pytest.raises(WeightsUnavailableError, match="refused") as caught:
        load_detector("fasterrcnn", weights="coco")
    assert_says_what_to_do(caught.value, hub, coco_url)


def test_file_with_a_wrong_hash_is_not_kept(host, hub, coco_url):
    path = f"/{Path(coco_url).name}"
    host.files[path] = host.files[path][:-1] + b"?"
    with pytest.raises(WeightsUnavailableError, match="invalid hash value") as caught:
        load_detector("fasterrcnn", weights="coco", progress=False)
    assert_says_what_to_do(caught.value, hub, coco_url)


def test_download_that_breaks_off_leaves_nothing(host, hub, coco_url):
    host.breaks_after = 1000
    with pytest.raises(WeightsUnavailableError, match="invalid hash value") as caught:
        load_detector("fasterrcnn", weights="coco", progress=False)
    assert_says_what_to_do(caught.value, hub, coco_url)


def assert_says_what_to_do(error, hub, url):
    message = str(error)
    assert f"download {url}\n" in message
    assert f"put {Path(url).name} into {hub}" in message
    assert 'load_detector("fasterrcnn", weights="course")' in message
    assert list(hub.iterdir()) == [], "something half-written is left in the cache"


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\3\4 cut off"])
def test_damaged_file_in_the_cache_is_named(host, hub, coco_url, content):
    hub.mkdir(parents=True)
    file = hub / Path(coco_url).name
    file.write_bytes(content)
    with pytest.raises(WeightsUnavailableError, match="where it is there already, delete it"):
        load_detector("fasterrcnn", weights="coco")
    assert host.requests == []
