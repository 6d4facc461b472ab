"""COCO's evaluation of detections, as functions over pycocotools.

Letters: `N` pictures, `G` true objects and `D` detections of a picture.
"""

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import Tensor, ones_like
from torchvision.ops import box_convert

from rcnn_course import threads

Pictures = list[dict[str, Tensor]]

_COCO, _COCOeval, _box_convert = COCO, COCOeval, box_convert


def evaluate_coco(targets: Pictures, outputs: Pictures, iou_threshold: float = 0.5) -> float:
    """Measure average precision at one IoU as COCO does.

    Args:
        targets (list of N dict): boxes Tensor[G, 4] (xyxy in pixels), labels Tensor[G].
        outputs (list of N dict): boxes Tensor[D, 4], labels Tensor[D], scores Tensor[D].
        iou_threshold: a hit overlaps its true box by at least this.

    Returns:
        float: AP from 0 to 1, the mean over the classes that occur in the truth.

    Source: Lin et al. 2014, Microsoft COCO; pycocotools `COCOeval`.
    """
    evaluation = evaluation_at(targets, outputs, iou_threshold)
    return float(evaluation.eval["precision"][0, :, :, 0, -1].mean())


def evaluation_at(targets: Pictures, outputs: Pictures, iou_threshold: float) -> COCOeval:
    """Return the `COCOeval` of detections at one IoU, accumulated over the classes of the truth."""
    with threads.collected("stdout"):
        truth = _coco(targets)
        evaluation = _COCOeval(truth, _coco(outputs), "bbox")
        evaluation.params.catIds = truth.getCatIds()
        evaluation.params.iouThrs = np.array([iou_threshold])
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation


def _coco(pictures: Pictures) -> COCO:
    """Write pictures down as pycocotools reads them."""
    annotations = [
        {
            "image_id": image,
            "category_id": int(label),
            "bbox": _box_convert(box, "xyxy", "xywh").tolist(),
            "area": float((box[2:] - box[:2]).prod()),
            "iscrowd": 0,
            "score": float(score),
        }
        for image, picture in enumerate(pictures)
        for box, label, score in zip(
            picture["boxes"],
            picture["labels"],
            picture.get("scores", ones_like(picture["labels"])),
            strict=True,
        )
    ]
    for number, annotation in enumerate(annotations, start=1):  # COCOeval takes the id 0 for "none"
        annotation["id"] = number
    labels = sorted({annotation["category_id"] for annotation in annotations})
    coco = _COCO()
    coco.dataset = {
        "images": [{"id": image} for image in range(len(pictures))],
        "categories": [{"id": label} for label in labels],
        "annotations": annotations,
    }
    coco.createIndex()
    return coco
