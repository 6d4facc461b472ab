"""Small pictures and small detectors, so that a step takes a moment."""

import json

import numpy as np
import pytest
import torch
from pycocotools import mask as run_length
from torchvision.transforms.functional import to_pil_image

from rcnn_course.datasets import GeneratedPeople
from rcnn_course.datasets.insects import INSECT_KEYPOINTS, INSECTS, GeneratedInsects
from rcnn_course.models import load_detector


@pytest.fixture(scope="session")
def pictures():
    """Five pictures of 64 pixels."""
    return [*GeneratedPeople(5, seed=3, size=64)]


@pytest.fixture
def detector():
    """The course detector with a new box predictor, looking at small pictures."""
    return small_detector()


def small_detector(name="fasterrcnn", **numbers):
    torch.manual_seed(0)
    model = load_detector(name, weights="course", **({"num_classes": 5} | numbers))
    model.transform.min_size = (64,)
    return model


@pytest.fixture(scope="session")
def insects(tmp_path_factory):
    """COCO files of two classes with five keypoints: four pictures to learn from, two others."""
    folder = tmp_path_factory.mktemp("insects")
    return [write_insects(folder / name, count) for name, count in (("train", 4), ("val", 2))]


def write_insects(folder, count, names=INSECTS, keypoint_names=INSECT_KEYPOINTS):
    folder.mkdir()
    images, annotations = [], []
    for number in range(count):
        image, target = GeneratedInsects(count, seed=count, size=64)[number]
        to_pil_image((image * 255).round().byte()).save(folder / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": 64, "height": 64})
        annotations += _annotations(target, number, len(annotations))
    categories = [
        {"id": label, "name": name, "keypoints": [*keypoint_names], "skeleton": []}
        for label, name in enumerate(names)
        if label
    ]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "labels.json").write_text(json.dumps(content))
    return folder / "labels.json"


def _annotations(target, image_id, before):
    rows = zip(*(target[key] for key in ("boxes", "labels", "masks", "keypoints")), strict=True)
    for number, ((x1, y1, x2, y2), label, mask, keypoints) in enumerate(rows, start=before + 1):
        packed = run_length.encode(np.asfortranarray(mask.numpy()))
        yield {
            "id": number,
            "image_id": image_id,
            "category_id": int(label),
            "bbox": [float(v) for v in (x1, y1, x2 - x1, y2 - y1)],
            "segmentation": {**packed, "counts": packed["counts"].decode()},
            "area": int(mask.sum()),
            "iscrowd": 0,
            "keypoints": keypoints.flatten().tolist(),
        }
