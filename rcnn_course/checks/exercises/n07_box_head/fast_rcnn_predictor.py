"""Exercise `FastRCNNPredictor`: class scores and box deltas (Girshick 2015, section 2.1)."""

from functools import partial

from torchvision.models.detection.faster_rcnn import FastRCNNPredictor

from rcnn_course.checks.engine.exercise import Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.engine.modules import build_and_run, layer_case
from rcnn_course.checks.exercises import works

_PAIR_HINT = "the result is a pair: first the scores [R, C], then the deltas [R, 4 C]."
_LOGITS_HINT = (
    "the scores are logits: the loss and the post-processing take the softmax themselves."
)


def _cases(normal: Draw, _: Draw) -> Cases:
    case = partial(layer_case, FastRCNNPredictor, normal)
    yield case("three RoIs, 5 classes", (8, 5), (3,), _PAIR_HINT)
    yield case(
        "COCO's 91 classes",
        (16, 91),
        (4,),
        "91 scores and 4 × 91 = 364 deltas: the background has its place too.",
    )
    yield case(
        "person or background",
        (8, 2),
        (3,),
        "num_classes counts the background: 2 scores and 8 deltas.",
    )
    yield case(
        "features of shape [R, in_channels, 1, 1]",
        (8, 5),
        (3, 1, 1),
        "a head of convolutions ends in maps of 1 × 1: flatten them first.",
    )


FAST_RCNN_PREDICTOR = Exercise(
    name="FastRCNNPredictor",
    reference=FastRCNNPredictor,
    source="torchvision's FastRCNNPredictor",
    steps=(
        "Two linear layers side by side on the same numbers: cls_score and bbox_pred.",
        "One logit for each class, the background included; four deltas for each class.",
        "The input may come as [R, in_channels, 1, 1].",
    ),
    own_cases=_cases,
    odd=Odd(
        length=["x"],
        gradient=["weights", "x"],
        hints={"empty": "with R = 0 the results have the shapes [0, C] and [0, 4 C]."},
    ),
    use=build_and_run,
    refused=(works.BOX_HEAD,),
    mistakes={
        "outputs_swapped": Mistake(
            "the two outputs are in the wrong order", lambda call: call()[::-1], _PAIR_HINT
        ),
        "softmax": Mistake(
            "the scores have gone through a softmax",
            lambda call: (call()[0].softmax(-1), call()[1]),
            _LOGITS_HINT,
        ),
        "log_softmax": Mistake(
            "the scores have gone through a log-softmax",
            lambda call: (call()[0].log_softmax(-1), call()[1]),
            _LOGITS_HINT,
        ),
        "sigmoid": Mistake(
            "the scores have gone through a sigmoid",
            lambda call: (call()[0].sigmoid(), call()[1]),
            _LOGITS_HINT,
        ),
        "relu_on_outputs": Mistake(
            "the outputs have gone through a ReLU",
            lambda call: tuple(output.relu() for output in call()),
            "a class may be unlikely and a box may have to move left: both need negative values.",
        ),
        "deltas_reshaped": Mistake(
            "the deltas are reshaped by class",
            lambda call: (call()[0], call()[1].unflatten(1, (-1, 4))),
            "the deltas stay in one row for each RoI, [R, 4 C]; the loss and the post-processing "
            "reshape them.",
        ),
    },
)
