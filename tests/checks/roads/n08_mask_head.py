"""What libraries have for the exercises of 08_mask_head."""

from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torchvision.models.detection import mask_rcnn, roi_heads, transform
from torchvision.models.detection.roi_heads import RoIHeads


class MaskRCNNHeads:
    class subclass(mask_rcnn.MaskRCNNHeads):
        pass


class MaskRCNNPredictor:
    class subclass(mask_rcnn.MaskRCNNPredictor):
        pass


class maskrcnn_inference:
    def torchvision(x, labels):
        return roi_heads.maskrcnn_inference(x, labels)

    def image_by_image(x, labels):
        pieces = zip(x.split([len(of_image) for of_image in labels]), labels, strict=True)
        return [roi_heads.maskrcnn_inference(maps, [of_image])[0] for maps, of_image in pieces]

    def whole_forward(x, labels):
        boxes = [torch.zeros(len(of_image), 4) for of_image in labels]
        me = SimpleNamespace(
            training=False,
            has_mask=lambda: True,
            has_keypoint=lambda: False,
            keypoint_roi_pool=None,
            keypoint_head=None,
            keypoint_predictor=None,
            box_roi_pool=lambda *_: None,
            box_head=lambda _: None,
            box_predictor=lambda _: (None, None),
            mask_roi_pool=lambda *_: None,
            mask_head=lambda _: None,
            mask_predictor=lambda _: x,
            postprocess_detections=lambda *_: (boxes, boxes, labels),
        )
        return [d["masks"] for d in RoIHeads.forward(me, {}, [], [])[0]]


class maskrcnn_loss:
    def torchvision(mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs):
        args = mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs
        return roi_heads.maskrcnn_loss(*args)

    def projected(mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs):
        lists = zip(gt_masks, proposals, mask_matched_idxs, strict=True)
        size = mask_logits.shape[-1]
        targets = torch.cat([roi_heads.project_masks_on_boxes(*x, size) for x in lists])
        labels = torch.cat([y[i] for y, i in zip(gt_labels, mask_matched_idxs, strict=True)])
        taught = mask_logits[torch.arange(len(labels)), labels]
        return F.binary_cross_entropy_with_logits(taught, targets)

    def image_by_image(mask_logits, proposals, gt_masks, gt_labels, mask_matched_idxs):
        counts = [len(x) for x in proposals]
        lists = zip(
            mask_logits.split(counts),
            proposals,
            gt_masks,
            gt_labels,
            mask_matched_idxs,
            strict=True,
        )
        parts = [
            n * roi_heads.maskrcnn_loss(a, [b], [c], [d], [e])
            for n, (a, b, c, d, e) in zip(counts, lists, strict=True)
        ]
        return sum(parts) / max(sum(counts), 1)


class paste_masks_in_image:
    def torchvision(masks, boxes, img_shape, padding=1):
        return roi_heads.paste_masks_in_image(masks, boxes, img_shape, padding)

    def one_by_one(masks, boxes, img_shape, padding=1):
        wide, scale = roi_heads.expand_masks(masks, padding)
        corners = roi_heads.expand_boxes(boxes, scale).to(torch.int64)
        pasted = [
            roi_heads.paste_mask_in_image(mask[0], box, *img_shape)
            for mask, box in zip(wide, corners, strict=True)
        ]
        return torch.stack(pasted)[:, None] if pasted else masks.new_zeros(0, 1, *img_shape)

    def for_export(masks, boxes, img_shape, padding=1):
        wide, scale = roi_heads.expand_masks(masks, padding)
        corners = roi_heads.expand_boxes(boxes, scale).to(torch.int64)
        pasted = [
            roi_heads._onnx_paste_mask_in_image(mask[0], box, *map(torch.tensor, img_shape))
            for mask, box in zip(wide, corners, strict=True)
        ]
        return torch.stack(pasted)[:, None]

    def postprocess(masks, boxes, img_shape, padding=1):
        own = transform.GeneralizedRCNNTransform(8, 8, [0.0], [1.0]).eval()
        found = [{"boxes": boxes, "masks": masks}]
        return own.postprocess(found, [tuple(img_shape)], [tuple(img_shape)])[0]["masks"]


class uncertain_points:
    """No library has it."""
