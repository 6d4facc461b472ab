"""`python -m rcnn_course.cli`: the command `rcnn-course`."""

import sys

from rcnn_course.cli import main

sys.exit(main())
