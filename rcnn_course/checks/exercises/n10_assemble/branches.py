"""What a further branch adds to detections: the cases, and mistakes that every branch knows.

Source: He et al. 2017, Mask R-CNN, sections 3 and 5; torchvision `RoIHeads`.
"""

from rcnn_course.checks.engine.exercise import Case, Cases, Draw, Mistake
from rcnn_course.checks.engine.random_tensors import random_boxes
from rcnn_course.checks.exercises.n10_assemble import detectors
from rcnn_course.reference.detectors import Detection

_ORDER_HINT = "the rows of all pictures lie one after the other; each picture gets its own back."


def cases(normal: Draw, uniform: Draw) -> Cases:
    """Yield the cases of both branches: pictures with some detections, or none."""
    model = detectors.tiny_detector(int(2**20 * uniform(1)))
    sizes = {"0": (16, 24), "1": (8, 12), "2": (4, 6), "3": (2, 3), "pool": (1, 2)}

    def case(what: str, *counts: int, hint: str = "", noted: bool = False) -> Case:
        features = {
            name: normal(len(counts), detectors.CHANNELS, *size) for name, size in sizes.items()
        }
        found = [{**detection(n), **({"note": normal(n)} if noted else {})} for n in counts]
        image_sizes = [(64 - 8 * image, 96) for image in range(len(counts))]
        return Case(what, (model, features, found, image_sizes), hint=hint)

    def detection(count: int) -> Detection:
        boxes = random_boxes(uniform, count, start=(0.0, 30.0), sides=(6.0, 30.0))
        labels = 1 + (uniform(count) * (detectors.CLASSES - 1)).long()
        return {"boxes": boxes, "labels": labels, "scores": uniform(count)}

    yield case(
        "a picture with three detections",
        3,
        hint="return new dictionaries with one entry more; those that arrive stay as they are.",
    )
    yield case("two pictures with different numbers of detections", 2, 4, hint=_ORDER_HINT)
    yield case("a picture without detections between others", 2, 0, 1, hint=_ORDER_HINT)
    yield case(
        "detections that another branch has added to",
        2,
        1,
        hint="all entries that came in are in the result, whatever they are called.",
        noted=True,
    )
    yield case("no detections at all", 0, hint="the new entries have 0 rows then.")


def mistakes(kind: str) -> dict[str, Mistake]:
    """Return the mistakes on the way of RoIs into a branch: into that of masks or keypoints."""
    return {
        "box_pool": Mistake(
            "the RoIs are read by the box head's RoIAlign",
            detectors.stage_changed(
                f"roi_heads.{kind}_roi_pool.output_size", lambda _: (detectors.BOX_BINS,) * 2
            ),
            "each branch has a RoIAlign of its own, with a number of bins of its own.",
        ),
        "head_missing": Mistake(
            f"the {kind} head is left out",
            detectors.stage_changed(f"roi_heads.{kind}_head.forward", lambda _: lambda rois: rois),
            "RoI features go through the head's convolutions, then through the predictor.",
        ),
    }
