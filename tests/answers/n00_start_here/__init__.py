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
        "one pixel is added to each side": (_AREA, "(x2 - x1 + 1) * (y2 - y1 + 1)"),
        "the last two numbers are taken for width and height": (_AREA, "x2 * y2"),
        "the numbers are read as x1, x2, y1, y2": (_UNBIND, _UNBIND.replace("y1, x2", "x2, y1")),
        "width and height are added": (_AREA, "(x2 - x1) + (y2 - y1)"),
        "the areas are negative": (_AREA, "(x1 - x2) * (y2 - y1)"),
        "the areas of all boxes are added up": (_AREA, f"({_AREA}).sum()"),
        "the result is a column": (_AREA, f"({_AREA})[:, None]"),
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
