"""What a training has left behind: its losses, step by step, and those of validation."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class History:
    """The losses of a training, and why it ended.

    A *look* comes after every so many steps and after the last: validation is measured there.

    Attributes:
        losses: by name, such as "classifier" or "box_reg", one number for each step.
        looks: number of steps done at each look.
        validation: by name, one number for each look; empty without validation pictures.
        seconds: that training and looking have taken.
        stopped: why it ended: "steps" or "minutes" (as asked for), "validation" (its loss has
            risen) or "interrupted"; "" while it goes on.
    """

    losses: dict[str, list[float]] = field(default_factory=dict)
    looks: list[int] = field(default_factory=list)
    validation: dict[str, list[float]] = field(default_factory=dict)
    seconds: float = 0.0
    stopped: str = ""

    @property
    def steps(self) -> int:
        """Number of steps done."""
        return max(map(len, self.losses.values()), default=0)

    @property
    def training_loss(self) -> list[float]:
        """Sum of the losses, for each look: the mean of the steps since the look before."""
        return mean_since_look_before(_sums(self.losses), self.looks)

    @property
    def validation_loss(self) -> list[float]:
        """Sum of the validation losses, for each look; empty without validation pictures."""
        return _sums(self.validation)

    @property
    def best_look(self) -> int:
        """Index of the look with the lowest validation loss, the first of equal ones.

        Raises:
            ValueError: If there was no look with validation pictures.
        """
        losses = self.validation_loss
        if not losses:
            raise ValueError("best_look needs validation pictures, but there were none")
        return losses.index(min(losses))


def mean_since_look_before(values: Sequence[float], looks: Sequence[int]) -> list[float]:
    """Average what each step has given over the steps from one look to the next.

    Args:
        values: one for each step.
        looks: number of steps done at each look.
    """
    starts = [0, *looks]
    return [
        sum(values[start:end]) / (end - start) for start, end in zip(starts, looks, strict=False)
    ]


def _sums(losses: dict[str, list[float]]) -> list[float]:
    return [sum(values) for values in zip(*losses.values(), strict=True)]
