"""What libraries have for the exercises of 01_detect_people."""

import inspect
from types import SimpleNamespace

import torch
from matplotlib.patches import Rectangle
from matplotlib.transforms import Bbox
from pycocotools import mask as coco_mask
from pycocotools.cocoeval import COCOeval
from torchvision import tv_tensors
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork
from torchvision.ops import _box_convert, _utils, diou_loss, giou_loss
from torchvision.ops import boxes as library
from torchvision.transforms import v2
from torchvision.transforms.v2.functional import _meta

from rcnn_course.datasets import CocoPictures
from rcnn_course.widgets import detections as detection_widget


class xywh_to_xyxy:
    def torchvision(boxes):
        return library.box_convert(boxes, "xywh", "xyxy")

    def behind_box_convert(boxes):
        return _box_convert._box_xywh_to_xyxy(boxes)

    def centres(boxes):
        halves = boxes[:, 2:] / 2
        return library.box_convert(
            torch.cat([boxes[:, :2] + halves, boxes[:, 2:]], dim=1), "cxcywh", "xyxy"
        )

    def transform(boxes):
        own = tv_tensors.BoundingBoxes(boxes, format="XYWH", canvas_size=(9, 9))
        return v2.ConvertBoundingBoxFormat("XYXY")(own).as_subclass(torch.Tensor)

    def transform_functional(boxes):
        return v2.functional.convert_bounding_box_format(boxes, "XYWH", "XYXY")

    def behind_transform(boxes):
        return _meta._xywh_to_xyxy(boxes, inplace=False)

    def bbox_of_matplotlib(boxes):
        corners = [Bbox.from_bounds(*box.tolist()).extents for box in boxes]
        return torch.tensor(corners, dtype=boxes.dtype).reshape(-1, 4)

    def rectangle_of_matplotlib(boxes):
        corners = [
            Rectangle((x, y), width, height).get_bbox().extents
            for x, y, width, height in boxes.tolist()
        ]
        return torch.tensor(corners, dtype=boxes.dtype).reshape(-1, 4)

    def course_data(boxes):
        annotations = [
            {"bbox": box, "category_id": 1, "area": 1, "iscrowd": 0} for box in boxes.tolist()
        ]
        pictures = SimpleNamespace(_labels={1: 1})
        target = CocoPictures._boxes(pictures, annotations, 10**6, 10**6)
        return target["boxes"].to(boxes.dtype)


class box_iou:
    def torchvision(boxes1, boxes2):
        return library.box_iou(boxes1, boxes2)

    def behind_box_iou(boxes1, boxes2):
        inter, union = library._box_inter_union(boxes1, boxes2)
        return inter / union

    def behind_distance(boxes1, boxes2):
        return library._box_diou_iou(boxes1, boxes2)[1]

    def inside_a_loss(boxes1, boxes2):
        inter, union = _utils._loss_inter_union(
            boxes1[:, None].expand(-1, len(boxes2), 4), boxes2.expand(len(boxes1), -1, 4)
        )
        return inter / union

    def inside_distance_loss(boxes1, boxes2):
        pairs = [boxes1.repeat_interleave(len(boxes2), 0), boxes2.repeat(len(boxes1), 1)]
        return diou_loss._diou_iou_loss(*pairs)[1].reshape(len(boxes1), len(boxes2))

    def generalized_without_hull(boxes1, boxes2):
        hull = (
            torch.max(boxes1[:, None, 2:], boxes2[:, 2:])
            - torch.min(boxes1[:, None, :2], boxes2[:, :2])
        ).prod(dim=2)
        giou = library.generalized_box_iou(boxes1, boxes2)
        areas = [(b[:, 2:] - b[:, :2]).prod(dim=1) for b in (boxes1, boxes2)]
        total = areas[0][:, None] + areas[1]
        # giou = (total - union) / union - 1 + union / hull, solved for the union
        half = (giou + 2) * hull / 2
        union = half - (half.square() - total * hull).clamp(min=0).sqrt()
        other = half + (half.square() - total * hull).clamp(min=0).sqrt()
        union = torch.where(union < total / 2 - 1e-3, other, union)
        return (total - union) / union

    def pycocotools(boxes1, boxes2):
        forms = [
            torch.cat([b[:, :2], b[:, 2:] - b[:, :2]], 1).double().numpy() for b in (boxes1, boxes2)
        ]
        return torch.from_numpy(coco_mask.iou(*forms, [0] * len(boxes2))).to(boxes1)

    def coco_evaluation(boxes1, boxes2):
        forms = [
            torch.cat([b[:, :2], b[:, 2:] - b[:, :2]], 1).double().tolist()
            for b in (boxes1, boxes2)
        ]
        evaluation = COCOeval(iouType="bbox")
        evaluation.params.maxDets = [len(boxes1)]
        evaluation._dts[0, 0] = [{"bbox": box, "score": -i} for i, box in enumerate(forms[0])]
        evaluation._gts[0, 0] = [{"bbox": box, "iscrowd": 0} for box in forms[1]]
        return torch.from_numpy(evaluation.computeIoU(0, 0)).to(boxes1)

    def bbox_of_matplotlib(boxes1, boxes2):
        def area(box):
            return box.width * box.height if box is not None else 0

        def iou(a, b):
            a, b = Bbox.from_extents(*a), Bbox.from_extents(*b)
            shared = area(Bbox.intersection(a, b))
            return shared / (area(a) + area(b) - shared)

        return torch.tensor(
            [[iou(a, b) for b in boxes2.tolist()] for a in boxes1.tolist()], dtype=boxes1.dtype
        )


