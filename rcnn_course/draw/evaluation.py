"""A COCO evaluation in one picture: precision against recall, and AP by category."""

from dataclasses import fields

from matplotlib.figure import Figure

from rcnn_course.datasets.scores import Evaluation, Scores
from rcnn_course.draw import style
from rcnn_course.draw.curves import draw_precision_recall, draw_scores
from rcnn_course.draw.figures import open_figure

_KINDS = {"bbox": ("boxes", "IoU"), "segm": ("masks", "IoU"), "keypoints": ("keypoints", "OKS")}
_BAR, _WORDS = 0.3, 0.8  # inches
_FEWEST_BARS = 6


def draw_evaluation(evaluation: Evaluation) -> Figure:
    """Draw one row for each kind of AP: its precision-recall curves, and its AP by category.

    The curves are at three IoU thresholds (of keypoints, OKS), the mean over the categories; the
    mean height of a curve is the AP at its threshold.

    Args:
        evaluation (Evaluation): from `evaluate_detections`.

    Returns:
        Figure: the drawing.
    """
    found = ((kind.name, getattr(evaluation, kind.name)) for kind in fields(evaluation))
    evaluated = {name: scores for name, scores in found if scores is not None}
    bars = max([_FEWEST_BARS, *(len(scores.per_category) for scores in evaluated.values())])
    height = len(evaluated) * (_WORDS + _BAR * bars)
    figure = open_figure(style.NOTEBOOK_WIDTH, height, layout="constrained")
    rows = figure.subplots(len(evaluated), 2, squeeze=False)
    figure.get_layout_engine().set(hspace=0.08)
    for (name, scores), (left, right) in zip(evaluated.items(), rows, strict=True):
        what, overlap = _KINDS[name]
        curves = {f"{overlap} {at:.2f}": curve for at, curve in scores.curves().items()}
        draw_precision_recall(curves, ax=left)
        draw_scores(scores.per_category, ax=right)
        right.set_ylim(bars - 0.5, -0.5)
        for ax, title in ((left, "precision against recall"), (right, "AP by category")):
            ax.set_title(f"{what}: {title}", fontsize=style.TITLE, color=style.INK, loc="left")
        left.set_label(_in_words(what, scores))
    return figure


def _in_words(what: str, scores: Scores) -> str:
    return f"AP of {what} {scores.AP:.2f}, at 0.50 {scores.AP50:.2f}, at 0.75 {scores.AP75:.2f}."
