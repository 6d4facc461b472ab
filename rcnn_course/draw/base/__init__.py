"""What all pictures share: style, figures, words, and what is asked of their inputs."""

from rcnn_course.draw.base import style

__all__ = ["style"]
