"""COCO evaluation of torchvision's outputs: box, mask and keypoint AP in one quiet call.

The numbers are those of `pycocotools.cocoeval.COCOeval`, the reference implementation of the COCO
benchmark (https://cocodataset.org/#detection-eval). This module feeds it tensors, keeps it from
printing, and hands on its numbers.

Shapes: `G` ground truths and `D` detections of one picture, `H` × `W` its size, `K` keypoints.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from numbers import Integral
from typing import Any

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval, Params
from torch import Tensor

from rcnn_course import threads
from rcnn_course.datasets.coco import records as coco_records
from rcnn_course.datasets.scores import Evaluation, Scores

IOU_TYPES = {"bbox": "boxes", "segm": "masks", "keypoints": "keypoints"}
"""The kinds of AP by pycocotools's names, and the key of torchvision's dictionaries for each."""

_RESULT_FIELD = {"bbox": "bbox", "segm": "segmentation", "keypoints": "keypoints"}
_COCO_SIGMAS = tuple(Params("keypoints").kpt_oks_sigmas.tolist())
_LARGEST = 1e5  # side in pixels that COCOeval takes for no limit


@dataclass(frozen=True)
class _Settings:
    """What is not COCO's benchmark where a user asks for another one."""

    sigmas: tuple[float, ...]
    size_limits: tuple[float, float]
    max_detections: int | None


def evaluate_detections(
    targets: Iterable[Mapping[str, Tensor]],
    outputs: Iterable[Mapping[str, Tensor]],
    *,
    categories: Sequence[str] | None = None,
    iou_types: Sequence[str] | None = None,
    sigmas: Sequence[float] | None = None,
    size_limits: tuple[float, float] = (32, 96),
    max_detections: int | None = None,
) -> Evaluation:
    """Measure detections against the truth as the COCO benchmark does, printing nothing.

    Both may be generators: the tensors of a picture are let go as soon as they are read.

    Args:
        targets: one dictionary a picture, in torchvision's format: boxes (Tensor[G, 4], xyxy
            pixels), labels (Tensor[G]) and, for their AP, masks (Tensor[G, H, W]) and keypoints
            (Tensor[G, K, 3]: x, y, visibility). Optional: area (Tensor[G], pixels; without it,
            that of the mask, or else of the box) and iscrowd (Tensor[G]; without it, no crowds).
            Keypoint AP leaves out categories without any labelled keypoint, and ignores the
            objects without one in the others.
        outputs: one dictionary a picture, as torchvision's detectors return it: boxes, labels and
            scores (Tensor[D]) and, for their AP, masks (Tensor[D, 1, H, W] or [D, H, W], soft ones
            cut at 0.5) and keypoints (Tensor[D, K, 3]; a detection whose keypoints are all 0
            makes no claim and does not count in keypoint AP).
        categories: names by label, such as `weights.meta["categories"]`.
        iou_types: some of "bbox", "segm" and "keypoints"; without it, all for which the first
            target and the first output have what is needed.
        sigmas: of OKS, one for each keypoint: how far apart, as a share of the object's size,
            people place it, so that a miss by so much still counts. By default COCO's, which are
            for its 17 keypoints alone.
        size_limits: sides in pixels, squared: below the first, an object is small; from the second
            on, large.
        max_detections: how many of a picture and category count, the best first; by default
            COCO's 100, and 20 for keypoints.

    Returns:
        Evaluation: its attributes `bbox`, `segm` and `keypoints` hold named numbers.

    Raises:
        TypeError: If a picture is not a dictionary, or an option of another kind.
        ValueError: If lengths differ, a key is missing, a shape does not fit, a number is not
            finite, an IoU type is unknown or a label has no name; or where `sigmas`, `size_limits`
            or `max_detections` are none.

    Example:
        >>> target = {"boxes": torch.tensor([[10.0, 10, 50, 90]]), "labels": torch.tensor([1])}
        >>> output = {**target, "boxes": target["boxes"] + 1, "scores": torch.tensor([0.9])}
        >>> evaluation = evaluate_detections([target], [output], categories=CATEGORIES)
        >>> evaluation
                 AP   AP50   AP75  AP_small  AP_medium  AP_large     AR
        bbox  0.900  1.000  1.000         –      0.900         –  0.900
        >>> evaluation.bbox.AP75, evaluation.segm is None
        (1.0, True)
    """
    for name, words in (("iou_types", iou_types), ("categories", categories)):
        if words is not None:
            _check_words(name, words)
    if iou_types is not None and (not iou_types or not set(iou_types) <= set(IOU_TYPES)):
        raise ValueError(f"iou_types must be some of {list(IOU_TYPES)}, but got {iou_types!r}")
    settings = _settings(sigmas, size_limits, max_detections)
    images, truths, detections = [], [], []
    types = list(iou_types or [])
    for index, (target, output) in enumerate(zip_longest(targets, outputs)):
        _check_pair(target, output, index)
        types = types or _shared_iou_types(target, output)
        if "keypoints" in types:
            _check_keypoints(target, sigmas, index)
        keys = ["labels", "boxes", *(IOU_TYPES[t] for t in types if t != "bbox")]
        target_keys = [*keys, *(key for key in ("area", "iscrowd", "masks") if key in target)]
        known = {"keypoints": len(settings.sigmas)}
        target = coco_records.checked_tensors(target, target_keys, f"targets[{index}]", **known)
        output = coco_records.checked_tensors(
            output, [*keys, "scores"], f"outputs[{index}]", **known
        )
        images.append(_image(target, output, index))
        truths += coco_records.annotations(target, index)
        detections += coco_records.results(output, index)
    if not images:
        raise ValueError("targets and outputs must hold at least one picture, but they are empty")
    for number, truth in enumerate(truths, start=1):
        truth["id"] = number  # COCOeval takes the id 0 for "no match"
    names = _category_names({truth["category_id"] for truth in truths}, categories)
    with threads.collected("stdout"):
        truth_coco = _coco(images, truths, names)
        return Evaluation(**{t: _scores(truth_coco, detections, names, t, settings) for t in types})


