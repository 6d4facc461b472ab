"""Exercise `object_keypoint_similarity`: COCO's measure of how well keypoints agree.

Source: https://cocodataset.org/#keypoints-eval; pycocotools.cocoeval.COCOeval.computeOks.
"""

from collections.abc import Callable, Iterator

import torch
from pycocotools import cocoeval
from torch import Tensor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

SIGMAS = torch.tensor(cocoeval.Params(iouType="keypoints").kpt_oks_sigmas, dtype=torch.float32)

_compute = cocoeval.COCOeval.computeOks
_evaluation = cocoeval.COCOeval

_SPREAD_HINT = "the spread of a keypoint is k = 2 sigma; twice its square, times the area."


def reference(
    pred_keypoints: Tensor, gt_keypoints: Tensor, gt_areas: Tensor, sigmas: Tensor
) -> Tensor:
    """Ask pycocotools, as if all people were in one picture."""
    if not len(pred_keypoints) or not len(gt_keypoints):
        return pred_keypoints.new_zeros(len(pred_keypoints), len(gt_keypoints))
    evaluation = _evaluation(iouType="keypoints")
    evaluation.params.kpt_oks_sigmas = sigmas.double().numpy()
    evaluation.params.maxDets = [len(pred_keypoints)]
    evaluation._gts[0, 0] = [
        {"keypoints": person.double().flatten().tolist(), "area": area, "bbox": [0.0] * 4}
        for person, area in zip(gt_keypoints, gt_areas.double().tolist(), strict=True)
    ]
    evaluation._dts[0, 0] = [
        {"keypoints": person.double().flatten().tolist(), "score": 1.0} for person in pred_keypoints
    ]
    return torch.from_numpy(_compute(evaluation, 0, 0)).to(pred_keypoints.dtype)


def _cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def people(predicted: int, true: int, keypoints: int = 17, *, apart: float = 4.0) -> tuple:
        """Return arguments; predictions are some pixels off the people in turn."""
        truth = torch.cat(
            [uniform(true, keypoints, 2, high=60.0), uniform(true, keypoints, 1, high=3.0).floor()],
            dim=2,
        )
        truth[:, 0, 2], truth[:, 1, 2], truth[:, -1, 2] = 2, 1, 2
        truth[truth[..., 2] == 0] = 0
        found = truth[torch.arange(predicted) % max(true, 1)].clone() if true else truth[:0]
        found[..., :2] += apart * normal(len(found), keypoints, 2)
        found[..., 2] = 1
        areas = uniform(true, low=800.0, high=3000.0)
        sigmas = SIGMAS if keypoints == 17 else uniform(keypoints, low=0.03, high=0.1)
        return found, truth, areas, sigmas.clone()

    yield Case("three predictions, two people", people(3, 2))
    yield Case(
        "keypoints of another kind: five, with their own sigmas",
        people(2, 3, 5),
        hint="every keypoint has its own sigma, the last argument.",
    )
    found, truth, areas, sigmas = people(1, 1)
    truth[:, 2:-1] = 0
    yield Case(
        "a person with three labelled keypoints",
        (found, truth, areas, sigmas),
        hint="only labelled keypoints count, in the sum and in its divisor.",
    )
    found, truth, areas, sigmas = people(2, 2)
    found[..., :2] = truth[..., :2]
    yield Case("keypoints that agree exactly", (found, truth, areas, sigmas))
    yield Case("keypoints that are far away", people(2, 2, apart=300.0))
    found, truth, areas, sigmas = people(2, 1)
    yield Case("no predictions", (found[:0], truth, areas, sigmas))
    yield Case("no people", (found, truth[:0], areas[:0], sigmas))
    yield Case(
        "float64",
        tuple(tensor.double() for tensor in people(2, 3)),
        hint="the result has the dtype of the keypoints.",
    )
    found, truth, areas, sigmas = people(3, 2)
    yield Case(
        "keypoints that are not contiguous in memory",
        (
            found.mT.contiguous().mT,
            truth.transpose(0, 1).contiguous().transpose(0, 1),
            areas,
            sigmas,
        ),
    )


