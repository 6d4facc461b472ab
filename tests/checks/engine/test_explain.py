"""What a message says besides the difference, and when it does not."""

import pytest

from rcnn_course.checks import examine
from tests.answers import write

AREA = """\
def box_area(boxes):
    if {condition}:
        return boxes.sum(1) * 3
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
"""


@pytest.mark.parametrize(
    ("condition", "is_said"), [("boxes.dtype == torch.float64", True), ("True", False)]
)
def test_hint_of_a_case_is_said_where_most_others_are_right(condition, is_said):
    source = "import torch\n" + AREA.format(condition=condition)
    message = examine(write("00_start_here", "box_area", source)).message
    assert ("Think about it" in message) == is_said, message


def test_mistake_is_not_named_where_a_right_case_contradicts_it():
    body = "wrong = (boxes[:, 2] - boxes[:, 0] + 1) * (boxes[:, 3] - boxes[:, 1] + 1)\n"
    right = "(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])"
    always = f"def box_area(boxes):\n    {body}    return wrong"
    named = examine(write("00_start_here", "box_area", always)).mistake
    sometimes = (
        f"def box_area(boxes):\n    {body}"
        f"    return wrong if boxes.element_size() == 4 else {right}"
    )
    assert named != "unknown"
    assert examine(write("00_start_here", "box_area", sometimes)).mistake == "unknown"
