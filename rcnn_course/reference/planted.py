"""Which mistakes are planted in the bug hunt of notebook 10, for whom: what `bug_found` says.

Each is a typical mistake of an exercise, under the key that it has there.
"""

import hashlib
from dataclasses import dataclass

ROUNDS = (1, 2, 3)


@dataclass(frozen=True)
class Bug:
    """A mistake that can be planted in a detector.

    Attributes:
        round: in which round of the hunt.
        stage: the first stage that differs, a key of `models.stages.STAGES`; None where the mistake
            lies in training, and no stage differs.
        part: the exercise whose part makes it.
        mistake: its key among the mistakes of that exercise.
    """

    round: int
    stage: str | None
    part: str
    mistake: str


BUGS = (
    Bug(1, "anchors", "grid_anchors", "stride_unused"),
    Bug(1, "post-processing", "postprocess_detections", "labels_too_low"),
    Bug(1, "post-processing", "postprocess_detections", "no_nms"),
    Bug(1, "post-processing", "postprocess_detections", "weights_unused"),
    Bug(1, "all RoI heads", "heatmaps_to_keypoints", "corner_missing"),
    Bug(1, "back to the picture", "paste_masks_in_image", "x_and_y_swapped"),
    Bug(2, "anchors", "grid_anchors", "centred_in_cells"),
    Bug(2, "anchors", "cell_anchors", "rounded_down"),
    Bug(2, "RoI features", "multiscale_roi_align", "aligned"),
    Bug(2, "post-processing", "postprocess_detections", "deltas_of_class_1"),
    Bug(2, "all RoI heads", "heatmaps_to_keypoints", "half_pixel_missing"),
    Bug(2, "back to the picture", "paste_masks_in_image", "box_not_expanded"),
    Bug(3, None, "match_anchors", "kinds_swapped"),
    Bug(3, None, "rpn_loss", "objectness_summed"),
    Bug(3, None, "encode_boxes", "weights_unused"),
    Bug(3, None, "fastrcnn_loss", "foreground_counted"),
    Bug(3, None, "train_one_epoch", "gradients_kept"),
    Bug(3, None, "train_one_epoch", "one_loss"),
)


def planted(name: str) -> list[Bug]:
    """Return what is planted for a student, round by round.

    Args:
        name: of the student; spaces around it and capitals do not count.
    """
    digest = hashlib.sha256(f"bug hunt {name.strip().casefold()}".encode()).digest()
    pools = ([bug for bug in BUGS if bug.round == number] for number in ROUNDS)
    return [pool[byte % len(pool)] for pool, byte in zip(pools, digest, strict=False)]


def bug_found(number: int) -> tuple[str, str | None, str, str]:
    """Name what is planted in a round, as a student does; of a student who is called reference."""
    bug = planted("reference")[number - 1]
    return "reference", bug.stage, bug.part, bug.mistake
