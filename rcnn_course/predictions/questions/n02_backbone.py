"""What to predict in 02: the shape of a map, a frozen batch norm, the weights of a layer."""

from random import Random

from rcnn_course.predictions.question import Question


def shape_of_c4(draw: Random) -> Question:
    """Ask for the shape of a map of ResNet-50."""
    height, width = 32 * draw.randint(12, 20), 32 * draw.randint(21, 30)
    return Question(
        text=f"ResNet-50 gets a batch with one picture, of {height} rows and {width} columns. What "
        "is the shape of C4, the output of layer3?",
        right=(1, 1024, height // 16, width // 16),
        because="C2 has 256 channels and stride 4; from level to level the channels double and the "
        "sides halve.",
        wrong=[
            (
                (1, 2048, height // 32, width // 32),
                "That is C5. The number counts from C1, the output of the stem: C4 comes from "
                "layer3.",
            ),
            ((1, 512, height // 8, width // 8), "That is C3, the output of layer2."),
            ((1, 1024, width // 16, height // 16), "Rows come before columns."),
            ((1024, height // 16, width // 16), "There is a dimension for the pictures in front."),
            (
                (1, 256, height // 16, width // 16),
                "256 channels come out of a layer3's 3 x 3 "
                "convolution; the 1 x 1 behind it makes four times as many.",
            ),
        ],
    )


def value_of_a_frozen_norm(draw: Random) -> Question:
    """Ask what a frozen batch norm makes of one number."""
    mean, root, weight, bias = draw.randint(1, 4), draw.choice([2, 4]), 3, draw.randint(5, 9)
    x = mean + root * draw.choice([2, 3])
    normal = (x - mean) / root
    return Question(
        text=f"A channel of a frozen batch norm has running_mean {mean}, running_var {root**2}, "
        f"weight {weight} and bias {bias}. What does it make of the number {x}?",
        right=normal * weight + bias,
        because=f"({x} - {mean}) / {root} = {normal:g}; times {weight}, plus {bias}.",
        wrong=[
            (
                (x - mean) / root**2 * weight + bias,
                "Divide by the square root of the variance: running_var holds the variance.",
            ),
            (normal, "Weight and bias come after."),
            (normal * weight, "The bias is missing."),
            ((normal + bias) * weight, "The bias is added last; the weight does not apply to it."),
        ],
    )


def weights_of_a_bottleneck(draw: Random) -> Question:
    """Ask how many weights the convolutions of a bottleneck have."""
    narrow = 16 * draw.randint(3, 16)
    wide = 4 * narrow
    return Question(
        text=f"A bottleneck block takes {wide} channels. It goes down to {narrow} with a 1 x 1 "
        f"convolution, applies a 3 x 3 convolution there, and goes up to {wide} with a 1 x 1. "
        "How many weights do the three convolutions have in all, without biases?",
        right=17 * narrow**2,
        because=f"{wide} x {narrow} on the way down, 9 x {narrow} x {narrow} in the middle, "
        f"{narrow} x {wide} on the way up. One 3 x 3 convolution on {wide} channels would have "
        f"{9 * wide**2:,}.",
        wrong=[
            (9 * wide**2, "That is what the block avoids: 3 x 3 on all channels."),
            (9 * narrow**2, "That is the middle alone."),
            (
                9 * narrow + 2 * wide,
                "Each output channel has a kernel for each input channel: multiply them.",
            ),
        ],
        within=0,
    )
