"""The pictures of a step: which they are, and whether a detector can learn from them.

Shapes: `N` objects of a picture, `H` × `W` its size, `K` keypoints of an object.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torchvision.models.detection import FasterRCNN

from rcnn_course.models.saved import numbers_of
from rcnn_course.training.chance import chance

_BRIGHTEST = 2.0  # augmented pictures may go a little over 1; those of 0 to 255 go far over
Target = dict[str, Tensor]
Pictures = Sequence[tuple[Tensor, Target]]
"""Images (float Tensor[3, H, W], 0..1) and their targets, by index: a list, or a data set."""
Augment = Callable[[Tensor, Target], tuple[Tensor, Target]]


def numbers_of_step(step: int, batch: int, count: int, seed: int) -> list[int]:
    """Say which pictures a step takes: all in a chance order, then all in another one, and so on.

    Args:
        step: its number, from 0.
        batch: pictures in a step.
        count: of all pictures.
        seed: of the orders.

    Returns:
        list of int: `batch` indices. They depend on the arguments alone, so a training that goes
            on takes up the order where it stopped.
    """
    places = range(step * batch, (step + 1) * batch)
    orders = {epoch: _order(epoch, count, seed) for epoch in {place // count for place in places}}
    return [orders[place // count][place % count] for place in places]


def _order(epoch: int, count: int, seed: int) -> list[int]:
    generator = torch.Generator().manual_seed(chance("order", seed, epoch))
    return torch.randperm(count, generator=generator).tolist()


class Loader:
    """Hands out pictures that are seen to fit a detector.

    Args:
        model: the detector.
        pictures: to take from.
        name: of the argument that the pictures came in, for errors.
        augment: what is done to each.
        device: on which the tensors belong.
    """

    def __init__(
        self,
        model: FasterRCNN,
        pictures: Pictures,
        name: str,
        *,
        augment: Augment | None = None,
        device: torch.device,
    ):
        self.num_classes, self.num_keypoints = numbers_of(model)
        self.has_masks = model.roi_heads.has_mask()
        self.pictures, self.name, self.augment, self.device = pictures, name, augment, device
        if not len(pictures):
            raise ValueError(f"{name} must hold at least one picture, but it is empty")

    def load(self, numbers: Sequence[int]) -> tuple[list[Tensor], list[Target]]:
        """Return the pictures of these numbers, and their targets.

        Raises:
            ValueError: If one does not fit the detector.
        """
        pairs = [self._picture(number) for number in numbers]
        return [image for image, _ in pairs], [target for _, target in pairs]

    def in_order(self, batch: int) -> Iterator[tuple[list[Tensor], list[Target]]]:
        """Give all pictures, `batch` at a time."""
        for start in range(0, len(self.pictures), batch):
            yield self.load(range(start, min(start + batch, len(self.pictures))))

    def describe(self, number: int) -> str:
        """Name a picture for an error."""
        _, target = self.pictures[number]
        with_id = f", image_id {int(target['image_id'])}" if "image_id" in target else ""
        return f"{self.name}[{number}]{with_id}"

    def _picture(self, number: int) -> tuple[Tensor, Target]:
        image, target = self.pictures[number]
        if self.augment is not None:
            image, target = self.augment(image, target)
        problem = self._problem(image, target)
        if problem:
            raise ValueError(f"{self.describe(number)} cannot be trained on: {problem}")
        kept = ("boxes", "labels", "masks", "keypoints")
        moved = {key: target[key].to(self.device) for key in kept if key in target}
        return image.to(self.device), moved

    def _problem(self, image: Tensor, target: Target) -> str:
        """Say in what way a picture does not fit; '' where it does."""
        if not image.is_floating_point() or image.ndim != 3 or image.shape[0] != 3:
            return (
                f"the image must be a float tensor [3, H, W], but is {image.dtype} "
                f"{list(image.shape)}"
            )
        wanted = ["boxes", "labels", *["masks"] * self.has_masks]
        wanted += ["keypoints"] * bool(self.num_keypoints)
        missing = [key for key in wanted if key not in target]
        if missing:
            return f"it has no {missing[0]}, which this detector learns, only {sorted(target)}"
        count = len(target["boxes"])
        shapes = {
            "boxes": (count, 4),
            "labels": (count,),
            "masks": (count, *image.shape[1:]),
            "keypoints": (count, self.num_keypoints, 3),
        }
        for key in wanted:
            if target[key].shape != shapes[key]:
                found = list(target[key].shape)
                return f"its {key} must have shape {list(shapes[key])}, but got {found}"
        if not image.isfinite().all():
            return "the image has NaN or infinite values"
        if image.max() > _BRIGHTEST:
            return f"the image must be 0 to 1, but reaches {image.max():.3g}"
        for key in wanted:
            if not target[key].isfinite().all():
                return f"its {key} have NaN or infinite values"
        return _problem_of_boxes(target["boxes"]) or self._problem_of_labels(target["labels"])

    def _problem_of_labels(self, labels: Tensor) -> str:
        if labels.dtype != torch.int64:
            return f"its labels must be int64, but are {labels.dtype}"
        wrong = labels[(labels < 1) | (labels >= self.num_classes)]
        if len(wrong):
            return (
                f"its labels must be 1 to {self.num_classes - 1}, the classes of this detector "
                f"without the background, but one is {wrong[0]}"
            )
        return ""


def _problem_of_boxes(boxes: Tensor) -> str:
    turned = boxes[(boxes[:, 2:] <= boxes[:, :2]).any(dim=1)]
    if len(turned):
        return f"a box must have x1 < x2 and y1 < y2, but one is {turned[0].tolist()}"
    return ""
