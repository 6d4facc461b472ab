"""Train a detector, watch it on pictures that it does not train on, and stop in time.

All chance in a step comes from the seed and the number of the step: the order of the pictures, how
they are augmented, and which anchors and proposals are drawn. So a training that goes on from its
`state` ends as one that never stopped, bit for bit on the same processor.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rcnn_course.training.history import History
from rcnn_course.training.measure import Pictures

Augment = Callable[[Tensor, dict[str, Tensor]], tuple[Tensor, dict[str, Tensor]]]


def fit(
    model: nn.Module,
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
    report: Callable[["Training"], object] | None = None,
    resume: Mapping[str, Any] | None = None,
) -> History:
    """Train a detector in place with AdamW; the learning rate rises shortly, then falls.

    Args:
        model (nn.Module): of torchvision's detectors, such as `load_detector` and `course_rcnn`
            give. It is left in evaluation mode, on the device that it came on.
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
        seed: of all chance, 0 or more.
        device: "cuda", "cpu" …; the GPU by default, where there is one.
        report: called at each look with the `Training`, which has a `history` and a `state()`.
        resume: a `state()` to go on from, of a training with the same settings.

    Returns:
        History: losses, validation losses and why it stopped. Ctrl-C, or the kernel's stop button,
            ends training after the step in progress.

    Raises:
        ValueError: If a setting is impossible, a picture does not fit the detector, or a loss is
            NaN or infinite; it names the picture, and the model keeps its last good weights.

    Example:
        >>> model = load_detector("fasterrcnn", weights="course", num_classes=5)
        >>> model.transform.min_size = (64,)
        >>> history = fit(model, [*GeneratedPeople(2, size=64)], steps=2, freeze=["backbone"])
        >>> sorted(history.losses), history.steps, history.stopped
        (['box_reg', 'classifier', 'objectness', 'rpn_box_reg'], 2, 'steps')
    """


class Training:
    """A training as it stands.

    Attributes:
        model: that learns.
        history: so far.
    """

    history: History

    def state(self) -> dict[str, Any]:
        """Return all that going on needs: weights, optimizer, history, the best weights so far."""
