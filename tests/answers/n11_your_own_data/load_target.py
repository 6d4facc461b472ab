"""Right answers to `load_target`, one for each style."""

import numpy as np
import torch
from pycocotools import mask as run_length
from pycocotools.coco import COCO


def load_target_rows(annotations, image, categories):
    height, width = image["height"], image["width"]
    numbers = {}
    for category in sorted(categories, key=lambda c: c["id"]):
        numbers[category["id"]] = len(numbers) + 1
    count = 0
    for category in categories:
        count = max(count, len(category.get("keypoints", ())))
    boxes, labels, masks, keypoints = [], [], [], []
    for annotation in annotations:
        if annotation.get("iscrowd"):
            continue
        x, y, w, h = annotation["bbox"]
        x1, y1 = max(x, 0.0), max(y, 0.0)
        x2, y2 = min(x + w, width), min(y + h, height)
        if x1 >= x2 or y1 >= y2:
            continue
        boxes.append([x1, y1, x2, y2])
        labels.append(numbers[annotation["category_id"]])
        segmentation = annotation["segmentation"]
        if isinstance(segmentation, list):
            pixels = np.zeros((height, width), dtype=np.uint8)
            for packed in run_length.frPyObjects(segmentation, height, width):
                pixels |= run_length.decode(packed)
        elif isinstance(segmentation["counts"], str):
            pixels = run_length.decode(segmentation)
        else:
            pixels = run_length.decode(run_length.frPyObjects(segmentation, height, width))
        masks.append(torch.from_numpy(pixels))
        flat = annotation.get("keypoints") or [0.0] * 3 * count
        keypoints.append([flat[3 * k : 3 * k + 3] for k in range(count)])
    n = len(boxes)
    return {
        "boxes": torch.tensor(boxes, dtype=torch.float32).reshape(n, 4),
        "labels": torch.tensor(labels, dtype=torch.int64),
        "masks": torch.stack(masks) if n else torch.zeros(0, height, width, dtype=torch.uint8),
        "keypoints": torch.tensor(keypoints, dtype=torch.float32).reshape(n, count, 3),
    }


def load_target_index(annotations, image, categories):
    coco = COCO()
    coco.dataset = {
        "images": [{**image, "id": 1}],
        "annotations": [
            {**a, "id": i, "image_id": 1, "iscrowd": a.get("iscrowd", 0)}
            for i, a in enumerate(annotations)
        ],
        "categories": list(categories),
    }
    coco.createIndex()
    kept = [a for a in coco.dataset["annotations"] if a["iscrowd"] == 0]
    x, y, w, h = torch.tensor([a["bbox"] for a in kept]).float().reshape(-1, 4).unbind(1)
    right = (x + w).clamp(0, image["width"])
    bottom = (y + h).clamp(0, image["height"])
    boxes = torch.stack([x.clamp(0, image["width"]), y.clamp(0, image["height"]), right, bottom], 1)
    good = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) > 0).tolist()
    kept = [a for a, is_good in zip(kept, good, strict=True) if is_good]
    count = max(len(c.get("keypoints", [])) for c in categories)
    ids = torch.tensor([c["id"] for c in categories])
    masks = np.zeros((len(kept), image["height"], image["width"]), np.uint8)
    points = torch.zeros(len(kept), 3 * count)
    for row, a in enumerate(kept):
        masks[row] = coco.annToMask(a)
        if a.get("keypoints"):
            points[row] = torch.tensor(a["keypoints"], dtype=torch.float32)
    return {
        "keypoints": points.unflatten(1, (count, 3))
        if count
        else points[..., None].expand(-1, -1, 3),
        "masks": torch.from_numpy(masks),
        "labels": torch.tensor(
            [1 + int((ids < a["category_id"]).sum()) for a in kept], dtype=torch.int64
        ),
        "boxes": boxes[torch.tensor(good, dtype=torch.bool)],
    }


def load_target_functions(annotations, image, categories):
    size = image["height"], image["width"]

    def corners(annotation):
        x, y, w, h = annotation["bbox"]
        low, high = [min(max(v, 0), m) for v, m in ((x, size[1]), (y, size[0]))], (x + w, y + h)
        return [*low, *(min(max(v, 0), m) for v, m in zip(high, size[::-1], strict=True))]

    def wanted(annotation):
        x1, y1, x2, y2 = corners(annotation)
        return not annotation.get("iscrowd", False) and x2 - x1 > 0 and y2 - y1 > 0

    def pixels(segmentation):
        packed = segmentation
        if type(segmentation) is list or type(segmentation["counts"]) is list:
            packed = run_length.frPyObjects(segmentation, *size)
        decoded = torch.from_numpy(run_length.decode(packed))
        return decoded.amax(-1) if decoded.ndim == 3 else decoded

    kept = list(filter(wanted, annotations))
    known = sorted({category["id"] for category in categories})
    each = [len(c["keypoints"]) for c in categories if "keypoints" in c]
    shape = (len(kept), max(each, default=0), 3)
    target = {
        "boxes": torch.zeros(len(kept), 4),
        "labels": torch.zeros(len(kept), dtype=torch.int64),
        "masks": torch.zeros(len(kept), *size, dtype=torch.uint8),
        "keypoints": torch.zeros(shape),
    }
    for row, annotation in enumerate(kept):
        target["boxes"][row] = torch.tensor(corners(annotation))
        target["labels"][row] = 1 + known.index(annotation["category_id"])
        target["masks"][row] = pixels(annotation["segmentation"])
        if annotation.get("keypoints"):
            target["keypoints"][row] = torch.tensor(annotation["keypoints"]).reshape(-1, 3)
    return target
