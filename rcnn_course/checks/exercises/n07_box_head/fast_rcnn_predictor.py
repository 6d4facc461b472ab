"""Exercise `FastRCNNPredictor`: class scores and box deltas (Girshick 2015, section 2.1)."""

from collections.abc import Callable, Iterator

from torch import Tensor
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors
from rcnn_course.checks.exercises.n07_box_head.linear_layers import (
    build_load_and_run,
    linear_weights,
)

Outputs = tuple[Tensor, Tensor]

_PAIR = "the result is a pair: first the scores [R, C], then the deltas [R, 4 C]."
_LOGITS = "the scores are logits: the loss and the post-processing take the softmax themselves."


def _cases(seed: int) -> Iterator[Case]:
    normal, _ = random_tensors(seed)

    def predictor(inputs: int, classes: int) -> tuple[int, int, dict[str, Tensor]]:
        sizes = {"cls_score": (classes, inputs), "bbox_pred": (4 * classes, inputs)}
        return inputs, classes, linear_weights(normal, **sizes)

    yield Case("three RoIs, 5 classes", (*predictor(8, 5), normal(3, 8)), hint=_PAIR)
    yield Case(
        "COCO's 91 classes",
        (*predictor(16, 91), normal(4, 16)),
        hint="91 scores and 4 × 91 = 364 deltas: the background has its place too.",
    )
    yield Case(
        "person or background",
        (*predictor(8, 2), normal(3, 8)),
        hint="num_classes counts the background: 2 scores and 8 deltas.",
    )
    yield Case(
        "features of shape [R, in_channels, 1, 1]",
        (*predictor(8, 5), normal(3, 8, 1, 1)),
        hint="a head of convolutions ends in maps of 1 × 1: flatten them first.",
    )
    yield Case(
        "no RoIs at all",
        (*predictor(8, 5), normal(0, 8)),
        hint="with R = 0 the results have the shapes [0, C] and [0, 4 C].",
    )
    yield Case("one RoI", (*predictor(8, 5), normal(1, 8)))
    yield Case(
        "features that are not contiguous in memory",
        (*predictor(8, 5), normal(8, 3).transpose(0, 1)),
    )
    inputs, classes, weights = predictor(6, 3)
    weights = {name: weight.requires_grad_() for name, weight in weights.items()}
    yield Case(
        "the gradients that flow back to the features and to the weights",
        (inputs, classes, weights, normal(3, 6).requires_grad_()),
    )


def _outputs_changed(change: Callable[[Tensor, Tensor], Outputs]) -> Callable[..., Outputs]:
    """Make the mistake of doing something to the outputs that others do later."""

    def wrong(*args: object) -> Outputs:
        return change(*build_load_and_run(FastRCNNPredictor, *args))

    return wrong


FAST_RCNN_PREDICTOR = Exercise(
    name="FastRCNNPredictor",
    reference=FastRCNNPredictor,
    source="torchvision's FastRCNNPredictor",
    own_cases=_cases,
    use=build_load_and_run,
    refused_code=(FastRCNNPredictor,),
    mistakes=(
        Mistake(
            "the two outputs are in the wrong order",
            _outputs_changed(lambda scores, deltas: (deltas, scores)),
            _PAIR,
        ),
        Mistake(
            "the scores have gone through a softmax",
            _outputs_changed(lambda scores, deltas: (scores.softmax(-1), deltas)),
            _LOGITS,
        ),
        Mistake(
            "the scores have gone through a log-softmax",
            _outputs_changed(lambda scores, deltas: (scores.log_softmax(-1), deltas)),
            _LOGITS,
        ),
        Mistake(
            "the scores have gone through a sigmoid",
            _outputs_changed(lambda scores, deltas: (scores.sigmoid(), deltas)),
            _LOGITS,
        ),
        Mistake(
            "the outputs have gone through a ReLU",
            _outputs_changed(lambda scores, deltas: (scores.relu(), deltas.relu())),
            "a class may be unlikely and a box may have to move left: both need negative values.",
        ),
        Mistake(
            "the deltas are reshaped by class",
            _outputs_changed(lambda scores, deltas: (scores, deltas.reshape(*scores.shape, 4))),
            "the deltas stay in one row for each RoI, [R, 4 C]; the loss and the post-processing "
            "reshape them.",
        ),
    ),
)
