"""Exercise `fastrcnn_loss`: class and box loss of sampled RoIs (Girshick 2015, section 2.3)."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Case, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import random_tensors

Losses = tuple[Tensor, Tensor]
Tensors = list[Tensor]

reference = roi_heads.fastrcnn_loss
_mse = F.mse_loss

_PLACE_HINT = "a RoI has four deltas for each class; those of its own true class are compared."
_COUNT_HINT = "the box loss is summed, then divided by the number of all sampled RoIs."


def _cases(seed: int) -> Iterator[Case]:
    normal, uniform = random_tensors(seed)

    def batch(*sizes: int, classes: int = 5, dtype: torch.dtype = torch.float32) -> tuple:
        """Return arguments for images with these numbers of RoIs; a third is background."""
        count = sum(sizes)
        labels = (uniform(count) * (classes - 1)).long() + 1
        labels[1::3] = 0
        logits = 2 * normal(count, classes, dtype=dtype)
        deltas, targets = normal(count, 4 * classes, dtype=dtype), normal(count, 4, dtype=dtype)
        close = deltas.view(count, classes, 4)[torch.arange(count), labels]
        targets[::2] = close[::2] + 0.05 * targets[::2]  # closer than beta
        return logits, deltas, list(labels.split(sizes)), list(targets.split(sizes))

    yield Case("two images, 8 and 4 RoIs, 5 classes", batch(8, 4))
    yield Case("one image, person or background", batch(7, classes=2))
    logits, deltas, labels, targets = batch(6, 3)
    yield Case(
        "no RoI on an object",
        (logits, deltas, [torch.zeros_like(of_one) for of_one in labels], targets),
        hint="without foreground the box loss is 0, and the class loss is as ever.",
    )
    logits, deltas, labels, targets = batch(5, 4)
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
    yield Case("COCO's 91 classes", batch(6, classes=91))
    yield Case("float64", batch(7, dtype=torch.float64), hint="the losses have the inputs' dtype.")
    logits, deltas, labels, targets = batch(7)
    yield Case(
        "inputs that are not contiguous in memory",
        (logits.t().contiguous().t(), deltas.t().contiguous().t(), labels, targets),
        hint="view needs a contiguous tensor; reshape does not.",
    )
    logits, deltas, labels, targets = batch(6, 3)
    yield Case(
        "the gradients that flow back to logits and deltas",
        (logits.requires_grad_(), deltas.requires_grad_(), labels, targets),
        hint="the deltas of background RoIs and of other classes get no gradient.",
    )


def _foreground(labels: Tensors) -> Tensor:
    return torch.cat(labels) > 0


def _class_loss_changed(change: Callable[..., Tensor]) -> Callable[..., Losses]:
    """Make a mistake in the class loss alone; `change` takes the arguments of the exercise."""
    return lambda *args: (change(*args), reference(*args)[1])


def _box_loss_changed(change: Callable[..., Tensor]) -> Callable[..., Losses]:
    """Make a mistake in the box loss alone; `change` takes it, and the arguments."""

    def wrong(*args: object) -> Losses | None:
        class_loss, box_loss = reference(*args)
        changed = change(box_loss, *args)
        return None if changed is None else (class_loss, changed)

    return wrong


def _each_divided_by(count: Callable[[Tensor], Tensor]) -> Callable[..., Losses]:
    """Make the mistake of dividing the summed box loss by another number."""

    def change(box_loss: Tensor, logits: Tensor, deltas: Tensor, labels: Tensors, *rest: object):
        foreground = _foreground(labels)
        return box_loss * len(foreground) / count(foreground) if foreground.any() else None

    return _box_loss_changed(change)


def _with_differences_times(factor: float, power: int) -> Callable[..., Losses]:
    """Make the mistake of another beta: the differences are scaled, and the loss is scaled back."""

    def change(_: Tensor, logits: Tensor, deltas: Tensor, labels: Tensors, targets: Tensors):
        scaled = [of_one.double() * factor for of_one in targets]
        _, box_loss = reference(logits.double(), deltas.double() * factor, labels, scaled)
        return (box_loss / factor**power).to(deltas.dtype)

    return _box_loss_changed(change)


def _with_deltas(change: Callable[[Tensor, int], Tensor]) -> Callable[..., Losses]:
    """Make the mistake of comparing other deltas; `change` takes them and the number of classes."""

    def wrong(logits: Tensor, deltas: Tensor, *rest: object) -> Losses:
        return reference(logits, change(deltas, logits.shape[1]), *rest)

    return wrong


def _with_predicted_class(
    _: Tensor, logits: Tensor, deltas: Tensor, labels: Tensors, targets: Tensors
) -> Tensor:
    """Compare the deltas of the class that has the best logit."""
    best = logits.argmax(dim=1)
    rows, groups = torch.arange(len(best)), deltas.reshape(len(best), -1, 4)
    return reference(logits, groups[rows, best].repeat(1, logits.shape[1]), labels, targets)[1]


def _of_all_rois(
    _: Tensor, logits: Tensor, deltas: Tensor, labels: Tensors, targets: Tensors
) -> Tensor:
    """Count the background as one more class of objects."""
    shifted = [of_one + 1 for of_one in labels]
    return reference(F.pad(logits, (1, 0)), F.pad(deltas, (4, 0)), shifted, targets)[1]


def _foreground_alone(logits: Tensor, deltas: Tensor, labels: Tensors, targets: Tensors) -> Tensor:
    kept = _foreground(labels)
    chosen = [torch.cat(labels)[kept]], [torch.cat(targets)[kept]]
    return reference(logits[kept], deltas[kept], *chosen)[0]


def _averaged_over_images(
    logits: Tensor, deltas: Tensor, labels: Tensors, targets: Tensors
) -> Losses:
    """Take the losses of each image on its own, then their mean."""
    sizes = [len(of_one) for of_one in labels]
    images = zip(logits.split(sizes), deltas.split(sizes), labels, targets, strict=True)
    each = [reference(x, d, [y], [t]) for x, d, y, t in images]
    return tuple(torch.stack(losses).mean() for losses in zip(*each, strict=True))


FASTRCNN_LOSS = Exercise(
    name="fastrcnn_loss",
    reference=reference,
    source="torchvision's fastrcnn_loss",
    own_cases=_cases,
    refused_code=(roi_heads,),
    mistakes=(
        Mistake(
            "the two losses are in the wrong order",
            lambda *args: reference(*args)[::-1],
            "the class loss comes first, then the box loss.",
        ),
        Mistake(
            "the box loss is divided by the number of foreground RoIs",
            _each_divided_by(lambda foreground: foreground.sum()),
            _COUNT_HINT,
        ),
        Mistake(
            "the box loss is the mean over all compared numbers",
            _each_divided_by(lambda foreground: 4 * foreground.sum()),
            _COUNT_HINT,
        ),
        Mistake(
            "the box loss is not divided by the number of RoIs",
            _each_divided_by(lambda foreground: torch.tensor(1.0)),
            _COUNT_HINT,
        ),
        Mistake(
            "beta is 1",
            _with_differences_times(1 / 9, power=1),
            "torchvision bends its smooth L1 at differences of 1/9.",
        ),
        Mistake(
            "the box loss is L1 without the smooth part",
            _with_differences_times(1e6, power=1),
            "below beta the loss is a parabola, so that small errors pull less and less.",
        ),
        Mistake(
            "the box loss squares every difference",
            _with_differences_times(1e-6, power=2),
            "beyond beta the loss grows with the difference, not with its square.",
        ),
        Mistake(
            "the box loss is a Huber loss",
            _box_loss_changed(lambda box_loss, *args: box_loss / 9),
            "smooth L1 is |d| - beta / 2 beyond beta: slope 1. Huber's slope is beta.",
        ),
        Mistake(
            "background RoIs count in the box loss",
            _box_loss_changed(_of_all_rois),
            "a RoI on the background has no true box: only RoIs with a label above 0 count.",
        ),
        Mistake(
            "the deltas are those of the background",
            _with_deltas(lambda deltas, classes: deltas[:, :4].repeat(1, classes)),
            _PLACE_HINT,
        ),
        Mistake(
            "the deltas are those of the class that is predicted",
            _box_loss_changed(_with_predicted_class),
            _PLACE_HINT,
        ),
        Mistake(
            "the deltas are read coordinate by coordinate",
            _with_deltas(lambda d, classes: d.reshape(-1, 4, classes).transpose(1, 2).flatten(1)),
            "a row of deltas holds the four of class 0, then the four of class 1, and so on.",
        ),
        Mistake(
            "the class loss leaves out the background",
            _class_loss_changed(_foreground_alone),
            "background is a class like any other: RoIs on it teach the head to say so.",
        ),
        Mistake(
            "the class loss is summed",
            _class_loss_changed(lambda *args: reference(*args)[0] * len(args[0])),
            "the class loss is the mean over the sampled RoIs.",
        ),
        Mistake(
            "the class loss takes a softmax twice",
            _class_loss_changed(lambda logits, *rest: reference(logits.softmax(1), *rest)[0]),
            "cross-entropy takes logits and does the softmax itself.",
        ),
        Mistake(
            "the losses are averaged image by image",
            _averaged_over_images,
            "all RoIs of the batch count alike, whichever image they come from.",
        ),
    ),
)
