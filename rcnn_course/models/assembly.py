"""Build parts into a torchvision detector, each in the place of torchvision's own.

A part is a function or class with the signature of its exercise, such as `RPNHead` or
`filter_proposals`. Whatever is not given stays torchvision's. Weights keep torchvision's names, so
state dicts load as before, and the detector still detects and trains by torchvision's own code.
"""

import copy
from collections.abc import Callable, Mapping
from functools import partial
from types import FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.detection import roi_heads
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork
from torchvision.models.resnet import Bottleneck
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign

Parts = Mapping[str, Callable]


def assemble(model: FasterRCNN, parts: Parts) -> FasterRCNN:
    """Copy a detector and put parts in the place of torchvision's own.

    Args:
        model (FasterRCNN): or `MaskRCNN` or `KeypointRCNN`, with torchvision's parts; it stays as
            it is.
        parts (dict): functions and classes by the name of their exercise. Those that `model` has
            no place for, such as a mask head in a Faster R-CNN, are left out.

    Returns:
        FasterRCNN: of the same class, with the same weights under the same names.

    Raises:
        ValueError: If no part of a detector has one of the names.
        RuntimeError: If torchvision's weights do not fit a class; it says which.

    Example:
        >>> from torchvision.models.detection.faster_rcnn import TwoMLPHead
        >>> class MyHead(TwoMLPHead):
        ...     pass
        >>> model = load_detector("fasterrcnn", weights="course")
        >>> type(assemble(model, {"TwoMLPHead": MyHead}).roi_heads.box_head).__name__
        'MyHead'
    """
    unknown = sorted(set(parts) - set(PLACES))
    if unknown:
        raise ValueError(f"parts must be some of {', '.join(PLACES)}, but got {unknown[0]!r}")
    model = copy.deepcopy(model)
    for name, put in PLACES.items():
        if name in parts:
            put(model, parts[name])
    _rebind(model, parts)
    return model


def _with_weights_of(old: nn.Module, new: nn.Module) -> nn.Module:
    """Hand the weights of a layer on to the one in its place."""
    new.load_state_dict(old.state_dict(), strict=True)
    return new.train(old.training)


def _put_frozen_batch_norm(model: FasterRCNN, part: Callable) -> None:
    for parent in list(model.backbone.modules()):
        for name, layer in list(parent.named_children()):
            if isinstance(layer, FrozenBatchNorm2d):
                new = part(len(layer.weight), eps=layer.eps)
                setattr(parent, name, _with_weights_of(layer, new))


def _put_bottleneck(model: FasterRCNN, part: Callable) -> None:
    for block in model.backbone.modules():
        if isinstance(block, Bottleneck):
            block.forward = partial(part, block)


def _put_body(model: FasterRCNN, part: Callable) -> None:
    body = model.backbone.body
    body.forward = partial(part, body, return_layers=body.return_layers)


def _put_last_level(model: FasterRCNN, part: Callable) -> None:
    model.backbone.fpn.extra_blocks.forward = part


def _put_pyramid(model: FasterRCNN, part: Callable) -> None:
    old = model.backbone.fpn
    channels = [block[0].in_channels for block in old.inner_blocks]
    new = part(channels, model.backbone.out_channels, extra_blocks=old.extra_blocks)
    model.backbone.fpn = _with_weights_of(old, new)


def _put_cell_anchors(model: FasterRCNN, part: Callable) -> None:
    generator = model.rpn.anchor_generator
    pairs = zip(generator.sizes, generator.aspect_ratios, strict=True)
    generator.cell_anchors = [part(sizes, ratios) for sizes, ratios in pairs]


def _put_grid_anchors(model: FasterRCNN, part: Callable) -> None:
    def grid_anchors(generator: AnchorGenerator, sizes: list, strides: list) -> list[Tensor]:
        return part(sizes, strides, generator.cell_anchors)

    generator = model.rpn.anchor_generator
    generator.grid_anchors = partial(grid_anchors, generator)


def _put_rpn_head(model: FasterRCNN, part: Callable) -> None:
    old = model.rpn.head
    new = part(old.cls_logits.in_channels, old.cls_logits.out_channels, conv_depth=len(old.conv))
    model.rpn.head = _with_weights_of(old, new)


