"""What the package brings along: weights, their figures and their card."""

import json
import re
import struct
import zlib

import pytest
import torch

from rcnn_course.datasets import CATEGORIES, GeneratedPeople
from rcnn_course.models import contact_sheet, course_rcnn, evaluate, load_detector
from rcnn_course.models.loading import COURSE_WEIGHTS

FACTS = json.loads(COURSE_WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))


def test_weights_are_small_and_hold_no_code():
    assert COURSE_WEIGHTS.stat().st_size < 20e6
    stored = torch.load(COURSE_WEIGHTS, weights_only=True)
    assert all(tensor.isfinite().all() for tensor in stored.values())


def test_weights_fit_the_detector_exactly():
    stored = torch.load(COURSE_WEIGHTS, weights_only=True)
    expected = course_rcnn().state_dict()
    assert {k: v.shape for k, v in stored.items()} == {k: v.shape for k, v in expected.items()}


@pytest.mark.parametrize("kind", ["box", "mask", "keypoint"])
def test_card_and_recorded_figures_agree(kind):
    card = COURSE_WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    figure = re.search(rf"^\| {kind} AP \| ([\d.]+) \|$", card, re.MULTILINE).group(1)
    assert float(figure) == FACTS[f"{kind}_ap"]


def test_card_tells_how_the_weights_came_about():
    card = COURSE_WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    for fact in ("file", "seed", "steps", "machine", "minutes", "test_pictures"):
        assert str(FACTS[fact]) in card


def test_bundled_detector_finds_people_about_as_well_as_recorded():
    model = load_detector("maskkeypointrcnn", weights="course")
    result = evaluate.evaluate(model, GeneratedPeople(16, seed=evaluate.TEST_SEED))
    assert abs(result.bbox.AP - FACTS["box_ap"]) < 0.15
    assert abs(result.segm.AP - FACTS["mask_ap"]) < 0.15
    assert abs(result.keypoints.AP - FACTS["keypoint_ap"]) < 0.2


def test_evaluation_leaves_the_mode_of_the_model():
    model = course_rcnn().train()
    evaluate.evaluate(model, GeneratedPeople(1, seed=3, size=64))
    assert model.training


def test_evaluate_command_prints_the_table(capsys):
    evaluate.main(["--pictures", "2"])
    table = capsys.readouterr().out
    assert re.search(r"^bbox +\d\.\d{3}", table, re.MULTILINE)
    assert all(name in table for name in CATEGORIES[1:2])


def test_contact_sheet_is_a_picture(tmp_path):
    file = tmp_path / "sheet.png"
    contact_sheet.main([str(file)])
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
    shown = contact_sheet.confident_detections(output)
    assert shown["labels"].tolist() == [1]
    assert shown["masks"].tolist() == [[[1, 0]]]
    assert shown["keypoints"][0, :3, 2].tolist() == [2, 0, 2]
