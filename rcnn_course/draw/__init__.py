"""Static pictures of the course, drawn with matplotlib from what torchvision returns.

Each function draws into the axes that it is given, or makes a figure, and returns the axes;
`show` displays a finished drawing with its caption and alternative text.
"""

from rcnn_course.draw.anchors import draw_anchors
from rcnn_course.draw.box_head import (
    draw_box_head,
    draw_error_losses,
    draw_offset,
    draw_offset_spread,
)
from rcnn_course.draw.boxes import draw_boxes
from rcnn_course.draw.curves import draw_losses, draw_precision_recall, draw_scores
from rcnn_course.draw.deltas import draw_delta, draw_smooth_l1
from rcnn_course.draw.detections import show_detections
from rcnn_course.draw.families import draw_families
from rcnn_course.draw.figures import caption, show
from rcnn_course.draw.grids import draw_cells, draw_levels
from rcnn_course.draw.heatmaps import draw_heatmap, draw_maps, draw_matrix
from rcnn_course.draw.histograms import draw_histograms
from rcnn_course.draw.images import show_image
from rcnn_course.draw.keypoints import draw_keypoints
from rcnn_course.draw.layers import draw_layers
from rcnn_course.draw.mask_head import draw_mask_errors, draw_mask_head
from rcnn_course.draw.masks import draw_masks
from rcnn_course.draw.overlap import draw_overlap
from rcnn_course.draw.pipeline import PARTS, pipeline_map
from rcnn_course.draw.proposals import draw_steps
from rcnn_course.draw.pyramid import draw_fpn, draw_level_steps
from rcnn_course.draw.roi import draw_bilinear, draw_rounded_roi, draw_sampling_points
from rcnn_course.draw.roi_response import draw_half_cell, draw_movement, draw_pulls
from rcnn_course.draw.rows import show_row
from rcnn_course.draw.sums import draw_sum
from rcnn_course.draw.tallies import draw_class
from rcnn_course.draw.tasks import draw_tasks
from rcnn_course.draw.tolerances import draw_tolerances
from rcnn_course.draw.upsampling import draw_places, draw_rows, draw_stamps

__all__ = [
    "PARTS",
    "caption",
    "draw_anchors",
    "draw_bilinear",
    "draw_box_head",
    "draw_boxes",
    "draw_cells",
    "draw_class",
    "draw_delta",
    "draw_error_losses",
    "draw_families",
    "draw_fpn",
    "draw_half_cell",
    "draw_heatmap",
    "draw_histograms",
    "draw_keypoints",
    "draw_layers",
    "draw_level_steps",
    "draw_levels",
    "draw_losses",
    "draw_maps",
    "draw_mask_errors",
    "draw_mask_head",
    "draw_masks",
    "draw_matrix",
    "draw_movement",
    "draw_offset",
    "draw_offset_spread",
    "draw_overlap",
    "draw_places",
    "draw_precision_recall",
    "draw_pulls",
    "draw_rounded_roi",
    "draw_rows",
    "draw_sampling_points",
    "draw_scores",
    "draw_smooth_l1",
    "draw_stamps",
    "draw_steps",
    "draw_sum",
    "draw_tasks",
    "draw_tolerances",
    "pipeline_map",
    "show",
    "show_detections",
    "show_image",
    "show_row",
]
