import struct
import zlib

import pytest
import torch
from PIL import Image

from rcnn_course.datasets import GeneratedPeople
from scripts import contact_sheet
from scripts.detector import contact_sheet as detections_sheet


def test_the_command_writes_four_rows_of_six_pictures(tmp_path, monkeypatch):
    file = tmp_path / "sheet.png"
    monkeypatch.setattr("sys.argv", ["contact_sheet", str(file), "--first", "3"])
    contact_sheet.main()
    with Image.open(file) as sheet:
        width, height = sheet.size
    assert width / height == pytest.approx(6 / 4, rel=0.01)
    assert width > 6 * 192


def test_truth_is_drawn_over_the_picture():
    image, target = GeneratedPeople(1)[0]
    drawn = contact_sheet.draw_truth(image, target)
    assert drawn.shape == (3, 2 * 192, 2 * 192)
    blank = contact_sheet.draw_truth(torch.zeros_like(image), target)
    x1, y1 = (2 * target["boxes"][0, :2]).int().tolist()
    assert blank[:, y1, x1].any()
    assert not blank[:, 0, 0].any()


def test_sheet_of_detections_is_a_picture(tmp_path):
    file = tmp_path / "sheet.png"
    detections_sheet.main([str(file)])
    data = file.read_bytes()
    width, height = struct.unpack(">II", data[16:24])
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert width > height > 1000
    assert len(zlib.compress(data)) > 100_000, "an empty sheet compresses to little"


def test_uncertain_detections_are_left_out():
    output = {
        "boxes": torch.rand(2, 4),
        "labels": torch.tensor([1, 2]),
        "scores": torch.tensor([0.9, 0.4]),
        "masks": torch.tensor([[[[0.6, 0.4]]], [[[1.0, 1.0]]]]),
        "keypoints": torch.ones(2, 17, 3),
        "keypoints_scores": torch.tensor([[3.0, 1.0] + 15 * [3.0]] * 2),
    }
    shown = detections_sheet.confident_detections(output)
    assert shown["labels"].tolist() == [1]
    assert shown["masks"].tolist() == [[[1, 0]]]
    assert shown["keypoints"][0, :3, 2].tolist() == [2, 0, 2]
