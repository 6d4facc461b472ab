"""Seeds for torch's generator, one for each thing that chance decides."""

from random import Random


def chance(*names: object) -> int:
    """Return a seed of 32 bits, which is all that torch's CPU generator takes of one.

    Example:
        >>> from rcnn_course.training.chance import chance
        >>> (
        ...     chance("step", 0, 7) == chance("step", 0, 7),
        ...     chance("step", 1, 7) == chance("step", 0, 7),
        ... )
        (True, False)
    """
    return Random("/".join(map(str, names))).getrandbits(32)
