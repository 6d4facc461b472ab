"""Exercises of notebook 06_roi_align."""

from rcnn_course.checks.exercises.n06_roi_align.bilinear_sample import BILINEAR_SAMPLE
from rcnn_course.checks.exercises.n06_roi_align.multiscale_roi_align import MULTISCALE_ROI_ALIGN
from rcnn_course.checks.exercises.n06_roi_align.roi_align import ROI_ALIGN
from rcnn_course.checks.exercises.n06_roi_align.roi_pool import ROI_POOL

EXERCISES = (ROI_POOL, BILINEAR_SAMPLE, ROI_ALIGN, MULTISCALE_ROI_ALIGN)
