"""What an answer may be built from stays permitted: primitives, what notebooks invite to, ideas."""

import inspect

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torchvision import ops
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.rpn import concat_box_prediction_layers

from rcnn_course.checks import examine
from rcnn_course.checks.catalogue import EXERCISES
from tests.checks.roads.generator import Examiner

ROW, MAP = torch.arange(8.0).view(1, 1, 8), torch.arange(64.0).view(1, 1, 8, 8)
BOXES, SCORES = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 4]]), torch.tensor([0.9, 0.8])
LOGITS, LABELS = torch.tensor([[1.0, 2, 3], [2, 1, 0]]), torch.tensor([0, 2])
KERNEL = torch.ones(1, 1, 3, 3)

PRIMITIVES = {
    "fold": lambda: F.fold(torch.ones(1, 9, 36), (8, 8), 3),
    "unfold": lambda: F.unfold(MAP, 3),
    "einsum": lambda: torch.einsum("nchw,oc->nohw", MAP, torch.ones(2, 1)),
    "max_pool2d": lambda: F.max_pool2d(MAP, 1, stride=2),
    "adaptive_max_pool2d": lambda: F.adaptive_max_pool2d(MAP, 3),
    "avg_pool2d": lambda: F.avg_pool2d(MAP, 2),
    "pad": lambda: F.pad(MAP, (1, 1, 1, 1), mode="replicate"),
    "conv1d": lambda: F.conv1d(ROW, KERNEL[0, :, :1]),
    "conv2d": lambda: F.conv2d(MAP, KERNEL, stride=2, padding=1),
    "layers": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=True))(MAP),
    "linear": lambda: nn.Linear(8, 2)(ROW),
    "gather": lambda: MAP.flatten(2).gather(2, torch.zeros(1, 1, 3, dtype=torch.int64)),
    "scatter_reduce": lambda: torch.zeros(3).scatter_reduce(0, LABELS, SCORES, "amax"),
    "index_add": lambda: torch.zeros(3).index_add(0, LABELS, SCORES),
    "index_put": lambda: torch.zeros(3).index_put((LABELS,), SCORES, accumulate=True),
    "cumsum": lambda: SCORES.cumsum(0),
    "cummax": lambda: SCORES.cummax(0),
    "sort": lambda: SCORES.sort(descending=True, stable=True),
    "topk": lambda: SCORES.topk(1),
    "unique": lambda: LABELS.unique(return_inverse=True),
    "isin": lambda: torch.isin(LABELS, torch.tensor([0])),
    "searchsorted": lambda: torch.searchsorted(SCORES.flip(0), 0.85),
    "bucketize": lambda: torch.bucketize(SCORES, torch.tensor([0.0, 0.85])),
    "meshgrid": lambda: torch.meshgrid(torch.arange(3), torch.arange(2), indexing="ij"),
    "cartesian_prod": lambda: torch.cartesian_prod(torch.arange(3), torch.arange(2)),
    "cdist": lambda: torch.cdist(BOXES[:, :2], BOXES[:, 2:]),
    "lerp": lambda: torch.lerp(SCORES, SCORES.flip(0), 0.25),
    "outer": lambda: torch.outer(SCORES, SCORES),
    "kron": lambda: torch.kron(MAP[0, 0], torch.ones(2, 2)),
    "repeat_interleave": lambda: MAP.repeat_interleave(2, dim=3),
    "pixel_shuffle": lambda: F.pixel_shuffle(MAP.expand(1, 4, 8, 8), 2),
    "take_along_dim": lambda: SCORES.take_along_dim(torch.tensor([1]), dim=0),
    "losses": lambda: (
        F.cross_entropy(LOGITS, LABELS),
        F.smooth_l1_loss(BOXES, BOXES + 1, beta=1 / 9),
        F.binary_cross_entropy_with_logits(SCORES, SCORES),
        F.nll_loss(LOGITS.log_softmax(1), LABELS),
    ),
    "softmax": lambda: LOGITS.softmax(dim=1),
    "vmap": lambda: torch.vmap(lambda box: box[2:] - box[:2])(BOXES),
    "gradient": lambda: torch.func.grad(lambda x: x.square().sum())(SCORES),
    "linear algebra": lambda: torch.linalg.lstsq(MAP[0, 0] + torch.eye(8), MAP[0, 0]),
    "window": lambda: torch.bartlett_window(4),
    "np.interp": lambda: np.interp([0.5, 1.5], [0, 1, 2], [3, 4, 5]),
    "np.pad": lambda: np.pad(np.ones(3), 1),
    "np.convolve": lambda: np.convolve(np.ones(3), np.ones(2)),
    "np.lexsort": lambda: np.lexsort((SCORES.numpy(), LABELS.numpy())),
}


