"""What `rcnn_course` brings in on first use, for editors and type checkers."""

from rcnn_course.checks import CheckFailed as CheckFailed
from rcnn_course.checks import allow_hints as allow_hints
from rcnn_course.checks import check as check
from rcnn_course.checks import hint as hint
from rcnn_course.checks import once_written as once_written
from rcnn_course.model_answers.access import allow_solutions as allow_solutions
from rcnn_course.model_answers.showing import solution as solution
from rcnn_course.predictions import predict as predict

__version__: str
