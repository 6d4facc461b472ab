"""Computing in bfloat16 while training, on processors that are faster with it."""

from typing import Any

import torch
from torch import Tensor, nn


def has_fast_bfloat16() -> bool:
    """Tell whether this processor multiplies in bfloat16; others emulate it, many times slower."""
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def train_in_bfloat16(module: nn.Module) -> None:
    """Let a module that is being trained compute in bfloat16 and give out float32.

    Args:
        module: its `forward` takes a tensor and returns a tensor, or a dictionary of tensors. It is
            changed in place, and left as it is where the processor has no fast bfloat16.
    """
    if not has_fast_bfloat16():
        return
    exact = module.forward

    def forward(inputs: Tensor) -> Tensor | dict[str, Tensor]:
        with torch.autocast("cpu", torch.bfloat16, enabled=module.training):
            outputs = exact(inputs)
        if isinstance(outputs, Tensor):
            return outputs.float()
        return {name: output.float() for name, output in outputs.items()}

    module.forward = forward
