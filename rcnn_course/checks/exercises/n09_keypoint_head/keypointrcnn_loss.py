"""Exercise `keypointrcnn_loss`: cross-entropy over the places of each heatmap.

Source: He et al. 2017 (Mask R-CNN), section 5; torchvision.models.detection.roi_heads.
"""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n09_keypoint_head.regions import (
    keypoints_in_cells,
    random_cells,
    random_rois,
)

Tensors = list[Tensor]

reference = roi_heads.keypointrcnn_loss
_targets = roi_heads.keypoints_to_heatmap
_cross_entropy, _binary_cross_entropy = F.cross_entropy, F.binary_cross_entropy_with_logits

_SHARE_HINT = "the loss is the mean over the keypoints that have a place, in all regions alike."


def _cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def batch(
        *matches: list[int], keypoints: int = 5, size: int = 8, dtype: torch.dtype = torch.float32
    ) -> tuple:
        """Return arguments; `matches` has a list for each image, a person for each region."""
        proposals, people = [], []
        for persons in matches:
            number = max(persons, default=0) + 1
            near = random_rois(uniform, *[(40.0, 60.0)] * number)
            cells = random_cells(uniform, number, keypoints, size)
            people.append(keypoints_in_cells(near, cells, size, uniform))
            moved = near[persons] + torch.tensor([-1.0, -2.0, 3.0, 1.0]) * uniform(len(persons), 1)
            proposals.append(moved)
        for of_one in people:
            of_one[:, ::4] *= (of_one[:, ::4, :1] > 30.0).to(of_one.dtype)  # some not labelled
        logits = 3 * normal(sum(map(len, matches)), keypoints, size, size, dtype=dtype)
        return logits, proposals, people, [torch.tensor(m, dtype=torch.int64) for m in matches]

    yield Case(
        "two images: four regions on two people, two regions on one person",
        batch([0, 1, 1, 0], [0, 0]),
    )
    yield Case(
        "17 keypoints of 56 x 56 places, three regions on three people",
        batch([2, 0, 1], keypoints=17, size=56),
        hint="region i belongs to the person keypoint_matched_idxs[i] of its image.",
    )
    logits, proposals, people, matches = batch([0], [0])
    hidden = [torch.zeros_like(of_one) for of_one in people]
    yield Case(
        "no keypoint is labelled",
        (logits, proposals, hidden, matches),
        hint="the mean of nothing is nan. Where there is nothing to learn, the loss is 0.",
    )
    yield Case(
        "an image without regions beside one with two",
        batch([], [0, 1]),
        hint="an image may have no regions; its list entries are empty tensors.",
    )
    logits, proposals, people, _ = batch([0])
    nobody = [torch.zeros(0, dtype=torch.int64)]
    yield Case(
        "no regions at all",
        (logits[:0], [proposals[0][:0]], people, nobody),
        hint="the mean of nothing is nan. Where there is nothing to learn, the loss is 0.",
    )
    logits, *rest = batch([0, 1])
    yield Case(
        "logits of 300 and more",
        (100 * logits, *rest),
        hint="exp of a large logit is infinite; log_softmax knows how to avoid it.",
    )
    yield Case(
        "float64",
        batch([0, 0], dtype=torch.float64),
        hint="the loss has the dtype of the logits.",
    )
    logits, *rest = batch([0, 1], [0])
    yield Case("the gradient that flows back to the logits", (logits.requires_grad_(), *rest))


def _places(
    logits: Tensor, proposals: Tensors, people: Tensors, matches: Tensors
) -> tuple[Tensor, Tensor]:
    """Return index and validity of each keypoint of each region, both [R, K]."""
    size = logits.shape[-1]
    pairs = zip(people, matches, proposals, strict=True)
    each = [_targets(of_one[m], rois, size) for of_one, m, rois in pairs]
    index, valid = zip(*each, strict=True)
    return torch.cat(index), torch.cat(valid)


def _times(factor: Callable[[Tensor], Tensor]) -> Callable[..., Tensor | None]:
    """Make the mistake of another divisor; `factor` takes the validity of the keypoints."""

    def wrong(*args: object) -> Tensor | None:
        valid = _places(*args)[1]
        return reference(*args) * factor(valid) if valid.any() else None

    return wrong


