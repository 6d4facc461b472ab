"""Answers to the exercises of 09_keypoint_head: wrong, right in other ways, and handed over.

`WRONG[exercise][mistake]` is an edit of the notebook's own solution, (old text, new text), that
makes this typical mistake. `RIGHT[exercise][style]` and `DELEGATING[exercise]` are whole sources.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_CONVOLUTION = "nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1)"
_INIT = "super().__init__(*modules)"
_DOUBLE = 'F.interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)'
_COARSE = "coarse = self.kps_score_lowres(x)"
_TRANSPOSED = "in_channels, num_keypoints, kernel_size=4, stride=2, padding=1"
_INDEX = "(rows * heatmap_size + columns) * valid, valid"
_VALID = "in_columns & in_rows & (visibility > 0)"
_SPLIT = "x, y, visibility = keypoints.unbind(dim=2)"
_CORNERS = "x1, y1, x2, y2 = rois[:, :, None].unbind(dim=1)  # each Tensor[R, 1]"
_BORDER = "columns[x == x2] = heatmap_size - 1\n    rows[y == y2] = heatmap_size - 1"
_ENTROPY = "F.cross_entropy(keypoint_logits[valid].flatten(1), cells[valid])"
_NOTHING = "if not valid.any():\n        return keypoint_logits.sum() * 0"
_MATCHED = "people[match]"
_SIZE = "columns, rows = math.ceil(width), math.ceil(height)"
_ENLARGED = "enlarged = F.interpolate("
_BICUBIC = 'mode="bicubic", align_corners=False'
_X = "keypoints[i, :, 0] = (place % columns + 0.5) * width / columns + rois[i, 0]"
_Y = "keypoints[i, :, 1] = (place // columns + 0.5) * height / rows + rois[i, 1]"
_BOTH = f"{_X}\n        {_Y}"
_FOUND = "return keypoints, scores"
_SPREAD = "2 * gt_areas[:, None] * (2 * sigmas) ** 2"
_DISTANCE = "apart.square().sum(dim=3)"
_LABELLED = "gt_keypoints[..., 2] > 0"
_MEAN = "(similarity * labelled).sum(dim=2) / labelled.sum(dim=1)"

WRONG = {
    "KeypointRCNNHeads": {
        "last_relu_missing": (_INIT, "super().__init__(*modules[:-1])"),
        "no_relu": ("nn.ReLU(inplace=True)", "nn.Identity()"),
        "relu_first": (
            _INIT,
            "super().__init__(*modules[:-1])\n\n"
            "    def forward(self, x):\n        return super().forward(x.relu())",
        ),
        "other_activation": ("nn.ReLU(inplace=True)", "nn.GELU()"),
        "no_padding": (
            _CONVOLUTION,
            "nn.Conv2d(in_channels, out_channels, kernel_size=3)",
        ),
        "stride_2": (
            _CONVOLUTION,
            "nn.Conv2d(in_channels, out_channels, kernel_size=3, stride=2, padding=1)",
        ),
        "dilated": (
            _CONVOLUTION,
            "nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=2, dilation=2)",
        ),
    },
    "KeypointRCNNPredictor": {
        "not_enlarged": (_DOUBLE, "coarse"),
        "corners_aligned": (
            "align_corners=False",
            "align_corners=True",
        ),
        "nearest": (
            _DOUBLE,
            "F.interpolate(coarse, scale_factor=2)",
        ),
        "bicubic": ('mode="bilinear"', 'mode="bicubic"'),
        "enlarged_first": (
            f"{_COARSE}\n        return {_DOUBLE}",
            'x = F.interpolate(x, scale_factor=2, mode="bilinear")\n'
            "        return self.kps_score_lowres(x)",
        ),
        "relu": (
            _COARSE,
            "coarse = self.kps_score_lowres(x).relu()",
        ),
        "probabilities": (_DOUBLE, f"{_DOUBLE}.sigmoid()"),
        "padding_0": (
            _TRANSPOSED,
            "in_channels, num_keypoints, kernel_size=4, stride=2",
        ),
        "stride_1": (
            _TRANSPOSED,
            "in_channels, num_keypoints, kernel_size=4, padding=1",
        ),
    },
    "keypoints_to_heatmap": {
        "columns_first": (
            _INDEX,
            "(columns * heatmap_size + rows) * valid, valid",
        ),
        "rounded": (
            _BORDER,
            "columns = ((x - x1) * heatmap_size / (x2 - x1)).round().long()\n"
            "    rows = ((y - y1) * heatmap_size / (y2 - y1)).round().long()\n"
            f"    {_BORDER}",
        ),
        "corner_missing": (
            _CORNERS,
            f"{_CORNERS}\n    x2, y2, x, y = x2 - x1, y2 - y1, x, y\n"
            "    x1, y1 = torch.zeros_like(x1), torch.zeros_like(y1)",
        ),
        "square_region": (
            _CORNERS,
            f"{_CORNERS}\n    side = torch.maximum(x2 - x1, y2 - y1)\n"
            "    x2, y2 = x1 + side, y1 + side",
        ),
        "border_outside": (_BORDER, "pass"),
        "moved_to_border": (
            _BORDER,
            "columns = columns.clamp(0, heatmap_size - 1)\n"
            "    rows = rows.clamp(0, heatmap_size - 1)",
        ),
        "unlabelled_count": (_VALID, "in_columns & in_rows"),
        "hidden_unused": ("visibility > 0", "visibility > 1"),
        "invalid_not_0": (
            _INDEX,
            "rows * heatmap_size + columns, valid",
        ),
        "always_valid": (_INDEX, _INDEX.replace(", valid", ", torch.ones_like(valid)")),
    },
    "keypointrcnn_loss": {
        "summed": (
            _ENTROPY,
            _ENTROPY.replace("cells[valid])", 'cells[valid], reduction="sum")'),
        ),
        "over_all_keypoints": (
            _ENTROPY,
            f"{_ENTROPY} * valid.sum() / valid.numel()",
        ),
        "over_regions": (
            _ENTROPY,
            f"{_ENTROPY} * valid.sum() / len(valid)",
        ),
        "invalid_count": (
            "valid = valid == 1",
            "valid = torch.ones_like(valid) == 1",
        ),
        "softmax_over_keypoints": (
            _ENTROPY,
            "-keypoint_logits.flatten(2).log_softmax(dim=1)[valid]"
            ".gather(1, cells[valid][:, None]).mean()",
        ),
        "sigmoid": (
            _ENTROPY,
            "F.binary_cross_entropy_with_logits(keypoint_logits[valid].flatten(1), "
            "F.one_hot(cells[valid], size * size).to(keypoint_logits.dtype))",
        ),
        "softmax_twice": (
            _ENTROPY,
            _ENTROPY.replace(".flatten(1)", ".flatten(1).softmax(dim=1)"),
        ),
        "columns_first": (
            _ENTROPY,
            _ENTROPY.replace(".flatten(1)", ".transpose(1, 2).flatten(1)"),
        ),
        "images_averaged": (
            "size = keypoint_logits.shape[-1]",
            "if len(proposals) > 1:\n"
            "        counts = [len(rois) for rois in proposals]\n"
            "        return torch.stack([\n"
            "            keypointrcnn_loss(a, [b], [c], [d])\n"
            "            for a, b, c, d in zip(keypoint_logits.split(counts), proposals,\n"
            "                                  gt_keypoints, keypoint_matched_idxs)\n"
            "        ]).mean()\n"
            "    size = keypoint_logits.shape[-1]",
        ),
        "first_person": (
            _MATCHED,
            "people[torch.zeros_like(match)]",
        ),
        "nan_of_nothing": (_NOTHING, "pass"),
    },
    "heatmaps_to_keypoints": {
        "not_enlarged": (
            _SIZE,
            "rows, columns = maps.shape[2:]",
        ),
        "half_pixel_missing": (_BOTH, _BOTH.replace(" + 0.5", "")),
        "corner_missing": (
            _BOTH,
            _BOTH.replace(" + rois[i, 0]", "").replace(" + rois[i, 1]", ""),
        ),
        "bilinear": (_BICUBIC, 'mode="bilinear", align_corners=False'),
        "nearest": (_BICUBIC, 'mode="nearest"'),
        "corners_aligned": (
            _BICUBIC,
            'mode="bicubic", align_corners=True',
        ),
        "antialias": (_BICUBIC, f"{_BICUBIC}, antialias=True"),
        "size_rounded_down": (
            _SIZE,
            "columns, rows = math.floor(width), math.floor(height)",
        ),
        "size_rounded": (
            _SIZE,
            "columns, rows = round(width), round(height)",
        ),
        "rounding_not_undone": (
            _BOTH,
            _BOTH.replace(" * width / columns", "").replace(" * height / rows", ""),
        ),
        "size_swapped": (
            _SIZE,
            "columns, rows = math.ceil(height), math.ceil(width)",
        ),
        "x_and_y_swapped": (_FOUND, "return keypoints[..., [1, 0, 2]], scores"),
        "size_not_clamped": (
            _SIZE,
            f"{_SIZE}\n        width, height = (rois[i, 2:] - rois[i, :2]).tolist()",
        ),
        "score_as_third": (
            _FOUND,
            "keypoints[..., 2] = scores\n    return keypoints, scores",
        ),
        "zero_as_third": (
            "keypoints = maps.new_ones(",
            "keypoints = maps.new_zeros(",
        ),
        "probabilities": (_FOUND, "return keypoints, scores.sigmoid()"),
        "scores_before_enlarging": (
            _FOUND,
            "return keypoints, maps.flatten(2).amax(dim=2)",
        ),
    },
    "object_keypoint_similarity": {
        "sigma_not_doubled": ("(2 * sigmas) ** 2", "sigmas**2"),
        "factor_2_missing": (
            _SPREAD,
            "gt_areas[:, None] * (2 * sigmas) ** 2",
        ),
        "spread_not_squared": ("(2 * sigmas) ** 2", "(2 * sigmas)"),
        "area_squared": ("gt_areas[:, None]", "gt_areas[:, None] ** 2"),
        "root_of_area": ("gt_areas[:, None]", "gt_areas[:, None].sqrt()"),
        "distance_not_squared": (_DISTANCE, f"{_DISTANCE}.sqrt()"),
        "visibility_in_distance": (
            "apart = pred_keypoints[:, None, :, :2] - gt_keypoints[None, :, :, :2]",
            "apart = pred_keypoints[:, None] - gt_keypoints[None]",
        ),
        "unlabelled_count": (
            _LABELLED,
            "torch.ones_like(gt_keypoints[..., 2])",
        ),
        "hidden_unused": (_LABELLED, "gt_keypoints[..., 2] > 1"),
        "over_all_keypoints": (
            _MEAN,
            "(similarity * labelled).mean(dim=2)",
        ),
        "summed": (_MEAN, "(similarity * labelled).sum(dim=2)"),
        "mean_sigma": (
            "(2 * sigmas) ** 2",
            "(2 * sigmas.mean().expand_as(sigmas)) ** 2",
        ),
        "rows_and_columns_swapped": (_MEAN, f"({_MEAN}).t()"),
    },
    "quarter_offset": {
        "not_moved": ("points.append([x, y])", "points.append([column, row])"),
        "half_moved": (
            "points.append([x, y])",
            "points.append([2 * x - column, 2 * y - row])",
        ),
        "moved_away": (
            "points.append([x, y])",
            "points.append([2 * column - x, 2 * row - y])",
        ),
        "x_alone": ("points.append([x, y])", "points.append([x, row])"),
        "x_and_y_swapped": ("points.append([x, y])", "points.append([y, x])"),
        "border_wraps": (
            "        points.append([x, y])",
            "        right, down = map_.roll(-1, 1)[row, column], map_.roll(-1, 0)[row, column]\n"
            "        dx, dy = right - map_[row, column - 1], down - map_[row - 1, column]\n"
            "        points.append([column + dx.sign() / 4, row + dy.sign() / 4])",
        ),
    },
}

DELEGATING = {
    "KeypointRCNNHeads": """
