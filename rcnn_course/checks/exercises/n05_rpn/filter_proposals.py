"""Exercise `filter_proposals`: from all decoded boxes to the best few of each image.

Letters: `N` images, `A` anchors of all levels of an image, `R` proposals that are left.

Source: Ren et al. 2015 (Faster R-CNN), section 3.3; Lin et al. 2017 (FPN), section 4.1.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torchvision.models.detection.rpn import RegionProposalNetwork
from torchvision.ops import remove_small_boxes

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.reference.rpn import Proposals, Shapes
from rcnn_course.reference.rpn import filter_proposals as reference

_remove_small_boxes = remove_small_boxes

_ALL = 10**6
_OVERLAP = 0.613  # no IoU of two boxes with whole numbers as corners comes near
_RESHAPE_HINT = "objectness holds all anchors of image 0, then all of image 1: [N, A] in rows."
_TOP_HINT = "each image and each level has its own best pre_nms_top_n, by objectness."
_SCORE_HINT = "scores are probabilities, the sigmoid of objectness; score_thresh is one too."
_CLIP_HINT = "image_shapes[n] is (height, width) of image n; x ends at its width, y at its height."


def _filter_proposals_cases(seed: int) -> Iterator[Case]:
    _, uniform = random_tensors(seed)
    counts = [30, 12, 3]

    def crowd(images: int, counts: list[int]) -> Tensor:
        """Return whole-numbered boxes [N, A, 4] that crowd around a few places."""
        total = sum(counts)
        places = uniform(images, 6, 2, low=10, high=110)
        which = (6 * uniform(images, total)).long()[..., None].expand(-1, -1, 2)
        centre = places.gather(1, which) + uniform(images, total, 2, low=-4, high=4)
        sides = uniform(images, total, 2, low=14, high=30)
        return torch.cat([centre - sides, centre + sides], dim=2).round()

    def spread(images: int, counts: list[int]) -> Tensor:
        """Return small boxes [N, A, 4] that do not overlap; the corner tells which one it is."""
        image = torch.arange(images)[:, None].expand(-1, sum(counts))
        anchor = torch.arange(sum(counts)).expand(images, -1)
        corner = torch.stack([20 * (anchor % 10), 20 * (anchor // 10) + image], dim=2).float()
        return torch.cat([corner, corner + 10], dim=2)

    def logits(images: int, counts: list[int]) -> Tensor:
        """Return well-separated logits [N * A, 1], none of them 0, in random order."""
        values = torch.linspace(-3, 3.1, sum(counts))
        return torch.cat([values[uniform(sum(counts)).argsort()] for _ in range(images)])[:, None]

    def case(
        what: str, boxes: Tensor, shapes: Shapes, counts: list[int], hint: str = "", **options
    ) -> Case:
        settings = {"pre_nms_top_n": _ALL, "post_nms_top_n": _ALL, "nms_thresh": _OVERLAP}
        objectness = logits(len(boxes), counts).to(boxes.dtype)
        return Case(what, (boxes, objectness, shapes, counts), settings | options, hint)

    large = [(300, 300)]
    yield case(
        "one image, two levels, nothing to remove",
        spread(1, [7, 4]), large, [7, 4],
        "the boxes come back in the order of their scores, the best first.",
    )  # fmt: skip
    yield case(
        "two images and three levels; boxes that tell which one they are",
        spread(2, counts), large * 2, counts, _RESHAPE_HINT,
    )  # fmt: skip
    yield case(
        "the best 4 of each level", spread(2, counts), large * 2, counts, _TOP_HINT, pre_nms_top_n=4
    )
    yield case(
        "boxes that overlap, on one level", crowd(1, [40]), large, [40],
        "non-maximum suppression keeps a box where no better one overlaps it too much.",
    )  # fmt: skip
    same = crowd(1, [8]).repeat(1, 2, 1)
    yield case(
        "two levels with the same boxes", same, large, [8, 8],
        "boxes suppress each other within a level, never across levels.",
    )  # fmt: skip
    yield case(
        "boxes over the border; two images of different sizes",
        crowd(2, counts), [(100, 150), (120, 90)], counts, _CLIP_HINT, nms_thresh=0.9613,
    )  # fmt: skip
    yield case(
        "boxes with sides below min_size, once they are clipped",
        crowd(2, counts) + torch.tensor([60.0, 30, 60, 30]), [(100, 150), (120, 90)], counts,
        "a box goes when its width or its height, within the image, is below min_size.",
        min_size=35.5, nms_thresh=0.9613,
    )  # fmt: skip
    yield case(
        "scores below score_thresh", spread(2, counts), large * 2, counts, _SCORE_HINT,
        score_thresh=0.3001,
    )  # fmt: skip
    yield case(
        "the best 5 after suppression", crowd(2, counts), large * 2, counts,
        "post_nms_top_n counts the boxes of all levels of an image together.",
        post_nms_top_n=5,
    )  # fmt: skip
    yield case(
        "all steps at once", crowd(3, counts), [(110, 130), (140, 100), (90, 90)], counts,
        pre_nms_top_n=10, post_nms_top_n=7, min_size=6, score_thresh=0.1501,
    )  # fmt: skip
    yield case("a single anchor", spread(1, [1]), large, [1])
    yield case(
        "nothing is left", crowd(2, counts), large * 2, counts,
        "an image without proposals gives tensors of the shapes [0, 4] and [0].",
        score_thresh=0.99,
    )  # fmt: skip
    yield case(
        "float64", crowd(1, counts).double(), [(100, 100)], counts,
        "the boxes keep their dtype, and so do the scores.",
    )  # fmt: skip


def _with(**changes: object) -> Callable[..., Proposals]:
    """Make the mistake of always using the given options."""
    return lambda *args, **options: reference(*args, **(options | changes))


def _on_images(change: Callable[[Shapes], Shapes]) -> Callable[..., Proposals]:
    """Make the mistake of other image shapes."""

    def wrong(proposals: Tensor, objectness: Tensor, shapes: Shapes, counts: list[int], **options):
        return reference(proposals, objectness, change(shapes), counts, **options)

    return wrong


def _one_by_one(filter_one: Callable[..., tuple[Tensor, Tensor]]) -> Callable[..., Proposals]:
    """Make a mistake in each image: `filter_one` gets boxes, logits, shape, counts and options."""

    def wrong(proposals: Tensor, objectness: Tensor, shapes: Shapes, counts: list[int], **options):
        rows = objectness.reshape(len(proposals), -1)
        results = [
            filter_one(boxes, logits, shape, counts, options)
            for boxes, logits, shape in zip(proposals, rows, shapes, strict=True)
        ]
        return [boxes for boxes, _ in results], [scores for _, scores in results]

    return wrong


def _single(
    boxes: Tensor, logits: Tensor, shape: tuple[int, int], counts: Sequence[int], options: dict
) -> tuple[Tensor, Tensor]:
    """Call the reference for one image."""
    results = reference(boxes[None], logits[:, None], [shape], list(counts), **options)
    return results[0][0], results[1][0]


def _top_of_levels(logits: Tensor, counts: list[int], top: int) -> list[Tensor]:
    return [level.topk(min(top, len(level))).indices for level in logits.split(counts)]


def _levels(counts: list[int]) -> Tensor:
    return torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))


def _top_of_all_levels(boxes, logits, shape, counts, options):
    best = logits.topk(min(options["pre_nms_top_n"], len(logits))).indices.sort().values
    left = _levels(counts)[best].bincount(minlength=len(counts)).tolist()
    return _single(boxes[best], logits[best], shape, left, options)


def _counted_from_the_first_level(boxes, logits, shape, counts, options):
    best = torch.cat(_top_of_levels(logits, counts, options["pre_nms_top_n"]))
    level = _levels(counts)[best]
    best = best[level.argsort(stable=True)]
    left = level.bincount(minlength=len(counts)).tolist()
    return _single(boxes[best], logits[best], shape, left, options | {"pre_nms_top_n": _ALL})


def _best_of_levels(logits: Tensor, counts: list[int], options: dict) -> Tensor:
    starts = [sum(counts[:level]) for level in range(len(counts))]
    tops = _top_of_levels(logits, counts, options["pre_nms_top_n"])
    return torch.cat([start + top for start, top in zip(starts, tops, strict=True)])


def _across_levels(boxes, logits, shape, counts, options):
    best = _best_of_levels(logits, counts, options)
    return _single(boxes[best], logits[best], shape, [len(best)], options | {"pre_nms_top_n": _ALL})


def _measured_before_clipping(boxes, logits, shape, counts, options):
    best = _best_of_levels(logits, counts, options).sort().values
    best = best[_remove_small_boxes(boxes[best], options.get("min_size", 1e-3))]
    left = _levels(counts)[best].bincount(minlength=len(counts)).tolist()
    changes = {"pre_nms_top_n": _ALL, "min_size": -1.0}
    return _single(boxes[best], logits[best], shape, left, options | changes)


def _level_after_level(boxes, logits, shape, counts, options):
    results = [
        _single(*level, shape, [len(level[0])], options | {"post_nms_top_n": _ALL})
        for level in zip(boxes.split(counts), logits.split(counts), strict=True)
    ]
    top = options["post_nms_top_n"]
    return tuple(torch.cat(parts)[:top] for parts in zip(*results, strict=True))


def _unclipped(boxes, logits, shape, counts, options):
    kept, scores = _single(boxes + 1e4, logits, (_ALL, _ALL), counts, options)
    return kept - 1e4, scores


def _without_sigmoid(*args, score_thresh: float = 0.0, **options) -> Proposals:
    boxes, scores = _logits_compared(*args, score_thresh=score_thresh, **options)
    return boxes, [of_image.logit() for of_image in scores]


def _logits_compared(*args, score_thresh: float = 0.0, **options) -> Proposals:
    return reference(*args, score_thresh=torch.tensor(score_thresh).sigmoid().item(), **options)


def _images_interleaved(proposals: Tensor, objectness: Tensor, *args, **options) -> Proposals:
    logits = objectness.reshape(-1, len(proposals)).T.reshape(-1, 1)
    return reference(proposals, logits, *args, **options)


FILTER_PROPOSALS = Exercise(
    name="filter_proposals",
    reference=reference,
    source="torchvision's RegionProposalNetwork.filter_proposals",
    own_cases=_filter_proposals_cases,
    refused_code=(RegionProposalNetwork,),
    mistakes=(
        Mistake(
            "the scores are logits, without the sigmoid",
            _without_sigmoid,
            _SCORE_HINT,
        ),
        Mistake(
            "score_thresh is compared with logits",
            _logits_compared,
            _SCORE_HINT,
        ),
        Mistake(
            "the best pre_nms_top_n are taken of all levels together",
            _one_by_one(_top_of_all_levels),
            _TOP_HINT,
        ),
        Mistake(
            "the best of every level are looked up on the first",
            _one_by_one(_counted_from_the_first_level),
            "topk counts within its level; the anchors of level l start after all those before.",
        ),
        Mistake(
            "all boxes stay, not only the best pre_nms_top_n of each level",
            _with(pre_nms_top_n=_ALL),
            _TOP_HINT,
        ),
        Mistake(
            "the boxes are not clipped to the image",
            _one_by_one(_unclipped),
            _CLIP_HINT,
        ),
        Mistake(
            "height and width of the image are swapped",
            _on_images(lambda shapes: [shape[::-1] for shape in shapes]),
            _CLIP_HINT,
        ),
        Mistake(
            "all boxes are clipped to the first image",
            _on_images(lambda shapes: shapes[:1] * len(shapes)),
            _CLIP_HINT,
        ),
        Mistake(
            "small boxes stay",
            _with(min_size=-1.0),
            "a box goes when its width or its height, within the image, is below min_size.",
        ),
        Mistake(
            "small boxes are looked for before the boxes are clipped",
            _one_by_one(_measured_before_clipping),
            "what counts is how much of a box lies within the image, so clip first.",
        ),
        Mistake(
            "score_thresh is not used",
            _with(score_thresh=0.0),
            _SCORE_HINT,
        ),
        Mistake(
            "boxes that overlap are not suppressed",
            _with(nms_thresh=1.0),
            "of boxes on one level that overlap by more than nms_thresh, only the best one stays.",
        ),
        Mistake(
            "boxes suppress each other across levels",
            _one_by_one(_across_levels),
            "non-maximum suppression runs on each level for itself.",
        ),
        Mistake(
            "the boxes stand level after level",
            _one_by_one(_level_after_level),
            "an image's boxes of all levels come back in one order: the best score first.",
        ),
        Mistake(
            "more than post_nms_top_n boxes come back",
            _with(post_nms_top_n=_ALL),
            "after suppression, only the best post_nms_top_n of an image stay.",
        ),
        Mistake(
            "the anchors of the images are mixed up",
            _images_interleaved,
            _RESHAPE_HINT,
        ),
    ),
)
