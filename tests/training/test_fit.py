"""`fit`: it learns, stops in time, goes on exactly, and says what does not fit."""

import copy
import signal
import threading

import pytest
import torch
from torch import nn

from rcnn_course.datasets import FLIP_INDICES
from rcnn_course.models import course_rcnn
from rcnn_course.training import RandomFlip, fit, measure

from .conftest import small_detector

QUICK = {"batch": 2, "device": "cpu"}


def weights_of(model):
    return {key: tensor.clone() for key, tensor in model.state_dict().items()}


def assert_same_weights(actual, expected):
    for key, tensor in expected.items():
        assert torch.equal(actual[key], tensor), key


def test_training_lowers_the_losses(detector, pictures):
    history = fit(detector, pictures[:2], steps=12, look_every=4, **QUICK)
    assert history.training_loss[-1] < 0.7 * history.training_loss[0]
    assert (history.steps, history.looks, history.stopped) == (12, [4, 8, 12], "steps")
    assert set(history.losses) == {"classifier", "box_reg", "objectness", "rpn_box_reg"}
    assert history.seconds > 0
    assert not detector.training
    with pytest.raises(ValueError, match="best_look needs validation pictures"):
        _ = history.best_look


def test_masks_and_keypoints_learn_too(pictures):
    model = small_detector("maskkeypointrcnn")
    history = fit(model, pictures, steps=1, augment=RandomFlip(FLIP_INDICES, 1.0), **QUICK)
    assert {"mask", "keypoint"} <= set(history.losses)


def test_same_seed_gives_the_same_weights_and_leaves_the_callers_chance(detector, pictures):
    other, third = copy.deepcopy(detector), copy.deepcopy(detector)
    torch.manual_seed(7)
    drawn = torch.rand(3)
    torch.manual_seed(7)
    first = fit(detector, pictures, steps=2, **QUICK)
    assert torch.equal(torch.rand(3), drawn)
    assert fit(other, pictures, steps=2, **QUICK).losses == first.losses
    assert_same_weights(other.state_dict(), detector.state_dict())
    assert fit(third, pictures, steps=2, seed=1, **QUICK).losses != first.losses


def test_resumed_training_ends_exactly_as_one_that_never_stopped(pictures):
    torch.manual_seed(0)
    model = course_rcnn("fasterrcnn", norm_layer=nn.BatchNorm2d)
    model.transform.min_size = (64,)
    other = copy.deepcopy(model)
    options = {
        "steps": 6,
        "look_every": 2,
        "validation": pictures[3:],
        "augment": RandomFlip(FLIP_INDICES),
    }
    states = []
    history = fit(
        model, pictures[:3], report=lambda run: states.append(run.state()), **options, **QUICK
    )
    again = fit(other, pictures[:3], resume=states[0], **options, **QUICK)
    assert (again.losses, again.validation) == (history.losses, history.validation)
    assert_same_weights(other.state_dict(), model.state_dict())
    assert fit(other, pictures[:3], resume=states[-1], **options, **QUICK).steps == 6


def test_training_that_goes_on_must_be_the_same(detector, pictures):
    states = []
    fit(detector, pictures, steps=1, report=lambda run: states.append(run.state()), **QUICK)
    with pytest.raises(
        ValueError, match=r"seed must be 0, as in the training that goes on.* got 5"
    ):
        fit(detector, pictures, steps=2, resume=states[0], seed=5, **QUICK)
    with pytest.raises(ValueError, match="one of another detector, or with other parts frozen"):
        fit(detector, pictures, steps=2, resume=states[0], freeze=["rpn"], **QUICK)
    with pytest.raises(ValueError, match="one of another detector"):
        fit(small_detector(num_classes=6), pictures, steps=2, resume=states[0], **QUICK)


@pytest.mark.parametrize(
    ("freeze", "still"),
    [
        (["backbone"], "backbone."),
        ("rpn", "rpn."),
        (
            ["backbone.body.layer1", "roi_heads.box_head"],
            ("backbone.body.layer1.", "roi_heads.box_head."),
        ),
    ],
)
def test_frozen_parts_stay_and_all_others_learn(pictures, freeze, still):
    torch.manual_seed(0)
    model = course_rcnn("fasterrcnn", norm_layer=nn.BatchNorm2d)
    model.transform.min_size = (64,)
    before = weights_of(model)
    fit(model, pictures, steps=2, freeze=freeze, validation=pictures[:1], **QUICK)
    learnt = dict(model.named_parameters())
    for key, tensor in model.state_dict().items():
        if key.startswith(still):
            assert torch.equal(tensor, before[key]), key
        elif key in learnt:
            assert not torch.equal(tensor, before[key]), key
    assert all(weight.requires_grad for weight in model.parameters())


