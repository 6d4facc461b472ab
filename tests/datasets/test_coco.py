import hashlib
import io
import json
import zipfile

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision.models.detection import KeypointRCNN, MaskRCNN
from torchvision.models.detection.rpn import AnchorGenerator

from rcnn_course.datasets import CocoPeople, CocoPictures
from rcnn_course.datasets.download import DownloadError
from rcnn_course.datasets.evaluation import evaluate_detections

ARCHIVE = "/annotations/annotations_trainval2017.zip"


@pytest.fixture
def people(coco_server, tmp_path):
    def people(**options):
        archive = coco_server.files.get(ARCHIVE, b"")
        options = {"md5": hashlib.md5(archive).hexdigest(), "progress": False} | options
        return CocoPeople(tmp_path / "coco", base_url=coco_server.url, **options)

    return people


@pytest.fixture
def target_of(people):
    """Give the target of one picture by its id."""

    def target_of(image_id, **options):
        ((_, target),) = people(image_ids=[image_id], **options)
        return target

    return target_of


def files(folder):
    found = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in found if path.name != ".download.lock")


def test_pictures_with_people_are_fetched_and_no_others(people, coco_server, tmp_path):
    dataset = people()
    assert dataset.ids == [7, 20]  # 9 shows a dog, 33 a crowd alone, 45 nothing
    assert files(tmp_path / "coco") == [
        "annotations/instances_val2017.json",
        "annotations/person_keypoints_val2017.json",
        "val2017/000000000007.jpg",
        "val2017/000000000020.jpg",
    ]
    assert len(coco_server.requests) == 3
    people()
    assert len(coco_server.requests) == 3


def test_count_takes_the_first_pictures(people):
    assert people(count=1).ids == [7]
    assert people(count=None).ids == [7, 20]


def test_picture_is_rgb_from_0_to_1(people):
    for image, size in zip((image for image, _ in people()), ((40, 60), (40, 40)), strict=True):
        assert image.dtype == torch.float32
        assert image.shape == (3, *size)
        assert image.min() == 0
        assert image.max() == 1


def test_target_is_in_torchvision_format(target_of):
    target = target_of(7)
    assert {key: (value.dtype, tuple(value.shape)) for key, value in target.items()} == {
        "boxes": (torch.float32, (1, 4)),
        "labels": (torch.int64, (1,)),
        "masks": (torch.uint8, (1, 40, 60)),
        "keypoints": (torch.float32, (1, 17, 3)),
        "area": (torch.float32, (1,)),
        "iscrowd": (torch.int64, (1,)),
        "image_id": (torch.int64, ()),
    }
    assert target["boxes"].tolist() == [[10, 5, 40.5, 25.25]]
    assert target["labels"].tolist() == [1]
    assert target["area"].item() == pytest.approx(30.5 * 20.25 / 2)
    assert target["keypoints"][0, [0, 1, 16]].tolist() == [[12, 14, 0], [13, 15, 1], [28, 30, 1]]
    assert target["image_id"].item() == 7


def test_mask_joins_all_parts_of_a_polygon(target_of):
    (mask,) = target_of(7)["masks"]
    expected = torch.zeros(40, 60, dtype=torch.uint8)
    expected[5:15, 10:20] = 1
    expected[15:25, 30:40] = 1
    assert torch.equal(mask, expected)


def test_crowds_are_left_out_or_flagged(target_of):
    assert target_of(7)["iscrowd"].tolist() == [0]
    target = target_of(7, keep_crowds=True)
    assert target["iscrowd"].tolist() == [0, 1]
    expected = torch.zeros(40, 60, dtype=torch.uint8)
    expected[:, 50:55] = 1  # counts run down the columns
    assert torch.equal(target["masks"][1], expected)


def test_box_is_cut_at_the_border_and_one_without_area_left_out(target_of):
    target = target_of(20)
    assert target["boxes"].tolist() == [[30, 30, 40, 40]]
    assert target["masks"].shape == (1, 40, 40)
    assert target["masks"].sum() == 100
    assert target["keypoints"].shape == (1, 17, 3)


