"""Exercises of notebook 02_backbone."""

from rcnn_course.checks.exercises.n02_backbone.bottleneck_forward import BOTTLENECK_FORWARD
from rcnn_course.checks.exercises.n02_backbone.frozen_batch_norm_2d import FROZEN_BATCH_NORM_2D
from rcnn_course.checks.exercises.n02_backbone.intermediate_features import INTERMEDIATE_FEATURES

EXERCISES = (FROZEN_BATCH_NORM_2D, BOTTLENECK_FORWARD, INTERMEDIATE_FEATURES)
