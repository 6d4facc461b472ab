"""What would give the answers of this notebook away.

Plain convolution stays permitted, since transposed convolution may be built as a convolution of
the stretched input; so does `F.fold` (`aten::col2im`), which adds up patches that a student has
computed. The gradient of a convolution is transposed convolution under another name.
"""

import torch._decomp.decompositions as python_versions_of_operators
from PIL.Image import Image

from rcnn_course.checks.engine.guard import TRANSPOSED_CONVOLUTION

INTERPOLATION = (
    "aten::upsample_*",
    "aten::_upsample_*",
    "aten::*grid_sampler*",
    "torchvision::*roi_align*",
    "torchvision::*deform_conv2d*",
)
TRANSPOSED = (
    TRANSPOSED_CONVOLUTION,
    "aten::*conv_transpose*",
    "aten::*conv*_backward*",
    "aten::*convolution_transpose*",
    "mkldnn::*convolution_transpose*",
    "*quantized::conv_transpose*",
)
REFUSED = INTERPOLATION + TRANSPOSED
REFUSED_CODE = (python_versions_of_operators, Image.resize)
