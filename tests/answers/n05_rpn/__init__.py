"""Answers to the exercises of 05_rpn: wrong, right in other ways, and handed over.

`WRONG[exercise][mistake]` is an edit of the notebook's own solution, (old text, new text), that
makes this typical mistake. `RIGHT[exercise][style]` and `DELEGATING[exercise]` are whole sources.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_STACK = "torch.stack([-widths, -heights, widths, heights], dim=1)"
_LOOP = "for (rows, columns), (down, across), anchors in"
_SHIFTS = "torch.stack([x, y, x, y], dim=-1)[:, :, None]"
_MOVED = "(shifts + anchors).reshape(-1, 4)"
_BLOCKS = "nn.Conv2d(in_channels, in_channels, kernel_size=3, padding=1), nn.ReLU())"
_LIMIT = "stretches.clamp(max=math.log(1000 / 16)).exp()"
_SPLIT = "moves, stretches = rel_codes[:, :2], rel_codes[:, 2:]"
_CORNERS = "torch.cat([new_centres - new_sizes / 2, new_centres + new_sizes / 2], dim=1)"
_BEST = "of_level[part.topk(min(pre_nms_top_n, len(part))).indices]"
_TOP = "top = torch.cat(best)"
_CLIP = "ops.clip_boxes_to_image(boxes[top], image_shape)"
_SMALL = "ops.remove_small_boxes(boxes, min_size)"
_CLIP_TO_SMALL = f"""{_CLIP}
        scores, levels = values[top].sigmoid(), level[top]

        keep = {_SMALL}"""
_LOW = "keep[scores[keep] >= score_thresh]"
_NMS = "ops.batched_nms(boxes, scores, levels, nms_thresh)[:post_nms_top_n]"
_SAVE = "matches[saved] = truth[saved]"
_CROSS_ENTROPY = "F.binary_cross_entropy_with_logits(logits[sampled], labels[sampled])"
_SMOOTH = 'F.smooth_l1_loss(deltas[positive], targets[positive], beta=1 / 9, reduction="sum")'
_MASKS = "positive, negative = (torch.cat(masks).bool() for masks in fg_bg_sampler(labels))"
_RETURNED = "return objectness_loss, box_loss / sampled.sum()"
_FOCAL = "return alpha_t * (1 - p_t) ** gamma * cross_entropy"
_IOU = "shared / (sizes.prod(dim=1)[:, None] + anchors.prod(dim=1) - shared)"

WRONG = {
    "cell_anchors": {
        "width_and_height_swapped": (
            "aspect_ratios, dtype=dtype, device=device).sqrt()",
            "aspect_ratios, dtype=dtype, device=device).rsqrt()",
        ),
        "not_rounded": (".round()", ""),
        "sides_rounded": (
            f"({_STACK} / 2).round()",
            f"{_STACK}.round() / 2",
        ),
        "rounded_down": (".round()", ".floor()"),
        "from_the_corner": (
            f"({_STACK} / 2)",
            "torch.stack([0 * widths, 0 * heights, widths, heights], dim=1)",
        ),
        "twice_as_large": (f"({_STACK} / 2)", _STACK),
        "size_slowest": (
            "heights = (sizes * roots).flatten()\n    widths = (sizes / roots).flatten()",
            "heights = (sizes * roots).T.flatten()\n    widths = (sizes / roots).T.flatten()",
        ),
        "width_fixed": (
            "heights = (sizes * roots).flatten()\n    widths = (sizes / roots).flatten()",
            "heights = (sizes * roots**2).flatten()\n"
            "    widths = (sizes * torch.ones_like(roots)).flatten()",
        ),
        "ratio_without_root": (".sqrt()[:, None]", "[:, None]"),
        "sizes_paired": (
            "heights = (sizes * roots).flatten()",
            "few = min(len(sizes), len(roots))\n"
            "    sizes, roots = sizes[:few], roots[:few, 0]\n"
            "    heights = (sizes * roots).flatten()",
        ),
    },
    "grid_anchors": {
        "anchor_slowest": (
            _MOVED,
            "(shifts + anchors).permute(2, 0, 1, 3).reshape(-1, 4)",
        ),
        "columns_first": (
            _MOVED,
            "(shifts + anchors).transpose(0, 1).reshape(-1, 4)",
        ),
        "strides_swapped": (
            _LOOP,
            "for (rows, columns), (across, down), anchors in",
        ),
        "rows_and_columns_swapped": (
            _LOOP,
            "for (columns, rows), (down, across), anchors in",
        ),
        "x_and_y_swapped": (_LOOP, "for (columns, rows), (across, down), anchors in"),
        "centred_in_cells": (
            _MOVED,
            "(shifts + anchors + torch.tensor([across / 2, down / 2] * 2)).to(anchors.dtype)"
            ".reshape(-1, 4)",
        ),
        "counted_from_1": (
            "levels = []",
            "levels = []\n    cell_anchors = [anchors + torch.tensor([s[1], s[0]] * 2).to(anchors)"
            " for anchors, s in zip(cell_anchors, strides)]",
        ),
        "stride_unused": (
            "    levels = []",
            "    strides = [(1, 1)] * len(strides)\n    levels = []",
        ),
        "first_corner_alone": (
            _SHIFTS,
            "torch.stack([x, y, 0 * x, 0 * y], dim=-1)[:, :, None]",
        ),
        "anchors_of_first_level": (
            _MOVED,
            "(shifts + cell_anchors[0]).reshape(-1, 4)",
        ),
    },
    "RPNHead": {
        "no_relu": ("nn.ReLU()", "nn.Identity()"),
        "last_relu_alone": (
            "nn.ReLU())\n            for _ in range(conv_depth)",
            "nn.ReLU() if depth == conv_depth - 1 else nn.Identity())\n"
            "            for depth in range(conv_depth)",
        ),
        "relu_on_outputs": (
            "return logits, deltas",
            "return [level.relu() for level in logits], [level.relu() for level in deltas]",
        ),
        "no_padding": (", padding=1", ""),
        "no_convolution": ("self.conv(level)", "level"),
        "convolved_twice": ("self.conv(level)", "self.conv(self.conv(level))"),
        "outputs_swapped": ("return logits, deltas", "return deltas, logits"),
        "probabilities": (
            "self.cls_logits(level)",
            "self.cls_logits(level).sigmoid()",
        ),
        "levels_reversed": (
            "return logits, deltas",
            "return logits[::-1], deltas[::-1]",
        ),
    },
    "decode_boxes": {
        "not_limited": (_LIMIT, "stretches.exp()"),
        "factors_limited": (_LIMIT, "stretches.exp().clamp(max=math.log(1000 / 16))"),
        "no_exp": (_LIMIT, "stretches"),
        "one_plus_delta": (_LIMIT, "(1 + stretches)"),
        "limited_from_below": (
            "clamp(max=math.log(1000 / 16))",
            "clamp(-math.log(1000 / 16), math.log(1000 / 16))",
        ),
        "all_limited": (
            _SPLIT,
            f"rel_codes = rel_codes.clamp(max=math.log(1000 / 16))\n    {_SPLIT}",
        ),
        "moves_in_pixels": ("moves * sizes", "moves"),
        "moves_by_new_size": (
            "moves * sizes",
            f"moves * sizes * {_LIMIT}",
        ),
        "from_the_corner": (
            "boxes[:, :2] + sizes / 2",
            "boxes[:, :2]",
        ),
        "dx_and_dy_swapped": (_SPLIT, f"{_SPLIT}\n    moves = moves.flip(1)"),
        "dw_and_dh_swapped": (_SPLIT, f"{_SPLIT}\n    stretches = stretches.flip(1)"),
        "centre_and_size": (
            _CORNERS,
            "torch.cat([new_centres, new_sizes], dim=1)",
        ),
        "corner_and_size": (
            _CORNERS,
            "torch.cat([new_centres - new_sizes / 2, new_sizes], dim=1)",
        ),
        "twice_as_large": (
            _CORNERS,
            "torch.cat([new_centres - new_sizes, new_centres + new_sizes], dim=1)",
        ),
    },
    "filter_proposals": {
        "logits": (".sigmoid()", ""),
        "logits_compared": (
            _LOW,
            "keep[scores[keep].logit() >= score_thresh]",
        ),
        "best_of_all_levels": (
            _TOP,
            "top = values.topk(min(pre_nms_top_n, len(values))).indices",
        ),
        "looked_up_on_first_level": (
            _BEST,
            "part.topk(min(pre_nms_top_n, len(part))).indices",
        ),
        "pre_nms_top_n_unused": (_TOP, "top = number"),
        "not_clipped": (_CLIP, "boxes[top]"),
        "sides_swapped": (
            _CLIP,
            "ops.clip_boxes_to_image(boxes[top], image_shape[::-1])",
        ),
        "clipped_to_first_image": (
            _CLIP,
            "ops.clip_boxes_to_image(boxes[top], image_shapes[0])",
        ),
        "min_size_unused": (_SMALL, "torch.arange(len(boxes))"),
        "measured_before_clipping": (
            _CLIP_TO_SMALL,
            _CLIP_TO_SMALL.replace(_CLIP, "boxes[top]")
            + "\n        boxes = ops.clip_boxes_to_image(boxes, image_shape)",
        ),
        "score_thresh_unused": (_LOW, "keep"),
        "no_nms": (
            _NMS,
            "scores.argsort(descending=True)[:post_nms_top_n]",
        ),
        "nms_across_levels": (
            _NMS,
            "ops.nms(boxes, scores, nms_thresh)[:post_nms_top_n]",
        ),
        "level_after_level": (
            _NMS,
            "torch.cat([g[ops.nms(boxes[g], scores[g], nms_thresh)] for g in"
            " [(levels == n).nonzero()[:, 0] for n in range(len(counts))]])[:post_nms_top_n]",
        ),
        "post_nms_top_n_unused": ("[:post_nms_top_n]", ""),
        "images_mixed": (
            "reshape(len(proposals), -1)",
            "reshape(-1, len(proposals)).T",
        ),
    },
    "match_anchors": {
        "kinds_swapped": (
            "matches[best_iou < high_threshold] = -2\n    matches[best_iou < low_threshold] = -1",
            "matches[best_iou < high_threshold] = -1\n    matches[best_iou < low_threshold] = -2",
        ),
        "between_is_negative": ("= -2", "= -1"),
        "between_is_positive": (
            "matches[best_iou < high_threshold] = -2",
            "",
        ),
        "no_low_quality_rule": ("if allow_low_quality_matches:", "if False:"),
        "always_low_quality_rule": ("if allow_low_quality_matches:", "if True:"),
        "given_to_saver": (
            _SAVE,
            "rows, columns = torch.where(match_quality_matrix == best_of_truth)\n"
            "        matches[columns] = rows",
        ),
        "one_of_equals_saved": (
            "(match_quality_matrix == best_of_truth).any(dim=0)",
            "match_quality_matrix.argmax(dim=1)",
        ),
        "threshold_excluded": (
            "matches[best_iou < high_threshold] = -2\n    matches[best_iou < low_threshold] = -1",
            "matches[best_iou <= high_threshold] = -2\n    matches[best_iou <= low_threshold] = -1",
        ),
        "index_lost": (
            "return matches",
            "return matches.clamp(max=0) + (matches >= 0)",
        ),
        "truths_matched": (
            "best_iou, truth =",
            "match_quality_matrix = match_quality_matrix.T\n    best_iou, truth =",
        ),
    },
    "rpn_loss": {
        "divided_by_positives": (
            "/ sampled.sum()",
            "/ positive.sum()",
        ),
        "mean_of_positives": (
            "/ sampled.sum()",
            "/ (4 * positive.sum())",
        ),
        "not_divided": (" / sampled.sum()", ""),
        "beta_1": (", beta=1 / 9", ""),
        "absolute_difference": (
            _SMOOTH,
            "(deltas[positive] - targets[positive]).abs().sum()",
        ),
        "negative_boxes_too": (
            _SMOOTH,
            _SMOOTH.replace("positive", "sampled"),
        ),
        "objectness_summed": (
            _CROSS_ENTROPY,
            _CROSS_ENTROPY.replace("])", '], reduction="sum")'),
        ),
        "sigmoid_twice": (
            _CROSS_ENTROPY,
            _CROSS_ENTROPY.replace("logits[sampled]", "logits[sampled].sigmoid()"),
        ),
        "ignored_too": (
            _CROSS_ENTROPY,
            "F.binary_cross_entropy_with_logits(logits, labels)",
        ),
        "sampler_unused": (
            _MASKS,
            "positive, negative = torch.cat(labels) == 1, torch.cat(labels) == 0",
        ),
        "outputs_swapped": (
            _RETURNED,
            "return box_loss / sampled.sum(), objectness_loss",
        ),
    },
    "sigmoid_focal_loss": {
        "cross_entropy": (_FOCAL, "return cross_entropy"),
        "alpha_unused": (_FOCAL, "return (1 - p_t) ** gamma * cross_entropy"),
        "alpha_for_all": (_FOCAL, "return alpha * (1 - p_t) ** gamma * cross_entropy"),
        "alpha_swapped": (_FOCAL, "return (1 - alpha_t) * (1 - p_t) ** gamma * cross_entropy"),
        "gamma_unused": (_FOCAL, "return alpha_t * cross_entropy"),
        "hard_damped": (_FOCAL, "return alpha_t * p_t**gamma * cross_entropy"),
        "averaged": (_FOCAL, "return (alpha_t * (1 - p_t) ** gamma * cross_entropy).mean()"),
    },
    "kmeans_anchors": {
        "euclidean": (_IOU, "-torch.cdist(sizes, anchors)"),
        "one_round": ("range(rounds)", "range(min(rounds, 1))"),
        "farthest": ("iou.argmax", "iou.argmin"),
        "box_alone": (_IOU, "shared / sizes.prod(dim=1)[:, None]"),
        "areas": (_IOU, "-(sizes.prod(dim=1)[:, None] - anchors.prod(dim=1)).abs()"),
        "median": (".mean(dim=0)", ".median(dim=0).values"),
        "empty_lost": ("nearest.unique()", "range(len(anchors))"),
    },
}

DELEGATING = {
    "cell_anchors": """
