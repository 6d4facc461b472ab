"""What to predict in 03: where an output reads, and how long an output is."""

from math import floor
from random import Random

from rcnn_course.predictions.question import Question


def cell_that_is_copied(draw: Random) -> Question:
    """Ask which input cell a cell of a nearest enlargement copies."""
    length, size = draw.choice([(3, 8), (4, 9), (5, 12)])
    places = [j for j in range(size) if floor(j * length / size) != round(j * length / size)]
    j = draw.choice([place for place in places if place * length // size > 0])
    return Question(
        text=f"{length} cells become {size} by copying (mode='nearest'). Which input cell does "
        f"output cell {j} copy? Both are counted from 0.",
        right=j * length // size,
        because=f"{j} x {length} / {size} = {j * length / size:.2f}, rounded down.",
        wrong=[
            (round(j * length / size), "It is rounded down, not to the nearest whole number."),
            (j, "The output has more cells than the input, so its cells count faster."),
        ],
        within=0,
    )


def place_that_is_read(draw: Random) -> Question:
    """Ask where an output cell of a linear enlargement reads."""
    length, times = draw.choice([3, 4, 6]), 4  # the text doubles a row by hand
    size, j = length * times, draw.randint(2, 8)
    place = (j + 0.5) / times - 0.5
    return Question(
        text=f"{length} cells become {size} by mode='linear' with align_corners=False. At which "
        f"place, in input cells, does output cell {j} read? The middle of input cell 0 is at 0.",
        right=place,
        because=f"The middle of output cell {j} is {j} + 0.5 output cells from the left edge, "
        f"({j} + 0.5) / {times} input cells. The middle of cell 0 lies half a cell from the "
        "edge, so 0.5 is taken away.",
        wrong=[
            (j / times, "That compares left edges. Compare the middles of the cells."),
            ((j + 0.5) / times, "That counts from the left edge; places count from the middle."),
            (
                j * (length - 1) / (size - 1),
                "That is align_corners=True, which puts first on first and last on last.",
            ),
        ],
    )


def length_of_stamps(draw: Random) -> Question:
    """Ask for the length of a transposed convolution's output."""
    length, kernel, stride, padding = draw.randint(5, 9), draw.choice([4, 5]), 3, 1
    right = (length - 1) * stride - 2 * padding + kernel
    return Question(
        text=f"A transposed convolution stamps a kernel of {kernel} cells for each of "
        f"{length} input cells, with stride {stride} and padding {padding}. How long is the "
        "output?",
        right=right,
        because=f"The last stamp begins at ({length} - 1) x {stride} and is {kernel} long; "
        f"{padding} is cut off at both ends.",
        wrong=[
            (right + 2 * padding, "Padding cuts cells off here, at both ends."),
            (right + padding, "Padding is cut off at both ends."),
            (
                length * stride + kernel - 2 * padding,
                f"The last stamp begins {stride} x {length - 1} cells from the first.",
            ),
            (
                (length + 2 * padding - kernel) // stride + 1,
                "That is an ordinary convolution, which makes the output shorter.",
            ),
        ],
        within=0,
    )
