"""Exercise `wire_mask_rcnn`: what the mask branch adds to detections.

Source: He et al. 2017, Mask R-CNN, section 3; torchvision `RoIHeads`.
"""

from functools import partial

from torchvision.models.detection import roi_heads

from rcnn_course.checks.engine.exercise import Exercise, Mistake
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n10_assemble import detectors
from rcnn_course.checks.exercises.n10_assemble.branches import cases, mistakes
from rcnn_course.reference.detectors import wire_mask_rcnn

_logits_changed = partial(detectors.output_changed, "roi_heads.mask_predictor.forward")

WIRE_MASK_RCNN = Exercise(
    name="wire_mask_rcnn",
    reference=wire_mask_rcnn,
    source="torchvision's MaskRCNN",
    steps=(
        "RoIAlign reads again, inside the detected boxes: mask_roi_pool, then mask_head, then"
        " mask_predictor.",
        "maskrcnn_inference wants the logits of all pictures and a list with the labels of each.",
        "Return new dictionaries with everything that came in, and the masks.",
    ),
    own_cases=cases,
    use=detectors.call_for_detections,
    refused=(works.WHOLE_DETECTOR,),
    lends={"maskrcnn_inference": roi_heads.maskrcnn_inference},
    mistakes={
        **mistakes("mask"),
        "logits": Mistake(
            "the masks are logits",
            lambda call: [{**d, "masks": d["masks"].logit()} for d in call()],
            "maskrcnn_inference takes the sigmoid and chooses the class's mask.",
        ),
        "cut_at_half": Mistake(
            "the masks are cut at 0.5",
            lambda call: [{**d, "masks": (d["masks"] > 0.5).float()} for d in call()],
            "the masks stay soft until they lie in the picture.",
        ),
        "softmax": Mistake(
            "the classes compete for each pixel",
            _logits_changed(lambda logits: logits.softmax(dim=1).logit()),
            "each class has a mask of its own, with a sigmoid: the box head has chosen the class.",
        ),
        "always_background": Mistake(
            "every mask is that of the background",
            _logits_changed(lambda logits: logits[:, :1].expand(-1, detectors.CLASSES, -1, -1)),
            "the label of a detection says which of its masks counts.",
        ),
        "label_minus_one": Mistake(
            "the labels are one too low",
            _logits_changed(lambda logits: logits.roll(1, dims=1)),
            "the mask predictor has a map for the background too, so label 1 is map 1.",
        ),
    },
)