def cell_anchors(scales, aspect_ratios, dtype=torch.float32, device="cpu"):
    from torchvision.models.detection.anchor_utils import AnchorGenerator
    return AnchorGenerator((tuple(scales),), (tuple(aspect_ratios),)).cell_anchors[0].to(dtype)
""",
    "grid_anchors": """
def grid_anchors(grid_sizes, strides, cell_anchors):
    generator = AnchorGenerator.__new__(AnchorGenerator)
    vars(generator)["cell_anchors"] = cell_anchors
    return generator.grid_anchors(grid_sizes, strides)
""",
    "RPNHead": """
class RPNHead(torchvision.models.detection.rpn.RPNHead):
    pass
""",
    "decode_boxes": """
def decode_boxes(rel_codes, boxes):
    return det_utils.BoxCoder((1.0, 1.0, 1.0, 1.0)).decode_single(rel_codes, boxes)
""",
    "filter_proposals": """
def filter_proposals(proposals, objectness, image_shapes, num_anchors_per_level, pre_nms_top_n,
                     post_nms_top_n, nms_thresh, score_thresh=0.0, min_size=1e-3):
    from types import SimpleNamespace
    from torchvision.models.detection.rpn import RegionProposalNetwork
    me = SimpleNamespace(
        pre_nms_top_n=lambda: pre_nms_top_n, post_nms_top_n=lambda: post_nms_top_n,
        nms_thresh=nms_thresh, score_thresh=score_thresh, min_size=min_size,
    )
    me._get_top_n_idx = lambda *args: RegionProposalNetwork._get_top_n_idx(me, *args)
    return RegionProposalNetwork.filter_proposals(
        me, proposals, objectness, image_shapes, num_anchors_per_level
    )
""",
    "match_anchors": """
def match_anchors(match_quality_matrix, high_threshold, low_threshold,
                  allow_low_quality_matches=False):
    matcher = det_utils.Matcher(high_threshold, low_threshold, allow_low_quality_matches)
    return matcher(match_quality_matrix)
""",
    "rpn_loss": """
def rpn_loss(objectness, pred_bbox_deltas, labels, regression_targets, fg_bg_sampler):
    from types import SimpleNamespace
    from torchvision.models.detection.rpn import RegionProposalNetwork
    me = SimpleNamespace(fg_bg_sampler=fg_bg_sampler)
    return RegionProposalNetwork.compute_loss(
        me, objectness, pred_bbox_deltas, labels, regression_targets
    )
""",
    "sigmoid_focal_loss": """
def sigmoid_focal_loss(inputs, targets, alpha=0.25, gamma=2.0):
    return ops.sigmoid_focal_loss(inputs, targets, alpha, gamma)
""",
    "kmeans_anchors": """
def kmeans_anchors(sizes, start, rounds=10):
    from rcnn_course.reference.kmeans import kmeans_anchors as group
    return group(sizes, start, rounds)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