@pytest.mark.parametrize("image_id", [9, 33, 45], ids=["a dog", "a crowd alone", "nothing"])
def test_picture_without_people_has_empty_tensors(target_of, image_id):
    target = target_of(image_id)
    assert target["boxes"].shape == (0, 4)
    assert target["labels"].shape == (0,)
    assert target["labels"].dtype == torch.int64
    assert target["masks"].shape[0] == 0
    assert target["masks"].shape[1:] == {9: (30, 50), 33: (50, 30), 45: (20, 20)}[image_id]
    assert target["keypoints"].shape == (0, 17, 3)


def test_instances_have_coco_category_ids_and_no_keypoints(people):
    dataset = people(annotations="instances", image_ids=[7, 9])
    targets = [target for _, target in dataset]
    assert [target["labels"].tolist() for target in targets] == [[1], [18]]
    assert all("keypoints" not in target for target in targets)
    assert len(dataset.categories) == 19
    assert [dataset.categories[label] for label in (0, 1, 2, 18)] == [
        *("__background__", "person", "N/A", "dog")
    ]


@pytest.mark.parametrize(
    ("detector", "kind"), [(MaskRCNN, "instances"), (KeypointRCNN, "person_keypoints")]
)
def test_torchvision_trains_on_every_picture(people, detector, kind):
    torch.manual_seed(0)
    backbone = nn.Conv2d(3, 8, 3, stride=8)
    backbone.out_channels = 8
    anchors = AnchorGenerator(((8, 16, 32),), ((0.5, 1.0, 2.0),))
    options = {"rpn_anchor_generator": anchors, "min_size": 64, "max_size": 64}
    model = detector(backbone, num_classes=91, **options)
    images, targets = zip(*people(image_ids=[7, 9, 20, 33, 45], annotations=kind), strict=True)
    losses = model(list(images), list(targets))
    assert all(torch.isfinite(loss) for loss in losses.values())


def test_truth_against_itself_has_an_ap_of_one(people):
    dataset = people(image_ids=[7, 9, 20, 33, 45], keep_crowds=True)
    targets = [target for _, target in dataset]
    outputs = [{**target, "scores": torch.ones(len(target["labels"]))} for target in targets]
    result = evaluate_detections(targets, outputs, categories=dataset.categories)
    assert (result.bbox.AP, result.segm.AP, result.keypoints.AP) == (1.0, 1.0, 1.0)


def test_workers_load_pictures(people):
    loader = DataLoader(people(), batch_size=2, num_workers=1, collate_fn=lambda batch: batch)
    ((first, second),) = loader
    assert (first[1]["image_id"], second[1]["image_id"]) == (7, 20)


def test_annotation_file_of_ones_own_is_read(tmp_path):
    image = {"id": 3, "file_name": "a.jpg", "width": 4, "height": 5}
    bare = {"id": 1, "image_id": 3, "category_id": 2, "bbox": [0, 0, 2, 2], "area": 4, "iscrowd": 0}
    annotations = [bare, {**bare, "id": 2, "segmentation": []}]
    categories = [{"id": 2, "name": "cat"}]
    content = {"images": [image], "annotations": annotations, "categories": categories}
    (tmp_path / "own.json").write_text(json.dumps(content))
    dataset = CocoPictures(tmp_path, tmp_path / "own.json")
    assert dataset.ids == [3]
    assert dataset.categories == ["__background__", "N/A", "cat"]
    target = dataset._load_target(3)
    assert target["boxes"].tolist() == [[0, 0, 2, 2]] * 2
    assert "masks" not in target  # an empty one would be learnt


def test_dataset_prints_nothing(people, capfd):
    people()[0]
    assert capfd.readouterr() == ("", "")


def test_progress_shows_the_archive_and_the_pictures(people, capsys):
    people(progress=True)
    shown = capsys.readouterr().err
    assert "annotations_trainval2017.zip" in shown
    assert "COCO val2017: 100%" in shown


def test_broken_connections_are_resumed(people, coco_server):
    coco_server.breaks[ARCHIVE] = [600]
    coco_server.breaks["/val2017/000000000007.jpg"] = [500]
    image, _ = people()[0]
    assert image.shape == (3, 40, 60)
    assert len(coco_server.requests) == 5