def _with_logits(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    """Make the mistake of comparing changed logits."""
    return lambda logits, *rest: reference(change(logits), *rest)


def _with_invalid_ones(logits: Tensor, *rest: Tensors) -> Tensor | None:
    if not len(logits):
        return None
    index, _ = _places(logits, *rest)
    return _cross_entropy(logits.flatten(0, 1).flatten(1), index.flatten())


def _over_keypoints(logits: Tensor, *rest: Tensors) -> Tensor | None:
    """Take the softmax over the keypoints of a place."""
    if not len(logits):
        return None
    index, valid = _places(logits, *rest)
    scores = logits.flatten(2).log_softmax(dim=1)
    chosen = scores.gather(2, index[..., None])[..., 0][valid > 0]
    return -chosen.mean() if len(chosen) else None


def _each_place_alone(logits: Tensor, *rest: Tensors) -> Tensor | None:
    """Ask yes or no at each place, as the mask head does."""
    index, valid = _places(logits, *rest)
    if not valid.any():
        return None
    truth = torch.zeros_like(logits.flatten(2)).scatter(2, index[..., None], 1.0)
    return _binary_cross_entropy(logits.flatten(2)[valid > 0], truth[valid > 0])


def _averaged(logits: Tensor, proposals: Tensors, people: Tensors, matches: Tensors) -> Tensor:
    """Take the loss of each image on its own, then their mean."""
    each = [
        reference(of_one, [rois], [points], [match])
        for of_one, rois, points, match in zip(
            logits.split([len(m) for m in matches]), proposals, people, matches, strict=True
        )
    ]
    return torch.stack(each).mean()


def _with_matches(change: Callable[[Tensor], Tensor]) -> Callable[..., Tensor]:
    return lambda logits, proposals, people, matches: reference(
        logits, proposals, people, [change(match) for match in matches]
    )


def _undefined(*args: object) -> Tensor | None:
    loss = reference(*args)
    return None if _places(*args)[1].any() else loss * torch.nan


KEYPOINTRCNN_LOSS = Exercise(
    name="keypointrcnn_loss",
    reference=reference,
    source="torchvision's keypointrcnn_loss",
    own_cases=_cases,
    lends={"keypoints_to_heatmap": _targets},
    refused_code=(roi_heads,),
    mistakes=(
        Mistake(
            "the loss is summed over the keypoints",
            _times(lambda valid: valid.sum()),
            _SHARE_HINT,
        ),
        Mistake(
            "the sum is divided by the number of all keypoints",
            _times(lambda valid: valid.sum() / valid.numel()),
            _SHARE_HINT,
        ),
        Mistake(
            "the sum is divided by the number of regions",
            _times(lambda valid: valid.sum() / len(valid)),
            _SHARE_HINT,
        ),
        Mistake(
            "invalid keypoints count as if they were in the first cell",
            _with_invalid_ones,
            "the index of an invalid keypoint is 0 because there is none, not because it is there.",
        ),
        Mistake(
            "the softmax is taken over the keypoints instead of the places",
            _over_keypoints,
            "the question is: where is the left wrist? All places of one map compete.",
        ),
        Mistake(
            "each place is asked on its own, by a sigmoid",
            _each_place_alone,
            "a wrist is at one place. Places that compete share one softmax.",
        ),
        Mistake(
            "the softmax is taken twice",
            _with_logits(lambda logits: logits.flatten(2).softmax(2).view_as(logits)),
            "cross-entropy takes logits and does the softmax itself.",
        ),
        Mistake(
            "the heatmaps are read column by column",
            _with_logits(lambda logits: logits.mT.contiguous()),
            "the index counts row after row, as flatten does.",
        ),
        Mistake(
            "the loss is averaged image by image",
            _averaged,
            _SHARE_HINT,
        ),
        Mistake(
            "every region is compared with the first person of its image",
            _with_matches(torch.zeros_like),
            "keypoint_matched_idxs says for each region which person it lies on.",
        ),
        Mistake(
            "the loss is nan where there is no keypoint to learn from",
            _undefined,
            "the mean of nothing is nan. One nan in the loss destroys all weights.",
        ),
    ),
)