def _put_decoding(model: FasterRCNN, part: Callable) -> None:
    model.rpn.box_coder.decode_single = part


def _put_encoding(model: FasterRCNN, part: Callable) -> None:
    def encode_single(coder: BoxCoder, boxes: Tensor, proposals: Tensor) -> Tensor:
        return part(boxes, proposals, torch.as_tensor(coder.weights).to(boxes))

    for coder in (model.rpn.box_coder, model.roi_heads.box_coder):
        coder.encode_single = partial(encode_single, coder)


def _put_filter(model: FasterRCNN, part: Callable) -> None:
    def filter_proposals(
        rpn: RegionProposalNetwork, *outputs: Any
    ) -> tuple[list[Tensor], list[Tensor]]:
        counts = rpn.pre_nms_top_n(), rpn.post_nms_top_n()
        return part(*outputs, *counts, rpn.nms_thresh, rpn.score_thresh, rpn.min_size)

    model.rpn.filter_proposals = partial(filter_proposals, model.rpn)


def _put_overlap(model: FasterRCNN, part: Callable) -> None:
    model.rpn.box_similarity = part


class _Matcher(Matcher):
    """Torchvision's matcher with another rule."""

    def __init__(self, old: Matcher, rule: Callable[..., Tensor]):
        thresholds = old.high_threshold, old.low_threshold
        super().__init__(*thresholds, allow_low_quality_matches=old.allow_low_quality_matches)
        self.rule = rule

    def __call__(self, match_quality_matrix: Tensor) -> Tensor:
        return self.rule(
            match_quality_matrix,
            self.high_threshold,
            self.low_threshold,
            self.allow_low_quality_matches,
        )


def _put_matching(model: FasterRCNN, part: Callable) -> None:
    for owner in (model.rpn, model.roi_heads):
        owner.proposal_matcher = _Matcher(owner.proposal_matcher, part)


def _put_rpn_loss(model: FasterRCNN, part: Callable) -> None:
    model.rpn.compute_loss = partial(part, fg_bg_sampler=model.rpn.fg_bg_sampler)


def _put_roi_align(model: FasterRCNN, part: Callable) -> None:
    def forward(
        pool: MultiScaleRoIAlign, features: dict, boxes: list, image_shapes: list
    ) -> Tensor:
        return part(
            {name: features[name] for name in pool.featmap_names},
            boxes,
            image_shapes,
            pool.output_size,
            pool.sampling_ratio,
            pool.canonical_scale,
            pool.canonical_level,
        )

    for pool in _children(model, "box_roi_pool", "mask_roi_pool", "keypoint_roi_pool"):
        pool.forward = partial(forward, pool)


def _put_box_head(model: FasterRCNN, part: Callable) -> None:
    old = model.roi_heads.box_head
    model.roi_heads.box_head = _with_weights_of(
        old, part(old.fc6.in_features, old.fc6.out_features)
    )


def _put_box_predictor(model: FasterRCNN, part: Callable) -> None:
    old = model.roi_heads.box_predictor
    new = part(old.cls_score.in_features, old.cls_score.out_features)
    model.roi_heads.box_predictor = _with_weights_of(old, new)


def _put_postprocessing(model: FasterRCNN, part: Callable) -> None:
    def postprocess(heads: RoIHeads, *outputs: Any) -> tuple[list[Tensor], ...]:
        return part(*outputs, heads.score_thresh, heads.nms_thresh, heads.detections_per_img)

    model.roi_heads.postprocess_detections = partial(postprocess, model.roi_heads)


def _put_mask_head(model: FasterRCNN, part: Callable) -> None:
    for old in _children(model, "mask_head"):
        layers = [block[0] for block in old]
        widths = [layer.out_channels for layer in layers]
        new = part(layers[0].in_channels, widths, layers[0].dilation[0])
        model.roi_heads.mask_head = _with_weights_of(old, new)


def _put_mask_predictor(model: FasterRCNN, part: Callable) -> None:
    for old in _children(model, "mask_predictor"):
        up, last = old.conv5_mask, old.mask_fcn_logits
        new = part(up.in_channels, up.out_channels, last.out_channels)
        model.roi_heads.mask_predictor = _with_weights_of(old, new)


