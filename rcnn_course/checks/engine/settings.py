"""Settings: what a notebook may set for all of Python and PyTorch, put back while a check runs.

A check means the same whatever a student has set: cases, references and the student's own work
run with the settings that Python and PyTorch start with.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch

from rcnn_course import threads

DEEPEST = 1000
"""Python's own limit of calls inside each other; a higher one is left as it is."""


@contextmanager
def default_settings() -> Iterator[None]:
    """Run with the settings that Python, NumPy and PyTorch start with, and put back what was."""
    with ExitStack() as stack:
        stack.enter_context(threads.collected("warnings"))
        stack.enter_context(np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"))
        stack.enter_context(torch.inference_mode(mode=False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(torch.autocast("cpu", enabled=False))
        stack.enter_context(torch.autograd.set_detect_anomaly(mode=False))
        if "torch._dynamo" in sys.modules:  # what was compiled runs as it is written
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        device = torch.get_default_device()
        torch.set_default_device(None)  # `torch.device("cpu")` would ask Python for each operator
        stack.callback(torch.set_default_device, None if device.type == "cpu" else device)
        _set(stack, torch.set_default_dtype, torch.get_default_dtype(), torch.float32)
        precision = torch.get_float32_matmul_precision()
        _set(stack, torch.set_float32_matmul_precision, precision, "highest")
        deterministic = torch.are_deterministic_algorithms_enabled()
        _set(stack, torch.use_deterministic_algorithms, deterministic, False)
        mkldnn = torch.backends.mkldnn
        _set(stack, torch._C._set_mkldnn_enabled, mkldnn.enabled, mkldnn.is_available())
        deepest = sys.getrecursionlimit()
        _set(stack, sys.setrecursionlimit, deepest, max(deepest, DEEPEST))
        yield


def _set(stack: ExitStack, change: Callable[[Any], object], now: Any, wanted: Any) -> None:
    """Change a setting until the stack is unwound, whatever has changed it by then."""
    stack.callback(change, now)
    if now != wanted:
        change(wanted)
