"""COCO's numbers with their names: AP and AR of boxes, masks and keypoints, as tables and curves.

Shapes: `K` categories, 10 IoU thresholds, 101 recall levels.

Source: https://cocodataset.org/#detection-eval; pycocotools `COCOeval`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

_COLUMNS = ("AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large", "AR")


@dataclass(frozen=True, kw_only=True)
class Scores:
    """COCO's numbers for one kind of AP, each from 0 to 1.

    NaN stands where COCO defines no number: where there is no ground truth of that size, for
    `AR50` and `AR75` of boxes and masks, and for `AR_1`, `AR_10` and small objects of keypoints.

    Attributes:
        AP: mean over the categories and over the IoU thresholds 0.50, 0.55, …, 0.95.
        AP50: at IoU threshold 0.50; `AP75` at 0.75.
        AP_small: of ground truths up to 32² pixels; `AP_medium` from 32² to 96²; `AP_large` above;
            or of the sizes that were asked for.
        AR: average recall of the 100 best detections a picture and category (20 for keypoints), or
            of as many as were asked for.
        AR50: average recall at IoU threshold 0.50; `AR75` at 0.75.
        AR_1: average recall of the best detection a picture and category; `AR_10` of the best ten.
        AR_small: average recall by size, as for AP; so `AR_medium` and `AR_large`.
        per_category: AP by category name, for the categories that have ground truth.
        iou_thresholds (float64[10]): 0.50, 0.55, …, 0.95.
        recall_levels (float64[101]): 0.00, 0.01, …, 1.00.
        precision (float64[10, 101, K]): interpolated precision at each IoU threshold, recall level
            and category, these in the order of `per_category`: the precision-recall curves.
    """

    AP: float
    AP50: float
    AP75: float
    AP_small: float = math.nan
    AP_medium: float
    AP_large: float
    AR: float
    AR50: float = math.nan
    AR75: float = math.nan
    AR_1: float = math.nan
    AR_10: float = math.nan
    AR_small: float = math.nan
    AR_medium: float
    AR_large: float
    per_category: Mapping[str, float]
    iou_thresholds: np.ndarray = field(repr=False, compare=False)
    recall_levels: np.ndarray = field(repr=False, compare=False)
    precision: np.ndarray = field(repr=False, compare=False)

    def curves(
        self, *, iou_thresholds: Sequence[float] = (0.5, 0.75, 0.95)
    ) -> dict[float, np.ndarray]:
        """Give precision over recall at some IoU thresholds, averaged over the categories.

        The mean of a curve is the AP at its threshold. Without ground truth there are none.

        Returns:
            dict[float, ndarray]: by threshold, precision at each of `recall_levels`.

        Raises:
            ValueError: If COCO does not evaluate at a threshold.

        Example:
            >>> target = {"boxes": torch.tensor([[10.0, 10, 50, 90]]), "labels": torch.tensor([1])}
            >>> output = {**target, "boxes": target["boxes"] + 1, "scores": torch.tensor([0.9])}
            >>> scores = evaluate_detections([target], [output]).bbox
            >>> curves = scores.curves(iou_thresholds=[0.5, 0.95])
            >>> [len(curves[0.5]), curves[0.5].mean().round(2).item(), curves[0.95].mean().item()]
            [101, 1.0, 0.0]
        """
        counted = [not math.isnan(ap) for ap in self.per_category.values()]
        if not any(counted):
            return {}
        mean = self.precision[:, :, counted].mean(axis=2)
        return {threshold: mean[self._row(threshold)] for threshold in iou_thresholds}

    def curves_by_category(self, *, iou_threshold: float = 0.5) -> dict[str, np.ndarray]:
        """Give precision over recall of each category that has an AP; see `curves`."""
        precision = self.precision[self._row(iou_threshold)]
        names_and_aps = enumerate(self.per_category.items())
        return {name: precision[:, k] for k, (name, ap) in names_and_aps if not math.isnan(ap)}

    def _row(self, iou_threshold: float) -> int:
        rows = np.flatnonzero(np.isclose(self.iou_thresholds, iou_threshold))
        if not len(rows):
            raise ValueError(
                f"an IoU threshold must be one of 0.50, 0.55, …, 0.95, got {iou_threshold}"
            )
        return int(rows[0])


@dataclass(frozen=True, repr=False)
class Evaluation:
    """The scores of one set of pictures; shows itself as a small table.

    Attributes:
        bbox: of boxes; None where boxes were not evaluated, and so for the next two.
        segm: of masks.
        keypoints: of keypoints, with object keypoint similarity (OKS) in the place of IoU.
    """

    bbox: Scores | None = None
    segm: Scores | None = None
    keypoints: Scores | None = None

    def __repr__(self) -> str:
        return "\n\n".join(map(_plain_table, self._tables()))

    def _repr_markdown_(self) -> str:
        return "\n\n".join(map(_markdown_table, self._tables()))

    def _tables(self) -> list[list[list[str]]]:
        """Write the main table and, where there are several categories, that of AP by category."""
        by_type = {attribute.name: getattr(self, attribute.name) for attribute in fields(self)}
        evaluated = {name: scores for name, scores in by_type.items() if scores is not None}
        main = [["", *_COLUMNS]]
        for name, scores in evaluated.items():
            main.append([name, *(_cell(getattr(scores, column)) for column in _COLUMNS)])
        by_category = [["AP by category", *evaluated]]
        for category in dict.fromkeys(c for s in evaluated.values() for c in s.per_category):
            numbers = [s.per_category.get(category, math.nan) for s in evaluated.values()]
            by_category.append([category, *map(_cell, numbers)])
        return [main, by_category] if len(by_category) > 2 else [main]


def _cell(number: float) -> str:
    return "–" if math.isnan(number) else f"{number:.3f}"


def _plain_table(rows: list[list[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *cells in rows:
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *padded]))
    return "\n".join(lines)


def _markdown_table(rows: list[list[str]]) -> str:
    header, *body = rows
    lines = [header, [":--", *["--:"] * (len(header) - 1)], *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
