"""Exercise `MaskRCNNPredictor`: twice the resolution, and a mask for each class.

Source: He et al. 2017, Mask R-CNN, figure 4 (right); torchvision.models.detection.mask_rcnn.
"""

import torch
from torch import nn
from torchvision.models.detection import mask_rcnn

from rcnn_course.checks.engine.exercise import Exercise, Mistake
from rcnn_course.checks.exercises.n08_mask_head.layers import (
    altered_call,
    cases_of,
    changed_result,
    run,
)

_Predictor = mask_rcnn.MaskRCNNPredictor

MASK_RCNN_PREDICTOR = Exercise(
    name="MaskRCNNPredictor",
    reference=_Predictor,
    source="torchvision.models.detection.mask_rcnn.MaskRCNNPredictor",
    cases=cases_of(_Predictor, (4, 5, 3), (3, 6, 1)),
    use=run,
    refused_code=(_Predictor,),
    mistakes=(
        Mistake(
            "the ReLU between the two layers is missing",
            altered_call(_Predictor, lambda module: setattr(module, "relu", nn.Identity())),
            "the transposed convolution is followed by a ReLU, like every layer of the head.",
        ),
        Mistake(
            "a ReLU follows the logits",
            changed_result(_Predictor, torch.relu),
            "a logit below zero says 'not here'. Nothing may cut it off.",
        ),
        Mistake(
            "it returns probabilities instead of logits",
            changed_result(_Predictor, torch.sigmoid),
            "the loss and maskrcnn_inference both apply the sigmoid themselves.",
        ),
        Mistake(
            "it returns a softmax over the classes",
            changed_result(_Predictor, lambda logits: logits.softmax(dim=1)),
            "each class has a mask of its own; classes do not compete. Return logits.",
        ),
        Mistake(
            "the transposed convolution has the stride 1",
            altered_call(_Predictor, lambda module: vars(module.conv5_mask).update(stride=(1, 1))),
            "14 cells must become 28: each input cell is stamped two cells further on.",
        ),
        Mistake(
            "the transposed convolution has a padding of 1",
            altered_call(_Predictor, lambda module: vars(module.conv5_mask).update(padding=(1, 1))),
            "in a transposed convolution, padding cuts cells off: (14 - 1) x 2 + 2 = 28 without.",
        ),
    ),
)