def test_wrong_checksum_of_the_archive_keeps_nothing(people, tmp_path):
    with pytest.raises(DownloadError, match=r"its MD5 checksum is \w+, not 0000; nothing was kept"):
        people(md5="0000")
    assert files(tmp_path / "coco") == []


def test_damaged_archive_keeps_nothing(people, coco_server, tmp_path):
    whole = bytearray(coco_server.files[ARCHIVE])
    whole[100] ^= 255
    coco_server.files[ARCHIVE] = bytes(whole)
    with pytest.raises(DownloadError, match=r"annotations_trainval2017\.zip of .* is damaged"):
        people(md5=None)
    assert files(tmp_path / "coco") == []
    coco_server.files[ARCHIVE] = b"<html>Please log in</html>"
    with pytest.raises(DownloadError, match="it is not a zip archive; nothing was kept"):
        people(md5=None)
    assert files(tmp_path / "coco") == []


def test_archive_of_something_else_is_an_error(people, coco_server, tmp_path):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as members:
        members.writestr("annotations/captions_val2017.json", "{}")
    coco_server.files[ARCHIVE] = stream.getvalue()
    with pytest.raises(DownloadError, match=r"\.zip of .* has no person_keypoints_val2017\.json"):
        people()
    assert files(tmp_path / "coco") == []


def test_archive_that_was_brought_is_used_and_left(people, coco_server, tmp_path):
    (tmp_path / "coco").mkdir()
    archive = tmp_path / "coco" / "annotations_trainval2017.zip"
    archive.write_bytes(coco_server.files[ARCHIVE])
    people()
    assert archive.exists()
    assert ARCHIVE not in [path for path, _ in coco_server.requests]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>Please log in</html>", "it is not a whole picture"),
        (20, r"it measures \(40, 40\) pixels, and its annotation says \(60, 40\)"),
        (7, "it is not a whole picture"),
    ],
    ids=["not a picture", "another picture", "cut off"],
)
def test_wrong_picture_is_an_error_and_is_not_kept(people, coco_server, tmp_path, body, message):
    path = "/val2017/000000000007.jpg"
    served = {20: coco_server.files["/val2017/000000000020.jpg"], 7: coco_server.files[path][:-99]}
    coco_server.files[path] = served.get(body, body)
    with pytest.raises(DownloadError, match=message):
        people(count=1)
    assert [name for name in files(tmp_path / "coco") if "val2017/" in name] == []


def test_missing_picture_is_named_and_the_others_stay(people, coco_server, tmp_path):
    del coco_server.files["/val2017/000000000020.jpg"]
    message = r"000000000020\.jpg: the server answers 404 Not Found\. Without a network use"
    with pytest.raises(DownloadError, match=message):
        people()
    assert "val2017/000000000007.jpg" in files(tmp_path / "coco")


def test_no_network_names_what_is_missing_where_it_belongs_and_the_choice(tmp_path):
    with pytest.raises(DownloadError) as caught:
        CocoPeople(tmp_path, base_url="http://127.0.0.1:1", progress=False)
    message = str(caught.value)
    archive = "annotations_trainval2017.zip"
    assert f"http://127.0.0.1:1/annotations/{archive}" in message
    assert "Connection refused" in message
    assert "rcnn_course.datasets.GeneratedPeople" in message
    assert f"bring the file from another machine to {tmp_path / archive}" in message
    assert files(tmp_path) == []


def test_without_download_missing_files_are_named(people, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"person_keypoints_val2017\.json is missing"):
        people(download=False)
    people(count=1)
    assert people(count=1, download=False).ids == [7]
    with pytest.raises(FileNotFoundError, match=r"000000000020\.jpg is missing; download=True"):
        people(download=False)


def test_complete_folder_is_only_read(people, tmp_path):
    people()
    (tmp_path / "coco" / ".download.lock").unlink(missing_ok=True)
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    people()[0]
    assert sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "count must be 1 or more, or None for all pictures, got 0"),
        ({"annotations": "captions"}, r"annotations must be one of \[.*\], got 'captions'"),
        ({"image_ids": [7, 8]}, r"image_ids must be of .*person_keypoints.*, but 8 is not"),
    ],
)
def test_wrong_arguments_are_refused(people, options, message):
    with pytest.raises(ValueError, match=message):
        people(**options)
