"""Exercises of notebook 04_fpn."""

from rcnn_course.checks.exercises.n04_fpn.assign_levels import ASSIGN_LEVELS
from rcnn_course.checks.exercises.n04_fpn.feature_pyramid_network import FEATURE_PYRAMID_NETWORK
from rcnn_course.checks.exercises.n04_fpn.last_level_max_pool import LAST_LEVEL_MAX_POOL
from rcnn_course.checks.exercises.n04_fpn.top_down_merge import TOP_DOWN_MERGE

EXERCISES = (TOP_DOWN_MERGE, FEATURE_PYRAMID_NETWORK, LAST_LEVEL_MAX_POOL, ASSIGN_LEVELS)