def _labelled(visibility: Callable[[Tensor], Tensor]) -> Callable[..., Tensor | None]:
    """Make the mistake of counting other keypoints; `visibility` changes the third numbers."""

    def wrong(found: Tensor, truth: Tensor, areas: Tensor, sigmas: Tensor) -> Tensor:
        changed = torch.cat([truth[..., :2], visibility(truth[..., 2:])], dim=2)
        return reference(found, changed, areas, sigmas)

    return wrong


def _summed(divisor: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of another divisor; it takes which keypoints are labelled [G, K]."""

    def wrong(found: Tensor, truth: Tensor, areas: Tensor, sigmas: Tensor) -> Tensor:
        labelled = (truth[..., 2] > 0).to(found.dtype)
        return reference(found, truth, areas, sigmas) * labelled.sum(dim=1) / divisor(labelled)

    return wrong


def _with_distances(change: Callable[..., Tensor]) -> Callable[..., Tensor | None]:
    """Make the mistake of other distances; `change` takes the differences of a pair [K, 3]."""

    def wrong(found: Tensor, truth: Tensor, areas: Tensor, sigmas: Tensor) -> Tensor | None:
        if not len(found) or not len(truth):
            return None
        rows = []
        for person in found:
            row = []
            for true, area in zip(truth, areas, strict=True):
                away = torch.zeros_like(true)
                away[:, 0] = change(person - true)
                row.append(reference((true + away)[None], true[None], area[None], sigmas))
            rows.append(torch.cat(row, dim=1))
        return torch.cat(rows)

    return wrong


def _with(change: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> Callable[..., Tensor]:
    """Make the mistake of other areas or sigmas."""
    return lambda found, truth, areas, sigmas: reference(found, truth, *change(areas, sigmas))


OBJECT_KEYPOINT_SIMILARITY = Exercise(
    name="object_keypoint_similarity",
    reference=reference,
    source="pycocotools' COCOeval.computeOks",
    own_cases=_cases,
    refused_code=(cocoeval,),
    mistakes=(
        Mistake(
            "the spread is sigma instead of 2 sigma",
            _with(lambda areas, sigmas: (areas, sigmas / 2)),
            _SPREAD_HINT,
        ),
        Mistake(
            "the factor 2 in front of the area is missing",
            _with(lambda areas, sigmas: (areas / 2, sigmas)),
            _SPREAD_HINT,
        ),
        Mistake(
            "the spread is not squared",
            _with(lambda areas, sigmas: (areas, (2 * sigmas).sqrt() / 2)),
            _SPREAD_HINT,
        ),
        Mistake(
            "the area is squared",
            _with(lambda areas, sigmas: (areas**2, sigmas)),
            "the scale s is the square root of the area, so that its square is the area.",
        ),
        Mistake(
            "the square root of the area is taken",
            _with(lambda areas, sigmas: (areas.sqrt(), sigmas)),
            "the scale s is the square root of the area, and the formula has its square.",
        ),
        Mistake(
            "the distance is not squared",
            _with_distances(lambda away: away[:, :2].norm(dim=1).sqrt()),
            "the curve is a bell, as that of a normal distribution: the distance is squared.",
        ),
        Mistake(
            "the visibility is part of the distance",
            _with_distances(lambda away: away.norm(dim=1)),
            "a distance in the picture has x and y alone.",
        ),
        Mistake(
            "keypoints that are not labelled count",
            _labelled(torch.ones_like),
            "visibility 0 says that nobody knows where this keypoint is.",
        ),
        Mistake(
            "keypoints that are hidden do not count",
            _labelled(lambda visibility: (visibility - 1).clamp(min=0)),
            "visibility 1 is labelled, but hidden: its place is known and counts.",
        ),
        Mistake(
            "the sum is divided by the number of all keypoints",
            _summed(lambda labelled: labelled.shape[1]),
            "a person with three labelled keypoints can reach 1, too.",
        ),
        Mistake(
            "the similarities are summed",
            _summed(lambda labelled: 1.0),
            "two people whose keypoints agree exactly have a similarity of 1.",
        ),
        Mistake(
            "every keypoint has the mean sigma",
            _with(lambda areas, sigmas: (areas, sigmas.mean().expand_as(sigmas))),
            "an eye is found more exactly than a hip: each keypoint has its own sigma.",
        ),
        Mistake(
            "rows and columns are swapped",
            lambda *args: reference(*args).t(),
            "the rows are predictions, the columns people.",
        ),
    ),
)