def asking_for(exercise, calls):
    """Return an answer, wrong, that makes calls, and a list of what these raise."""
    errors = []

    def make_calls():
        for name, call in calls.items():
            try:
                call()
            except Exception as error:
                errors.append((name, error))

    class Answer(nn.Module):
        def __init__(self, *_):
            super().__init__()
            make_calls()

    def answer(*_, **__):
        make_calls()
        return torch.zeros(1)

    return Answer if inspect.isclass(exercise.reference) else answer, errors


@pytest.mark.parametrize("name", EXERCISES)
def test_primitives_are_permitted(name):
    answer, errors = asking_for(EXERCISES[name], PRIMITIVES)
    report = Examiner(name).examine(answer)
    assert report.outcome == "incorrect"
    assert report.mistake != "delegated", report.message
    assert not errors


def _interpolation(mode):
    return lambda: F.interpolate(MAP, size=(5, 5), mode=mode)


def _suppression():
    ops.nms(BOXES, SCORES, 0.5)
    ops.batched_nms(BOXES, SCORES, LABELS, 0.5)
    ops.clip_boxes_to_image(BOXES, (2, 2))
    ops.remove_small_boxes(BOXES, 1.0)


INVITED = {
    "box_iou": lambda: ops.box_area(BOXES),
    "generalized_box_iou": lambda: ops.box_area(BOXES),
    "blur_pool": lambda: (F.pad(MAP, (1, 1, 1, 1), mode="reflect"), F.conv2d(MAP, KERNEL)),
    "conv_transpose_1d": lambda: F.conv1d(ROW, KERNEL[0, :, :1]),
    "conv_transpose_2d": lambda: F.conv2d(MAP, KERNEL),
    "fcn_skip_sum": lambda: F.conv2d(MAP, KERNEL[:, :, :1, :1]),
    "top_down_merge": _interpolation("nearest"),
    "FeaturePyramidNetwork": _interpolation("nearest"),
    "filter_proposals": _suppression,
    "postprocess_detections": lambda: (
        _suppression(),
        ops.box_iou(BOXES, BOXES),
        BoxCoder((10.0, 10.0, 5.0, 5.0)).decode(torch.zeros(2, 8), [BOXES]),
    ),
    "sigmoid_focal_loss": lambda: F.binary_cross_entropy_with_logits(SCORES, SCORES),
    "soft_nms": lambda: ops.box_iou(BOXES, BOXES),
    "vectorised_roi_align": lambda: F.embedding_bag(
        LABELS[None], LOGITS.T, per_sample_weights=SCORES[None], mode="sum"
    ),
    "maskrcnn_loss": lambda: ops.roi_align(MAP, [BOXES], 2),
    "paste_masks_in_image": _interpolation("bilinear"),
    "MaskRCNNPredictor": lambda: nn.ConvTranspose2d(1, 1, 2, 2)(MAP),
    "KeypointRCNNPredictor": lambda: (
        nn.ConvTranspose2d(1, 1, 4, 2, 1)(MAP),
        _interpolation("bilinear")(),
    ),
    "heatmaps_to_keypoints": _interpolation("bicubic"),
    "evaluate_coco": lambda: ops.box_iou(BOXES, BOXES),
    "cascade_boxes": lambda: (
        ops.clip_boxes_to_image(BOXES, (2, 2)),
        BoxCoder((10.0, 10.0, 5.0, 5.0)).decode_single(torch.zeros(2, 4), BOXES),
    ),
    "wire_faster_rcnn": lambda: concat_box_prediction_layers(
        [torch.zeros(1, 3, 2, 2)], [torch.zeros(1, 12, 2, 2)]
    ),
}


@pytest.mark.parametrize("name", INVITED)
def test_what_the_notebook_invites_to_is_permitted(name):
    answer, errors = asking_for(EXERCISES[name], {"invited": INVITED[name]})
    report = Examiner(name).examine(answer)
    assert report.mistake != "delegated", report.message
    assert not errors


def box_area(boxes):
    return boxes.view(-1, 2, 2).diff(dim=1).prod(dim=2)[:, 0]


def xywh_to_xyxy(boxes):
    return boxes @ torch.tensor([[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]]).to(boxes)


def box_iou(boxes1, boxes2):
    def of_pair(a, b):
        shared = (torch.minimum(a[2:], b[2:]) - torch.maximum(a[:2], b[:2])).clamp(min=0).prod()
        return shared / (ops.box_area(torch.stack([a, b])).sum() - shared)

    of_row = torch.vmap(of_pair, in_dims=(None, 0))
    if not len(boxes1) or not len(boxes2):
        return boxes1.new_zeros(len(boxes1), len(boxes2))
    return torch.vmap(of_row, in_dims=(0, None))(boxes1, boxes2)


