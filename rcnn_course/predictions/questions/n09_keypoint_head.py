"""What to predict in 09: the cell of a keypoint, the way back, and how COCO forgives a distance."""

from math import exp
from random import Random

from rcnn_course.predictions.question import Question


def column_of_a_keypoint(draw: Random) -> Question:
    """Ask for the column of a heatmap, where rounding and flooring differ."""
    left, column = draw.randint(40, 90), draw.randint(10, 45)
    x = left + 2 * column + 1.5
    return Question(
        text=f"A region goes from x = {left} to x = {left + 112}; its heatmap has 56 columns. In "
        f"which column, counted from 0, is a keypoint at x = {x}?",
        right=column,
        because=f"({x} - {left}) x 56 / 112 = {column + 0.75}, rounded down.",
        wrong=[
            (column + 1, "It is rounded down: column 0 goes from 0 to 1."),
            (int(x / 2), "Places count from the left edge of the region."),
        ],
        within=0,
    )


def place_of_a_maximum(draw: Random) -> Question:
    """Ask where a column of a heatmap lies in the picture."""
    left, column = draw.randint(100, 180), draw.randint(10, 45)
    return Question(
        text="A heatmap with 56 columns is read as it is, not enlarged. Its maximum is in column "
        f"{column}, and its region goes from x = {left} to x = {left + 112}. Where is the "
        "keypoint, in x?",
        right=left + 2 * (column + 0.5),
        because=f"The middle of column {column} is {column} + 0.5 columns from the edge, each 2 "
        f"pixels wide, and the edge is at {left}.",
        wrong=[
            (left + 2 * column, "That is the left edge of the column. Take its middle."),
            (2 * (column + 0.5), "The region does not begin at 0."),
            (left + column + 0.5, "A column is 112 / 56 = 2 pixels wide."),
        ],
        within=1e-5,
    )


def similarity_of_a_keypoint(draw: Random) -> Question:
    """Ask for the OKS of one keypoint."""
    side, sigma = draw.choice([50, 100]), draw.choice([0.05, 0.1])
    distance = 2 * side * sigma * draw.choice([1, 2])
    ratio = distance**2 / (2 * side**2 * (2 * sigma) ** 2)
    return Question(
        text=f"A person covers {side**2} square pixels. A keypoint with sigma {sigma} is predicted "
        f"{distance:g} pixels away from its place. What is its similarity, to two digits?",
        right=exp(-ratio),
        because=f"{distance:g} squared, over 2 x {side**2} x (2 x {sigma}) squared, is {ratio:g}; "
        "exp of the negative.",
        wrong=[
            (exp(-4 * ratio), "COCO doubles sigma: the spread is 2 x sigma."),
            (exp(-2 * ratio), "The 2 in front of the area is missing."),
            (1 - ratio, "It is exp of the negative, which never falls below 0."),
        ],
        within=0.02,
    )
