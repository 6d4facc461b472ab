"""Train a detector, watch it on pictures that it does not train on, and stop in time.

All chance in a step comes from the seed and the number of the step: the order of the pictures, how
they are augmented, and which anchors and proposals are drawn. So a training that goes on from its
`state` ends as one that never stopped, bit for bit on the same processor.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import torch
from torchvision.models.detection import FasterRCNN

from rcnn_course.training import freezing
from rcnn_course.training.batches import Augment, Loader, Pictures
from rcnn_course.training.device import moved_to
from rcnn_course.training.history import History
from rcnn_course.training.interruption import Interruption, held_back
from rcnn_course.training.training import Training

Report = Callable[[Training], object]


def fit(
    model: FasterRCNN,
    pictures: Pictures,
    *,
    steps: int | None = None,
    minutes: float | None = None,
    validation: Pictures | None = None,
    freeze: Sequence[str] = (),
    augment: Augment | None = None,
    batch: int = 4,
    peak_rate: float = 5e-4,
    patience: int | None = None,
    look_every: int = 20,
    seed: int = 0,
    device: torch.device | str | None = None,
    report: Report | None = None,
    resume: Mapping[str, Any] | None = None,
) -> History:
    """Train a detector in place with AdamW; the learning rate rises shortly, then falls.

    Args:
        model (FasterRCNN): of torchvision's kind, such as `load_detector` and `course_rcnn` give.
            It is left in evaluation mode, on the device that it came on.
        pictures: images (float Tensor[3, H, W], 0..1) and targets in torchvision's format, with
            masks and keypoints where the detector has such heads.
        steps: how many batches. With it, the same seed gives the same weights.
        minutes: how long by the clock, in its place.
        validation: other pictures, whose losses are measured at each look.
        freeze: parts that stay as they are, by their names in the printed model: "backbone",
            "backbone.body", "rpn", "roi_heads.box_head" …; batch norm inside them, too.
        augment: called with each training picture and its target, such as a `RandomFlip`; its
            chance must be torch's.
        batch: pictures in a step.
        peak_rate: the highest learning rate.
        patience: how many looks the validation loss may stay above its lowest before training
            stops. With it, the weights of the best look are put back at the end.
        look_every: steps between looks.
        seed: of all chance.
        device: "cuda", "cpu" …; the GPU by default, where there is one.
        report: called at each look, and when training is interrupted, with the `Training`.
        resume: a `Training.state()` to go on from, of a training with the same settings.

    Returns:
        History: losses, validation losses and why it stopped. Ctrl-C, or the kernel's stop button,
            ends training after the step in progress.

    Raises:
        ValueError: If a setting is impossible, a picture does not fit the detector, or a loss is
            NaN or infinite; it names the picture, and the model keeps its last good weights.

    Example:
        >>> from rcnn_course.training import fit
        >>> model = load_detector("fasterrcnn", weights="course")
        >>> model.transform.min_size = (64,)
        >>> history = fit(model, [*GeneratedPeople(2, size=64)], steps=2, freeze=["backbone"])
        >>> sorted(history.losses)
        ['box_reg', 'classifier', 'objectness', 'rpn_box_reg']
        >>> history.steps, history.stopped
        (2, 'steps')
    """
    counts = {"steps": steps, "minutes": minutes, "patience": patience}
    _check_positive(batch=batch, look_every=look_every, peak_rate=peak_rate, **counts)
    if (steps is None) == (minutes is None):
        raise ValueError("one of steps and minutes must be given, not both or neither")
    if patience is not None and validation is None:
        raise ValueError("patience needs the loss of pictures that are held out: give validation")
    parts = freezing.frozen_parts(model, freeze)
    with ExitStack() as stack:
        place = stack.enter_context(moved_to(model, device))
        stack.enter_context(freezing.frozen(parts))
        gpus = [place] if place.type == "cuda" else []
        stack.enter_context(torch.random.fork_rng(devices=gpus))
        stack.callback(model.eval)
        training = Training(
            model,
            Loader(model, pictures, "pictures", augment=augment, device=place),
            None if validation is None else Loader(model, validation, "validation", device=place),
            frozen=parts,
            steps=steps,
            minutes=minutes,
            batch=batch,
            peak_rate=peak_rate,
            patience=patience,
            seed=seed,
        )
        if resume is not None:
            training.go_on_from(resume)
        _run(training, look_every, stack.enter_context(held_back()), report)
        if patience is not None:
            training.put_back_best()
    return training.history


def _run(
    training: Training, look_every: int, interruption: Interruption, report: Report | None
) -> None:
    """Take steps, look and report until there is a reason to stop."""
    history = training.history
    while not history.stopped:
        training.step()
        is_time_to_look = history.stopped or history.steps % look_every == 0
        if is_time_to_look:
            training.look()
        if interruption and not history.stopped:
            history.stopped = "interrupted"
        if report is not None and (is_time_to_look or interruption):
            report(training)


def _check_positive(**numbers: float | None) -> None:
    for name, number in numbers.items():
        if number is not None and not (number > 0 and math.isfinite(number)):
            raise ValueError(f"{name} must be more than 0, but got {number}")
