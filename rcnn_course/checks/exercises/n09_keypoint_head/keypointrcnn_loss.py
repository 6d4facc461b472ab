"""Exercise `keypointrcnn_loss`: cross-entropy over the places of each heatmap.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.roi_heads.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.cases import all_about
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.losses import averaged_over_images
from rcnn_course.checks.exercises.n09_keypoint_head import regions

_targets = roi_heads.keypoints_to_heatmap
_cross_entropy, _binary_cross_entropy = F.cross_entropy, F.binary_cross_entropy_with_logits

_NOTHING_HINT = "the mean of nothing is nan. Where there is nothing to learn, the loss is 0."
_SHARE_HINT = "the loss is the mean over the keypoints that have a place, in all regions alike."

_ROAD_HINT = (
    "region i belongs to person keypoint_matched_idxs[i] of its image; the cells of a map share "
    "one softmax; the mean is over the valid keypoints of all images at once."
)


@all_about(_ROAD_HINT)
def _cases(normal: Draw, uniform: Draw) -> Cases:
    def batch(*matches: list[int], keypoints: int = 5, size: int = 8) -> tuple:
        """Return arguments; `matches` has a list for each image, a person for each region."""
        proposals, people = [], []
        for persons in matches:
            number = max(persons, default=0) + 1
            near = regions.random_rois(uniform, *[(40.0, 60.0)] * number)
            cells = regions.random_cells(uniform, number, keypoints, size)
            people.append(regions.keypoints_in_cells(near, cells, size, uniform))
            moved = near[persons] + torch.tensor([-1.0, -2.0, 3.0, 1.0]) * uniform(len(persons), 1)
            proposals.append(moved)
        for of_one in people:
            of_one[:, ::4] *= (of_one[:, ::4, :1] > 30.0).to(of_one.dtype)  # some not labelled
        logits = 3 * normal(sum(map(len, matches)), keypoints, size, size)
        return logits, proposals, people, [torch.tensor(m, dtype=torch.int64) for m in matches]

    yield Case(
        "two images: four regions on two people, two regions on one person",
        batch([0, 1, 1, 0], [0, 0]),
        hint=_ROAD_HINT,
    )
    yield Case(
        "17 keypoints of 56 x 56 places, three regions on three people",
        batch([2, 0, 1], keypoints=17, size=56),
        hint="region i belongs to the person keypoint_matched_idxs[i] of its image.",
    )
    logits, proposals, people, matches = batch([0], [0])
    hidden = [torch.zeros_like(of_one) for of_one in people]
    nothing = logits, proposals, hidden, matches
    yield Case("no keypoint is labelled", nothing, hint=_NOTHING_HINT)
    yield Case(
        "an image without regions beside one with two",
        batch([], [0, 1]),
        hint="an image may have no regions; its list entries are empty tensors.",
    )
    logits, proposals, people, matches = batch([0])
    people[0][:, [0, 2, 3, 4], 2] = 0
    yield Case("a single keypoint is labelled", (logits, proposals, people, matches))
    logits, proposals, people, matches = batch([0])
    people[0][0, 1] = torch.cat([proposals[0][0, :2] + 1, torch.tensor([2.0])])
    yield Case(
        "a keypoint in the upper left corner of its region",
        (logits, proposals, people, matches),
        hint="cell 0 is a place like any other; which keypoints count, `valid` says.",
    )
    logits, *rest = batch([0, 1])
    yield Case(
        "logits of 300 and more",
        (100 * logits, *rest),
        hint="exp of a large logit is infinite; log_softmax knows how to avoid it.",
    )


def _places(call: Call) -> tuple[Tensor, Tensor]:
    """Return index and validity of each keypoint of each region, both [R, K]."""
    size = call.keypoint_logits.shape[-1]
    images = zip(call.gt_keypoints, call.keypoint_matched_idxs, call.proposals, strict=True)
    each = [_targets(people[matched], rois, size) for people, matched, rois in images]
    index, valid = zip(*each, strict=True)
    return torch.cat(index), torch.cat(valid) > 0


def _compared(measure: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable[[Call], Any]:
    """Make the mistake of another loss where there is something to learn.

    Args:
        measure: takes logits x [R, K, S * S], and index i and validity v of the true places, both
            [R, K].
    """

    def wrong(call: Call) -> Tensor | None:
        index, valid = _places(call)
        return measure(call.keypoint_logits.flatten(2), index, valid) if valid.any() else None

    return wrong


def _over_keypoints(logits: Tensor, index: Tensor, valid: Tensor) -> Tensor:
    """Take the softmax over the keypoints of a place."""
    chosen = logits.log_softmax(dim=1).gather(2, index[..., None])[..., 0]
    return -chosen[valid].mean()


def _each_place_alone(logits: Tensor, index: Tensor, valid: Tensor) -> Tensor:
    """Ask yes or no at each place, as the mask head does."""
    truth = F.one_hot(index, logits.shape[2]).to(logits)
    return _binary_cross_entropy(logits[valid], truth[valid])


def _softmax_twice(call: Call) -> Tensor:
    logits = call.keypoint_logits
    return call(keypoint_logits=logits.flatten(2).softmax(dim=2).view(logits.shape))


KEYPOINTRCNN_LOSS = Exercise(
    name="keypointrcnn_loss",
    reference=roi_heads.keypointrcnn_loss,
    source="torchvision's keypointrcnn_loss",
    steps=(
        "keypoints_to_heatmap gives the true cell of each keypoint, image by image; matched "
        "indices say whose keypoints.",
        "A heatmap is a choice among S x S cells: cross-entropy, with the cells as classes.",
        "Only valid keypoints count. Where none is, return a 0 that still depends on the logits.",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["keypoint_logits", "proposals", "keypoint_matched_idxs"],
        gradient=["keypoint_logits"],
        layout=False,
        of=1,
        hints={"empty": _NOTHING_HINT, "float64": "the loss has the dtype of the logits."},
    ),
    lends={"keypoints_to_heatmap": _targets},
    refused=(works.ROI_HEADS,),
    mistakes={
        "summed": Mistake(
            "the loss is summed over the keypoints",
            lambda call: call() * _places(call)[1].sum(),
            _SHARE_HINT,
        ),
        "over_all_keypoints": Mistake(
            "the sum is divided by the number of all keypoints",
            _compared(lambda x, i, v: _cross_entropy(x[v], i[v], reduction="sum") / v.numel()),
            _SHARE_HINT,
        ),
        "over_regions": Mistake(
            "the sum is divided by the number of regions",
            _compared(lambda x, i, v: _cross_entropy(x[v], i[v], reduction="sum") / len(v)),
            _SHARE_HINT,
        ),
        "invalid_count": Mistake(
            "invalid keypoints count as if they were in the first cell",
            _compared(lambda x, i, v: _cross_entropy(x.flatten(0, 1), i.flatten())),
            "the index of an invalid keypoint is 0 because there is none, not because it is there.",
        ),
        "softmax_over_keypoints": Mistake(
            "the softmax is taken over the keypoints instead of the places",
            _compared(_over_keypoints),
            "the question is: where is the left wrist? All places of one map compete.",
        ),
        "sigmoid": Mistake(
            "each place is asked on its own, by a sigmoid",
            _compared(_each_place_alone),
            "a wrist is at one place. Places that compete share one softmax.",
        ),
        "softmax_twice": Mistake(
            "the softmax is taken twice",
            _softmax_twice,
            "cross-entropy takes logits and does the softmax itself.",
        ),
        "columns_first": Mistake(
            "the heatmaps are read column by column",
            lambda call: call(keypoint_logits=call.keypoint_logits.mT.contiguous()),
            "the index counts row after row, as flatten does.",
        ),
        "images_averaged": Mistake(
            "the loss is averaged image by image",
            lambda call: averaged_over_images(
                call, ["keypoint_logits"], ["proposals", "gt_keypoints", "keypoint_matched_idxs"]
            ),
            _SHARE_HINT,
        ),
        "first_person": Mistake(
            "every region is compared with the first person of its image",
            lambda call: call(
                keypoint_matched_idxs=[torch.zeros_like(m) for m in call.keypoint_matched_idxs]
            ),
            "keypoint_matched_idxs says for each region which person it lies on.",
        ),
        "nan_of_nothing": Mistake(
            "the loss is nan where there is no keypoint to learn from",
            lambda call: None if _places(call)[1].any() else call() * torch.nan,
            "the mean of nothing is nan. One nan in the loss destroys all weights.",
        ),
    },
)
