"""What a message says besides the difference, and when it does not."""

import pytest

from rcnn_course.checks import examine
from rcnn_course.checks.engine.cases import Case, all_about
from rcnn_course.checks.engine.explain import hint_of_case
from rcnn_course.checks.engine.judge import Attempt, Attempts
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


def hint_where(*cases):
    """Return the hint of cases, each given with whether it fails."""
    tried = [Attempt(case, problem="differs" if fails else "") for case, fails in cases]
    failure = next(attempt for attempt in tried if attempt.problem)
    return hint_of_case(failure, Attempts(tried, False, [], ""))


def test_hint_of_another_case_is_said_where_its_subject_is_exactly_what_fails():
    order = Case("order and stride", hint="order", also=("stride",))
    stride = Case("a stride", hint="stride", also=("order",))
    simple = Case("order alone", also=("order",))
    assert hint_where((order, True), (stride, True), (simple, False)) == "stride"
    assert hint_where((order, True), (stride, True), (simple, True)) == "order"
    assert hint_where((order, True), (stride, False), (simple, True)) == "order"
    assert hint_where((order, True), (Case("neither"), True)) == ""


def test_odd_case_may_be_right_although_its_subject_is_what_fails():
    case, odd = Case("order", also=("stride",)), Case("one entry", also=("stride",), is_odd=True)
    assert hint_where((case, True), (odd, False)) == "stride"
    assert hint_where((odd, True), (case, False)) == ""


def test_cases_may_all_be_about_one_subject():
    @all_about("road")
    def cases(normal, uniform):
        yield Case("first", hint="road")
        yield Case("second", hint="of its own", also=("third",))

    first, second = cases(None, None)
    assert hint_where((first, True), (second, True)) == "road"
    assert hint_where((first, False), (second, True)) == "of its own"


def test_mistake_is_named_where_some_results_have_another_dtype_as_well():
    body = "return boxes[:, 2] * boxes[:, 3]"
    both = f"def box_area(boxes):\n    {body.replace('return', 'area =')}\n    return area.float()"
    assert examine(write("00_start_here", "box_area", both)).mistake == "corner_as_size"


def test_error_that_all_cases_raise_is_said_without_a_hint():
    raised = Attempt(Case("first", hint="road"), problem="It raised TypeError", raised="TypeError")
    assert hint_of_case(raised, Attempts([raised], False, [], "")) == ""