def test_validation_changes_nothing_of_the_detector(pictures):
    torch.manual_seed(0)
    model = course_rcnn("fasterrcnn", norm_layer=nn.BatchNorm2d)
    model.transform.min_size = (64,)
    other = copy.deepcopy(model)
    watched = fit(model, pictures[:3], steps=2, look_every=1, validation=pictures[3:], **QUICK)
    alone = fit(other, pictures[:3], steps=2, **QUICK)
    assert watched.losses == alone.losses
    assert_same_weights(model.state_dict(), other.state_dict())


def test_training_stops_when_validation_rises_and_the_best_weights_come_back(detector, pictures):
    looked_at = []

    def report(run):
        looked_at.append(weights_of(run.model))

    # Another truth than that of training: learning makes the loss on it worse.
    wrong = [(image, {**target, "boxes": target["boxes"] * 0.3}) for image, target in pictures]
    options = {"validation": wrong, "look_every": 1, "patience": 2, "report": report}
    history = fit(detector, pictures[:2], steps=60, peak_rate=3e-3, **options, **QUICK)
    assert history.stopped == "validation"
    assert history.steps < 60
    assert history.best_look == len(history.looks) - 3
    assert_same_weights(detector.state_dict(), looked_at[history.best_look])
    assert min(history.validation_loss) == history.validation_loss[history.best_look]


def test_training_by_the_clock_stops(detector, pictures):
    history = fit(detector, pictures, minutes=1e-6, **QUICK)
    assert (history.steps, history.stopped) == (1, "minutes")


def interrupt(_):
    signal.raise_signal(signal.SIGINT)


def test_interruption_ends_after_a_whole_step_and_training_goes_on_exactly(detector, pictures):
    whole, parts = copy.deepcopy(detector), detector
    expected = fit(whole, pictures, steps=4, look_every=2, **QUICK)
    states = []

    class Pressing(list):
        """Pictures of which the third that is asked for presses Ctrl-C."""

        asked = 0

        def __getitem__(self, index):
            Pressing.asked += 1
            if Pressing.asked == 3:
                signal.raise_signal(signal.SIGINT)
            return super().__getitem__(index)

    options = {"steps": 4, "look_every": 4, **QUICK}
    before = signal.getsignal(signal.SIGINT)
    history = fit(
        parts, Pressing(pictures), report=lambda run: states.append(run.state()), **options
    )
    assert (history.stopped, history.steps) == ("interrupted", 2)
    assert signal.getsignal(signal.SIGINT) is before
    assert fit(parts, pictures, resume=states[-1], **options).losses == expected.losses
    assert_same_weights(parts.state_dict(), whole.state_dict())


def test_second_interruption_acts_at_once(detector, pictures):
    class Pressing(list):
        def __getitem__(self, index):
            signal.raise_signal(signal.SIGINT)
            return super().__getitem__(index)

    with pytest.raises(KeyboardInterrupt):
        fit(detector, Pressing(pictures), steps=2, **QUICK)


def test_training_runs_in_another_thread(detector, pictures):
    histories = []
    thread = threading.Thread(
        target=lambda: histories.append(fit(detector, pictures, steps=1, **QUICK))
    )
    thread.start()
    thread.join()
    assert histories[0].stopped == "steps"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "steps must be more than 0, but got 0"),
        ({"minutes": 0}, "minutes must be more than 0, but got 0"),
        ({"minutes": float("nan")}, "minutes must be more than 0, but got nan"),
        ({}, "one of steps and minutes must be given"),
        ({"steps": 1, "minutes": 1}, "one of steps and minutes must be given"),
        ({"steps": 1, "batch": 0}, "batch must be more than 0"),
        ({"steps": 1, "look_every": -1}, "look_every must be more than 0"),
        ({"steps": 1, "peak_rate": float("inf")}, "peak_rate must be more than 0"),
        ({"steps": 1, "patience": 2}, "patience needs the loss of pictures that are held out"),
        ({"steps": 1, "freeze": ["neck"]}, "freeze must name parts .*backbone.* but got 'neck'"),
        ({"steps": 1, "freeze": [""]}, "freeze must name parts"),
        (
            {"steps": 1, "freeze": ["backbone", "rpn", "roi_heads"]},
            "freeze must leave something to learn",
        ),
        ({"steps": 1, "device": "abacus"}, "device must be one that this machine.* got 'abacus'"),
        ({"steps": 1, "validation": []}, "validation must hold at least one picture"),
    ],
)
def test_impossible_settings_are_refused(detector, pictures, options, words):
    with pytest.raises(ValueError, match=words):
        fit(detector, pictures, **options)