def _put_keypoint_head(model: FasterRCNN, part: Callable) -> None:
    for old in _children(model, "keypoint_head"):
        layers = [layer for layer in old if isinstance(layer, nn.Conv2d)]
        new = part(layers[0].in_channels, [layer.out_channels for layer in layers])
        model.roi_heads.keypoint_head = _with_weights_of(old, new)


def _put_keypoint_predictor(model: FasterRCNN, part: Callable) -> None:
    for old in _children(model, "keypoint_predictor"):
        up = old.kps_score_lowres
        new = part(up.in_channels, up.out_channels)
        model.roi_heads.keypoint_predictor = _with_weights_of(old, new)


def _children(model: FasterRCNN, *names: str) -> list[Any]:
    """Return those children of the RoI heads that this detector has."""
    children = (getattr(model.roi_heads, name) for name in names)
    return [child for child in children if child is not None]


def _no_place_of_its_own(model: FasterRCNN, part: Callable) -> None:
    """Leave the part to `_rebind`: torchvision calls it by its global name."""


PLACES: dict[str, Callable[[FasterRCNN, Callable], None]] = {
    "box_iou": _put_overlap,
    "FrozenBatchNorm2d": _put_frozen_batch_norm,
    "bottleneck_forward": _put_bottleneck,
    "intermediate_features": _put_body,
    "last_level_max_pool": _put_last_level,
    "FeaturePyramidNetwork": _put_pyramid,
    "cell_anchors": _put_cell_anchors,
    "grid_anchors": _put_grid_anchors,
    "RPNHead": _put_rpn_head,
    "decode_boxes": _put_decoding,
    "filter_proposals": _put_filter,
    "match_anchors": _put_matching,
    "rpn_loss": _put_rpn_loss,
    "multiscale_roi_align": _put_roi_align,
    "TwoMLPHead": _put_box_head,
    "FastRCNNPredictor": _put_box_predictor,
    "encode_boxes": _put_encoding,
    "fastrcnn_loss": _no_place_of_its_own,
    "postprocess_detections": _put_postprocessing,
    "MaskRCNNHeads": _put_mask_head,
    "MaskRCNNPredictor": _put_mask_predictor,
    "maskrcnn_inference": _no_place_of_its_own,
    "paste_masks_in_image": _no_place_of_its_own,
    "maskrcnn_loss": _no_place_of_its_own,
    "KeypointRCNNHeads": _put_keypoint_head,
    "KeypointRCNNPredictor": _put_keypoint_predictor,
    "keypoints_to_heatmap": _no_place_of_its_own,
    "heatmaps_to_keypoints": _no_place_of_its_own,
    "keypointrcnn_loss": _no_place_of_its_own,
}
"""How each part is put into a detector, by its name, in the order of the course."""


def _rebind(model: FasterRCNN, parts: Parts) -> None:
    """Let torchvision's own code of this detector find parts under the global names it calls."""
    functions = {name: part for name, part in parts.items() if PLACES[name] is _no_place_of_its_own}
    loss = _with_globals(roi_heads.keypointrcnn_loss, functions)
    functions.setdefault("keypointrcnn_loss", loss)
    functions["keypointrcnn_inference"] = inference_functions(parts)[1]
    heads, transform = model.roi_heads, model.transform
    heads.forward = partial(_with_globals(type(heads).forward, functions), heads)
    transform.postprocess = partial(
        _with_globals(type(transform).postprocess, functions), transform
    )


def inference_functions(parts: Parts) -> tuple[Callable, Callable]:
    """Return what chooses the masks and what reads the keypoints, with the parts that are given.

    Args:
        parts (dict): as of `assemble`.

    Returns:
        tuple: torchvision's `maskrcnn_inference` and `keypointrcnn_inference`, or those parts in
        their place.
    """
    inference = roi_heads.keypointrcnn_inference
    if "heatmaps_to_keypoints" in parts:
        inference = _with_globals(inference, parts)
    return parts.get("maskrcnn_inference", roi_heads.maskrcnn_inference), inference


def _with_globals(function: FunctionType, names: Mapping[str, Any]) -> FunctionType:
    """Return the same function with other global names; the original stays as it is."""
    scope = {**function.__globals__, **names}
    copied = FunctionType(function.__code__, scope, function.__name__, function.__defaults__)
    copied.__kwdefaults__ = function.__kwdefaults__
    return copied
