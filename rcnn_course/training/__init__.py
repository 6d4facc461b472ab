"""Training a detector on pictures with truth: what notebooks and `rcnn-course train` call."""

from rcnn_course.training.fit import fit
from rcnn_course.training.flip import RandomFlip, flip_indices, horizontal_flip
from rcnn_course.training.history import History
from rcnn_course.training.measure import measure

__all__ = ["History", "RandomFlip", "fit", "flip_indices", "horizontal_flip", "measure"]
