"""What to predict in 05: how many anchors there are, how wide one is, where a delta moves it."""

from random import Random

from rcnn_course.predictions.question import Question


def number_of_anchors(draw: Random) -> Question:
    """Ask how many anchors a picture has on all levels."""
    height, width = 64 * draw.randint(4, 8), 64 * draw.randint(9, 14)
    cells = [height // stride * (width // stride) for stride in (4, 8, 16, 32, 64)]
    return Question(
        text=f"A picture has {height} x {width} pixels, and the levels have strides of 4, 8, 16, "
        "32 and 64. Each cell has 3 anchors. How many anchors are there in all?",
        right=3 * sum(cells),
        because="Cells from the finest level to the coarsest: "
        f"{', '.join(map(str, cells))}; together {sum(cells)}, times 3.",
        wrong=[
            (sum(cells), "That counts cells. Each has 3 anchors."),
            (3 * cells[0], "That is the finest level alone. The others have a few more."),
            (3 * sum(cells[:-1]), "The coarsest level has anchors, too."),
        ],
        within=0,
    )


def width_of_an_anchor(draw: Random) -> Question:
    """Ask for the width of an anchor with a ratio that has a whole root."""
    scale, root = draw.choice([32, 64, 128, 256]), draw.choice([2, 4])
    return Question(
        text=f"An anchor has scale {scale} and an aspect ratio of {root**2}: height over width. "
        "How wide is it, in pixels?",
        right=scale / root,
        because=f"Its area stays {scale} x {scale}. A width of {scale // root} and a height of "
        f"{scale * root} have that area and that ratio.",
        wrong=[
            (scale * root, "That is its height: with a ratio above 1 it is higher than wide."),
            (
                scale / root**2,
                "Then the area would not be that of a square of this scale. The root of the ratio "
                "goes to each side.",
            ),
            (scale, "That is the square anchor, with a ratio of 1."),
        ],
    )


def centre_after_a_delta(draw: Random) -> Question:
    """Ask where a delta moves the centre of an anchor."""
    x1, width = draw.randint(20, 60), draw.choice([40, 80, 120])
    dx = draw.choice([0.1, 0.4, -0.2])
    centre = x1 + width / 2
    return Question(
        text=f"An anchor goes from x = {x1} to x = {x1 + width}. Its delta dx is {dx}. Where is "
        "the centre of the decoded box, in x?",
        right=centre + dx * width,
        because=f"The centre was at {centre:g}, and moves by {dx} of the width, {width} pixels.",
        wrong=[
            (centre + dx, "dx counts in widths of the anchor, not in pixels."),
            (x1 + dx * width, "The delta moves the centre, not the left edge."),
            (centre - dx * width, "A positive dx moves to the right."),
        ],
    )
