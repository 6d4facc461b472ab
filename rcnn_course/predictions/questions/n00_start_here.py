"""What to predict in 00: the shape of an answer, the area of a box, what a larger picture costs."""

from random import Random

from rcnn_course.predictions.question import Question


def shape_of_masks(draw: Random) -> Question:
    """Ask for the shape of the masks of a picture."""
    count, height, width = draw.randint(4, 9), 10 * draw.randint(20, 40), 10 * draw.randint(41, 60)
    return Question(
        text=f"A network for instance segmentation finds {count} objects in a picture that is "
        f"{width} pixels wide and {height} pixels high. What is the shape of the tensor of masks?",
        right=(count, 1, height, width),
        because="There is one mask for each object. It has one channel, the height and the width.",
        wrong=[
            (
                (count, height, width),
                "Nearly: a dimension is missing. Look at the table above for the one between the "
                "objects and the height.",
            ),
            (
                (count, 1, width, height),
                "Nearly: rows come before columns, so the height stands before the width.",
            ),
            (
                (count, width, height),
                "Rows come before columns, so the height stands before the width; and a dimension "
                "is missing.",
            ),
            (
                (count, 3, height, width),
                "A picture has three channels, for its colours. A mask says only one thing about "
                "each pixel.",
            ),
            (
                (1, height, width),
                "That is one mask for the whole picture. Here each object has its own.",
            ),
            ((height, width), "That is a single mask. Here each object has its own."),
        ],
    )


def cost_of_a_larger_picture(draw: Random) -> Question:
    """Ask how the work of a convolutional network grows with its picture."""
    times, cost = draw.choice([2, 3]), draw.randint(3, 9)
    side = 224 * times
    return Question(
        text=f"A network made of convolutions takes {cost} billion multiply-adds for a "
        f"picture of 224 x 224 pixels. How many billion for {side} x {side} pixels?",
        right=cost * times**2,
        because=f"A kernel does the same work at each place, and there are {times} x {times} times "
        "as many places. The parameters stay the same.",
        wrong=[
            (
                cost * times,
                f"Both sides grow: {times} times as many columns, and {times} times as many rows.",
            ),
            (
                cost,
                "That is so for the parameters: the kernels do not grow. But they are applied at "
                "more places.",
            ),
            (
                cost * times**4,
                "That would be so if each place were compared with every other. A kernel looks "
                "only at the neighbours of its place.",
            ),
        ],
    )


def area_of_a_box(draw: Random) -> Question:
    """Ask for the area of a box, given its edges."""
    x1, y1 = draw.randint(11, 60), draw.randint(61, 99)
    width, height = draw.randint(20, 49), draw.randint(50, 90)
    x2, y2 = x1 + width, y1 + height
    return Question(
        text=f"What is the area of the box ({x1}, {y1}, {x2}, {y2}), in square pixels?",
        right=width * height,
        because=f"It is {x2} - {x1} = {width} wide and {y2} - {y1} = {height} high.",
        wrong=[
            (
                (width + 1) * (height + 1),
                f"The four numbers are edges. The last column inside is number {x2 - 1}, so there "
                "is nothing to add.",
            ),
            (
                x2 * y2,
                f"{x2} and {y2} are the right and the lower edge, not the width and the height.",
            ),
            (
                2 * (width + height),
                "That is the length of the border. The area is width times height.",
            ),
            (width + height, "Width and height are multiplied, not added."),
        ],
        within=0,
    )
