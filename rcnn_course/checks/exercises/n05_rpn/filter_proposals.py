"""Exercise `filter_proposals`: from all decoded boxes to the best few of each image.

Letters: `N` images, `A` anchors of all levels of an image, `R` proposals that are left.

Source: Ren et al. 2015 (Faster R-CNN), section 3.3; Lin et al. 2017 (FPN), section 4.1.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import works
from rcnn_course.reference.rpn import Proposals, Shapes, filter_proposals

_ALL = 10**6
_OVERLAP = 0.613  # no IoU of two boxes with whole numbers as corners comes near
_RESHAPE_HINT = "objectness holds all anchors of image 0, then all of image 1: [N, A] in rows."
_TOP_HINT = "each image and each level has its own best pre_nms_top_n, by objectness."
_SCORE_HINT = "scores are probabilities, the sigmoid of objectness; score_thresh is one too."
_SMALL_HINT = "a box goes when its width or its height, within the image, is below min_size."
_GRADIENT_HINT = "The scores come without a gradient: objectness is detached before it is used."
_CLIP_HINT = "image_shapes[n] is (height, width) of image n; x ends at its width, y at its height."


def _cases(_: Draw, uniform: Draw) -> Cases:
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
        what: str,
        boxes: Tensor,
        shapes: Shapes,
        counts: list[int],
        hint: str = "",
        **options: float,
    ) -> Case:
        settings = {"pre_nms_top_n": _ALL, "post_nms_top_n": _ALL, "nms_thresh": _OVERLAP}
        arguments = (boxes, logits(len(boxes), counts), shapes, counts)
        return Case(what, arguments, settings | options, hint)

    large = [(150, 200)]
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
        _SMALL_HINT,
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
    inside = torch.tensor(
        [[10.0, 95, 40, 115], [5, 5, 30, 30], [-30, 10, -5, 40], [10, -40, 30, -10],
         [95, 10, 120, 30], [20, 125, 50, 140]]
    )  # fmt: skip
    yield case(
        "boxes beside, above and below a tall image and a wide one",
        torch.stack([inside, inside[:, [1, 0, 3, 2]]]), [(120, 90), (90, 120)], [6],
        _CLIP_HINT,
    )  # fmt: skip
    sides = torch.tensor([[16.0, 30], [30, 16], [15.5, 30], [30, 15.5], [16, 16]])
    yield case(
        "sides of exactly min_size", _of_sides(sides), large, [5],
        "min_size is the shortest side that stays.", min_size=16.0,
    )  # fmt: skip
    thin = torch.tensor([[0.0015, 9], [9, 0.0015], [0.0007, 9], [9, 0.0007], [9, 9]])
    yield case("sides of about a thousandth of a pixel", _of_sides(thin), large, [5], _SMALL_HINT)
    surest = torch.tensor([[2.0, 9], [9, 9], [9, 2], [9, 9], [9, 9]])
    falling = torch.tensor([[3.0], [2.0], [1.5], [1.0], [0.5]])
    yield Case(
        "the best 3 of a level, of which two are below min_size",
        (_of_sides(surest), falling, large, [5], 3, _ALL, _OVERLAP),
        {"min_size": 5},
        "the best pre_nms_top_n are taken first; none moves up for a small box that goes.",
    )
    halves = torch.tensor([[0.0, 0, 8, 8], [0, 0, 8, 4], [20, 0, 28, 8], [20, 4, 28, 8]])[None]
    exact = torch.tensor([[1.5], [0.5], [0.0], [-0.25]])
    yield Case(
        "a score of exactly score_thresh, and an IoU of exactly nms_thresh",
        (halves, exact, large, [4], _ALL, _ALL, 0.5),
        {"score_thresh": 0.5},
        "a score goes below score_thresh, a box above nms_thresh.",
    )
    corners = torch.tensor([[16.0, 16, 20, 20], [0, 0, 4, 4]])[None]
    yield case(
        "two levels with boxes in opposite corners of a small image, nms_thresh 0",
        corners, [(20, 20)], [1, 1], "boxes never suppress each other across levels.",
        nms_thresh=0.0,
    )  # fmt: skip
    trained = case("logits that are trained", spread(1, [7, 4]), large, [7, 4], _GRADIENT_HINT)
    trained.args[1].requires_grad_()
    yield trained
    yield case(
        "nothing is left", crowd(2, counts), large * 2, counts,
        "an image without proposals gives tensors of the shapes [0, 4] and [0].",
        score_thresh=0.99,
    )  # fmt: skip


def _of_sides(sides: Tensor) -> Tensor:
    """Return boxes [1, A, 4] with these sides, one below the other."""
    corners = torch.stack([torch.zeros(len(sides)), 40.0 * torch.arange(len(sides))], dim=1)
    return torch.cat([corners, corners + sides], dim=1)[None]


def _use(subject: Callable[..., Proposals], *args: Any, **options: float) -> Proposals:
    """Call the subject; its scores carry no gradient."""
    result = subject(*args, **options)
    tensors = [leaf for leaf in pytree.tree_leaves(result) if isinstance(leaf, Tensor)]
    if any(tensor.requires_grad for tensor in tensors):
        raise Mismatch(
            "The result carries a gradient, so that training the box head would also pull at the "
            f"RPN's scores. {_GRADIENT_HINT}"
        )
    return result


def _only(call: Call, chosen: Tensor, **changes: object) -> Proposals:
    """Return what is left of some anchors, bool [N, A]: the others get a score of 0."""
    logits = call.objectness.masked_fill(~chosen.reshape(-1, 1), -math.inf)
    threshold = max(call.score_thresh, 1e-9)
    return call(**{"objectness": logits, "score_thresh": threshold} | changes)


def _levels(call: Call) -> tuple[Tensor, ...]:
    """Return the logits [N, anchors of the level] of each level."""
    return call.objectness.reshape(len(call.proposals), -1).split(call.num_anchors_per_level, dim=1)


def _best(call: Call, logits: Tensor) -> Tensor:
    """Tell which of the logits of each image are its best pre_nms_top_n."""
    top = min(call.pre_nms_top_n, logits.shape[1])
    return logits >= logits.topk(top, dim=1).values[:, -1:]


def _looked_up_on_the_first(call: Call) -> Proposals:
    chosen = torch.zeros(call.proposals.shape[:2], dtype=torch.bool)
    for level in _levels(call):
        chosen[:, : level.shape[1]] |= _best(call, level)
    return _only(call, chosen, pre_nms_top_n=_ALL)


def _across_levels(call: Call) -> Proposals:
    best = torch.cat([_best(call, level) for level in _levels(call)], dim=1)
    return _only(call, best, num_anchors_per_level=[best.shape[1]], pre_nms_top_n=_ALL)


def _level_after_level(call: Call) -> Proposals:
    counts = call.num_anchors_per_level
    level = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    of_levels = [
        _only(call, (level == number).expand(len(call.proposals), -1), post_nms_top_n=_ALL)
        for number in range(len(counts))
    ]
    boxes, scores = (
        [torch.cat(of_image)[: call.post_nms_top_n] for of_image in zip(*results, strict=True)]
        for results in zip(*of_levels, strict=True)
    )
    return boxes, scores


def _unclipped(call: Call) -> Proposals:
    shapes = [(_ALL, _ALL)] * len(call.proposals)
    far, logits = call.proposals.double() + 1e4, call.objectness.double()
    boxes, scores = call(proposals=far, objectness=logits, image_shapes=shapes)
    return (
        [(of_image - 1e4).to(call.proposals.dtype) for of_image in boxes],
        [of_image.to(call.objectness.dtype) for of_image in scores],
    )


def _measured_before_clipping(call: Call) -> Proposals | None:
    if call.pre_nms_top_n != _ALL:  # small boxes would go before the best are chosen
        return None
    sides = call.proposals[..., 2:] - call.proposals[..., :2]
    return _only(call, (sides >= call.min_size).all(dim=2), min_size=-1.0)


def _logits_compared(call: Call) -> Proposals:
    return call(score_thresh=1 / (1 + math.exp(-call.score_thresh)))


def _without_sigmoid(call: Call) -> Proposals:
    boxes, scores = _logits_compared(call)
    return boxes, [of_image.logit() for of_image in scores]


FILTER_PROPOSALS = Exercise(
    name="filter_proposals",
    reference=filter_proposals,
    source="torchvision's RegionProposalNetwork.filter_proposals",
    picture="boxes",
    steps=(
        "Work on one image after another, and inside it level by level for the first choice: "
        "the best pre_nms_top_n of each level.",
        "Keep, beside the chosen boxes, to which level each belongs.",
        "Then: clip to the image, sigmoid, drop small boxes, drop low scores.",
        "NMS on each level for itself, which ops.batched_nms does, and at last the best "
        "post_nms_top_n.",
    ),
    own_cases=_cases,
    use=_use,
    odd=Odd(of=9, hints={"float64": "the boxes keep their dtype, and so do the scores."}),
    refused=(works.REGION_PROPOSALS,),
    mistakes={
        "logits": Mistake(
            "the scores are logits, without the sigmoid", _without_sigmoid, _SCORE_HINT
        ),
        "logits_compared": Mistake(
            "score_thresh is compared with logits", _logits_compared, _SCORE_HINT
        ),
        "best_of_all_levels": Mistake(
            "the best pre_nms_top_n are taken of all levels together",
            lambda call: _only(
                call, _best(call, torch.cat(_levels(call), dim=1)), pre_nms_top_n=_ALL
            ),
            _TOP_HINT,
        ),
        "looked_up_on_first_level": Mistake(
            "the best of every level are looked up on the first",
            _looked_up_on_the_first,
            "topk counts within its level; the anchors of level l start after all those before.",
        ),
        "pre_nms_top_n_unused": Mistake(
            "all boxes stay, not only the best pre_nms_top_n of each level",
            lambda call: call(pre_nms_top_n=_ALL),
            _TOP_HINT,
        ),
        "not_clipped": Mistake("the boxes are not clipped to the image", _unclipped, _CLIP_HINT),
        "sides_swapped": Mistake(
            "height and width of the image are swapped",
            lambda call: call(image_shapes=[shape[::-1] for shape in call.image_shapes]),
            _CLIP_HINT,
        ),
        "clipped_to_first_image": Mistake(
            "all boxes are clipped to the first image",
            lambda call: call(image_shapes=call.image_shapes[:1] * len(call.proposals)),
            _CLIP_HINT,
        ),
        "min_size_unused": Mistake(
            "small boxes stay",
            lambda call: call(min_size=-1.0),
            _SMALL_HINT,
        ),
        "measured_before_clipping": Mistake(
            "small boxes are looked for before the boxes are clipped",
            _measured_before_clipping,
            "what counts is how much of a box lies within the image, so clip first.",
        ),
        "score_thresh_unused": Mistake(
            "score_thresh is not used", lambda call: call(score_thresh=0.0), _SCORE_HINT
        ),
        "no_nms": Mistake(
            "boxes that overlap are not suppressed",
            lambda call: call(nms_thresh=1.0),
            "of boxes on one level that overlap by more than nms_thresh, only the best one stays.",
        ),
        "nms_across_levels": Mistake(
            "boxes suppress each other across levels",
            _across_levels,
            "non-maximum suppression runs on each level for itself.",
        ),
        "level_after_level": Mistake(
            "the boxes stand level after level",
            _level_after_level,
            "an image's boxes of all levels come back in one order: the best score first.",
        ),
        "post_nms_top_n_unused": Mistake(
            "more than post_nms_top_n boxes come back",
            lambda call: call(post_nms_top_n=_ALL),
            "after suppression, only the best post_nms_top_n of an image stay.",
        ),
        "images_mixed": Mistake(
            "the anchors of the images are mixed up",
            lambda call: call(
                objectness=call.objectness.reshape(-1, len(call.proposals)).T.reshape(-1, 1)
            ),
            _RESHAPE_HINT,
        ),
    },
)
