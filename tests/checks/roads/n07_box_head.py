"""What libraries have for the exercises of 07_box_head."""

from types import SimpleNamespace

import torch
from torchvision.models.detection import _utils, faster_rcnn, roi_heads
from torchvision.models.detection.roi_heads import RoIHeads


class TwoMLPHead:
    class borrowed_forward(torch.nn.Module):
        def __init__(self, in_channels, representation_size):
            super().__init__()
            self.fc6 = torch.nn.Linear(in_channels, representation_size)
            self.fc7 = torch.nn.Linear(representation_size, representation_size)

        forward = faster_rcnn.TwoMLPHead.forward


class FastRCNNPredictor:
    class borrowed_forward(torch.nn.Module):
        def __init__(self, in_channels, num_classes):
            super().__init__()
            self.cls_score = torch.nn.Linear(in_channels, num_classes)
            self.bbox_pred = torch.nn.Linear(in_channels, 4 * num_classes)

        forward = faster_rcnn.FastRCNNPredictor.forward


class encode_boxes:
    def torchvision(reference_boxes, proposals, weights):
        return _utils.encode_boxes(reference_boxes, proposals, weights)

    def coder(reference_boxes, proposals, weights):
        own = _utils.BoxCoder(tuple(weights.tolist()))
        return own.encode_single(reference_boxes, proposals)

    def coder_of_lists(reference_boxes, proposals, weights):
        own = _utils.BoxCoder(tuple(weights.tolist()))
        return own.encode([reference_boxes], [proposals])[0]

    def weights_outside(reference_boxes, proposals, weights):
        own = _utils.BoxCoder((1.0, 1.0, 1.0, 1.0))
        return weights * own.encode_single(reference_boxes, proposals)

    def borrowed_method(reference_boxes, proposals, weights):
        me = SimpleNamespace(weights=tuple(weights.tolist()))
        return _utils.BoxCoder.encode_single(me, reference_boxes, proposals)


_NO_KEYPOINTS = dict.fromkeys(("keypoint_roi_pool", "keypoint_head", "keypoint_predictor"))


class fastrcnn_loss:
    def torchvision(class_logits, box_regression, labels, regression_targets):
        return roi_heads.fastrcnn_loss(class_logits, box_regression, labels, regression_targets)

    def image_by_image(class_logits, box_regression, labels, regression_targets):
        counts = [len(x) for x in labels]
        pieces = zip(
            class_logits.split(counts),
            box_regression.split(counts),
            labels,
            regression_targets,
            strict=True,
        )
        made = [
            (n, roi_heads.fastrcnn_loss(a, b, [c], [d]))
            for n, (a, b, c, d) in zip(counts, pieces, strict=True)
            if n
        ]
        return tuple(sum(n * part[i] for n, part in made) / sum(counts) for i in (0, 1))

    def whole_forward(class_logits, box_regression, labels, regression_targets):
        me = SimpleNamespace(
            training=True,
            check_targets=lambda _: None,
            has_mask=lambda: False,
            has_keypoint=lambda: False,
            **_NO_KEYPOINTS,
            box_roi_pool=lambda *_: None,
            box_head=lambda _: None,
            box_predictor=lambda _: (class_logits, box_regression),
            select_training_samples=lambda *_: ([], None, labels, regression_targets),
        )
        losses = RoIHeads.forward(me, {}, [], [], [])[1]
        return losses["loss_classifier"], losses["loss_box_reg"]


class postprocess_detections:
    def borrowed_method(
        class_logits,
        box_regression,
        proposals,
        image_shapes,
        score_thresh=0.05,
        nms_thresh=0.5,
        detections_per_img=100,
    ):
        me = SimpleNamespace(
            box_coder=_utils.BoxCoder((10.0, 10.0, 5.0, 5.0)),
            score_thresh=score_thresh,
            nms_thresh=nms_thresh,
            detections_per_img=detections_per_img,
        )
        return RoIHeads.postprocess_detections(
            me, class_logits, box_regression, proposals, image_shapes
        )

    def heads(
        class_logits,
        box_regression,
        proposals,
        image_shapes,
        score_thresh=0.05,
        nms_thresh=0.5,
        detections_per_img=100,
    ):
        own = RoIHeads(
            None,
            None,
            None,
            0.5,
            0.5,
            512,
            0.25,
            None,
            score_thresh,
            nms_thresh,
            detections_per_img,
        )
        return own.postprocess_detections(class_logits, box_regression, proposals, image_shapes)

    def whole_forward(
        class_logits,
        box_regression,
        proposals,
        image_shapes,
        score_thresh=0.05,
        nms_thresh=0.5,
        detections_per_img=100,
    ):
        own = RoIHeads(
            lambda *_: None,
            lambda _: None,
            lambda _: (class_logits, box_regression),
            0.5,
            0.5,
            512,
            0.25,
            None,
            score_thresh,
            nms_thresh,
            detections_per_img,
        )
        found, _ = own.eval()({}, proposals, image_shapes)
        return tuple([d[key] for d in found] for key in ("boxes", "scores", "labels"))


class soft_nms:
    """No library has it."""
