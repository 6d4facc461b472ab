"""What libraries have for the exercises of 05_rpn."""

from types import SimpleNamespace

import torch
from torchvision import ops
from torchvision.models.detection import _utils, anchor_utils, rpn
from torchvision.models.detection.image_list import ImageList

RPN = rpn.RegionProposalNetwork


class cell_anchors:
    def generate(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
        own = anchor_utils.AnchorGenerator()
        return own.generate_anchors(list(scales), list(aspect_ratios), dtype, device)

    def borrowed_method(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
        method = anchor_utils.AnchorGenerator.generate_anchors
        return method(None, list(scales), list(aspect_ratios), dtype, device)

    def attribute(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
        own = anchor_utils.AnchorGenerator((tuple(scales),), (tuple(aspect_ratios),))
        return own.cell_anchors[0].to(dtype)

    def grid_of_one_cell(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
        own = anchor_utils.AnchorGenerator((tuple(scales),), (tuple(aspect_ratios),))
        return own.grid_anchors([[1, 1]], [[torch.tensor(0)] * 2])[0].to(dtype)

    def whole_picture(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
        own = anchor_utils.AnchorGenerator((tuple(scales),), (tuple(aspect_ratios),))
        picture = ImageList(torch.zeros(1, 3, 8, 8), [(8, 8)])
        return own(picture, [torch.zeros(1, 1, 1, 1)])[0].to(dtype)


class grid_anchors:
    def borrowed_method(grid_sizes, strides, cell_anchors):
        me = SimpleNamespace(cell_anchors=list(cell_anchors))
        return anchor_utils.AnchorGenerator.grid_anchors(me, grid_sizes, strides)

    def generator(grid_sizes, strides, cell_anchors):
        own = anchor_utils.AnchorGenerator()
        own.cell_anchors = list(cell_anchors)
        return own.grid_anchors(grid_sizes, strides)

    def subclass(grid_sizes, strides, cell_anchors):
        own = type("Own", (anchor_utils.AnchorGenerator,), {})()
        own.cell_anchors = list(cell_anchors)
        return own.grid_anchors(grid_sizes, strides)

    def level_by_level(grid_sizes, strides, cell_anchors):
        method = anchor_utils.AnchorGenerator.grid_anchors
        return [
            method(SimpleNamespace(cell_anchors=[cells]), [size], [stride])[0]
            for size, stride, cells in zip(grid_sizes, strides, cell_anchors, strict=True)
        ]


class decode_boxes:
    def coder(rel_codes, boxes):
        return _utils.BoxCoder((1.0, 1.0, 1.0, 1.0)).decode_single(rel_codes, boxes)

    def coder_of_lists(rel_codes, boxes):
        return _utils.BoxCoder((1.0, 1.0, 1.0, 1.0)).decode(rel_codes, [boxes])[:, 0]

    def other_weights(rel_codes, boxes):
        return _utils.BoxCoder((2.0, 2.0, 2.0, 2.0)).decode_single(2 * rel_codes, boxes)

    def borrowed_method(rel_codes, boxes):
        me = SimpleNamespace(weights=(1.0, 1.0, 1.0, 1.0), bbox_xform_clip=_LIMIT)
        return _utils.BoxCoder.decode_single(me, rel_codes, boxes)

    def mistake_of_the_course(rel_codes, boxes):
        from rcnn_course.checks.exercises.n05_rpn import decode_boxes as exercise

        limited = torch.cat([rel_codes[:, :2], rel_codes[:, 2:].clamp(max=_LIMIT)], dim=1)
        own = SimpleNamespace(rel_codes=limited, boxes=boxes)
        return exercise._decode_unlimited(own.rel_codes, own.boxes)


_LIMIT = _utils.BoxCoder((1.0,) * 4).bbox_xform_clip


def _network(**settings):
    """Return what stands in for a region proposal network, with these attributes."""
    me = SimpleNamespace(**settings)
    me._get_top_n_idx = lambda *args: RPN._get_top_n_idx(me, *args)
    return me


class filter_proposals:
    def borrowed_method(
        proposals,
        objectness,
        image_shapes,
        num_anchors_per_level,
        pre_nms_top_n,
        post_nms_top_n,
        nms_thresh,
        score_thresh=0.0,
        min_size=1e-3,
    ):
        me = _network(
            pre_nms_top_n=lambda: pre_nms_top_n,
            post_nms_top_n=lambda: post_nms_top_n,
            nms_thresh=nms_thresh,
            score_thresh=score_thresh,
            min_size=min_size,
        )
        return RPN.filter_proposals(me, proposals, objectness, image_shapes, num_anchors_per_level)

    def network(
        proposals,
        objectness,
        image_shapes,
        num_anchors_per_level,
        pre_nms_top_n,
        post_nms_top_n,
        nms_thresh,
        score_thresh=0.0,
        min_size=1e-3,
    ):
        own = RPN(
            None,
            None,
            0.7,
            0.3,
            256,
            0.5,
            {"testing": pre_nms_top_n},
            {"testing": post_nms_top_n},
            nms_thresh,
            score_thresh,
        ).eval()
        own.min_size = min_size
        return own.filter_proposals(proposals, objectness, image_shapes, num_anchors_per_level)

    def whole_forward(
        proposals,
        objectness,
        image_shapes,
        num_anchors_per_level,
        pre_nms_top_n,
        post_nms_top_n,
        nms_thresh,
        score_thresh=0.0,
        min_size=1e-3,
    ):
        counts, images = num_anchors_per_level, len(proposals)
        levels = objectness.reshape(images, -1).split(counts, dim=1)
        me = _network(
            pre_nms_top_n=lambda: pre_nms_top_n,
            post_nms_top_n=lambda: post_nms_top_n,
            nms_thresh=nms_thresh,
            score_thresh=score_thresh,
            min_size=min_size,
            training=False,
            head=lambda _: (
                [x[:, None, :, None] for x in levels],
                [x.new_zeros(images, 4, x.shape[1], 1) for x in levels],
            ),
            anchor_generator=lambda *_: list(proposals),
            box_coder=SimpleNamespace(decode=lambda *_: proposals),
        )
        me.filter_proposals = lambda *args: RPN.filter_proposals(me, *args)
        pictures = SimpleNamespace(image_sizes=image_shapes)
        return RPN.forward(me, pictures, {})[0], me.filter_proposals(
            proposals, objectness, image_shapes, counts
        )[1]


class match_anchors:
    def matcher(quality, high, low, allow_low_quality_matches=False):
        return _utils.Matcher(high, low, allow_low_quality_matches)(quality)

    def borrowed_call(quality, high, low, allow_low_quality_matches=False):
        me = SimpleNamespace(
            high_threshold=high,
            low_threshold=low,
            BELOW_LOW_THRESHOLD=-1,
            BETWEEN_THRESHOLDS=-2,
            allow_low_quality_matches=allow_low_quality_matches,
        )
        me.set_low_quality_matches_ = lambda *args: _utils.Matcher.set_low_quality_matches_(
            me, *args
        )
        return _utils.Matcher.__call__(me, quality)

    def single_shot(quality, high, low, allow_low_quality_matches=False):
        own = _utils.SSDMatcher(high)
        own.low_threshold, own.allow_low_quality_matches = low, allow_low_quality_matches
        return _utils.Matcher.__call__(own, quality)

    def subclass(quality, high, low, allow_low_quality_matches=False):
        return type("Own", (_utils.Matcher,), {})(high, low, allow_low_quality_matches)(quality)


class rpn_loss:
    def borrowed_method(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
        me = SimpleNamespace(fg_bg_sampler=fg_bg_sampler)
        return RPN.compute_loss(me, objectness, pred_bbox_deltas, labels, regression_targets)

    def network(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
        own = RPN(None, None, 0.7, 0.3, 256, 0.5, {}, {}, 0.7)
        own.fg_bg_sampler = fg_bg_sampler
        return own.compute_loss(objectness, pred_bbox_deltas, labels, regression_targets)

    def subclass(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
        own = type("Own", (RPN,), {})(None, None, 0.7, 0.3, 256, 0.5, {}, {}, 0.7)
        own.fg_bg_sampler = fg_bg_sampler
        return own.compute_loss(objectness, pred_bbox_deltas, labels, regression_targets)


class RPNHead:
    class of_a_generator(rpn.RPNHead):
        pass


class sigmoid_focal_loss:
    def torchvision(inputs, targets, alpha=0.25, gamma=2.0):
        return ops.sigmoid_focal_loss(inputs, targets, alpha, gamma)

    def weighed_later(inputs, targets, alpha=0.25, gamma=2.0):
        loss = ops.sigmoid_focal_loss(inputs, targets, -1, gamma)
        return loss * torch.where(targets > 0, alpha, 1 - alpha)


class kmeans_anchors:
    """No library here has it."""
