"""What can be asked of a picture: six questions, and their answers on the same picture."""

from collections.abc import Callable, Mapping, Sequence

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from rcnn_course.draw.base import style
from rcnn_course.draw.base.figures import open_figure
from rcnn_course.draw.base.images import show_image
from rcnn_course.draw.base.tags import write_tags
from rcnn_course.draw.overlays.boxes import draw_boxes
from rcnn_course.draw.overlays.keypoints import draw_keypoints
from rcnn_course.draw.overlays.masks import draw_masks

_COLUMNS, _GAP, _TITLE = 3, 0.2, 0.5  # inches


def draw_tasks(image: Tensor, target: Mapping[str, Tensor], *, categories: Sequence[str]) -> Figure:
    """Show the answers to six questions: class, place, objects, pixels, instances, keypoints.

    Args:
        image (Tensor[3, H, W]): uint8, or float from 0 to 1.
        target (dict): the truth, with boxes (Tensor[N, 4], xyxy pixels), labels (Tensor[N]), masks
            (Tensor[N, H, W]) and keypoints (Tensor[N, 17, 3]); at least one object.
        categories (sequence of str): the name of each label.

    Returns:
        Figure: six pictures, each under the name of its task and its question.

    Raises:
        ValueError: If there is no object.

    Example:
        >>> figure = draw.draw_tasks(*GeneratedPeople(1)[0], categories=CATEGORIES)
        >>> len(figure.axes)
        6
    """
    if not len(target["boxes"]):
        raise ValueError("target must have at least one object, got none")
    names = [categories[label] for label in target["labels"].tolist()]
    width = (style.NOTEBOOK_WIDTH - (_COLUMNS - 1) * _GAP) / _COLUMNS
    height = width * image.shape[-2] / image.shape[-1]
    figure = open_figure(style.NOTEBOOK_WIDTH, 2 * (height + _TITLE))
    for place, (task, question, draw) in enumerate(_TASKS):
        row, column = divmod(place, _COLUMNS)
        left, bottom = column * (width + _GAP), (1 - row) * (height + _TITLE)
        across, down = figure.get_size_inches()
        ax = figure.add_axes((left / across, bottom / down, width / across, height / down))
        show_image(image, ax=ax)
        draw(ax, target, names)
        _write_title(ax, task, question)
    return figure


def _write_title(ax: Axes, task: str, question: str) -> None:
    at: style.Look = {"transform": ax.transAxes, "va": "bottom", "color": style.INK}
    ax.text(0, 1.09, task, fontsize=style.TITLE, fontweight="bold", **at)
    ax.text(0, 1.015, question, fontsize=style.TEXT, **(at | {"color": style.SOFT_INK}))


def _largest(target: Mapping[str, Tensor]) -> int:
    return int(target["masks"].flatten(1).sum(dim=1).argmax())


def _name_the_picture(ax: Axes, target: Mapping[str, Tensor], names: Sequence[str]) -> None:
    (x1, x2), (y2, y1) = ax.get_xlim(), ax.get_ylim()
    frame = torch.tensor([[x1, y1, x2, y2]]).numpy()
    write_tags(ax, frame, [names[_largest(target)]], [style.ORANGE])


def _box_the_largest(ax: Axes, target: Mapping[str, Tensor], names: Sequence[str]) -> None:
    place = _largest(target)
    draw_boxes(target["boxes"][place, None], labels=[names[place]], ax=ax)


def _box_all(ax: Axes, target: Mapping[str, Tensor], names: Sequence[str]) -> None:
    draw_boxes(target["boxes"], labels=names, ax=ax)


def _tint_by_category(ax: Axes, target: Mapping[str, Tensor], names: Sequence[str]) -> None:
    labels = target["labels"]
    for color, label in enumerate(labels.unique()):
        pixels = target["masks"][labels == label].amax(dim=0)
        tone = style.category_color(color)
        draw_masks(pixels[None], ax=ax, color=tone, opacity=0.6)
        edges = target["boxes"][labels == label]
        around = torch.cat([edges[:, :2].amin(dim=0), edges[:, 2:].amax(dim=0)])[None].numpy()
        write_tags(ax, around, [names[int((labels == label).nonzero()[0])]], [tone])


def _tint_by_instance(ax: Axes, target: Mapping[str, Tensor], names: Sequence[str]) -> None:
    tones = [style.category_color(place) for place in range(len(names))]
    draw_masks(target["masks"], ax=ax, opacity=0.6)
    write_tags(ax, target["boxes"].numpy(), names, tones)


def _join_keypoints(ax: Axes, target: Mapping[str, Tensor], names: Sequence[str]) -> None:
    known = torch.where(target["keypoints"][:, :, 2].amax(dim=1) > 0)[0]
    tones = [style.category_color(place) for place in known.tolist()]
    draw_keypoints(target["keypoints"][known], colors=tones, ax=ax)


_TASKS: tuple[tuple[str, str, Callable], ...] = (
    ("Classification", "What is in the picture?", _name_the_picture),
    ("Localisation", "… and where is it?", _box_the_largest),
    ("Detection", "Which objects are where?", _box_all),
    ("Semantic segmentation", "Which class is each pixel?", _tint_by_category),
    ("Instance segmentation", "Which pixels belong to which object?", _tint_by_instance),
    ("Keypoints", "Where are the 17 points of each person?", _join_keypoints),
)
