"""What it takes to train on pictures of one's own, as calls of torchvision and pycocotools.

Letters: `N` objects of a picture, `H` × `W` its size in pixels, `K` keypoints.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from pycocotools.coco import COCO
from torch import Tensor
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.models.detection.keypoint_rcnn import KeypointRCNNPredictor
from torchvision.models.detection.mask_rcnn import MaskRCNNPredictor
from torchvision.ops import box_convert, clip_boxes_to_image
from torchvision.transforms.v2 import functional as transforms
from torchvision.tv_tensors import BoundingBoxes, Image, Mask

from rcnn_course.reference.evaluation import Pictures, evaluation_at

Target = dict[str, Tensor]

_COCO, _box_convert, _clip = COCO, box_convert, clip_boxes_to_image
_horizontal_flip = transforms.horizontal_flip


def load_target(
    annotations: Sequence[Mapping[str, Any]],
    image: Mapping[str, Any],
    categories: Sequence[Mapping[str, Any]],
    *,
    cut: bool = True,
    least_side: float = 0.0,
) -> Target:
    """Make torchvision's target of the COCO annotations of one picture.

    Args:
        annotations: with bbox (xywh in pixels), category_id and segmentation (polygons or RLE);
            with keypoints (x, y, v of each) and iscrowd, or without.
        image: with height and width, in pixels.
        categories: with id and, where they have keypoints, the names of these.
        cut: cut the boxes at the border of the picture.
        least_side: boxes that are not wider and higher than this, in pixels, are left out.

    Returns:
        dict: boxes Tensor[N, 4] (xyxy in pixels), labels Tensor[N] (int64, from 1 by increasing
        id), masks Tensor[N, H, W] (uint8), keypoints Tensor[N, K, 3].

    Source: pycocotools `COCO.annToMask`; torchvision `references/detection/coco_utils.py`.
    """
    kept = [annotation for annotation in annotations if not annotation.get("iscrowd")]
    size = (image["height"], image["width"])
    sides = torch.tensor([a["bbox"] for a in kept], dtype=torch.float32)
    boxes = _box_convert(sides.reshape(-1, 4), "xywh", "xyxy")
    boxes = _clip(boxes, size) if cut else boxes
    ids = sorted(one["id"] for one in categories)
    labels = [1 + ids.index(annotation["category_id"]) for annotation in kept]
    coco = _COCO()
    coco.imgs = {0: image}
    masks = [torch.from_numpy(coco.annToMask({**a, "image_id": 0})) for a in kept]
    count = max(len(category.get("keypoints", ())) for category in categories)
    points = [annotation.get("keypoints") or [0] * 3 * count for annotation in kept]
    target = {
        "boxes": boxes,
        "labels": torch.tensor(labels, dtype=torch.int64),
        "masks": torch.stack([torch.zeros(size, dtype=torch.uint8), *masks])[1:],
        "keypoints": torch.tensor(points, dtype=torch.float32).reshape(len(kept), count, 3),
    }
    large = (boxes[:, 2:] - boxes[:, :2]).amin(dim=1) > least_side
    return {name: values[large] for name, values in target.items()}


def horizontal_flip(
    image: Tensor, target: Target, flip_indices: Sequence[int]
) -> tuple[Tensor, Target]:
    """Mirror a picture and its target, left for right.

    A keypoint is moved as a box without a size: torchvision's `KeyPoints` are numbers of pixels,
    and these are places between the edges 0 and W, as boxes are.

    Args:
        image (Tensor[3, H, W]): the picture.
        target: boxes Tensor[N, 4] and maybe masks Tensor[N, H, W] and keypoints Tensor[N, K, 3].
        flip_indices (K ints): for each keypoint, the one whose place it takes.

    Returns:
        The picture and a new target; keypoints that are not labelled stay zeros.

    Source: torchvision `transforms.v2.functional.horizontal_flip`.
    """
    size = (image.shape[-2], image.shape[-1])
    flipped = dict(target)
    flipped["boxes"] = _flip_boxes(target["boxes"], size)
    if "masks" in target:
        flipped["masks"] = _horizontal_flip(Mask(target["masks"])).as_subclass(Tensor)
    if "keypoints" in target:
        points = target["keypoints"][:, list(flip_indices)]
        corners = points[..., [0, 1, 0, 1]].reshape(-1, 4)
        places = _flip_boxes(corners, size)[:, :2].reshape(*points.shape[:2], 2)
        moved = torch.cat([places, points[..., 2:]], dim=2)
        flipped["keypoints"] = torch.where(points[..., 2:] > 0, moved, points)
    return _horizontal_flip(Image(image)).as_subclass(Tensor), flipped


def _flip_boxes(boxes: Tensor, size: tuple[int, int]) -> Tensor:
    own = BoundingBoxes(boxes, format="XYXY", canvas_size=size)
    return _horizontal_flip(own).as_subclass(Tensor)


def replace_predictors(
    model: FasterRCNN,
    num_classes: int,
    num_keypoints: int | None = None,
    *,
    freeze_body: bool = False,
    kinds: Collection[str] = ("box", "mask", "keypoint"),
    frozen: str = "backbone.body",
) -> FasterRCNN:
    """Give a detector new predictors for classes and keypoints of one's own.

    Args:
        model: with a mask head and a keypoint head, or without; it is changed.
        num_classes: with the background.
        num_keypoints: None where the model has no keypoint head.
        freeze_body: whether `frozen` learns nothing more.
        kinds: the heads whose predictors are new.
        frozen: the part that learns nothing more; '' for all but the new predictors.

    Returns:
        The model.

    Source: torchvision's `FastRCNNPredictor`, `MaskRCNNPredictor` and `KeypointRCNNPredictor`.
    """
    roi_heads = model.roi_heads
    if freeze_body:
        model.get_submodule(frozen).requires_grad_(False)
    if "box" in kinds:
        channels = roi_heads.box_predictor.cls_score.in_features
        roi_heads.box_predictor = FastRCNNPredictor(channels, num_classes)
    if "mask" in kinds and roi_heads.mask_predictor is not None:
        channels, hidden, *_ = roi_heads.mask_predictor.conv5_mask.weight.shape
        roi_heads.mask_predictor = MaskRCNNPredictor(channels, hidden, num_classes)
    if "keypoint" in kinds and roi_heads.keypoint_predictor is not None:
        channels = roi_heads.keypoint_predictor.kps_score_lowres.in_channels
        roi_heads.keypoint_predictor = KeypointRCNNPredictor(channels, num_keypoints)
    return model


def precision_recall(
    targets: Pictures, outputs: Pictures, label: int, iou_threshold: float = 0.5
) -> tuple[Tensor, Tensor, float]:
    """Give the curve of one class as COCO draws it.

    Args:
        targets (list of N dict): boxes Tensor[G, 4] (xyxy in pixels), labels Tensor[G].
        outputs (list of N dict): boxes Tensor[D, 4], labels Tensor[D], scores Tensor[D].
        label: of the class; it occurs in the truth.
        iou_threshold: a hit overlaps its true box by at least this.

    Returns:
        Precision Tensor[101] at the recalls 0, 0.01, …, 1; scores Tensor[101] of the detections
        that reach them; AP.

    Source: pycocotools `COCOeval.accumulate`.
    """
    evaluation = evaluation_at(targets, outputs, iou_threshold)
    column = evaluation.params.catIds.index(label)
    precision, scores = (
        torch.from_numpy(evaluation.eval[name][0, :, column, 0, -1]).float()
        for name in ("precision", "scores")
    )
    return precision, scores, float(precision.mean())
