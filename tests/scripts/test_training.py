"""Training learns, stops and goes on exactly, and bundles what it learnt."""

import json

import pytest
import torch

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.models import loading
from scripts.detector import bundle, train

SHORT = ["--processes", "1", "--batch", "2", "--size", "96", "--evaluate-on", "2"]


@pytest.fixture(autouse=True)
def small_and_talkative(monkeypatch):
    """Look at small pictures, and log and save every step."""
    monkeypatch.setattr(train, "_SIZES", (64, 96))
    monkeypatch.setattr(train, "_LOG_EVERY", 1)
    monkeypatch.setattr(train, "_SAVE_EVERY", 1)


def log(folder):
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def total_loss(record):
    return sum(value for name, value in record.items() if name.startswith("loss_"))


@pytest.mark.slow
def test_training_lowers_the_loss_and_logs_it(tmp_path, capsys):
    train.main([str(tmp_path), "--steps", "16", *SHORT])
    *steps, last = log(tmp_path)
    assert [record["step"] for record in steps] == list(range(1, 17))
    losses = [total_loss(record) for record in steps]
    assert sum(losses[-4:]) < 0.9 * sum(losses[:4])
    assert {"box_ap", "mask_ap", "keypoint_ap"} <= set(last)
    assert "loss_keypoint" in capsys.readouterr().out


def stop_at_picture(monkeypatch, number):
    """Let training be interrupted while it draws a picture."""

    class Stopping(GeneratedPeople):
        def __getitem__(self, index):
            if self.seed == 0 and index == number:
                raise KeyboardInterrupt
            return super().__getitem__(index)

    monkeypatch.setattr(train, "GeneratedPeople", Stopping)


@pytest.mark.slow
def test_resumed_training_ends_exactly_as_one_that_never_stopped(tmp_path, monkeypatch):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train.main([str(whole), "--steps", "4", *SHORT])
    with monkeypatch.context() as patch:
        stop_at_picture(patch, 5)
        with pytest.raises(KeyboardInterrupt):
            train.main([str(parts), "--steps", "4", *SHORT])
    train.main([str(parts), "--steps", "4", *SHORT, "--resume"])
    assert [record["step"] for record in log(parts)] == [1, 2, 3, 4, 4]
    expected, actual = (
        torch.load(folder / "checkpoint.pth", weights_only=True) for folder in (whole, parts)
    )
    assert actual["step"] == expected["step"] == 4
    for part in ("model", "average"):
        for name, tensor in expected[part].items():
            assert torch.equal(actual[part][name], tensor), name
    for number, state in expected["optimizer"]["state"].items():
        assert all(
            torch.equal(actual["optimizer"]["state"][number][k], v) for k, v in state.items()
        )


def test_training_by_the_clock_stops(tmp_path):
    train.main([str(tmp_path), "--minutes", "0.0001", *SHORT])
    assert torch.load(tmp_path / "checkpoint.pth", weights_only=True)["step"] == 1


@pytest.mark.slow
def test_two_processes_train_together(tmp_path):
    train.main([str(tmp_path), "--steps", "2", *SHORT, "--processes", "2"])
    checkpoint = torch.load(tmp_path / "checkpoint.pth", weights_only=True)
    assert checkpoint["step"] == 2
    assert checkpoint["settings"]["processes"] == 2


def test_existing_run_is_not_overwritten(tmp_path):
    (tmp_path / "checkpoint.pth").touch()
    with pytest.raises(SystemExit, match="exists: add --resume to go on"):
        train.main([str(tmp_path), "--steps", "1", *SHORT])


def test_resuming_with_another_seed_is_refused(tmp_path):
    train.main([str(tmp_path), "--steps", "1", *SHORT])
    with pytest.raises(ValueError, match=r"--seed must be 0, as in .* but got 5"):
        train.main([str(tmp_path), "--steps", "2", *SHORT, "--resume", "--seed", "5"])


def test_batch_that_processes_cannot_share_is_refused(tmp_path):
    with pytest.raises(SystemExit, match="--batch 3 is no multiple of --processes"):
        train.main([str(tmp_path), "--steps", "1", "--batch", "3"])


def test_training_goes_on_from_the_bundled_weights_with_the_pictures_after_theirs(
    tmp_path, monkeypatch
):
    first, second = tmp_path / "first", tmp_path / "second"
    for module in (bundle, loading, train):
        monkeypatch.setattr(module, "COURSE_WEIGHTS", tmp_path / "weights" / "course_rcnn.pth")
    train.main([str(first), "--steps", "2", *SHORT])
    bundle.main([str(first), "--machine", "a test", "--pictures", "2"])
    stop_at_picture(monkeypatch, 0)  # drawn in the first run, so never again
    train.main([str(second), "--steps", "1", *SHORT, "--from-bundled", "--peak-rate", "1e-9"])
    assert [record["step"] for record in log(second)] == [3, 3]
    before, after = (
        torch.load(folder / "checkpoint.pth", weights_only=True)["average"]
        for folder in (first, second)
    )
    for name in ("module.roi_heads.box_head.fc6.weight", "module.backbone.body.conv1.weight"):
        torch.testing.assert_close(after[name], before[name], rtol=1e-3, atol=1e-5)
    bundle.main([str(second), "--machine", "a test", "--pictures", "2"])
    facts = json.loads((tmp_path / "weights" / "course_rcnn.json").read_text())
    assert (facts["steps"], facts["pictures"]) == (3, 6)


def test_bundle_writes_weights_figures_and_card(tmp_path, monkeypatch):
    weights = tmp_path / "weights" / "course_rcnn.pth"
    for module in (bundle, loading):
        monkeypatch.setattr(module, "COURSE_WEIGHTS", weights)
    train.main([str(tmp_path), "--steps", "1", *SHORT])
    bundle.main([str(tmp_path), "--machine", "a test", "--pictures", "2"])
    facts = json.loads(weights.with_suffix(".json").read_text())
    assert (facts["steps"], facts["pictures"], facts["machine"]) == (1, 2, "a test")
    assert "| machine | a test |" in weights.with_suffix(".md").read_text()
    trained = torch.load(tmp_path / "checkpoint.pth", weights_only=True)["average"]
    model = loading.load_detector("maskkeypointrcnn", weights="course")
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, trained[f"module.{name}"], rtol=1e-3, atol=1e-6)