def test_no_pictures_are_refused(detector):
    with pytest.raises(ValueError, match="pictures must hold at least one picture"):
        fit(detector, [], steps=1)


def changed(key, values):
    return lambda image, target: (image, {**target, key: values(target[key])})


def without(key):
    return lambda image, target: (image, {k: v for k, v in target.items() if k != key})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed("labels", lambda v: v + 9), "labels must be 1 to 4, .* but one is 1"),
        (changed("labels", lambda v: v * 0), "labels must be 1 to 4, .* but one is 0"),
        (changed("labels", lambda v: v.float()), "labels must be int64, but are torch.float32"),
        (changed("labels", lambda v: v[:0]), "labels must have shape"),
        (changed("boxes", lambda v: v[:, [2, 1, 0, 3]]), "a box must have x1 < x2 and y1 < y2"),
        (changed("boxes", lambda v: v * float("nan")), "boxes have NaN or infinite values"),
        (changed("masks", lambda v: v[:, :9]), "masks must have shape .* 64, 64.* but got"),
        (changed("keypoints", lambda v: v[:, :5]), r"keypoints must have shape .*17, 3"),
        (without("masks"), "it has no masks, which this detector learns, only"),
        (without("boxes"), "it has no boxes"),
        (lambda image, target: (image[:1], target), r"float tensor \[3, H, W\]"),
        (lambda image, target: ((image * 255).byte(), target), "but is torch.uint8"),
        (lambda image, target: (image / 0, target), "the image has NaN or infinite values"),
        (lambda image, target: (image * 255, target), "the image must be 0 to 1, but reaches 2"),
    ],
)
def test_picture_that_does_not_fit_is_named(pictures, change, words):
    pairs = [pictures[0], change(*pictures[1])]
    with pytest.raises(ValueError, match=rf"pictures\[1\], image_id 1 cannot.*{words}"):
        fit(small_detector("maskkeypointrcnn"), pairs, steps=1, **QUICK)


def test_validation_picture_that_does_not_fit_is_named(detector, pictures):
    bad = changed("labels", lambda v: v * 0 + 7)(*pictures[0])
    with pytest.raises(ValueError, match=r"validation\[0\], image_id 0 cannot be trained on"):
        fit(detector, pictures, steps=1, validation=[bad], **QUICK)


def test_loss_that_is_not_finite_stops_before_the_weights_are_lost(detector, pictures):
    """A box that is wider than a float can say has an infinite offset from every proposal."""
    image, target = pictures[1]
    boxes = target["boxes"].clone()
    boxes[0] = torch.tensor([-3e38, 0.0, 3e38, 64.0])
    bad = (image, {**target, "boxes": boxes})
    before = weights_of(detector)
    with pytest.raises(ValueError, match=r"in step 1, with pictures\[1\], image_id 1 \("):
        fit(detector, [pictures[0], bad], steps=3, **QUICK)
    assert_same_weights(detector.state_dict(), before)


def test_rate_that_is_too_high_is_named(detector, pictures):
    with pytest.raises(ValueError, match=r"NaN or infinite in step .* lower peak_rate"):
        fit(detector, pictures, steps=200, peak_rate=1e30, **QUICK)


def test_measure_leaves_the_mode_of_the_detector(detector, pictures):
    detector.train()
    evaluation = measure(detector, pictures[:2], device="cpu")
    assert detector.training
    assert 0 <= evaluation.bbox.AP50 <= 1
    assert evaluation.segm is None
