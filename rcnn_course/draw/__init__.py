"""Static pictures of the course, drawn with matplotlib from what torchvision returns.

Each function draws into the axes that it is given, or makes a figure, and returns the axes;
`show` displays a finished drawing with its caption and alternative text.

A name is loaded with its module when it is first used: to draw how a class did needs no torch.
"""

from importlib import import_module

_HOMES = {
    "PARTS": "diagrams.pipeline",
    "caption": "base.figures",
    "draw_anchors": "overlays.anchors",
    "draw_bilinear": "diagrams.roi",
    "draw_box_head": "diagrams.box_head",
    "draw_box_difference": "overlays.differences",
    "draw_boxes": "overlays.boxes",
    "draw_cells": "overlays.grids",
    "draw_class": "charts.tallies",
    "draw_costs": "charts.costs",
    "draw_curve_difference": "overlays.differences",
    "draw_delta": "overlays.deltas",
    "draw_delta_spread": "charts.histograms",
    "draw_encoding": "diagrams.box_head",
    "draw_error_losses": "charts.losses",
    "draw_families": "diagrams.families",
    "draw_fpn": "diagrams.pyramid",
    "draw_half_cell": "diagrams.roi_response",
    "draw_heatmap": "overlays.heatmaps",
    "draw_histograms": "charts.histograms",
    "draw_ideas": "charts.ideas",
    "draw_keypoints": "overlays.keypoints",
    "draw_layers": "diagrams.layers",
    "draw_level_steps": "diagrams.pyramid",
    "draw_levels": "overlays.grids",
    "draw_losses": "charts.curves",
    "draw_map_difference": "overlays.differences",
    "draw_maps": "overlays.heatmaps",
    "draw_mask_errors": "diagrams.mask_head",
    "draw_mask_head": "diagrams.mask_head",
    "draw_masks": "overlays.masks",
    "draw_matrix": "overlays.heatmaps",
    "draw_movement": "diagrams.roi_response",
    "draw_overlap": "charts.overlap",
    "draw_peak_difference": "overlays.differences",
    "draw_places": "diagrams.upsampling",
    "draw_precision_recall": "charts.curves",
    "draw_pulls": "diagrams.roi_response",
    "draw_rounded_roi": "diagrams.roi",
    "draw_rows": "diagrams.upsampling",
    "draw_sampling_points": "diagrams.roi",
    "draw_scores": "charts.curves",
    "draw_smooth_l1": "charts.losses",
    "draw_stamps": "diagrams.upsampling",
    "draw_steps": "overlays.proposals",
    "draw_sum": "diagrams.sums",
    "draw_tasks": "diagrams.tasks",
    "draw_tolerances": "overlays.tolerances",
    "pipeline_map": "diagrams.pipeline",
    "show": "base.figures",
    "show_detections": "overlays.detections",
    "show_image": "base.images",
    "show_row": "overlays.rows",
    "style": "base",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    """Import the module that holds `name` on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rcnn_course.draw' has no attribute {name!r}")
    return getattr(import_module(f"rcnn_course.draw.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
