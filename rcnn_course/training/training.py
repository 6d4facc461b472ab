"""A training as it stands: a detector, its optimizer, and what has happened so far."""

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN

from rcnn_course.models.schedule import learning_rate
from rcnn_course.training import freezing
from rcnn_course.training.batches import Loader, numbers_of_step
from rcnn_course.training.chance import chance
from rcnn_course.training.history import History
from rcnn_course.training.steps import NotFiniteError, new_optimizer, take_step


class Training:
    """A training as it stands; `fit` makes it, and hands it to `report`.

    Attributes:
        model: the detector that learns.
        history: what has happened so far.
        best: the weights at the look with the lowest validation loss; None before the first look,
            and without validation.
    """

    def __init__(
        self,
        model: FasterRCNN,
        pictures: Loader,
        validation: Loader | None,
        *,
        frozen: Sequence[nn.Module],
        steps: int | None,
        minutes: float | None,
        batch: int,
        peak_rate: float,
        patience: int | None,
        seed: int,
    ):
        self.model, self.history = model, History()
        self.best: dict[str, Tensor] | None = None
        self._pictures, self._validation, self._frozen = pictures, validation, frozen
        self._steps, self._minutes, self._patience = steps, minutes, patience
        self._batch, self._peak_rate, self._seed = batch, peak_rate, seed
        self._optimizer = new_optimizer(model)
        self._started = time.monotonic()

    def step(self) -> None:
        """Learn from the next pictures.

        Raises:
            ValueError: If a picture does not fit, or a loss is NaN or infinite.
        """
        done = self.history.steps
        rate = learning_rate(self._progress(), self._peak_rate)
        freezing.learn_mode(self.model, self._frozen)
        torch.manual_seed(chance("step", self._seed, done))
        numbers = numbers_of_step(done, self._batch, len(self._pictures.pictures), self._seed)
        images, targets = self._pictures.load(numbers)
        try:
            losses = take_step(self.model, self._optimizer, images, targets, rate=rate)
        except NotFiniteError:
            raise ValueError(self._blame(numbers, rate)) from None
        for name, loss in losses.items():
            self.history.losses.setdefault(_short(name), []).append(loss.item())
        self.history.seconds = time.monotonic() - self._started
        self._stop_at_the_end()

    def look(self) -> None:
        """Measure the losses of the validation pictures, and stop where they rise."""
        self.history.looks.append(self.history.steps)
        if self._validation is None:
            return
        for name, loss in self._validation_losses(self._validation).items():
            self.history.validation.setdefault(_short(name), []).append(loss)
        looks_since_best = len(self.history.looks) - 1 - self.history.best_look
        if not looks_since_best:
            self.best = _copy(self.model)
        if self._patience is not None and looks_since_best >= self._patience:
            self.history.stopped = self.history.stopped or "validation"
        self.history.seconds = time.monotonic() - self._started

    def put_back_best(self) -> None:
        """Give the detector the weights of its best look, where there was one."""
        if self.best is not None:
            self.model.load_state_dict(self.best)

    def best_detector(self) -> FasterRCNN:
        """Return a copy of the detector with the weights of its best look, or else as it is."""
        detector = copy.deepcopy(self.model)
        detector.load_state_dict(self.best or self.model.state_dict())
        return detector

    def state(self) -> dict[str, Any]:
        """Return all that going on needs, as plain data and tensors of its own."""
        return {
            "settings": self._settings(),
            "history": asdict(self.history),
            "weights": _copy(self.model),
            "best": self.best,
            "optimizer": copy.deepcopy(self._optimizer.state_dict()),
        }

    def go_on_from(self, state: Mapping[str, Any]) -> None:
        """Take up a training where `state` was taken.

        Raises:
            ValueError: If that training had other settings, or another detector.
        """
        for name, before in state["settings"].items():
            now = self._settings()[name]
            if before != now:
                raise ValueError(
                    f"{name} must be {before}, as in the training that goes on, but got {now}"
                )
        try:
            self.model.load_state_dict(state["weights"])
            self._optimizer.load_state_dict(state["optimizer"])
        except (RuntimeError, ValueError):
            raise ValueError(
                "the training that goes on was one of another detector, or with other parts frozen"
            ) from None
        self.best, self.history = state["best"], History(**copy.deepcopy(state["history"]))
        self._started = time.monotonic() - self.history.seconds
        if self.history.stopped != "validation":
            self.history.stopped = ""
            self._stop_at_the_end()

    def _settings(self) -> dict[str, Any]:
        """Return what must not change for the next step to be the same."""
        return {
            "batch": self._batch,
            "peak_rate": self._peak_rate,
            "seed": self._seed,
            "number of pictures": len(self._pictures.pictures),
        }

    def _progress(self) -> float:
        """Give the part of the training that is done."""
        if self._minutes is not None:
            return min(self.history.seconds / 60 / self._minutes, 1.0)
        return min(self.history.steps / self._steps, 1.0) if self._steps else 0.0

    def _stop_at_the_end(self) -> None:
        if self._progress() >= 1:
            self.history.stopped = "steps" if self._minutes is None else "minutes"

    @torch.no_grad()
    def _validation_losses(self, pictures: Loader) -> dict[str, float]:
        """Give the mean of each loss; anchors and proposals are drawn alike at each look."""
        self.model.train()
        freezing.keep_statistics(self.model)
        torch.manual_seed(chance("look", self._seed))
        sums: dict[str, float] = {}
        for images, targets in pictures.in_order(self._batch):
            for name, loss in self.model(images, targets).items():
                sums[name] = sums.get(name, 0.0) + loss.item() * len(images)
        return {name: total / len(pictures.pictures) for name, total in sums.items()}

    @torch.no_grad()
    def _blame(self, numbers: Sequence[int], rate: float) -> str:
        """Say which pictures of a step give no finite loss."""
        freezing.keep_statistics(self.model)
        bad = []
        for number in dict.fromkeys(numbers):
            losses = self.model(*self._pictures.load([number]))
            odd = [
                f"{_short(n)} {loss.item()}" for n, loss in losses.items() if not loss.isfinite()
            ]
            if odd:
                bad.append(f"{self._pictures.describe(number)} ({', '.join(odd)})")
        where = ", ".join(bad) or ", ".join(map(self._pictures.describe, numbers))
        return (
            f"a loss or its gradient became NaN or infinite in step {self.history.steps + 1}, with "
            f"{where}. Look at that picture and its truth; where they are right, the learning rate "
            f"({rate:.2g} here) is too high: lower peak_rate"
        )


def _short(name: str) -> str:
    return name.removeprefix("loss_")


def _copy(model: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
