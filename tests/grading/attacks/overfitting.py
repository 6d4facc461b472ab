"""Overfitting: answers that have learned results by heart (Kratzke 2019, 'overfitting').

The results were made at home, by running the reference on the cases of `check`.
"""

import base64
import io

import torch

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.checking import VISIBLE_SEED
from rcnn_course.checks.engine.run import run_reference
from rcnn_course.checks.engine.settings import default_settings
from tests.grading.attacks.table import WRONG, Entry, attack

VISIBLE_POINTS = 2


def by_heart(exercise: str, seed: int = VISIBLE_SEED) -> str:
    """Return code that defines LEARNED: arguments and results of all cases of a seed."""
    pairs = []
    with default_settings():
        for case in EXERCISES[exercise].cases(seed):
            result = run_reference(EXERCISES[exercise], case).value
            pairs.append(([a for a in case.args if isinstance(a, torch.Tensor)], result))
    file = io.BytesIO()
    torch.save(torch.utils._pytree.tree_map(_plain, pairs), file)
    return (
        "import base64, io\n"
        f"LEARNED = torch.load(io.BytesIO(base64.b64decode({base64.b64encode(file.getvalue())})),"
        " weights_only=False)"
    )


def _learned(road: str, exercise: str, lookup: str, *others: str) -> Entry:
    """Return the attack of an answer that looks its result up, or is wrong."""
    head = WRONG[exercise].splitlines()[0]
    first = head.partition("(")[2].partition(",")[0].partition(")")[0]
    lines = [head, f"    x = {first}", *(f"    {line}" for line in lookup.splitlines())]
    return attack(
        "overfitting",
        road,
        "verdict",
        exercise,
        "\n".join(lines),
        *others,
        remains="the points of the visible check",
        earns=VISIBLE_POINTS,
    )


def _plain(leaf: object) -> object:
    return leaf.detach().clone() if isinstance(leaf, torch.Tensor) else leaf


SAME = """for known, result in LEARNED:
    if known[0].shape == x.shape and torch.equal(known[0], x):
        return {}
return x.sum() * 0"""
SHAPE = """for known, result in LEARNED:
    if known[0].shape == x.shape:
        return result
return x.sum() * 0"""
DIGEST = """import hashlib
def digest(t):
    return hashlib.sha256(t.detach().double().numpy().tobytes()).digest()
return {digest(known[0]): result for known, result in LEARNED}.get(digest(x), x.sum() * 0)"""
ORDER = """ORDER[0] += 1
return LEARNED[(ORDER[0] - 1) % len(LEARNED)][1]"""
NEAREST = """def far(known):
    if known[0].shape != x.shape:
        return float('inf')
    return (known[0].double() - x.double()).abs().sum().item()
return min(LEARNED, key=lambda pair: far(pair[0]))[1]"""
GRADIENT = """for known, result in LEARNED:
    if known[0].shape == x.shape and torch.equal(known[0], x):
        areas = (x[:, 2] - x[:, 0]) * (x[:, 3] - x[:, 1])
        return result + areas - areas.detach()
return x.sum() * 0"""
REGRESSION = """sides = torch.stack([x[:, 2] - x[:, 0], x[:, 3] - x[:, 1]], 1)
kept = [(k[0], r) for k, r in LEARNED if k[0].numel() and k[0].dtype == torch.float32]
known = torch.cat([k for k, _ in kept])
areas = torch.cat([r for _, r in kept])
weights = torch.linalg.lstsq(known, areas[:, None]).solution
return (x.float() @ weights)[:, 0].to(x)"""

GIVEN = """for known, (first, second) in LEARNED:
    if known[0].shape == x.shape and torch.equal(known[0], x):
        return first + 0 * x.sum(), second + 0 * box_regression.sum()
return x.sum() * 0, box_regression.sum() * 0"""
POOLED = """for known, result in LEARNED:
    if known[0].shape == x.shape and torch.equal(known[0], x) and result.shape[-1] == output_size:
        return result
return x.sum() * torch.ones(1)"""
VISIBLE_SHAPES = """areas = (x[:, 2] - x[:, 0]) * (x[:, 3] - x[:, 1])
return areas if hash(round(float(x.sum()), 3)) % 2 else areas * 1.5"""
FIRST = """CALLS.append(1)
areas = (x[:, 2] - x[:, 0]) * (x[:, 3] - x[:, 1])
return areas if len(CALLS) <= 10 else areas * 0"""
COUNTED = """areas = (x[:, 2] - x[:, 0]) * (x[:, 3] - x[:, 1])
return areas if get_ipython().execution_count <= 5 else areas * 0"""

HIDDEN_SEED = 8128
"""The seed in the source, as somebody knows it who has the solutions of another term."""

AREA, NMS = by_heart("box_area"), by_heart("nms")
HIDDEN = by_heart("box_area", HIDDEN_SEED)

ENTRIES = [
    _learned("compares its input with those learned", "nms", SAME.format("result"), NMS),
    _learned("lends the learned values a gradient", "box_area", GRADIENT, AREA),
    _learned("knows its input by a digest", "nms", DIGEST, NMS),
    _learned("knows its input by its shape", "nms", SHAPE, NMS),
    _learned("answers in the order of the calls", "nms", ORDER, f"{NMS}\nORDER = [0]"),
    _learned("answers with what belongs to the nearest input", "nms", NEAREST, NMS),
    _learned("is right for the visible losses", "fastrcnn_loss", GIVEN, by_heart("fastrcnn_loss")),
    _learned("has the visible values of a pooling", "roi_align", POOLED, by_heart("roi_align")),
    _learned("fits a line through the results", "box_area", REGRESSION, AREA),
    _learned("knows the hidden cases of another term", "box_area", GRADIENT, HIDDEN),
    _learned("is right for about half of all inputs", "box_area", VISIBLE_SHAPES),
    _learned(
        "is right for as many calls as a visible check makes", "box_area", FIRST, "CALLS = []"
    ),
    _learned("is right in the first cells alone", "box_area", COUNTED),
]
