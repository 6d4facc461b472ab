"""Static pictures of the course, drawn with matplotlib from what torchvision returns.

Each function draws into the axes that it is given, or makes a figure, and returns the axes;
`show` displays a finished drawing with its caption and alternative text.

A name is loaded with its module when it is first used: to draw how a class did needs no torch.
"""

from importlib import import_module

_HOMES = {
    "PARTS": "pipeline",
    "caption": "figures",
    "draw_anchors": "anchors",
    "draw_bilinear": "roi",
    "draw_box_head": "box_head",
    "draw_boxes": "boxes",
    "draw_cells": "grids",
    "draw_class": "tallies",
    "draw_delta": "deltas",
    "draw_error_losses": "box_head",
    "draw_families": "families",
    "draw_fpn": "pyramid",
    "draw_half_cell": "roi_response",
    "draw_heatmap": "heatmaps",
    "draw_histograms": "histograms",
    "draw_keypoints": "keypoints",
    "draw_layers": "layers",
    "draw_level_steps": "pyramid",
    "draw_levels": "grids",
    "draw_losses": "curves",
    "draw_maps": "heatmaps",
    "draw_mask_errors": "mask_head",
    "draw_mask_head": "mask_head",
    "draw_masks": "masks",
    "draw_matrix": "heatmaps",
    "draw_movement": "roi_response",
    "draw_offset": "box_head",
    "draw_offset_spread": "box_head",
    "draw_overlap": "overlap",
    "draw_places": "upsampling",
    "draw_precision_recall": "curves",
    "draw_pulls": "roi_response",
    "draw_rounded_roi": "roi",
    "draw_rows": "upsampling",
    "draw_sampling_points": "roi",
    "draw_scores": "curves",
    "draw_smooth_l1": "deltas",
    "draw_stamps": "upsampling",
    "draw_steps": "proposals",
    "draw_sum": "sums",
    "draw_tasks": "tasks",
    "draw_tolerances": "tolerances",
    "pipeline_map": "pipeline",
    "show": "figures",
    "show_detections": "detections",
    "show_image": "images",
    "show_row": "rows",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    """Import the module that holds `name` on first use (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module 'rcnn_course.draw' has no attribute {name!r}")
    return getattr(import_module(f"rcnn_course.draw.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
