"""What to predict in 06: the cells of a bin, a value between cells, the place of a sample."""

from math import ceil, floor
from random import Random

from rcnn_course.predictions.question import Question


def cells_of_a_bin(draw: Random) -> Question:
    """Ask for the number of columns of a bin, as in the table of the text."""
    columns, number = draw.choice([9, 10, 11, 13]), draw.randint(1, 5)
    size = columns / 7
    start, stop = floor(number * size), ceil((number + 1) * size)
    return Question(
        text=f"A RoI of {columns} columns is cut into 7 bins. How many columns does bin {number} "
        "take, counted from 0?",
        right=stop - start,
        because=f"From floor({number * size:.2f}) = {start} up to, but not including, "
        f"ceil({(number + 1) * size:.2f}) = {stop}.",
        wrong=[
            (
                stop - start + 1,
                f"Column {stop} is no longer part of it: 'up to, but not including'.",
            ),
            (size, "Bins have whole columns: the borders are rounded, outwards."),
            (
                1,
                f"Both borders are rounded outwards: a bin of {size:.2f} columns gets two or more.",
            ),
        ],
        within=0,
    )


def value_between_four_cells(draw: Random) -> Question:
    """Ask for a bilinear mix."""
    a, b, c, d = 10, 20, 10 * draw.randint(3, 5), 10 * draw.randint(6, 9)
    y, x = draw.choice([0.25, 0.75]), draw.choice([0.2, 0.4])
    upper, lower = a + x * (b - a), c + x * (d - c)
    other_upper, other_lower = a + y * (b - a), c + y * (d - c)
    return Question(
        text=f"Four cells: {a} and {b} in the upper row, {c} and {d} below. What is read at "
        f"y = {y}, x = {x}?",
        right=upper + y * (lower - upper),
        because=f"Along x: {upper:g} in the upper row, {lower:g} in the lower. Along y: {y} of the "
        "way from the first to the second.",
        wrong=[
            (
                other_upper + x * (other_lower - other_upper),
                "y counts rows, downwards; x counts columns. Here they are exchanged.",
            ),
            (
                lower + y * (upper - lower),
                "The nearer cell weighs more: at y = 0 only the upper row would count.",
            ),
        ],
    )


def place_of_a_sample(draw: Random) -> Question:
    """Ask where the first sample of a RoI lies."""
    first, cells, bins = draw.randint(3, 9), draw.choice([7, 21]), 7
    size = cells / bins / 2
    start = first + 0.25
    return Question(
        text=f"In cells, a RoI goes from x = {start} to x = {start + cells}. It is cut into {bins} "
        "bins across, with sampling_ratio=2, and nothing is subtracted (aligned=False). At which x "
        "is the first sample?",
        right=start + size / 2,
        because=f"A bin is {cells // bins} wide, cut into 2 parts of {size:g}. The sample is in "
        "the middle of the first part.",
        wrong=[
            (start, "That is the edge of the RoI. A sample is in the middle of its part."),
            (start + size, "That is the middle of the bin, where a single sample would be."),
            (start + size / 2 - 0.5, "That is aligned=True, which subtracts half a cell."),
        ],
    )