class KeypointRCNNHeads(torchvision.models.detection.keypoint_rcnn.KeypointRCNNHeads):
    pass
""",
    "KeypointRCNNPredictor": """
class KeypointRCNNPredictor(nn.Module):
    def __new__(cls, in_channels, num_keypoints):
        parts = torchvision.models.detection.keypoint_rcnn
        return parts.KeypointRCNNPredictor(in_channels, num_keypoints)
""",
    "keypoints_to_heatmap": """
def keypoints_to_heatmap(keypoints, rois, heatmap_size):
    from torchvision.models.detection.roi_heads import keypoints_to_heatmap as library
    return library(keypoints, rois, heatmap_size)
""",
    "keypointrcnn_loss": """
def keypointrcnn_loss(keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs):
    library = torchvision.models.detection.roi_heads
    return library.keypointrcnn_loss(
        keypoint_logits, proposals, gt_keypoints, keypoint_matched_idxs
    )
""",
    "heatmaps_to_keypoints": """
def heatmaps_to_keypoints(maps, rois):
    library = torchvision.models.detection.roi_heads
    (keypoints,), (scores,) = library.keypointrcnn_inference(maps, [rois])
    return keypoints, scores
""",
    "object_keypoint_similarity": """
def object_keypoint_similarity(pred_keypoints, gt_keypoints, gt_areas, sigmas):
    from pycocotools.cocoeval import COCOeval
    evaluation = COCOeval(iouType="keypoints")
    evaluation.params.kpt_oks_sigmas = sigmas.numpy()
    evaluation._gts[0, 0] = [
        {"keypoints": k.flatten().tolist(), "area": a.item(), "bbox": [0, 0, 1, 1]}
        for k, a in zip(gt_keypoints, gt_areas)
    ]
    evaluation._dts[0, 0] = [
        {"keypoints": k.flatten().tolist(), "score": 1} for k in pred_keypoints
    ]
    return torch.tensor(evaluation.computeOks(0, 0)).to(pred_keypoints)
""",
    "quarter_offset": """
def quarter_offset(maps):
    from rcnn_course.reference.keypoint_head import quarter_offset as move
    return move(maps)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