class nms:
    def inside_what_is_lent(boxes, scores, iou_threshold):
        kept = []

        class Own(torch.Tensor):
            @classmethod
            def __torch_function__(cls, function, types, args=(), options=None):
                if not kept:
                    with torch._C.DisableTorchFunctionSubclass():
                        kept.append(library.nms(boxes, scores, iou_threshold))
                return super().__torch_function__(function, types, args, options or {})

        lent = library.box_iou if inspect.isclass(box_iou) else box_iou
        lent(boxes.as_subclass(Own), boxes)
        return kept[0] if kept else library.nms(boxes, scores, iou_threshold)

    def torchvision(boxes, scores, iou_threshold):
        return library.nms(boxes, scores, iou_threshold)

    def batched(boxes, scores, iou_threshold):
        return library.batched_nms(boxes, scores, torch.zeros(len(boxes)), iou_threshold)

    def loop_over_classes(boxes, scores, iou_threshold):
        return library._batched_nms_vanilla(boxes, scores, torch.zeros(len(boxes)), iou_threshold)

    def operator(boxes, scores, iou_threshold):
        return torch.ops.torchvision.nms(boxes, scores, iou_threshold)

    def overload(boxes, scores, iou_threshold):
        return torch.ops.torchvision.nms.default(boxes, scores, iou_threshold)

    def double(boxes, scores, iou_threshold):
        return library.nms(boxes.double(), scores.double(), iou_threshold)

    def proposals(boxes, scores, iou_threshold):
        ranks = torch.linspace(-1, 1, len(scores))[scores.argsort().argsort()]
        me = SimpleNamespace(
            pre_nms_top_n=lambda: len(boxes),
            post_nms_top_n=lambda: len(boxes),
            nms_thresh=iou_threshold,
            score_thresh=0.0,
            min_size=-1e9,
        )
        me._get_top_n_idx = lambda *args: RegionProposalNetwork._get_top_n_idx(me, *args)
        kept, _ = RegionProposalNetwork.filter_proposals(
            me, boxes[None].abs(), ranks[:, None], [(10**6, 10**6)], [len(boxes)]
        )
        return torch.stack([(boxes == box).all(dim=1).nonzero()[0, 0] for box in kept[0]])

    def detections(boxes, scores, iou_threshold):
        probabilities = torch.linspace(-2, 2, len(scores))[scores.argsort().argsort()]
        me = SimpleNamespace(
            box_coder=SimpleNamespace(decode=lambda *_: boxes[:, None].expand(-1, 2, 4)),
            score_thresh=0.0,
            nms_thresh=iou_threshold,
            detections_per_img=len(boxes),
        )
        logits = torch.stack([torch.zeros_like(probabilities), probabilities], dim=1)
        kept = RoIHeads.postprocess_detections(me, logits, boxes, [boxes], [(10**6, 10**6)])[0][0]
        return torch.stack([(boxes == box).all(dim=1).nonzero()[0, 0] for box in kept])


class select_detections:
    def explorer(detections, score_threshold, labels=None):
        explorer = inspect.signature(detection_widget.DetectionExplorer).parameters
        return explorer["select_detections"].default(detections, score_threshold, labels)


class generalized_box_iou:
    def torchvision(boxes1, boxes2):
        return library.generalized_box_iou(boxes1, boxes2)

    def as_a_loss(boxes1, boxes2):
        pairs = boxes1[:, None].expand(-1, len(boxes2), 4), boxes2.expand(len(boxes1), -1, 4)
        return 1 - giou_loss.generalized_box_iou_loss(*pairs)
