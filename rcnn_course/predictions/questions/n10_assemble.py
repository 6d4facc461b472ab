"""What to predict in 10: the way back to the picture, an average precision, a training step."""

from random import Random

from rcnn_course.predictions.question import Question


def box_on_the_way_back(draw: Random) -> Question:
    """Ask for a size in pixels of the picture."""
    short, times = draw.choice([176, 220, 440]), 352
    inside = 8 * draw.randint(6, 12)
    return Question(
        text=f"A picture's shorter side has {short} pixels, and the detector makes it {times}. "
        f"Inside, a box is {inside} pixels wide. How wide is it in the picture?",
        right=inside * short / times,
        because=f"The picture was resized by {times} / {short} = {times / short:g}; the way back "
        "divides.",
        wrong=[
            (inside * times / short, "That goes the same way once more. The way back divides."),
            (inside, "Boxes inside the detector are in pixels of the resized picture."),
        ],
    )


def average_precision_of_a_list(draw: Random) -> Question:
    """Ask for the AP of a short list of detections."""
    orders = ["110", "011", "1100", "1001", "0110", "0101", "0011"]  # 101 is in the text, by hand
    hits = [int(hit) for hit in draw.choice(orders)]
    precision = [sum(hits[: i + 1]) / (i + 1) for i in range(len(hits))]
    best = [max(precision[i:]) for i in range(len(hits))]
    first, second = (best[i] for i in range(len(hits)) if hits[i])
    right = (51 * first + 50 * second) / 101
    words = ", ".join("hit" if hit else "false alarm" for hit in hits)
    mean = sum(precision) / len(hits)
    others = {
        mean: "That is the mean over the list. AP is the mean over the recalls.",
        precision[-1]: "That is the precision at the end of the list alone.",
        first / 2: "Both true boxes are found: the recalls above 0.5 are reached, too.",
    }
    return Question(
        text=f"There are two true boxes. The detections, the surest first: {words}. What is AP, to "
        "two digits?",
        right=right,
        because=f"Recalls up to 0.5 are reached with precision {first:.2f}, those above with "
        f"{second:.2f}.",
        wrong=[(value, why) for value, why in others.items() if abs(value - right) > 0.03],
        within=0.012,
    )


def weight_after_a_step(draw: Random) -> Question:
    """Ask for a weight after one step of gradient descent on two losses."""
    weight, rate = draw.randint(2, 6), draw.choice([0.1, 0.2])
    slope = 2 * (weight - 1) + 1
    return Question(
        text=f"A weight w = {weight} has two losses, (w - 1) squared and |w|. What is w after one "
        f"step of gradient descent with a learning rate of {rate}?",
        right=weight - rate * slope,
        because=f"The losses are summed, so their gradients are: {2 * (weight - 1)} + 1. The step "
        "goes against it.",
        wrong=[
            (weight + rate * slope, "A step goes downhill, against the gradient."),
            (weight - rate * 2 * (weight - 1), "|w| has a gradient, too: 1."),
            (weight - slope, "The learning rate makes the step short."),
            (weight - rate * slope / 2, "Losses are summed, not averaged."),
        ],
    )
