"""What the fork server loads before it forks, so that no kernel has to.

What fails here will fail again in the notebook, where it is seen; the rest is loaded all the same.
"""

import contextlib
from collections.abc import Callable, Iterable

KERNEL = ("ipykernel.ipkernel", "ipykernel.kernelapp")
"""What a kernel cannot begin without."""

LATE = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.pylabtools",
    "IPython.extensions.storemagic",
    "ipykernel.debugger",
    "tornado.platform.asyncio",
)
"""What a kernel loads later, when it runs its first cells."""


def kernel() -> None:
    """Load what a kernel cannot begin without, and nothing of the course."""
    run(f"import {name}" for name in KERNEL)


def checks() -> None:
    """Load what answers and their checks come to need, and what examines a notebook."""
    kernel()
    run(f"import {name}" for name in LATE)
    _load(CHECKS)


def pictures() -> None:
    """Load what cells need that no points depend on."""
    _load(PICTURES)


def _load(parts: Iterable[Callable[[], None]]) -> None:
    for load in parts:
        with contextlib.suppress(Exception):
            load()


def run(statements: Iterable[str]) -> None:
    """Run statements, such as the imports of a notebook."""
    for statement in statements:
        with contextlib.suppress(Exception):
            exec(statement, {})


def _examination() -> None:
    import rcnn_course.grading.integrity.examination  # noqa: F401


def _explorers() -> None:
    import rcnn_course.widgets  # noqa: F401


def _drawings() -> None:
    """Load all drawings, and draw one: matplotlib remembers what took long the first time."""
    from matplotlib import pyplot

    from rcnn_course import draw
    from rcnn_course.draw.base.figures import encode

    for name in dir(draw):
        getattr(draw, name)
    encode(draw.pipeline_map(list(draw.PARTS)))
    pyplot.close("all")


def _detectors() -> None:
    """Make each of the detectors once: PyTorch remembers what took long the first time."""
    from rcnn_course.models import load_detector

    for name in ("fasterrcnn", "maskrcnn", "maskkeypointrcnn"):
        load_detector(name, weights="course")


def _guards() -> None:
    """Make the guard of each exercise once: what it refuses is found, and seen, from then on."""
    from rcnn_course.checks.catalogue import EXERCISES
    from rcnn_course.checks.engine.run import guard_of

    for exercise in EXERCISES.values():
        guard_of(exercise)


CHECKS = (_examination, _guards, _drawings)
PICTURES = (_explorers, _detectors)
"""What loads the parts of the course, each by itself."""
