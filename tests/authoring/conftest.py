"""The tiny course of the tests of grading, released and changed here."""

from tests.grading.conftest import (  # noqa: F401 (fixtures)
    course,
    make_cell,
    nbgrader_logs_to_capture,
    released_toy,
    save,
    toy,
)
