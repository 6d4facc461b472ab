"""What to predict in 04: a level for a box, the shape of P6, what a lateral convolution holds."""

from math import log2, sqrt
from random import Random

from rcnn_course.predictions.question import Question


def level_of_a_box(draw: Random) -> Question:
    """Ask from which level a box is read, where rounding and flooring differ."""
    side = draw.choice([92, 100, 180, 200, 380, 420])
    width, height = side // 2, side * 2
    exact = 4 + log2(sqrt(width * height) / 224)
    level = int(exact)
    return Question(
        text=f"A box is {width} pixels wide and {height} pixels high. From which level is it read: "
        "the k of P_k?",
        right=level,
        because=f"The root of its area is {sqrt(width * height):.0f}; 4 + log2 of that over 224 is "
        f"{exact:.2f}, rounded down.",
        wrong=[
            (level + 1, f"4 + log2(side / 224) is {exact:.2f}. It is rounded down."),
            (level - 1, "Take the root of the area, not the shorter side."),
        ],
        within=0,
    )


def shape_of_p6(draw: Random) -> Question:
    """Ask for the shape of the extra level."""
    height, width = 2 * draw.randint(9, 13) + 1, 2 * draw.randint(14, 18) + 1
    return Question(
        text=f"P5 has the shape (1, 256, {height}, {width}). What is the shape of P6, which takes "
        "every second cell of it?",
        right=(1, 256, (height + 1) // 2, (width + 1) // 2),
        because="The first cell is taken, the third, … and the last: an odd side is rounded up.",
        wrong=[
            (
                (1, 256, height // 2, width // 2),
                "Count for a side of 3: cells 0 and 2 are taken, which are two.",
            ),
            (
                (1, 512, (height + 1) // 2, (width + 1) // 2),
                "In the backbone the channels double; in the pyramid all levels have 256.",
            ),
            ((1, 256, (width + 1) // 2, (height + 1) // 2), "Rows come before columns."),
        ],
    )


def weights_of_a_lateral(draw: Random) -> Question:
    """Ask how many numbers a 1 x 1 convolution holds."""
    channels, levels = draw.choice([256, 512, 1024, 2048]), draw.choice([64, 128, 256])
    return Question(
        text=f"The lateral convolution of a map with {channels} channels is 1 x 1 and gives "
        f"{levels} channels. How many parameters does it have, biases included?",
        right=channels * levels + levels,
        because="A number for each pair of an input and an output channel, and a bias for each "
        "output channel.",
        wrong=[
            (channels * levels, "The biases are missing: one for each output channel."),
            (9 * channels * levels + levels, "A 1 x 1 kernel has one weight, not nine."),
            (channels + levels, "Each output channel weighs all input channels: multiply."),
        ],
        within=0,
    )