def last_level_max_pool(x, y, names):
    return [*x, F.max_pool2d(x[-1], kernel_size=1, stride=2)], [*names, "pool"]


def conv_transpose_2d(input, weight, bias=None, stride=1, padding=0):
    columns = torch.einsum("nchw,cokl->noklhw", input, weight).flatten(1, 3).flatten(2)
    size = [
        (a - 1) * stride - 2 * padding + k
        for a, k in zip(input.shape[2:], weight.shape[2:], strict=True)
    ]
    output = F.fold(columns, size, weight.shape[2:], stride=stride, padding=padding)
    return output if bias is None else output + bias[:, None, None]


def conv_transpose_1d(input, weight, bias=None, stride=1, padding=0):
    images, channels, length = input.shape
    stretched = input.new_zeros(images, channels, (length - 1) * stride + 1)
    stretched[:, :, ::stride] = input
    flipped = weight.flip(2).transpose(0, 1)
    output = F.conv1d(stretched, flipped, bias, padding=weight.shape[2] - 1)
    return output[:, :, padding : output.shape[2] - padding]


def bilinear_kernel(channels, factor):
    line = torch.from_numpy(np.convolve(np.ones(factor), np.ones(factor))).float() / factor
    if factor % 2 == 0:
        line = (F.pad(line, (0, 1)) + F.pad(line, (1, 0))) / 2
    return torch.eye(channels)[:, :, None, None] * torch.outer(line, line)


def top_down_merge(lateral, top):
    return lateral + F.interpolate(top, lateral.shape[-2:])


def assign_levels(boxes, k_min=2, k_max=5, canonical_scale=224, canonical_level=4, eps=1e-6):
    sides = ops.box_area(torch.cat(boxes)).double().sqrt()
    steps = torch.arange(k_min + 1, k_max + 1, dtype=torch.float64) - canonical_level - eps
    return torch.bucketize(sides, canonical_scale * 2.0**steps, right=True)


def object_keypoint_similarity(pred_keypoints, gt_keypoints, gt_areas, sigmas):
    apart = torch.stack(
        [torch.cdist(pred_keypoints[:, k, :2], gt_keypoints[:, k, :2]) for k in range(len(sigmas))],
        dim=2,
    )
    similarity = torch.exp(-apart.square() / (8 * gt_areas[:, None] * sigmas**2))
    labelled = (gt_keypoints[..., 2] > 0).to(apart)
    return torch.einsum("dgk,gk->dg", similarity, F.normalize(labelled, p=1, dim=1))


def maskrcnn_inference(x, labels):
    picked = x.take_along_dim(torch.cat(labels)[:, None, None, None], dim=1)
    return list(picked.sigmoid().split([len(of_image) for of_image in labels]))


def roi_pool(input, boxes, output_size, spatial_scale=1.0):
    rows, columns = (output_size,) * 2 if isinstance(output_size, int) else output_size
    if not isinstance(boxes, torch.Tensor):
        image = torch.cat([torch.full((len(b), 1), float(i)) for i, b in enumerate(boxes)])
        boxes = torch.cat([image.to(torch.cat(boxes)), torch.cat(boxes)], dim=1)
    pooled = []
    for image, *corners in boxes.tolist():
        x1, y1, x2, y2 = (int(np.floor(abs(c * spatial_scale) + 0.5) * np.sign(c)) for c in corners)
        far = max(input.shape) + abs(x1) + abs(y1) + abs(x2) + abs(y2)
        around = F.pad(input[int(image)], (far,) * 4, value=-torch.inf)
        part = around[:, far + y1 : far + max(y2, y1) + 1, far + x1 : far + max(x2, x1) + 1]
        largest = F.adaptive_max_pool2d(part, (rows, columns))
        pooled.append(torch.where(largest == -torch.inf, 0, largest))
    return torch.stack(pooled) if pooled else input.new_zeros(0, input.shape[1], rows, columns)


SMART = (
    *(box_area, xywh_to_xyxy, box_iou, last_level_max_pool, conv_transpose_1d, conv_transpose_2d),
    *(bilinear_kernel, top_down_merge, assign_levels, object_keypoint_similarity),
    *(maskrcnn_inference, roi_pool),
)


@pytest.mark.parametrize("answer", SMART, ids=lambda answer: answer.__name__)
def test_smart_answer_passes(answer):
    report = examine(answer)
    assert report.outcome == "correct", report.message
