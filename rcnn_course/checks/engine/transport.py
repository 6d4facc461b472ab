"""Answers as plain data: what JSON can hold, so that they can come from a process of a student.

Pickles would run code where they are read. Here a tensor is its dtype, shape and bytes, and
whatever else no check expects is the name of its type.
"""

import base64
import contextlib
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rcnn_course.checks.engine.kept import raw_bytes
from rcnn_course.checks.engine.plain import plain_tensor, stand_in
from rcnn_course.checks.engine.run import Answer, Answers, Result

_DTYPES = {str(value): value for value in vars(torch).values() if isinstance(value, torch.dtype)}


def answers_to_data(answers: Answers) -> dict[str, Any]:
    """Return answers as JSON can hold them."""
    return {
        "given": [_answer_to_data(answer) for answer in answers.given],
        "refused": answers.refused,
        "said": answers.said,
    }


def answers_from_data(data: Mapping[str, Any]) -> Answers:
    """Return what `answers_to_data` was given.

    Raises:
        ValueError, TypeError, LookupError, RuntimeError, AttributeError: If this is no such data.
    """
    given = [_answer_from_data(answer) for answer in data["given"]]
    return Answers(given, [str(name) for name in data["refused"]], str(data["said"]))


def _answer_to_data(answer: Answer) -> dict[str, Any]:
    result = answer.result
    return {
        "result": result and [to_data(result.value), to_data(result.gradients)],
        "problem": answer.problem,
        "raised": answer.raised,
        "is_untouched": answer.is_untouched,
        "arguments": answer.arguments,
    }


def _answer_from_data(data: Mapping[str, Any]) -> Answer:
    result = None
    if data["result"] is not None:
        value, gradients = map(from_data, data["result"])
        result = Result(value, tuple(gradients))
    elif not data["problem"]:
        raise ValueError("an answer has a result or says why it has none")
    return Answer(
        result,
        str(data["problem"]),
        str(data["raised"]),
        bool(data["is_untouched"]),
        tuple((tuple(shape), digest) for shape, digest in data["arguments"]),
    )


def to_data(value: Any) -> Any:
    """Return what a function has returned, as `plain.read` has read it, for JSON."""
    if isinstance(value, bool | int | float | str | None):
        return value
    if isinstance(value, tuple):
        return {"tuple": [*map(to_data, value)]}
    if isinstance(value, list):
        return {"list": [*map(to_data, value)]}
    if isinstance(value, dict):
        return {"dict": [[to_data(key), to_data(item)] for key, item in value.items()]}
    if isinstance(value, Tensor):
        return _tensor_to_data(value)
    return {"unknown": type(value).__name__}


def _tensor_to_data(value: Tensor) -> dict[str, Any]:
    plain = plain_tensor(value)
    if plain is not None:
        with contextlib.suppress(RuntimeError):  # one of another kind, such as sparse
            data = base64.b64encode(raw_bytes(plain)).decode()
            return {"tensor": [str(plain.dtype), list(plain.shape), data]}
    return {"unknown": type(value).__name__}


def from_data(data: Any) -> Any:
    """Return what `to_data` was given; for an unknown value an object of a type of that name."""
    if not isinstance(data, dict):
        return data
    ((kind, content),) = data.items()
    if kind == "tuple":
        return tuple(map(from_data, content))
    if kind == "list":
        return [*map(from_data, content)]
    if kind == "dict":
        return {from_data(key): from_data(item) for key, item in content}
    if kind == "tensor":
        return _tensor_from_data(*content)
    return _unknown(content)


def _tensor_from_data(dtype: str, shape: list[int], data: str) -> Tensor:
    raw = bytearray(base64.b64decode(data, validate=True))
    kind = _DTYPES[dtype]
    if len(raw) != kind.itemsize * math.prod(shape):
        raise ValueError(f"{len(raw)} bytes are no {dtype} of shape {shape}")
    if not raw:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(raw, dtype=torch.uint8).view(kind).reshape(shape)


def _unknown(name: str) -> Any:
    if name == "ellipsis":
        return ...
    return np.empty(0) if name == "ndarray" else stand_in(name)
