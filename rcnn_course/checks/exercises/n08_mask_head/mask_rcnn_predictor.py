"""Exercise `MaskRCNNPredictor`: twice the resolution, and a mask for each class.

Source: He et al. 2017, Mask R-CNN, figure 4 (right); torchvision.models.detection.mask_rcnn.
"""

from torch import nn
from torchvision.models.detection.mask_rcnn import MaskRCNNPredictor

from rcnn_course.checks.engine.exercise import Exercise, Mistake, Odd
from rcnn_course.checks.engine.modules import build_and_run, each_altered, leave_out, with_options
from rcnn_course.checks.exercises import works
from rcnn_course.checks.exercises.n08_mask_head.layers import cases_of

MASK_RCNN_PREDICTOR = Exercise(
    name="MaskRCNNPredictor",
    reference=MaskRCNNPredictor,
    source="torchvision.models.detection.mask_rcnn.MaskRCNNPredictor",
    picture="map",
    steps=(
        "conv5_mask doubles height and width: a transposed convolution with kernel 2 and stride 2.",
        "A ReLU, then mask_fcn_logits, a 1 x 1 convolution to one map for each class.",
    ),
    own_cases=cases_of(MaskRCNNPredictor, (4, 5, 3), (3, 6, 1), (4, 5, 3)),
    odd=Odd(length=["x"], gradient=["weights", "x"]),
    use=build_and_run,
    refused=(works.MASK_HEAD,),
    mistakes={
        "no_relu": Mistake(
            "the ReLU between the two layers is missing",
            each_altered(nn.ReLU, leave_out),
            "the transposed convolution is followed by a ReLU, like every layer of the head.",
        ),
        "relu_on_logits": Mistake(
            "a ReLU follows the logits",
            lambda call: call().relu(),
            "a logit below zero says 'not here'. Nothing may cut it off.",
        ),
        "probabilities": Mistake(
            "it returns probabilities instead of logits",
            lambda call: call().sigmoid(),
            "the loss and maskrcnn_inference both apply the sigmoid themselves.",
        ),
        "softmax": Mistake(
            "it returns a softmax over the classes",
            lambda call: call().softmax(dim=1),
            "each class has a mask of its own; classes do not compete. Return logits.",
        ),
        "stride_1": Mistake(
            "the transposed convolution has the stride 1",
            each_altered(nn.ConvTranspose2d, with_options(stride=(1, 1))),
            "14 cells must become 28: each input cell is stamped two cells further on.",
        ),
        "padding_1": Mistake(
            "the transposed convolution has a padding of 1",
            each_altered(nn.ConvTranspose2d, with_options(padding=(1, 1))),
            "in a transposed convolution, padding cuts cells off: (14 - 1) x 2 + 2 = 28 without.",
        ),
    },
)
