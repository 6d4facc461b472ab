"""The region proposal network's parts (Ren et al. 2015, section 3), as functions.

Letters: `N` images, `A` anchors of all levels of an image, `R` proposals that are left, `G` ground
truths; of one cell: `S` sizes, `Q` aspect ratios; `Hl` and `Wl` rows and columns of level l.
"""

from collections.abc import Callable, Sequence
from types import SimpleNamespace

import torch
from torch import Tensor, nn
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.rpn import RegionProposalNetwork

Shapes = list[tuple[int, int]]
Pairs = Sequence[Sequence[int]]
Proposals = tuple[list[Tensor], list[Tensor]]
Losses = tuple[Tensor, Tensor]
Sampler = Callable[[list[Tensor]], tuple[list[Tensor], list[Tensor]]]

_AnchorGenerator, _RegionProposalNetwork = AnchorGenerator, RegionProposalNetwork
_generate_anchors = AnchorGenerator().generate_anchors
_grid_anchors = AnchorGenerator.grid_anchors
_decode = BoxCoder((1.0, 1.0, 1.0, 1.0)).decode_single
_compute_loss = RegionProposalNetwork.compute_loss
_Matcher = Matcher


def cell_anchors(
    scales: Sequence[float],
    aspect_ratios: Sequence[float],
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Make the anchors of a cell as torchvision's `AnchorGenerator.generate_anchors` does.

    Args:
        scales: S square roots of areas, in pixels.
        aspect_ratios: Q ratios, height / width.
        dtype: of the anchors.
        device: of the anchors.

    Returns:
        Tensor[Q * S, 4]: xyxy in whole pixels around (0, 0).

    Source: Ren et al. 2015, section 3.1.1.
    """
    return _generate_anchors(list(scales), list(aspect_ratios), dtype, device)


def grid_anchors(grid_sizes: Pairs, strides: Pairs, cell_anchors: Sequence[Tensor]) -> list[Tensor]:
    """Move the anchors to every cell as torchvision's `AnchorGenerator.grid_anchors` does.

    Args:
        grid_sizes: rows and columns of each level.
        strides: pixels from cell to cell of each level, down and across.
        cell_anchors (sequence of Tensor[A of a cell, 4]): of each level, around (0, 0).

    Returns:
        list[Tensor[Hl * Wl * A of a cell, 4]]: xyxy in pixels, of each level.

    Source: Ren et al. 2015, section 3.1.1.
    """
    generator = SimpleNamespace(cell_anchors=list(cell_anchors))
    return _grid_anchors(generator, grid_sizes, strides)


def decode_boxes(rel_codes: Tensor, boxes: Tensor) -> Tensor:
    """Move and stretch anchors as torchvision's `BoxCoder.decode` does in the RPN.

    Args:
        rel_codes (Tensor[A, 4]): dx, dy, dw, dh, unitless.
        boxes (Tensor[A, 4]): anchors, xyxy in pixels.

    Returns:
        Tensor[A, 4]: xyxy in pixels.

    Source: Ren et al. 2015, section 3.1.2, equation 2.
    """
    return _decode(rel_codes, boxes)


def filter_proposals(
    proposals: Tensor,
    objectness: Tensor,
    image_shapes: Shapes,
    num_anchors_per_level: list[int],
    pre_nms_top_n: int,
    post_nms_top_n: int,
    nms_thresh: float,
    score_thresh: float = 0.0,
    min_size: float = 1e-3,
) -> Proposals:
    """Choose proposals as torchvision's `RegionProposalNetwork.filter_proposals` does.

    Args:
        proposals (Tensor[N, A, 4]): decoded boxes, xyxy in pixels.
        objectness (Tensor[N * A, 1]): logits, image after image.
        image_shapes: height and width of each image, in pixels.
        num_anchors_per_level: anchors of each level; their sum is A.
        pre_nms_top_n: most boxes of each level that go into suppression.
        post_nms_top_n: most boxes of an image that come out of it.
        nms_thresh: IoU above which of two boxes only the better one stays.
        score_thresh: probability below which a box goes.
        min_size: width and height in pixels below which a box goes.

    Returns:
        (list[Tensor[R, 4]], list[Tensor[R]]): boxes and scores of each image, the best first.

    Source: Ren et al. 2015, section 3.3; Lin et al. 2017 (FPN), section 4.1.
    """
    network = _RegionProposalNetwork(
        _AnchorGenerator(),
        nn.Identity(),
        fg_iou_thresh=0.7,
        bg_iou_thresh=0.3,
        batch_size_per_image=256,
        positive_fraction=0.5,
        pre_nms_top_n={"testing": pre_nms_top_n},
        post_nms_top_n={"testing": post_nms_top_n},
        nms_thresh=nms_thresh,
        score_thresh=score_thresh,
    ).eval()
    network.min_size = min_size
    return network.filter_proposals(proposals, objectness, image_shapes, num_anchors_per_level)


def match_anchors(
    match_quality_matrix: Tensor,
    high_threshold: float,
    low_threshold: float,
    allow_low_quality_matches: bool = False,
) -> Tensor:
    """Find what each anchor is trained on, as torchvision's `Matcher` does.

    Args:
        match_quality_matrix (Tensor[G, A]): IoUs.
        high_threshold: IoU from which an anchor is positive.
        low_threshold: IoU below which an anchor is negative.
        allow_low_quality_matches: whether the best anchors of a ground truth are positive anyway.

    Returns:
        Tensor[A], int64: the ground truth's number, -1 (negative) or -2 (ignored).

    Source: Ren et al. 2015, section 3.1.2.
    """
    return _Matcher(high_threshold, low_threshold, allow_low_quality_matches)(match_quality_matrix)


def rpn_loss(
    objectness: Tensor,
    pred_bbox_deltas: Tensor,
    labels: list[Tensor],
    regression_targets: list[Tensor],
    fg_bg_sampler: Sampler,
) -> Losses:
    """Compute the losses as torchvision's `RegionProposalNetwork.compute_loss` does.

    Args:
        objectness (Tensor[N * A, 1]): logits, image after image.
        pred_bbox_deltas (Tensor[N * A, 4]): unitless, image after image.
        labels (list[Tensor[A]]): 1 positive, 0 negative, -1 ignored.
        regression_targets (list[Tensor[A, 4]]): deltas to the ground truth, unitless.
        fg_bg_sampler: maps labels to masks of the positive and negative anchors that take part.

    Returns:
        (Tensor[], Tensor[]): of the objectness and of the boxes.

    Source: Ren et al. 2015, equation 1.
    """
    network = SimpleNamespace(fg_bg_sampler=fg_bg_sampler)
    return _compute_loss(network, objectness, pred_bbox_deltas, labels, regression_targets)
