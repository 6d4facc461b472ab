"""What libraries have for the exercise of 00_start_here."""

import torch
from matplotlib.transforms import Bbox
from pycocotools import mask as coco_mask
from torchvision.models.detection._utils import BoxCoder
from torchvision.ops import _utils, box_convert
from torchvision.ops import boxes as library


class box_area:
    def torchvision(boxes):
        return library.box_area(boxes)

    def union_with_itself(boxes):
        return library._box_inter_union(boxes, boxes)[1].diagonal()

    def union_of_a_loss(boxes):
        return _utils._loss_inter_union(boxes, boxes)[1]

    def converted(boxes):
        return box_convert(boxes, "xyxy", "xywh")[:, 2:].prod(dim=1)

    def bbox_of_matplotlib(boxes):
        areas = [Bbox.from_extents(*box).width * Bbox.from_extents(*box).height for box in boxes]
        return torch.tensor(areas, dtype=boxes.dtype)

    def box_coder(boxes):
        unit = torch.tensor([[0.0, 0, 1, 1]]).to(boxes).expand(len(boxes), 4)
        codes = BoxCoder((1.0, 1.0, 1.0, 1.0)).encode_single(boxes, unit)
        return codes[:, 2:].sum(dim=1).exp()

    def pycocotools(boxes):
        corner = torch.cat([boxes[:, :2], torch.full((len(boxes), 2), 1e-2)], dim=1).double()
        own = torch.cat([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], dim=1).double()
        shares = coco_mask.iou(own.numpy(), corner.numpy(), [0] * len(corner)).diagonal()
        return torch.tensor([1e-4 / share for share in shares], dtype=boxes.dtype)
