"""What libraries have for the exercises of 09_keypoint_head."""

from types import SimpleNamespace

import torch
from pycocotools.cocoeval import COCOeval
from torchvision.models.detection import keypoint_rcnn, roi_heads
from torchvision.models.detection.roi_heads import RoIHeads


class KeypointRCNNHeads:
    class subclass(keypoint_rcnn.KeypointRCNNHeads):
        pass


class KeypointRCNNPredictor:
    class borrowed_forward(torch.nn.Module):
        def __init__(self, in_channels, num_keypoints):
            super().__init__()
            self.kps_score_lowres = torch.nn.ConvTranspose2d(
                in_channels, num_keypoints, 4, stride=2, padding=1
            )
            self.up_scale = 2

        forward = keypoint_rcnn.KeypointRCNNPredictor.forward


class keypoints_to_heatmap:
    def torchvision(keypoints, rois, heatmap_size):
        return roi_heads.keypoints_to_heatmap(keypoints, rois, heatmap_size)

    def one_by_one(keypoints, rois, heatmap_size):
        made = [
            roi_heads.keypoints_to_heatmap(k[None], r[None], heatmap_size)
            for k, r in zip(keypoints, rois, strict=True)
        ]
        return tuple(torch.cat(parts) for parts in zip(*made, strict=True))


class keypointrcnn_loss:
    def torchvision(keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs):
        args = keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs
        return roi_heads.keypointrcnn_loss(*args)

    def whole_forward(keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs):
        labels = [torch.ones(len(p), dtype=torch.int64) for p in proposals]
        logits = torch.zeros(sum(map(len, proposals)), 2)
        targets = [{"keypoints": k, "boxes": k[:, 0, :2], "labels": k} for k in gt_keypoints]
        me = SimpleNamespace(
            training=True,
            check_targets=lambda _: None,
            has_mask=lambda: False,
            has_keypoint=lambda: True,
            box_roi_pool=lambda *_: None,
            box_head=lambda _: None,
            box_predictor=lambda _: (logits, torch.zeros(len(logits), 8)),
            keypoint_roi_pool=lambda *_: None,
            keypoint_head=lambda _: None,
            keypoint_predictor=lambda _: keypoint_logits,
            select_training_samples=lambda *_: (
                proposals,
                keypoint_matched_idxs,
                labels,
                [torch.zeros(len(p), 4) for p in proposals],
            ),
        )
        targets = [
            {**t, "boxes": torch.zeros(1, 4), "labels": torch.ones(1, dtype=torch.int64)}
            for t in targets
        ]
        return RoIHeads.forward(me, {}, proposals, [], targets)[1]["loss_keypoint"]


class heatmaps_to_keypoints:
    def torchvision(maps, rois):
        return roi_heads.heatmaps_to_keypoints(maps, rois)

    def inference(maps, rois):
        (keypoints,), (scores,) = roi_heads.keypointrcnn_inference(maps, [rois])
        return keypoints, scores

    def one_by_one(maps, rois):
        made = [
            roi_heads.heatmaps_to_keypoints(m[None], r[None])
            for m, r in zip(maps, rois, strict=True)
        ]
        return tuple(torch.cat(parts) for parts in zip(*made, strict=True))

    def for_export(maps, rois):
        xy, scores = roi_heads._onnx_heatmaps_to_keypoints_loop(
            maps,
            rois,
            *[(rois[:, a] - rois[:, b]).clamp(min=1).ceil() for a, b in ((2, 0), (3, 1))],
            (rois[:, 2] - rois[:, 0]).clamp(min=1),
            (rois[:, 3] - rois[:, 1]).clamp(min=1),
            rois[:, 0],
            rois[:, 1],
            torch.tensor(maps.shape[1]),
        )
        return xy.permute(0, 2, 1), scores


class object_keypoint_similarity:
    def coco_evaluation(pred_keypoints, gt_keypoints, gt_areas, sigmas):
        evaluation = COCOeval(iouType="keypoints")
        return _similarity(evaluation, pred_keypoints, gt_keypoints, gt_areas, sigmas)

    def subclass(pred_keypoints, gt_keypoints, gt_areas, sigmas):
        evaluation = type("Own", (COCOeval,), {})(iouType="keypoints")
        return _similarity(evaluation, pred_keypoints, gt_keypoints, gt_areas, sigmas)

    def borrowed_method(pred_keypoints, gt_keypoints, gt_areas, sigmas):
        evaluation = SimpleNamespace(params=SimpleNamespace(), _gts={}, _dts={})
        return _similarity(evaluation, pred_keypoints, gt_keypoints, gt_areas, sigmas)


def _similarity(evaluation, pred_keypoints, gt_keypoints, gt_areas, sigmas):
    evaluation.params.kpt_oks_sigmas = sigmas.double().numpy()
    evaluation.params.maxDets = [len(pred_keypoints)]
    evaluation.params.imgIds, evaluation.params.catIds = [0], [0]
    evaluation._gts[0, 0] = [
        {"keypoints": k.double().flatten().tolist(), "area": a, "bbox": [0.0] * 4}
        for k, a in zip(gt_keypoints, gt_areas.double().tolist(), strict=True)
    ]
    evaluation._dts[0, 0] = [
        {"keypoints": k.double().flatten().tolist(), "score": 1.0} for k in pred_keypoints
    ]
    return torch.from_numpy(COCOeval.computeOks(evaluation, 0, 0)).to(pred_keypoints.dtype)


class quarter_offset:
    """No library has it."""
