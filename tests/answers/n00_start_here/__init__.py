"""Answers to the exercise of 00_start_here: wrong, right in other ways, and handed over.

`WRONG[exercise][mistake]` is an edit of the notebook's own solution, (old text, new text), that
makes this typical mistake. `RIGHT[exercise][style]` and `DELEGATING[exercise]` are whole sources.
"""

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

RIGHT = {
    "box_area": {
        "columns": """
def box_area(boxes):
    width = boxes[:, 2] - boxes[:, 0]
    height = boxes[:, 3] - boxes[:, 1]
    return width * height
""",
        "loops": """
def box_area(boxes):
    areas = []
    for x1, y1, x2, y2 in boxes.tolist():
        areas.append((x2 - x1) * (y2 - y1))
    return torch.tensor(areas, dtype=boxes.dtype)
""",
        "product": """
def box_area(boxes):
    return (boxes[..., 2:] - boxes[..., :2]).prod(-1)
""",
        "numpy": """
def box_area(boxes):
    import numpy as np
    corners = boxes.numpy()
    sides = np.diff(corners.reshape(-1, 2, 2), axis=1)[:, 0]
    return torch.from_numpy(sides[:, 0] * sides[:, 1])
""",
        "einsum": """
def box_area(boxes):
    sides = boxes @ torch.tensor(
        [[-1, 0], [0, -1], [1, 0], [0, 1]], dtype=boxes.dtype
    )
    return torch.einsum("n,n->n", sides[:, 0], sides[:, 1])
""",
    },
}

DELEGATING = {
    "box_area": """
def box_area(boxes):
    from torchvision.ops import boxes as library
    return library.box_area(boxes)
""",
}
