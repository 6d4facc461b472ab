"""What to predict in 08: the shape of logits, the cells of a loss, the size of a pasted mask."""

from random import Random

from rcnn_course.predictions.question import Question


def shape_of_mask_logits(draw: Random) -> Question:
    """Ask for the shape of the predictor's output."""
    rois, classes = draw.randint(5, 40), draw.choice([5, 21, 91])
    return Question(
        text=f"{rois} RoIs come out of RoIAlign as 256 x 14 x 14. There are {classes} classes, "
        "background included. What is the shape of the mask logits?",
        right=(rois, classes, 28, 28),
        because="The convolutions keep 14 x 14, the transposed convolution doubles it, and there "
        "is a map for each class.",
        wrong=[
            ((rois, classes, 14, 14), "conv5_mask doubles height and width."),
            ((rois, 1, 28, 28), "One map is chosen later. The predictor makes one for each class."),
            ((rois, 256, 28, 28), "The last 1 x 1 convolution makes classes out of channels."),
            ((rois, classes - 1, 28, 28), "The background has a map, too. It is never used."),
        ],
    )


def cells_that_are_taught(draw: Random) -> Question:
    """Ask over how many numbers the mask loss takes its mean."""
    rois, classes = draw.randint(3, 9), draw.choice([5, 21])
    return Question(
        text=f"{rois} RoIs with objects have mask logits of the shape ({rois}, {classes}, 28, 28). "
        "Over how many numbers does the mask loss take its mean?",
        right=rois * 28 * 28,
        because="Of each RoI only the map of its true class is taught: 28 x 28 cells.",
        wrong=[
            (rois * classes * 28 * 28, "Only the map of the true class is taught."),
            (28 * 28, "All RoIs go into one mean."),
            (rois, "Each cell is a question of its own: does it belong to the object?"),
        ],
        within=0,
    )


def columns_of_a_pasted_mask(draw: Random) -> Question:
    """Ask how wide a mask is when it is pasted, with its border and its last pixel."""
    times = draw.choice([2, 3, 4])
    left, width = 10 * draw.randint(5, 9) + times, 28 * times
    return Question(
        text=f"A mask of 28 x 28 cells belongs to a box from x = {left} to x = {left + width}. It "
        "gets one zero cell on each side, and the box grows with it. Over how many columns is it "
        "resized?",
        right=30 * times + 1,
        because=f"A cell is {times} pixels wide, so 30 cells are {30 * times}: from {left - times} "
        f"to {left + width + times}, the last column included.",
        wrong=[
            (width, "The box grows by a cell on each side, and the last column is included."),
            (30 * times, "The last column is included, as in torchvision."),
            (width + 1, "The box grows by a cell on each side."),
            (28, "The mask is resized to the box."),
        ],
        within=0,
    )
