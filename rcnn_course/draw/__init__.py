"""Static pictures of the course, drawn with matplotlib from what torchvision returns."""

from rcnn_course.draw.detections import draw_boxes
from rcnn_course.draw.figures import caption, show
from rcnn_course.draw.images import show_image
from rcnn_course.draw.pipeline import pipeline_map

__all__ = ["caption", "draw_boxes", "pipeline_map", "show", "show_image"]
