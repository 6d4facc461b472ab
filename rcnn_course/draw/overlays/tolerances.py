"""How far a keypoint may be off: a ring around each place.

Letters: `K` keypoints.
"""

from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection
from torch import Tensor

from rcnn_course.datasets.keypoints import KEYPOINT_NAMES
from rcnn_course.draw.base import style
from rcnn_course.draw.base.images import ground
from rcnn_course.draw.base.inputs import require_values
from rcnn_course.draw.overlays.keypoints import side_color


def draw_tolerances(
    keypoints: Tensor, radii: Tensor, *, image: Tensor | None = None, ax: Axes | None = None
) -> Axes:
    """Draw a ring around each labelled keypoint of a person, in the colour of its side.

    Args:
        keypoints (Tensor[K, 3]): x, y in pixels and visibility; where it is 0, there is no ring.
        radii (Tensor[K]): of the rings in pixels, positive.
        image (Tensor[3, H, W], optional): the picture to show below.
        ax (Axes, optional): where to draw; a new figure otherwise.

    Returns:
        Axes: the axes drawn in.

    Raises:
        TypeError: If an argument is not a tensor.
        ValueError: If a shape is another one, or a radius is not positive.

    Example:
        >>> keypoints = torch.tensor([[40.0, 20, 2], [30, 60, 2], [0, 0, 0]])
        >>> ax = draw.draw_tolerances(keypoints, torch.tensor([2.0, 6.0, 6.0]))
    """
    points = require_values("keypoints", keypoints, ("K", 3))
    reach = require_values("radii", radii, (len(points),))
    if not (reach > 0).all():
        raise ValueError(f"radii must be positive, got {reach.min():.3g} as the smallest")
    ax = ground(image, ax)
    labelled = points[:, 2] > 0
    places, across = points[labelled, :2], 2 * reach[labelled]
    colors = [side_color(KEYPOINT_NAMES[number]) for number in labelled.nonzero()[0].tolist()]
    shape: style.Look = {"offsets": places, "offset_transform": ax.transData, "units": "xy"}
    for color, width, layer in ((style.INK, 3.2, 3), (colors, 1.8, 4)):
        rings = EllipseCollection(
            across, across, across * 0, **shape, facecolors="none", zorder=layer
        )
        rings.set(edgecolor=color, linewidth=width)
        ax.add_collection(rings)
    ax.scatter(
        places[:, 0], places[:, 1], s=9, c=colors, edgecolors=style.INK, linewidths=0.5, zorder=5
    )
    return ax
