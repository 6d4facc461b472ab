"""Exercises of notebook 03_upsampling."""

from rcnn_course.checks.exercises.n03_upsampling.bilinear_kernel import BILINEAR_KERNEL
from rcnn_course.checks.exercises.n03_upsampling.conv_transpose_1d import CONV_TRANSPOSE_1D
from rcnn_course.checks.exercises.n03_upsampling.conv_transpose_2d import CONV_TRANSPOSE_2D
from rcnn_course.checks.exercises.n03_upsampling.fcn_skip_sum import FCN_SKIP_SUM
from rcnn_course.checks.exercises.n03_upsampling.upsample_bilinear_2d import UPSAMPLE_BILINEAR_2D
from rcnn_course.checks.exercises.n03_upsampling.upsample_linear_1d import UPSAMPLE_LINEAR_1D
from rcnn_course.checks.exercises.n03_upsampling.upsample_nearest_1d import UPSAMPLE_NEAREST_1D
from rcnn_course.checks.exercises.n03_upsampling.upsample_nearest_2d import UPSAMPLE_NEAREST_2D

EXERCISES = (
    UPSAMPLE_NEAREST_1D,
    UPSAMPLE_LINEAR_1D,
    CONV_TRANSPOSE_1D,
    UPSAMPLE_NEAREST_2D,
    UPSAMPLE_BILINEAR_2D,
    CONV_TRANSPOSE_2D,
    BILINEAR_KERNEL,
    FCN_SKIP_SUM,
)
