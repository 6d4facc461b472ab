"""Exercises of notebook 05_rpn."""

from rcnn_course.checks.exercises.n05_rpn.cell_anchors import CELL_ANCHORS
from rcnn_course.checks.exercises.n05_rpn.decode_boxes import DECODE_BOXES
from rcnn_course.checks.exercises.n05_rpn.filter_proposals import FILTER_PROPOSALS
from rcnn_course.checks.exercises.n05_rpn.grid_anchors import GRID_ANCHORS
from rcnn_course.checks.exercises.n05_rpn.match_anchors import MATCH_ANCHORS
from rcnn_course.checks.exercises.n05_rpn.rpn_head import RPN_HEAD
from rcnn_course.checks.exercises.n05_rpn.rpn_loss import RPN_LOSS

EXERCISES = (
    CELL_ANCHORS,
    GRID_ANCHORS,
    RPN_HEAD,
    DECODE_BOXES,
    FILTER_PROPOSALS,
    MATCH_ANCHORS,
    RPN_LOSS,
)
