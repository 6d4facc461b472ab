"""Exercise `replace_predictors`: heads for classes of one's own on weights that are trained."""

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNHeads, KeypointRCNNPredictor
from torchvision.models.detection.mask_rcnn import MaskRCNNPredictor

from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Call, Case, Cases, Draw, Exercise, Mistake
from rcnn_course.checks.engine.random_tensors import OwnRandomNumbers
from rcnn_course.checks.exercises.n10_assemble.detectors import (
    BOX_BINS,
    CHANNELS,
    CLASSES,
    KEYPOINTS,
    tiny_detector,
    without_branches,
)
from rcnn_course.reference.own_data import replace_predictors

_BOX_CHANNELS, _INSIDE_MASKS, _KEYPOINT_CHANNELS = 10, 6, 12


def _use(
    subject: Callable,
    model: FasterRCNN,
    num_classes: int,
    num_keypoints: int | None,
    freeze_body: bool,
) -> Any:
    """Replace the predictors of a detector; says of each weight what has become of it."""
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    options = {"freeze_body": True} if freeze_body else {}
    returned = subject(model, num_classes, num_keypoints, **options)
    if returned is None or returned is ...:
        return returned
    if not isinstance(returned, FasterRCNN):
        raise Mismatch(f"The result is a {type(returned).__name__}, expected the detector.")
    return _what_became(returned, before)


def _detector(seed: int, heads: str) -> FasterRCNN:
    """Build a tiny detector with some of the heads: 'mask keypoint', 'mask', 'keypoint' or ''.

    No two of its predictors have the same number of channels, so that none fits another's place.
    """
    with OwnRandomNumbers(seed):
        model = tiny_detector(
            seed,
            box_head=TwoMLPHead(CHANNELS * BOX_BINS**2, _BOX_CHANNELS),
            box_predictor=FastRCNNPredictor(_BOX_CHANNELS, CLASSES),
            mask_predictor=MaskRCNNPredictor(CHANNELS, _INSIDE_MASKS, CLASSES),
        )
        parts = model.roi_heads
        parts.keypoint_head = KeypointRCNNHeads(CHANNELS, (_KEYPOINT_CHANNELS,))
        parts.keypoint_predictor = KeypointRCNNPredictor(_KEYPOINT_CHANNELS, KEYPOINTS)
    if not heads:
        return without_branches(model)
    for kind in {"mask", "keypoint"} - set(heads.split()):
        for part in ("roi_pool", "head", "predictor"):
            setattr(parts, f"{kind}_{part}", None)
    return model


def _what_became(model: FasterRCNN, before: Mapping[str, Tensor]) -> dict[str, str]:
    """Say of each weight its shape, whether it is new and learns; of convolutions, their steps."""
    fates = {
        name: f"stride {module.stride}, padding {module.padding}"
        for name, module in model.named_modules()
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)
    }
    for name, value in sorted(model.named_parameters()):
        words = [" x ".join(map(str, value.shape)), "learns" if value.requires_grad else "frozen"]
        if value.ndim > 1:  # a new bias may be the zeros that the old one was
            old = before.get(name)
            same = old is not None and old.shape == value.shape and old.equal(value)
            words.insert(1, "as it was" if same else "new")
        fates[name] = ", ".join(words)
    return fates


_ABSENT_HINT = "a head that is not there is None in model.roi_heads."
_FREEZE_HINT = "freeze_body is about model.backbone.body: requires_grad_(False) for its weights."


def _cases(_: Draw, uniform: Draw) -> Cases:
    seed = int(2**20 * uniform(1))

    @cache
    def detector(heads: str) -> FasterRCNN:
        return _detector(seed, heads)

    def case(
        what: str,
        heads: str,
        classes: int,
        keypoints: int | None = None,
        *,
        freeze: bool = False,
        hint: str = "",
    ) -> Case:
        return Case(what, (detector(heads), classes, keypoints, freeze), hint=hint)

    yield case(
        "a detector with masks and keypoints, 3 classes, 7 keypoints",
        "mask keypoint",
        3,
        7,
        hint="three predictors are new; everything before them keeps its weights.",
    )
    yield case("a detector with masks", "mask", 6, hint=_ABSENT_HINT)
    yield case("a detector with keypoints", "keypoint", 2, 11, hint=_ABSENT_HINT)
    yield case("a detector of boxes alone", "", 9)
    yield case(
        "as many classes and keypoints as before",
        "mask keypoint",
        CLASSES,
        KEYPOINTS,
        hint="the old weights know other classes: predictors are new even if the sizes fit.",
    )
    yield case("the body frozen", "mask keypoint", 3, 2, freeze=True, hint=_FREEZE_HINT)
    yield case("the body frozen, boxes alone", "", 5, freeze=True, hint=_FREEZE_HINT)