def _settings(
    sigmas: Sequence[float] | None, size_limits: tuple[float, float], max_detections: int | None
) -> _Settings:
    numbers = _COCO_SIGMAS if sigmas is None else _numbers("sigmas", sigmas)
    if not numbers or not all(0 < sigma < math.inf for sigma in numbers):
        raise ValueError(f"sigmas must be numbers above 0, one for each keypoint, got {sigmas!r}")
    limits = _numbers("size_limits", size_limits)
    if len(limits) != 2 or not 0 < limits[0] < limits[1] < _LARGEST:
        raise ValueError(
            f"size_limits must be two sides in pixels, the smaller first, got {size_limits!r}"
        )
    if max_detections is not None:
        if not isinstance(max_detections, Integral):
            raise TypeError(f"max_detections must be a whole number, got {max_detections!r}")
        if max_detections < 1:
            raise ValueError(f"max_detections must be 1 or more, got {max_detections}")
    return _Settings(numbers, (limits[0], limits[1]), max_detections)


def _numbers(name: str, values: Any) -> tuple[float, ...]:
    """Read a sequence of numbers, which may be a tensor or an array.

    Raises:
        TypeError: If it is something else.
    """
    try:
        if isinstance(values, str | bytes):
            raise TypeError
        return tuple(map(float, values))
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a sequence of numbers, got {values!r}") from None


def _check_words(name: str, words: Any) -> None:
    """Raise TypeError where something is no sequence of words."""
    is_sequence = isinstance(words, Collection) and not isinstance(words, str)
    if not is_sequence or not all(isinstance(word, str) for word in words):
        raise TypeError(f"{name} must be a sequence of words, or None, but got {words!r}")


def _check_keypoints(target: Mapping[str, Tensor], sigmas: object, index: int) -> None:
    shape = target["keypoints"].shape if "keypoints" in target else ()
    if sigmas is None and len(shape) == 3 and shape[1] != len(_COCO_SIGMAS):
        raise ValueError(
            f"sigmas must be given, one for each of the {shape[1]} keypoints of targets[{index}]: "
            f"COCO's are for its {len(_COCO_SIGMAS)}, from {min(_COCO_SIGMAS)} for an eye to "
            f"{max(_COCO_SIGMAS)} for a hip"
        )


def _check_pair(target: object, output: object, index: int) -> None:
    for name, picture in (("targets", target), ("outputs", output)):
        if picture is None:
            raise ValueError(
                f"targets and outputs must be equally long, but {name} ended after {index}"
            )
        if not isinstance(picture, Mapping):
            raise TypeError(
                f"{name} must hold one dictionary of tensors for each picture, "
                f"but {name}[{index}] is a {type(picture).__name__}"
            )


def _shared_iou_types(target: Mapping[str, Tensor], output: Mapping[str, Tensor]) -> list[str]:
    optional = [t for t in ("segm", "keypoints") if IOU_TYPES[t] in target]
    return ["bbox", *(t for t in optional if IOU_TYPES[t] in output)]


