"""Exercise `object_keypoint_similarity`: COCO's measure of how well keypoints agree.

Source: https://cocodataset.org/#keypoints-eval; pycocotools.cocoeval.COCOeval.computeOks.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from pycocotools import cocoeval
from torch import Tensor

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.keypoint_head import object_keypoint_similarity

_SIGMAS = torch.tensor(cocoeval.Params(iouType="keypoints").kpt_oks_sigmas, dtype=torch.float32)

_UP = torch.tensor([0.0, 0.0, 1.0])  # from one visibility to the next
_SPREAD_HINT = "the spread of a keypoint is k = 2 sigma; twice its square, times the area."


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def people(predicted: int, true: int, keypoints: int = 17, *, apart: float = 4.0) -> tuple:
        """Return arguments; predictions are some pixels off the people in turn."""
        truth = torch.cat(
            [uniform(true, keypoints, 2, high=60.0), uniform(true, keypoints, 1, high=3.0).floor()],
            dim=2,
        )
        truth[:, 0, 2], truth[:, 1, 2], truth[:, -1, 2] = 2, 1, 2
        truth[truth[..., 2] == 0] = 0
        found = truth[torch.arange(predicted) % true].clone()
        found[..., :2] += apart * normal(len(found), keypoints, 2)
        found[..., 2] = 1
        areas = uniform(true, low=800.0, high=3000.0)
        sigmas = _SIGMAS if keypoints == 17 else uniform(keypoints, low=0.03, high=0.1)
        return found, truth, areas, sigmas.clone()

    yield Case("four predictions, two people", people(4, 2))
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
    found, truth, areas, sigmas = people(3, 2)
    truth[:, 3::3] += torch.tensor([20.0, 30.0, 0.0])
    truth[:, 3::3, 2] = 0
    yield Case(
        "keypoints that have a place but are not labelled",
        (found, truth, areas, sigmas),
        hint="visibility tells whether a keypoint counts, not its place.",
    )
    found, truth, areas, sigmas = people(2, 2)
    found[:, ::3, 2] = 0
    yield Case(
        "predictions whose third number is 0 or 1",
        (found, truth, areas, sigmas),
        hint="what the prediction says about visibility does not matter.",
    )
    found, truth, areas, sigmas = people(2, 2)
    found[..., :2] = truth[..., :2]
    yield Case("keypoints that agree exactly", (found, truth, areas, sigmas))
    yield Case("keypoints that are far away", people(2, 2, apart=300.0))
    found, truth, areas, sigmas = people(2, 1)
    yield Case("no people", (found, truth[:0], areas[:0], sigmas))


def _labelled(call: Call) -> Tensor:
    """Return 1 for keypoints that are labelled, 0 for others [G, K]."""
    return (call.gt_keypoints[..., 2] > 0).to(call.pred_keypoints.dtype)


def _at_distances(call: Call, measure: Callable[[Tensor], Tensor]) -> Tensor:
    """Give each pair other distances.

    Args:
        call: the call.
        measure: takes differences [D, G, K, 3], returns the distances [D, G, K] of the mistake.
    """
    pairs = len(call.pred_keypoints), len(call.gt_keypoints)
    truth = call.gt_keypoints.expand(pairs[0], -1, -1, -1)
    distances = measure(call.pred_keypoints[:, None] - truth)
    similarity = call(
        pred_keypoints=(truth + F.pad(distances[..., None], (0, 2))).flatten(0, 1),
        gt_keypoints=truth.flatten(0, 1),
        gt_areas=call.gt_areas.repeat(pairs[0]),
    )
    return similarity.diagonal().view(pairs)


OBJECT_KEYPOINT_SIMILARITY = Exercise(
    name="object_keypoint_similarity",
    reference=object_keypoint_similarity,
    source="pycocotools' COCOeval.computeOks",
    steps=(
        "Squared distances of all pairs: give predictions and people a further dimension "
        "each, [D, 1, K, 2] against [G, K, 2].",
        "Divide by 2 * area * (2 * sigma) ** 2, and take exp of its negative.",
        "Take the mean over the labelled keypoints of the person, not over all K.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["pred_keypoints"], hints={"float64": "the result has the dtype of the keypoints."}
    ),
    refused=(works.COCO_EVALUATION,),
    mistakes={
        "sigma_not_doubled": Mistake(
            "the spread is sigma instead of 2 sigma",
            lambda call: call(sigmas=call.sigmas / 2),
            _SPREAD_HINT,
        ),
        "factor_2_missing": Mistake(
            "the factor 2 in front of the area is missing",
            lambda call: call(gt_areas=call.gt_areas / 2),
            _SPREAD_HINT,
        ),
        "spread_not_squared": Mistake(
            "the spread is not squared",
            lambda call: call(sigmas=(2 * call.sigmas).sqrt() / 2),
            _SPREAD_HINT,
        ),
        "area_squared": Mistake(
            "the area is squared",
            lambda call: call(gt_areas=call.gt_areas**2),
            "the scale s is the square root of the area, so that its square is the area.",
        ),
        "root_of_area": Mistake(
            "the square root of the area is taken",
            lambda call: call(gt_areas=call.gt_areas.sqrt()),
            "the scale s is the square root of the area, and the formula has its square.",
        ),
        "distance_not_squared": Mistake(
            "the distance is not squared",
            lambda call: _at_distances(call, lambda away: away[..., :2].norm(dim=3).sqrt()),
            "the curve is a bell, as that of a normal distribution: the distance is squared.",
        ),
        "visibility_in_distance": Mistake(
            "the visibility is part of the distance",
            lambda call: _at_distances(call, lambda away: away.norm(dim=3)),
            "a distance in the picture has x and y alone.",
        ),
        "unlabelled_count": Mistake(
            "keypoints that are not labelled count",
            lambda call: call(gt_keypoints=call.gt_keypoints + _UP),
            "visibility 0 says that nobody knows where this keypoint is.",
        ),
        "hidden_unused": Mistake(
            "keypoints that are hidden do not count",
            lambda call: call(gt_keypoints=call.gt_keypoints - _UP),
            "visibility 1 is labelled, but hidden: its place is known and counts.",
        ),
        "over_all_keypoints": Mistake(
            "the sum is divided by the number of all keypoints",
            lambda call: call() * _labelled(call).mean(dim=1),
            "a person with three labelled keypoints can reach 1, too.",
        ),
        "summed": Mistake(
            "the similarities are summed",
            lambda call: call() * _labelled(call).sum(dim=1),
            "two people whose keypoints agree exactly have a similarity of 1.",
        ),
        "mean_sigma": Mistake(
            "every keypoint has the mean sigma",
            lambda call: call(sigmas=call.sigmas.mean().expand_as(call.sigmas)),
            "an eye is found more exactly than a hip: each keypoint has its own sigma.",
        ),
        "rows_and_columns_swapped": Mistake(
            "rows and columns are swapped",
            lambda call: call().t(),
            "the rows are predictions, the columns people.",
        ),
    },
)
