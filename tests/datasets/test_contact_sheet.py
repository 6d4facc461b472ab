import pytest
import torch
from PIL import Image

from rcnn_course.datasets import GeneratedPeople, contact_sheet


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
