"""All that a torchvision detector says about a picture, in one picture."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from torch import Tensor

from rcnn_course.datasets.keypoints import KEYPOINT_NAMES, SKELETON_INDICES
from rcnn_course.draw.base.images import show_image
from rcnn_course.draw.base.inputs import require_length, require_values
from rcnn_course.draw.overlays.boxes import draw_boxes
from rcnn_course.draw.overlays.keypoints import draw_keypoints
from rcnn_course.draw.overlays.masks import draw_masks


def show_detections(
    image: Tensor,
    detections: Mapping[str, Tensor],
    *,
    score_threshold: float = 0.5,
    categories: Sequence[str] | None = None,
    keypoint_names: Sequence[str] = KEYPOINT_NAMES,
    skeleton: Sequence[tuple[int, int]] = SKELETON_INDICES,
    ax: Axes | None = None,
) -> Axes:
    """Draw the boxes and, where there are any, the masks and keypoints of one picture.

    Args:
        image (Tensor[3, H, W]): uint8, or float from 0 to 1.
        detections (dict): a torchvision output or target: boxes (Tensor[R, 4], xyxy pixels) and,
            each optional, labels (Tensor[R]), scores (Tensor[R]), masks (Tensor[R, 1, H, W] or
            [R, H, W]) and keypoints (Tensor[R, K, 3]).
        score_threshold (float): instances with a lower score are left out; a target has no scores
            and is drawn whole.
        categories (sequence of str, optional): the name of each category number.
        keypoint_names (sequence of K str): without them, COCO's 17 of people.
        skeleton (sequence of pairs): indices of keypoints that are joined; without it, COCO's.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If a value is not a tensor.
        ValueError: If boxes are missing, or a shape or a length does not fit.

    Example:
        >>> image, target = GeneratedPeople(1)[0]
        >>> ax = draw.show_detections(image, target, categories=CATEGORIES)

    Source: the dictionaries of torchvision `models.detection`.
    """
    if "boxes" not in detections:
        raise ValueError(f"detections must have the key 'boxes', got {sorted(detections)}")
    fields = ("boxes", "labels", "scores", "masks", "keypoints")
    kept = {name: detections[name] for name in fields if name in detections}
    for name, values in kept.items():
        require_length(f"detections['{name}']", values, len(kept["boxes"]), "boxes")
    if "scores" in kept:
        scores = require_values("detections['scores']", kept["scores"], ("R",))
        chosen = (scores >= score_threshold).nonzero()[0]
        kept = {name: values[chosen] for name, values in kept.items()}
    ax = show_image(image, ax=ax)
    if "masks" in kept:
        draw_masks(kept["masks"], ax=ax)
    draw_boxes(
        kept["boxes"],
        labels=kept.get("labels"),
        scores=kept.get("scores"),
        categories=categories,
        ax=ax,
    )
    if "keypoints" in kept:
        draw_keypoints(kept["keypoints"], keypoint_names=keypoint_names, skeleton=skeleton, ax=ax)
    return ax
