"""The learning rate over a training: short schedules need a warm-up, and an end near zero."""

import math

_WARM_UP, _LAST_RATE = 0.03, 0.005  # parts of the schedule and of the peak rate


def learning_rate(progress: float, peak: float) -> float:
    """Give the rate at a part of the schedule (0 to 1): linear warm-up, then half a cosine.

    Example:
        >>> from rcnn_course.models.schedule import learning_rate
        >>> [round(learning_rate(progress, peak=0.02), 4) for progress in (0, 0.03, 0.5, 1)]
        [0.0002, 0.02, 0.0105, 0.0001]
    """
    if progress < _WARM_UP:
        return peak * (0.01 + 0.99 * progress / _WARM_UP)
    part = (progress - _WARM_UP) / (1 - _WARM_UP)
    return peak * (_LAST_RATE + (1 - _LAST_RATE) * (1 + math.cos(math.pi * part)) / 2)
