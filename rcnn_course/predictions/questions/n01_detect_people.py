"""What to predict in 01: an edge out of a width, how much two boxes overlap, who survives NMS."""

from random import Random

from rcnn_course.predictions.question import Question


def right_edge_of_a_coco_box(draw: Random) -> Question:
    """Ask for an edge of a box that is given as COCO's files give it."""
    x, y = draw.randint(20, 90), draw.randint(100, 190)
    width, height = draw.randint(30, 80), draw.randint(90, 150)
    return Question(
        text=f"A file of COCO has the box [{x}, {y}, {width}, {height}]. Where is its "
        "right edge, x2?",
        right=x + width,
        because=f"The third number is a width: {x} + {width}.",
        wrong=[
            (width, f"{width} is how wide the box is. The edge lies as far right of x."),
            (x + width - 1, "Edges are lines between pixels, so nothing is taken away."),
            (y + height, "That is the lower edge."),
            (x + height, f"{height} is the height."),
        ],
        within=0,
    )


def overlap_of_two_boxes(draw: Random) -> Question:
    """Ask for the IoU of two boxes of one size."""
    width, height = draw.choice([40, 60, 80]), draw.choice([50, 100])
    right, down = width // draw.choice([2, 4]), height // 5
    shared = (width - right) * (height - down)
    area = width * height
    return Question(
        text=f"Two boxes: (0, 0, {width}, {height}), and the same moved by {right} pixels to the "
        f"right and {down} down. What is their IoU, to two digits?",
        right=shared / (2 * area - shared),
        because=f"They share {width - right} x {height - down} = {shared} square pixels, and "
        f"together they cover 2 x {area} - {shared} = {2 * area - shared}.",
        wrong=[
            (shared / area, "That is the share of one box. Divide by what both cover together."),
            (
                shared / (2 * area),
                "The sum of both areas counts the shared part twice. Take it away once.",
            ),
            (
                (width - right) / width,
                "The boxes are moved in both directions, so both sides of the shared part are "
                "shorter.",
            ),
        ],
        within=0.015,
    )


def survivors_of_nms(draw: Random) -> Question:
    """Ask how many of three boxes in a row stay, where the middle one overlaps both others."""
    threshold, near = draw.choice([0.45, 0.5]), draw.randint(52, 65) / 100
    step = (1 - near) / (1 + near)  # of the width, from box to box
    far = round((1 - 2 * step) / (1 + 2 * step), 2)
    return Question(
        text="Three boxes A, B and C with the scores 0.9, 0.8 and 0.7. A and B have an IoU of "
        f"{near}, B and C of {near}, A and C of {far}. NMS runs with a threshold of {threshold}. "
        "How many boxes stay?",
        right=2,
        because="A stays and drops B. C overlaps B as much, but B is gone by then, and with A it "
        "shares little: C stays.",
        wrong=[
            (1, "C overlaps B too much, but a box that was dropped drops nobody."),
            (3, f"A and B overlap by {near}, more than the threshold: B has to go."),
        ],
        within=0,
    )
