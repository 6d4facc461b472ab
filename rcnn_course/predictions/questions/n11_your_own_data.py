"""What to predict in 11: a label, a box in the mirror, the score that a recall asks for."""

from random import Random

from rcnn_course.predictions.question import Question


def label_of_a_category(draw: Random) -> Question:
    """Ask which label an id of a file gets."""
    ordered = sorted(draw.sample(range(5, 30), 4))
    ids = ordered[1:] + ordered[:1] if draw.random() < 0.5 else ordered[::-1]
    place = draw.choice([place for place in range(4) if ids[place] != ordered[place]])
    asked = ids[place]
    right = ordered.index(asked) + 1
    others = {
        asked: "Ids have gaps; labels run from 1 without any.",
        right - 1: "Label 0 is the background's: counting begins with 1.",
        place + 1: "That is its place in the file. Labels go by increasing id.",
    }
    listed = ", ".join(map(str, ids))
    return Question(
        text=f"A file lists categories with the ids {listed}, in this order. Which label does the "
        f"one with id {asked} get?",
        right=right,
        because=f"Sorted they are {', '.join(map(str, ordered))}, and labels count from 1.",
        wrong=[(value, why) for value, why in others.items() if value != right],
    )


def box_in_the_mirror(draw: Random) -> Question:
    """Ask for the left edge of a mirrored box."""
    width = draw.choice([100, 120, 160, 200])
    left = draw.randint(3, 15)
    right_edge = left + draw.choice([20, 24, 30])
    return Question(
        text=f"A picture is {width} pixels wide, and a box reaches from x = {left} to "
        f"x = {right_edge}. The picture is mirrored. At which x does the box begin?",
        right=width - right_edge,
        because="The right edge is the left one in the mirror, and x becomes W - x.",
        wrong=[
            (width - left, "There it ends: in the mirror the left edge is the right one."),
            (width - 1 - right_edge, "W - 1 - x is for numbers of pixels; edges go from 0 to W."),
            (left, "The box moves with the picture."),
        ],
    )


def score_for_a_recall(draw: Random) -> Question:
    """Ask for the score threshold at which three of four objects are found."""
    hits = draw.choice([(1, 1, 0, 1, 0), (1, 0, 1, 1, 0), (1, 0, 1, 0, 1), (0, 1, 1, 0, 1)])
    top = draw.choice([95, 93, 98])
    scores = [(top - 12 * place) / 100 for place in range(5)]
    third, second = (
        next(s for place, s in enumerate(scores) if sum(hits[: place + 1]) == found)
        for found in (3, 2)
    )
    walk = ", ".join(
        f"{score:.2f} {'hit' if hit else 'false alarm'}"
        for score, hit in zip(scores, hits, strict=True)
    )
    return Question(
        text=f"There are four true boxes. The detections, the surest first: {walk}. Which is the "
        "highest score threshold with a recall of 0.75?",
        right=third,
        because="The third hit makes it three of four, and it has to count.",
        wrong=[
            (second, "There only two of four are found: a recall of 0.5."),
            (0.75, "That is the recall. The threshold is a score in the list."),
        ],
        within=0.005,
    )