def _by(**options: Any) -> Callable[[Call], Any]:
    """Make the mistake of the reference with other options."""
    return lambda call: call.by(partial(replace_predictors, **options))


def _frozen_otherwise(part: str) -> Callable[[Call], Any]:
    """Make the mistake of freezing another part, where a case freezes one."""
    return lambda call: _by(frozen=part)(call) if call.freeze_body else None


def _keypoint_classes(call: Call) -> Any:
    if call.model.roi_heads.keypoint_predictor is None:
        return None
    return call(num_keypoints=call.num_classes)


def _all_new(call: Call) -> Any:
    def fresh(model: FasterRCNN, *args: Any, **options: Any) -> FasterRCNN:
        with OwnRandomNumbers():
            for parameter in model.parameters():
                nn.init.normal_(parameter)
        return replace_predictors(model, *args, **options)

    return call.by(fresh)


REPLACE_PREDICTORS = Exercise(
    name="replace_predictors",
    reference=replace_predictors,
    source="torchvision's FastRCNNPredictor and its kin",
    own_cases=_cases,
    use=_use,
    steps=(
        "A predictor is the last layer of a head: model.roi_heads.box_predictor, mask_predictor, "
        "keypoint_predictor. Put a new one of torchvision's in its place.",
        "How many channels go in is read from the old one, such as cls_score.in_features or "
        "conv5_mask.in_channels.",
        "MaskRCNNPredictor wants the hidden channels too: mask_fcn_logits.in_channels of the old.",
        "A head that the detector does not have is None: leave it. Return the model.",
    ),
    mistakes={
        "nothing_replaced": Mistake(
            "the predictors are the old ones",
            _by(kinds=()),
            "put new predictors into model.roi_heads.",
        ),
        "box_alone": Mistake(
            "only the box predictor is new",
            _by(kinds=("box",)),
            "the mask predictor has a map for each class, the keypoint predictor one for each "
            "keypoint: they are new too.",
        ),
        "mask_kept": Mistake(
            "the mask predictor is the old one",
            _by(kinds=("box", "keypoint")),
            "the mask predictor has a map for each class.",
        ),
        "keypoint_kept": Mistake(
            "the keypoint predictor is the old one",
            _by(kinds=("box", "mask")),
            "the keypoint predictor has a map for each keypoint.",
        ),
        "background_added": Mistake(
            "there is one class too many",
            lambda call: call(num_classes=call.num_classes + 1),
            "num_classes counts the background already.",
        ),
        "background_missing": Mistake(
            "there is one class too few",
            lambda call: call(num_classes=call.num_classes - 1),
            "num_classes counts the background, and the predictors have a place for it.",
        ),
        "classes_for_keypoints": Mistake(
            "the keypoint predictor has a map for each class",
            _keypoint_classes,
            "it has one for each keypoint, whatever class the object is of.",
        ),
        "body_not_frozen": Mistake(
            "the body still learns",
            lambda call: call(freeze_body=False) if call.freeze_body else None,
            "weights with requires_grad=False keep their values.",
        ),
        "pyramid_frozen": Mistake(
            "the pyramid is frozen as well",
            _frozen_otherwise("backbone"),
            "model.backbone is body and fpn; only the body is meant.",
        ),
        "all_frozen": Mistake(
            "everything but the new predictors is frozen",
            _frozen_otherwise(""),
            "only the body is meant; RPN and heads have to learn how the new objects look.",
        ),
        "body_always_frozen": Mistake(
            "the body is frozen in any case",
            lambda call: call(freeze_body=True),
            "freeze_body is an argument.",
        ),
        "all_new": Mistake(
            "the trained weights are lost",
            _all_new,
            "everything before the predictors keeps its weights: that is what fine-tuning is for.",
        ),
    },
)
