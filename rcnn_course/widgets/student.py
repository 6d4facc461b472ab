"""Calling the function that an explorer shows: the student's own, which may not work yet."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from rcnn_course import threads
from rcnn_course.checks.engine.stubs import unwritten


class NoAnswer(Exception):
    """The function gave nothing that could be drawn; the text says why, in a sentence."""


def name_of(function: object) -> str:
    """Return what a function is called; of a thing without a name, such as a module, its kind."""
    return str(getattr(function, "__name__", type(function).__name__))


def ask(
    function: Callable[..., Any], *args: Any, shape: tuple[int, ...] | None = None, **kwargs: Any
) -> Any:
    """Call a function of the student, silently and without gradients.

    Args:
        function: the student's, or the library's.
        args: its positional arguments.
        shape: that the result must have, where one tensor is expected.
        kwargs: its keyword arguments.

    Returns:
        What the function returned, its tensors without gradient, and as float32 or int64.

    Raises:
        NoAnswer: If it raised an error, or its result is not a tensor of this shape, or a number
            in it is not finite.
    """
    name = name_of(function)
    if not callable(function):
        raise NoAnswer(
            f"A function is needed here, but what came is of type {name}: give the function "
            "itself, without calling it; all else goes by its name, as in boxes=boxes."
        )
    with torch.no_grad(), threads.collected("stdout", "stderr", "warnings"):
        try:
            result = function(*args, **kwargs)
        except (Exception, SystemExit) as error:
            stub = unwritten(error, function)
            if stub:
                raise NoAnswer(f"{stub} is not written yet.") from None
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            raise NoAnswer(f"{name} raised {reason}") from error
    if result is None or result is ...:
        raise NoAnswer(f"{name} returned {result}: it is not written yet, or lacks its return.")
    result = tree_map(partial(_as_drawn, name), result)
    if shape is not None:
        require_shape(name, result, shape)
    return result


def _as_drawn(name: str, part: Any) -> Any:
    """Return a tensor with the dtype that the library would give it; all else as it is."""
    if not isinstance(part, Tensor) or part.dtype == torch.bool or part.is_complex():
        return part
    if not part.is_floating_point():
        return part.long()
    if not part.isfinite().all():
        raise NoAnswer(f"{name} returned NaN or infinity, which has no place in a picture.")
    return part.detach().float()


def require_shape(name: str, result: Any, shape: tuple[int, ...]) -> None:
    """Raise NoAnswer where what the function `name` returned is no tensor of this shape."""
    if not isinstance(result, Tensor):
        kind = type(result).__name__
        raise NoAnswer(f"{name} should return a tensor, but returned a value of type {kind}.")
    if tuple(result.shape) != tuple(shape):
        raise NoAnswer(
            f"{name} should return a tensor of shape {list(shape)}, but returned one of shape "
            f"{list(result.shape)}."
        )
