"""What nbgrader warns of, in the words of whoever watches."""

import logging
from collections.abc import Callable


class _Saying(logging.Handler):
    def __init__(self, say: Callable[[str], None]):
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(" ".join(record.getMessage().split()))


def saying(say: Callable[[str], None]) -> logging.Logger:
    """Return a log for one of nbgrader's programs, of which warnings are said on one line."""
    logger = logging.Logger("nbgrader", logging.WARNING)
    logger.addHandler(_Saying(say))
    return logger
