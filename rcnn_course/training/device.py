"""Where a detector computes: on a GPU, where there is one."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


def choose(device: torch.device | str | None = None) -> torch.device:
    """Return the device that is asked for; without one, the GPU, or else the processor.

    Raises:
        ValueError: If this machine, or its PyTorch, has no such device.
    """
    if device is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(device)
        torch.empty(0, device=chosen)
    except (RuntimeError, AssertionError) as error:
        said = str(error).strip().splitlines()[0]
        raise ValueError(
            f"device must be one that this machine and its PyTorch have, such as 'cpu', "
            f"but got {str(device)!r}: {said}"
        ) from None
    return chosen


@contextmanager
def moved_to(model: nn.Module, device: torch.device | str | None) -> Iterator[torch.device]:
    """Let a model compute on a device, and bring it back afterwards; gives the device chosen."""
    chosen, home = choose(device), next(model.parameters()).device
    model.to(chosen)
    try:
        yield chosen
    finally:
        model.to(home)
