"""torchvision's detectors with their branches apart, as functions.

Letters: `N` pictures, `D` detections of a picture, `K` keypoints, `M` cells of a mask a side.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import Any
from unittest import mock

from torch import Tensor
from torchvision.models.detection import FasterRCNN

Detection = Mapping[str, Tensor]
Detections = list[Detection]
Sizes = list[tuple[int, int]]


@contextmanager
def replaced(model: FasterRCNN, path: str, change: Callable[[Any], Any]) -> Iterator[None]:
    """Replace one function or setting of a detector for a while.

    Args:
        model: the detector.
        path: of what is replaced, such as 'rpn.head.forward'.
        change: makes the new one from the old one.
    """
    *owners, name = path.split(".")
    owner = attrgetter(".".join(owners))(model)
    with mock.patch.object(owner, name, change(getattr(owner, name))):
        yield


def wire_faster_rcnn(
    model: FasterRCNN, images: list[Tensor], branches: Sequence[Callable] = ()
) -> Detections:
    """Call a detector, with branches at the end of its RoI heads.

    Args:
        model: in evaluation mode.
        images (list of N Tensors [3, H, W]): values from 0 to 1; they may differ in size.
        branches: take (model, features, detections, image_sizes), where boxes are in pixels of the
            resized pictures; return the detections with more entries.

    Returns:
        list of N dict: boxes Tensor[D, 4] (xyxy in pixels of the picture as it came), labels
        Tensor[D] (int64), scores Tensor[D], best first; and what the branches add.

    Source: Ren et al. 2015 (Faster R-CNN), figure 2; torchvision `GeneralizedRCNN`.
    """

    def with_branches(forward: Callable) -> Callable:
        def run(features: dict, proposals: list, sizes: Sizes, targets: None = None) -> tuple:
            detections, losses = forward(features, proposals, sizes, targets)
            for branch in branches:
                detections = branch(model, features, detections, sizes)
            return detections, losses

        return run

    with replaced(model, "roi_heads.forward", with_branches):
        return model(images)


def wire_mask_rcnn(
    model: FasterRCNN, features: dict[str, Tensor], detections: Detections, image_sizes: Sizes
) -> Detections:
    """Give each detection its mask.

    Args:
        model: in evaluation mode.
        features (dict[str, Tensor[N, C, Hl, Wl]]): the levels, finest first.
        detections (list of N dict): boxes Tensor[D, 4] (xyxy in pixels of the resized picture),
            labels Tensor[D] and scores Tensor[D], and maybe more.
        image_sizes: height and width of each resized picture, in pixels.

    Returns:
        list of N dict: all that came in, and masks Tensor[D, 1, M, M], values from 0 to 1.

    Source: He et al. 2017 (Mask R-CNN), section 3; torchvision `RoIHeads`.
    """
    return _with_entries(["masks"], model, features, detections, image_sizes)


def wire_keypoint_rcnn(
    model: FasterRCNN, features: dict[str, Tensor], detections: Detections, image_sizes: Sizes
) -> Detections:
    """Give each detection its keypoints.

    Args:
        model: in evaluation mode.
        features: as in `wire_mask_rcnn`.
        detections: as in `wire_mask_rcnn`.
        image_sizes: as in `wire_mask_rcnn`.

    Returns:
        list of N dict: all that came in, keypoints Tensor[D, K, 3] (x, y in pixels of the resized
        picture, and 1) and keypoints_scores Tensor[D, K].

    Source: He et al. 2017 (Mask R-CNN), section 5; torchvision `RoIHeads`.
    """
    names = ["keypoints", "keypoints_scores"]
    return _with_entries(names, model, features, detections, image_sizes)


def _with_entries(
    names: list[str],
    model: FasterRCNN,
    features: dict[str, Tensor],
    detections: Detections,
    image_sizes: Sizes,
) -> Detections:
    """Let the RoI heads run on boxes that are given, and keep some of what they add."""
    given = tuple([d[kind] for d in detections] for kind in ("boxes", "scores", "labels"))
    with replaced(model, "roi_heads.postprocess_detections", lambda _: lambda *outputs: given):
        results, _ = model.roi_heads(features, given[0], image_sizes)
    return [
        {**detection, **{name: result[name] for name in names}}
        for detection, result in zip(detections, results, strict=True)
    ]
