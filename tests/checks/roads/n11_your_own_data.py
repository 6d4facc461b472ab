"""What libraries have for the exercises of 11_your_own_data."""

import contextlib
import io

import torch
from PIL import Image
from pycocotools.cocoeval import COCOeval
from torchvision import tv_tensors
from torchvision.datasets import CocoDetection, wrap_dataset_for_transforms_v2
from torchvision.transforms import v2

from rcnn_course import models, training
from rcnn_course.checks.exercises import ranked
from rcnn_course.reference import evaluation


class _OnePicture(CocoDetection):
    """A picture and its annotations, without files."""

    def __init__(self, annotations, image):
        self.annotations, self.image, self.ids = annotations, image, [0]
        self.transforms = self.transform = self.target_transform = None

    def _load_image(self, id):
        return Image.new("RGB", (self.image["width"], self.image["height"]))

    def _load_target(self, id):
        return self.annotations


class load_target:
    def wrapped_by_torchvision(annotations, image, categories):
        kept = [a for a in annotations if not a.get("iscrowd")]
        keys = ("boxes", "masks", "labels")
        dataset = wrap_dataset_for_transforms_v2(_OnePicture(kept, image), target_keys=keys)
        _, target = dataset[0]
        ids = torch.tensor(sorted(category["id"] for category in categories))
        points = torch.tensor([a["keypoints"] for a in kept])
        return {
            "boxes": target["boxes"].as_subclass(torch.Tensor),
            "labels": torch.searchsorted(ids, target["labels"]) + 1,
            "masks": target["masks"].as_subclass(torch.Tensor),
            "keypoints": points.reshape(len(kept), -1, 3),
        }


def _moved(image, target, flip_indices, flip):
    """Flip the boxes by a function of a library, and the rest by indices."""
    points = target["keypoints"][:, list(flip_indices)]
    boxes = tv_tensors.BoundingBoxes(
        target["boxes"], format="XYXY", canvas_size=tuple(image.shape[-2:])
    )
    x = torch.where(points[..., 2] > 0, image.shape[-1] - points[..., 0], 0)
    return image.flip(-1), {
        **target,
        "boxes": flip(boxes).as_subclass(torch.Tensor),
        "masks": target["masks"].flip(-1),
        "keypoints": torch.stack([x, points[..., 1], points[..., 2]], dim=2),
    }


class horizontal_flip:
    def transform(image, target, flip_indices):
        return _moved(image, target, flip_indices, v2.RandomHorizontalFlip(p=1.0))

    def transform_functional(image, target, flip_indices):
        return _moved(image, target, flip_indices, v2.functional.horizontal_flip)

    def boxes_alone(image, target, flip_indices):
        def flip(boxes):
            size = tuple(image.shape[-2:])
            return v2.functional.horizontal_flip_bounding_boxes(
                boxes.as_subclass(torch.Tensor), tv_tensors.BoundingBoxFormat.XYXY, size
            )

        return _moved(image, target, flip_indices, flip)

    def course_training(image, target, flip_indices):
        return training.horizontal_flip(image, target, flip_indices)


class replace_predictors:
    def course_models(model, num_classes, num_keypoints=None, freeze_body=False):
        model.backbone.body.requires_grad_(not freeze_body)
        return models.replace_predictors(
            model, num_classes=num_classes, num_keypoints=num_keypoints
        )


class precision_recall:
    def coco_evaluation(targets, outputs, label, iou_threshold=0.5):
        import numpy as np

        truth = evaluation._coco(targets)
        with contextlib.redirect_stdout(io.StringIO()):
            measured = COCOeval(truth, evaluation._coco(outputs), "bbox")
            measured.params.catIds = [label]
            measured.params.iouThrs = np.array([iou_threshold])
            measured.evaluate()
            measured.accumulate()
        precision, scores = (
            torch.from_numpy(measured.eval[name][0, :, 0, 0, -1])
            for name in ("precision", "scores")
        )
        return precision, scores, precision.mean().item()

    def course_checks(targets, outputs, label, iou_threshold=0.5):
        labels = torch.cat([target["labels"] for target in targets]).unique().tolist()
        found = [*ranked.ranked(targets, outputs, iou_threshold)][labels.index(label)]
        precision = torch.from_numpy(found.at_101_recalls(found.best_from_here()))
        scores = torch.from_numpy(found.at_101_recalls(found.scores))
        return precision, scores, precision.mean().item()
