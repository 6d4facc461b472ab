"""What the bug hunt shows: detections side by side, and losses."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from torch import Tensor

from rcnn_course import draw
from rcnn_course.bug_hunt.tables import SURE, Detections
from rcnn_course.datasets import CATEGORIES
from rcnn_course.draw.base.figures import open_figure

Losses = Mapping[str, Sequence[float]]


def picture_of_detections(image: Tensor, named: Mapping[str, Detections]) -> Figure:
    """Draw what several detectors found in a picture, side by side.

    Args:
        image (Tensor[3, H, W]): the picture.
        named: detections or a target by what is written above them.
    """
    figure = draw.show_row(dict.fromkeys(named, image), height=2.7)
    for ax, (title, found) in zip(figure.axes, named.items(), strict=True):
        kept = dict(found)
        people = kept["labels"] == 1
        points = kept.pop("keypoints", None)
        draw.show_detections(image, kept, score_threshold=SURE, categories=CATEGORIES, ax=ax)
        if points is not None:
            sure = people & (kept["scores"] >= SURE) if "scores" in kept else people
            draw.draw_keypoints(points[sure], ax=ax)
        ax.set_title(title, fontsize=draw.style.TEXT, color=draw.style.INK, loc="left")
    return figure


def picture_of_losses(trainings: Mapping[str, Losses]) -> Figure:
    """Draw each loss of several trainings, a chart for each loss.

    Args:
        trainings: by the name of the training; of each loss, one number for each batch.
    """
    first = next(iter(trainings.values()))
    figure = open_figure(8.6, 4.4)
    for number, loss in enumerate(first):
        place = (0.53 * (number % 2), 0.58 * (1 - number // 2), 0.42, 0.42)
        ax = figure.add_axes(place)
        draw.draw_losses({name: of_one[loss] for name, of_one in trainings.items()}, ax=ax)
        ax.set_xlabel("batch")
        ax.set_yscale("log")
        ax.autoscale(axis="y")
        ax.minorticks_off()
        ax.set_title(loss, fontsize=draw.style.TEXT, color=draw.style.INK, loc="left")
        if number != 1 and (legend := ax.get_legend()):
            legend.remove()
    return figure
