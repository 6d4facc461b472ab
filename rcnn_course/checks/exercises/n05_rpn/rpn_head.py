"""Exercise `RPNHead`: a 3 x 3 convolution, then two 1 x 1 (Ren et al. 2015, figure 3).

Letters: `N` images, `C` channels, `A` anchors of a cell, `Hl` and `Wl` rows and columns of level l.
"""

from collections.abc import Callable, Iterator

from torch import Tensor, nn
from torchvision.models.detection.rpn import RPNHead

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.modules import run_with_weights
from rcnn_course.checks.engine.random_tensors import random_tensors

_Head = RPNHead

Maps = list[Tensor]
Weights = dict[str, Tensor]


def build_and_run(
    head: Callable[..., nn.Module],
    channels: int,
    anchors: int,
    depth: int,
    weights: Weights,
    x: Maps,
) -> tuple[Maps, Maps]:
    """Build a head, load torchvision's weights strictly, and run it on the levels `x`."""
    if depth == 1:
        return run_with_weights(head(channels, anchors), weights, x)
    return run_with_weights(head(channels, anchors, conv_depth=depth), weights, x)


def _rpn_head_cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def head(channels: int, anchors: int, depth: int = 1) -> tuple[int, int, int, Weights]:
        names = {name: w.shape for name, w in _Head(channels, anchors, depth).state_dict().items()}
        weights = {name: 0.3 * normal(*shape) for name, shape in names.items()}
        return channels, anchors, depth, weights

    yield Case(
        "one level",
        (*head(4, 3), [normal(1, 4, 5, 6)]),
        hint="3 x 3 convolution, ReLU, then both 1 x 1 convolutions on what that gives.",
    )
    yield Case(
        "three levels, two images",
        (*head(4, 3), [normal(2, 4, 6, 8), normal(2, 4, 3, 4), normal(2, 4, 2, 2)]),
        hint="the same layers run on every level; each result is a list with one map a level.",
    )
    yield Case("one anchor in each cell", (*head(3, 1), [normal(1, 3, 4, 4)]))
    yield Case(
        "two convolutions, conv_depth=2",
        (*head(4, 2, 2), [normal(1, 4, 5, 6), normal(1, 4, 3, 3)]),
        hint="each of the conv_depth convolutions has its own ReLU.",
    )
    yield Case("a level of one cell", (*head(4, 3), [normal(1, 4, 1, 1)]))
    yield Case("no levels", (*head(4, 3), []), hint="without levels, both lists are empty.")
    yield Case("no images", (*head(4, 3), [normal(0, 4, 3, 5)]))
    yield Case(
        "maps that are not contiguous in memory",
        (*head(4, 3), [normal(6, 5, 4, 1).permute(3, 2, 1, 0)]),
    )
    channels, anchors, depth, weights = head(4, 3)
    trained = {name: weight.requires_grad_() for name, weight in weights.items()}
    levels = [normal(2, 4, 4, 5).requires_grad_(), normal(2, 4, 2, 3).requires_grad_()]
    yield Case(
        "the gradients that flow back to the maps and to the weights",
        (channels, anchors, depth, trained, levels),
    )


def _rebuilt(change: Callable[[nn.Module], None]) -> Callable[..., tuple[Maps, Maps]]:
    """Make the mistake of building torchvision's head with another layer."""

    def wrong(channels: int, anchors: int, depth: int, weights: Weights, x: Maps):
        head = _Head(channels, anchors, depth)
        head.load_state_dict(weights)
        change(head)
        return head(x)

    return wrong


def _rearranged(change: Callable[[Maps, Maps], tuple]) -> Callable[..., tuple[Maps, Maps]]:
    """Make the mistake of returning something else of what torchvision's head returns."""
    return lambda *args: change(*build_and_run(_Head, *args))


def _without_relu(head: nn.Module) -> None:
    for block in head.conv:
        block[1] = nn.Identity()


def _one_relu(head: nn.Module) -> None:
    for block in head.conv[:-1]:
        block[1] = nn.Identity()


def _relu_at_the_end(head: nn.Module) -> None:
    head.cls_logits = nn.Sequential(head.cls_logits, nn.ReLU())
    head.bbox_pred = nn.Sequential(head.bbox_pred, nn.ReLU())


def _no_padding(head: nn.Module) -> None:
    for block in head.conv:
        block[0].padding = (0, 0)


def _no_convolution(head: nn.Module) -> None:
    head.conv = nn.Identity()


def _convolved_twice(head: nn.Module) -> None:
    head.conv = nn.Sequential(head.conv, head.conv)


RPN_HEAD = Exercise(
    name="RPNHead",
    reference=_Head,
    source="torchvision's RPNHead",
    own_cases=_rpn_head_cases,
    use=build_and_run,
    refused_code=(RPNHead,),
    atol=1e-4,
    mistakes=(
        Mistake(
            "there is no ReLU after the convolution",
            _rebuilt(_without_relu),
            "without it, 3 x 3 and 1 x 1 together are but one linear layer.",
        ),
        Mistake(
            "only the last convolution has a ReLU",
            _rebuilt(_one_relu),
            "each of the conv_depth convolutions is followed by its own ReLU.",
        ),
        Mistake(
            "the outputs go through a ReLU",
            _rebuilt(_relu_at_the_end),
            "logits and deltas may be negative; the ReLU stands before the two 1 x 1 convolutions.",
        ),
        Mistake(
            "the 3 x 3 convolution has no padding",
            _rebuilt(_no_padding),
            "every cell has anchors, so the outputs have as many rows and columns as the map.",
        ),
        Mistake(
            "the 3 x 3 convolution is left out in the forward pass",
            _rebuilt(_no_convolution),
            "the two 1 x 1 convolutions read what the 3 x 3 convolution gives, not the map itself.",
        ),
        Mistake(
            "the 3 x 3 convolution runs twice",
            _rebuilt(_convolved_twice),
            "run it once on each level, and give what it returns to both 1 x 1 convolutions.",
        ),
        Mistake(
            "logits and deltas are swapped",
            _rearranged(lambda logits, deltas: (deltas, logits)),
            "first the A logits of each level, then the 4 A deltas.",
        ),
        Mistake(
            "the logits are turned into probabilities",
            _rearranged(lambda logits, deltas: ([level.sigmoid() for level in logits], deltas)),
            "the head returns logits; the loss and the filter take the sigmoid themselves.",
        ),
        Mistake(
            "the levels stand in the opposite order",
            _rearranged(lambda logits, deltas: (logits[::-1], deltas[::-1])),
            "entry l of both results belongs to entry l of the list of maps.",
        ),
    ),
)
