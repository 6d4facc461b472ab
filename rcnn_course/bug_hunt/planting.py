"""Plant a typical mistake of an exercise in a detector, as the part that makes it."""

from collections.abc import Callable
from typing import Any

from torchvision.models.detection.faster_rcnn import FasterRCNN

from rcnn_course.bug_hunt.trainings import record_of, trainings
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.exercise import Call, Case
from rcnn_course.models import assemble
from rcnn_course.models.assembly import PLACES

INFERENCE = (
    "cell_anchors",
    "grid_anchors",
    "decode_boxes",
    "filter_proposals",
    "multiscale_roi_align",
    "postprocess_detections",
    "maskrcnn_inference",
    "heatmaps_to_keypoints",
    "paste_masks_in_image",
)
TRAINING = ("match_anchors", "rpn_loss", "encode_boxes", "fastrcnn_loss", "train_one_epoch")
PARTS = (*INFERENCE, *TRAINING)
"""The parts that can be guessed."""


def mistakes_of(part: str) -> list[str]:
    """Return the keys of the mistakes of a part: of one that trains, those that were recorded.

    Args:
        part: one of `PARTS`.
    """
    keys = list(EXERCISES[part].mistakes)
    return [key for key in keys if part in INFERENCE or record_of(part, key) in trainings()]


def faulty_part(part: str, mistake: str) -> Callable:
    """Return a part of a detector that makes a mistake wherever it shows, and is right elsewhere.

    Args:
        part: the name of its exercise.
        mistake: its key there.
    """
    exercise = EXERCISES[part]
    wrong = exercise.mistakes[mistake].wrong

    def planted(*args: Any, **options: Any) -> Any:
        call = Call(exercise.use, exercise.reference, Case("", args, options))
        result = wrong(call)
        return call() if result is None else result

    return planted


def plant(model: FasterRCNN, part: str, mistake: str) -> FasterRCNN:
    """Copy a detector and put a part that makes a mistake in the place of the right one.

    The loop that trains is no part of the detector: with a mistake there, the copy is right.
    """
    parts = {part: faulty_part(part, mistake)} if part in PLACES else {}
    return assemble(model, parts)
