"""Examination: read a submission's code, and hold its answers against those of the reference.

It runs in a fork of the fork server, which has torch and the checks in its memory: what a student
wrote must not delay, or end, the process that grades.
"""

import base64
import json
import math
from typing import Any

import torch

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.compare import equal
from rcnn_course.checks.engine.run import run_reference
from rcnn_course.grading.integrity import kernel_probe
from rcnn_course.grading.integrity.code_scan import Cell, scan


def examine(cells: list[Cell], claims: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Examine an executed submission; see `suspicions.suspicions`.

    Args:
        cells: its code, for `scan`.
        claims: maps exercises that have passed to the `seed` of fresh cases and the `answers` that
            a probe has got for them.

    Returns:
        `scanned`, what was found in the code in sentences, and `refuted`, the exercises whose
        answers are wrong.
    """
    refuted = [name for name, claim in claims.items() if not _holds(name, **claim)]
    return {"scanned": list(scan(cells)), "refuted": refuted}


def _holds(name: str, seed: int, answers: list[Any] | None) -> bool:
    """Compare answers with the reference, which runs here; one in four may differ by rounding."""
    exercise = EXERCISES.get(name)
    if exercise is None:
        return True
    expected = [
        run_reference(exercise, c).value for c in kernel_probe.pick(exercise.cases(seed), seed)
    ]
    if '"unknown"' in json.dumps([kernel_probe.encode(value) for value in expected]):
        return True
    for given in answers if isinstance(answers, list) else []:
        try:
            right = [
                equal(decode(answer), wanted, rtol=exercise.rtol, atol=exercise.atol)
                for answer, wanted in zip(given, expected, strict=True)
            ]
        except Exception:  # a kernel may have answered anything
            continue
        if sum(right) >= math.ceil(0.75 * len(right)):
            return True
    return False


def decode(value: Any) -> Any:
    """Turn JSON from a kernel, which may hold anything, back into what a function returned."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind in ("list", "tuple"):
        return {"list": list, "tuple": tuple}[kind](map(decode, content))
    if kind == "dict":
        return {decode(key): decode(item) for key, item in content}
    dtype, shape, data = content
    if dtype not in {str(getattr(torch, name)) for name in _DTYPES}:
        raise ValueError(f"unknown dtype {dtype!r}")
    raw = torch.frombuffer(bytearray(base64.b64decode(data)) or bytearray(8), dtype=torch.uint8)
    plain = raw.view(getattr(torch, dtype.removeprefix("torch.")))
    return (plain[: math.prod(shape)]).reshape(shape)


_DTYPES = ("bool", "uint8", "int32", "int64", "bfloat16", "float16", "float32", "float64")
