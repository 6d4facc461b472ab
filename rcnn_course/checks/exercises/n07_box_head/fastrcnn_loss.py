"""Exercise `fastrcnn_loss`: class and box loss of sampled RoIs (Girshick 2015, section 2.3)."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake, Odd
from rcnn_course.checks.exercises import losses, works
from rcnn_course.checks.exercises.n07_box_head import class_deltas

Losses = tuple[Tensor, Tensor]

_PLACE_HINT = "a RoI has four deltas for each class; those of its own true class are compared."
_COUNT_HINT = "the box loss is summed, then divided by the number of all sampled RoIs."


def _cases(normal: Draw, uniform: Draw) -> Cases:
    def batch(*sizes: int, classes: int = 5) -> tuple:
        """Return arguments for images with these numbers of RoIs; a third is background."""
        count = sum(sizes)
        labels = (uniform(count) * (classes - 1)).long() + 1
        labels[1::3] = 0
        logits = 2 * normal(count, classes)
        deltas, targets = normal(count, 4 * classes), normal(count, 4)
        close = deltas.view(count, classes, 4)[torch.arange(count), labels]
        targets[::2] = close[::2] + 0.05 * targets[::2]  # closer than beta
        return logits, deltas, list(labels.split(sizes)), list(targets.split(sizes))

    yield Case("two images, 8 and 3 RoIs, 5 classes", batch(8, 3))
    yield Case("one image, person or background", batch(7, classes=2))
    logits, deltas, labels, targets = batch(6, 3)
    yield Case(
        "no RoI on an object",
        (logits, deltas, [torch.zeros_like(of_one) for of_one in labels], targets),
        hint="without foreground the box loss is 0, and the class loss is as ever.",
    )
    logits, deltas, labels, targets = batch(5, 4)
    infinite = [torch.full_like(of_one, -torch.inf) for of_one in targets]
    yield Case(
        "no RoI on an object, as in a picture without any: the targets are infinite",
        (logits, deltas, [torch.zeros_like(of_one) for of_one in labels], infinite),
        hint="log(0) is minus infinity, and 0 times that is NaN: choose rows, never multiply.",
    )
    yield Case(
        "every RoI on an object",
        (logits, deltas, [of_one.clamp(min=1) for of_one in labels], targets),
    )
    yield Case("one RoI", batch(1))
    yield Case("an image without RoIs between others", batch(4, 0, 5))
    logits, deltas, labels, targets = batch(9)
    yield Case(
        "logits of 300 and more",
        (300 * logits, deltas, labels, targets),
        hint="exp of a large logit is infinite; log_softmax knows how to avoid it.",
    )
    logits, deltas, (labels,), _ = batch(6, classes=4)
    of_class = deltas.view(6, 4, 4)[torch.arange(6), labels]
    yield Case(
        "errors a little below and above beta",
        (logits, deltas, [labels], [of_class + torch.tensor([0.104, -0.104, 0.119, -0.119])]),
        hint="torchvision's box head uses beta = 1/9: the loss is straight from a ninth on.",
    )
    yield Case("COCO's 91 classes", batch(6, classes=91))


def _of_foreground(call: Call) -> Tensor:
    """Return which of all RoIs lie on an object: bool [R]."""
    return torch.cat(call.labels) > 0


def _box_loss_times(call: Call, factor: float | Tensor) -> Losses:
    class_loss, box_loss = call()
    return class_loss, box_loss * factor


def _over_foreground(call: Call, values: int) -> Losses:
    """Divide by so many values of each foreground RoI, not by the number of all RoIs."""
    foreground = _of_foreground(call)
    return _box_loss_times(call, len(foreground) / (values * foreground.sum().clamp(min=1)))


def _predicted_class(call: Call) -> Losses:
    rows, best = torch.arange(len(call.class_logits)), call.class_logits.argmax(dim=1)
    return class_deltas.same_for_all(call, class_deltas.grouped(call)[rows, best])


def _background_compared(call: Call) -> Losses:
    """Count the background as one more class of objects."""
    return call(
        class_logits=F.pad(call.class_logits, (1, 0), value=-torch.inf),
        box_regression=F.pad(call.box_regression, (4, 0)),
        labels=[of_one + 1 for of_one in call.labels],
    )


def _foreground_classified(call: Call) -> Losses:
    kept = _of_foreground(call)
    class_loss, _ = call(
        class_logits=call.class_logits[kept],
        box_regression=call.box_regression[kept],
        labels=[torch.cat(call.labels)[kept]],
        regression_targets=[torch.cat(call.regression_targets)[kept]],
    )
    return class_loss, call()[1]


FASTRCNN_LOSS = Exercise(
    name="fastrcnn_loss",
    reference=roi_heads.fastrcnn_loss,
    source="torchvision's fastrcnn_loss",
    steps=(
        "Join the lists first: labels and targets of all images, image after image.",
        "Classes: cross-entropy over all RoIs.",
        "Boxes: only RoIs with an object, and of their C groups of four deltas only that of "
        "the true class.",
        "Smooth L1 as a sum, divided by the number of all RoIs, background included.",
    ),
    own_cases=_cases,
    odd=Odd(
        gradient=["class_logits", "box_regression"],
        hints={
            "float64": "the losses have the inputs' dtype.",
            "gradient": "the deltas of background RoIs and of other classes get no gradient.",
        },
    ),
    refused=(works.ROI_HEADS,),
    mistakes={
        "outputs_swapped": Mistake(
            "the two losses are in the wrong order",
            lambda call: call()[::-1],
            "the class loss comes first, then the box loss.",
        ),
        "foreground_counted": Mistake(
            "the box loss is divided by the number of foreground RoIs",
            lambda call: _over_foreground(call, values=1),
            _COUNT_HINT,
        ),
        "box_loss_averaged": Mistake(
            "the box loss is the mean over all compared numbers",
            lambda call: _over_foreground(call, values=4),
            _COUNT_HINT,
        ),
        "box_loss_summed": Mistake(
            "the box loss is not divided by the number of RoIs",
            lambda call: _box_loss_times(call, len(call.class_logits)),
            _COUNT_HINT,
        ),
        "beta_1": Mistake(
            "beta is 1",
            lambda call: losses.bent_elsewhere(call, "box_regression", 1 / 9),
            "torchvision bends its smooth L1 at differences of 1/9.",
        ),
        "l1": Mistake(
            "the box loss is L1 without the smooth part",
            lambda call: losses.bent_elsewhere(call, "box_regression", 1e6),
            "below beta the loss is a parabola, so that small errors pull less and less.",
        ),
        "squared": Mistake(
            "the box loss squares every difference",
            lambda call: losses.bent_elsewhere(call, "box_regression", 1e-6, power=2),
            "beyond beta the loss grows with the difference, not with its square.",
        ),
        "huber": Mistake(
            "the box loss is a Huber loss",
            lambda call: _box_loss_times(call, 1 / 9),
            "smooth L1 is |d| - beta / 2 beyond beta: slope 1. Huber's slope is beta.",
        ),
        "background_compared": Mistake(
            "background RoIs count in the box loss",
            _background_compared,
            "a RoI on the background has no true box: only RoIs with a label above 0 count.",
        ),
        "deltas_of_background": Mistake(
            "the deltas are those of the background",
            lambda call: class_deltas.same_for_all(call, class_deltas.grouped(call)[:, 0]),
            _PLACE_HINT,
        ),
        "deltas_of_predicted": Mistake(
            "the deltas are those of the class that is predicted",
            _predicted_class,
            _PLACE_HINT,
        ),
        "coordinate_by_coordinate": class_deltas.COORDINATE_BY_COORDINATE,
        "background_not_classified": Mistake(
            "the class loss leaves out the background",
            _foreground_classified,
            "background is a class like any other: RoIs on it teach the head to say so.",
        ),
        "class_loss_summed": Mistake(
            "the class loss is summed",
            lambda call: (call()[0] * len(call.class_logits), call()[1]),
            "the class loss is the mean over the sampled RoIs.",
        ),
        "softmax_twice": Mistake(
            "the class loss takes a softmax twice",
            lambda call: call(class_logits=call.class_logits.softmax(1)),
            "cross-entropy takes logits and does the softmax itself.",
        ),
        "averaged_over_images": Mistake(
            "the losses are averaged image by image",
            lambda call: losses.averaged_over_images(
                call, ["class_logits", "box_regression"], ["labels", "regression_targets"]
            ),
            "all RoIs of the batch count alike, whichever image they come from.",
        ),
    },
)
