"""What to predict in 07: the shape of the deltas, a delta, and what a loss is divided by."""

from math import log
from random import Random

from rcnn_course.predictions.question import Question


def shape_of_box_deltas(draw: Random) -> Question:
    """Ask for the shape of the second output of the predictor."""
    rois, things = draw.randint(12, 60), draw.choice([4, 20, 80])
    classes = things + 1
    return Question(
        text=f"The predictor gets {rois} RoIs. There are {things} kinds of things, and the "
        "background. What is the shape of the box deltas?",
        right=(rois, 4 * classes),
        because="Each RoI has four deltas for each class, also for the background, whose are never "
        "used.",
        wrong=[
            (
                (rois, 4 * things),
                "torchvision's layer has four deltas for the background, too. They are never used.",
            ),
            (
                (rois, 4),
                "Each class has its own four: people and kites are corrected differently.",
            ),
            (
                (rois, classes, 4),
                "That is the shape after reshape. The linear layer gives two dimensions.",
            ),
            ((rois, classes), "That is the shape of the class logits."),
        ],
    )


def delta_of_a_width(draw: Random) -> Question:
    """Ask for t_w with its weight."""
    width, times, weight = draw.choice([20, 40, 60]), draw.choice([2, 4]), 5
    right = weight * log(times)
    return Question(
        text=f"A proposal is {width} pixels wide, its true box {width * times}. The weight for "
        f"widths is {weight}. What should the head say for the width, to two digits?",
        right=right,
        because=f"log({width * times} / {width}) = {log(times):.3f}, times {weight}.",
        wrong=[
            (log(times), "The weight is missing."),
            (weight * times, "It is the logarithm of the factor."),
            (-right, "True size over proposal's size: a box that has to grow has a positive t_w."),
            (weight * width * (times - 1), "A factor counts, not a difference in pixels."),
        ],
        within=0.01,
    )


def divisor_of_the_box_loss(draw: Random) -> Question:
    """Ask what a sum of box losses becomes."""
    rois, objects = 64, draw.choice([8, 16])
    total = draw.choice([16, 32, 48])
    return Question(
        text=f"Of {rois} sampled RoIs, {objects} have an object. Their smooth L1 losses sum to "
        f"{total}. What is the box loss?",
        right=total / rois,
        because=f"It is divided by all {rois} RoIs, those of the background included, so that an "
        "object weighs the same however many there are.",
        wrong=[
            (total / objects, "The divisor is the number of all sampled RoIs."),
            (total / (4 * rois), "The four deltas of a RoI are summed, not averaged."),
            (total, "A sum would grow with the number of sampled RoIs."),
        ],
    )
