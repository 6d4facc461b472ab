"""Answers to the exercise of 00_start_here: wrong, right in other ways, and handed over.

`WRONG[exercise][mistake]` is an edit of the notebook's own solution, (old text, new text), that
makes this typical mistake. `RIGHT[exercise][style]` and `DELEGATING[exercise]` are whole sources.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_UNBIND = "x1, y1, x2, y2 = boxes.unbind(dim=1)"
_AREA = "(x2 - x1) * (y2 - y1)"

WRONG = {
    "box_area": {
        "pixel_added": (_AREA, "(x2 - x1 + 1) * (y2 - y1 + 1)"),
        "corner_as_size": (_AREA, "x2 * y2"),
        "x1_x2_y1_y2": (_UNBIND, _UNBIND.replace("y1, x2", "x2, y1")),
        "sides_added": (_AREA, "(x2 - x1) + (y2 - y1)"),
        "negative": (_AREA, "(x1 - x2) * (y2 - y1)"),
        "boxes_summed": (_AREA, f"({_AREA}).sum()"),
        "column": (_AREA, f"({_AREA})[:, None]"),
    },
}

DELEGATING = {
    "box_area": """
def box_area(boxes):
    from torchvision.ops import boxes as library
    return library.box_area(boxes)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