def _image(target: dict[str, Tensor], output: dict[str, Tensor], index: int) -> dict[str, int]:
    if "masks" not in target or "masks" not in output:
        return {"id": index}
    size, output_size = target["masks"].shape[1:], output["masks"].shape[1:]
    if size != output_size and len(target["masks"]) and len(output["masks"]):
        raise ValueError(
            f"outputs[{index}]['masks'] must be as large as targets[{index}]['masks'], "
            f"{list(size)}, but got {list(output_size)}"
        )
    height, width = size if len(target["masks"]) else output_size
    return {"id": index, "height": height, "width": width}


def _category_names(labels: set[int], categories: Sequence[str] | None) -> dict[int, str]:
    if categories is None:
        return {label: f"category {label}" for label in sorted(labels)}
    unnamed = sorted(label for label in labels if not 0 <= label < len(categories))
    if unnamed:
        raise ValueError(
            f"categories must name every label of the targets, but its {len(categories)} names "
            f"have none for {unnamed[0]}"
        )
    return {label: categories[label] for label in sorted(labels)}


def _coco(images: list[dict], annotations: list[dict], names: dict[int, str]) -> COCO:
    coco = COCO()
    categories = [{"id": label, "name": name} for label, name in names.items()]
    coco.dataset = {"images": images, "annotations": annotations, "categories": categories}
    coco.createIndex()
    return coco


def _scores(
    truth: COCO,
    detections: list[dict[str, Any]],
    names: dict[int, str],
    iou_type: str,
    settings: _Settings,
) -> Scores:
    if iou_type == "keypoints":
        detections = [detection for detection in detections if any(detection["keypoints"])]
    evaluation = COCOeval(truth, _loaded_results(truth, detections, iou_type), iou_type)
    if iou_type == "keypoints":
        with_keypoints = {a["category_id"] for a in truth.anns.values() if a["num_keypoints"]}
        evaluation.params.catIds = sorted(with_keypoints)
    _apply(settings, evaluation.params)
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][..., 0, -1]  # all sizes, most detections a picture
    precision = np.where(precision > -1, precision, math.nan)
    return Scores(
        **_stats(evaluation),
        per_category={
            names[label]: _mean(precision[:, :, k])
            for k, label in enumerate(evaluation.params.catIds)
        },
        iou_thresholds=evaluation.params.iouThrs,
        recall_levels=evaluation.params.recThrs,
        precision=precision,
    )


def _apply(settings: _Settings, params: Params) -> None:
    small, large = (side**2 for side in settings.size_limits)
    ranges = {"all": [0, _LARGEST**2], "small": [0, small], "medium": [small, large]}
    ranges["large"] = [large, _LARGEST**2]
    params.areaRng = [ranges[label] for label in params.areaRngLbl]
    if settings.max_detections is not None:
        params.maxDets = [min(count, settings.max_detections) for count in params.maxDets[:-1]]
        params.maxDets.append(settings.max_detections)
    if params.iouType == "keypoints":
        params.kpt_oks_sigmas = np.array(settings.sigmas)


def _stats(evaluation: COCOeval) -> dict[str, float]:
    """Return COCO's numbers, which `COCOeval.summarize` gives for 100 detections alone."""
    params = evaluation.params

    def mean(kind: str, *, iou: float | None = None, size: str = "all", most: int = -1) -> float:
        values = evaluation.eval[kind][..., params.areaRngLbl.index(size), most]
        return _mean(values if iou is None else values[np.isclose(params.iouThrs, iou)])

    stats = {}
    for short, kind in (("AP", "precision"), ("AR", "recall")):
        stats[short] = mean(kind)
        for size in params.areaRngLbl[1:]:
            stats[f"{short}_{size}"] = mean(kind, size=size)
        if short == "AP" or params.iouType == "keypoints":
            stats |= {f"{short}{100 * iou:.0f}": mean(kind, iou=iou) for iou in (0.5, 0.75)}
    if params.iouType != "keypoints":
        stats |= {"AR_1": mean("recall", most=0), "AR_10": mean("recall", most=1)}
    return stats


def _loaded_results(truth: COCO, detections: list[dict[str, Any]], iou_type: str) -> COCO:
    if not detections:  # COCO.loadRes needs at least one
        return _coco(truth.dataset["images"], [], {})
    keys = ("image_id", "category_id", "score", _RESULT_FIELD[iou_type])
    return truth.loadRes([{key: detection[key] for key in keys} for detection in detections])


def _mean(values: np.ndarray) -> float:
    """Average all but -1, COCOeval's "no ground truth"; its 2e-16 beside a 1 is rounded away."""
    known = values[values > -1]
    return round(float(known.mean()), 12) if known.size else math.nan
