"""Parts of a detector that training leaves as they are."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torchvision.models.detection import FasterRCNN


def frozen_parts(model: FasterRCNN, names: Sequence[str]) -> list[nn.Module]:
    """Find the parts that `fit(freeze=...)` names.

    Raises:
        ValueError: If there is no such part, or nothing is left to learn.
    """
    if isinstance(names, str):
        names = [names]
    modules = dict(model.named_modules())
    unknown = [name for name in names if not name or name not in modules]
    if unknown:
        known = ["backbone", "backbone.body", "backbone.fpn", "rpn"]
        known += [f"roi_heads.{name}" for name, _ in model.roi_heads.named_children()]
        raise ValueError(
            f"freeze must name parts of the detector, such as {', '.join(known)}, "
            f"but got {unknown[0]!r}"
        )
    parts = [modules[name] for name in names]
    frozen = {id(weight) for part in parts for weight in part.parameters()}
    if all(id(w) in frozen or not w.requires_grad for w in model.parameters()):
        raise ValueError(f"freeze must leave something to learn, but {list(names)} is all")
    return parts


@contextmanager
def frozen(parts: Sequence[nn.Module]) -> Iterator[None]:
    """Take the weights of some parts out of learning, and put them back in afterwards."""
    weights = [w for part in parts for w in part.parameters() if w.requires_grad]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)


def learn_mode(model: nn.Module, parts: Sequence[nn.Module]) -> None:
    """Put a detector into training mode; batch norm of frozen parts keeps its statistics."""
    model.train()
    for part in parts:
        keep_statistics(part)


def keep_statistics(model: nn.Module) -> None:
    """Let batch norm use the statistics that it has, and not change them."""
    for module in model.modules():
        if isinstance(module, _BatchNorm):
            module.eval()
