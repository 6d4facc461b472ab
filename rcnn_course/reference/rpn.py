"""The region proposal network's parts (Ren et al. 2015, section 3), as functions.

Letters: `N` images, `A` anchors of all levels of an image, `R` proposals that are left.
"""

from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.rpn import RegionProposalNetwork

Shapes = list[tuple[int, int]]
Proposals = tuple[list[Tensor], list[Tensor]]

_AnchorGenerator, _RegionProposalNetwork = AnchorGenerator, RegionProposalNetwork


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
