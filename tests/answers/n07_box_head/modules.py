"""Right answers of notebook 07, written with modules, box conversions and one sort at the end."""

import torch
from torch import nn
from torchvision import ops


class TwoMLPHead(nn.Sequential):
    def __init__(self, in_channels, representation_size):
        layers = {}
        layers["flatten"] = nn.Flatten()
        layers["fc6"] = nn.Linear(in_channels, representation_size)
        layers["relu6"] = nn.ReLU()
        layers["fc7"] = nn.Linear(representation_size, representation_size)
        layers["relu7"] = nn.ReLU(inplace=True)
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)


class FastRCNNPredictor(nn.Module):
    def __init__(self, in_channels, num_classes):
        super().__init__()
        outputs = {"cls_score": num_classes, "bbox_pred": 4 * num_classes}
        for name, count in outputs.items():
            self.add_module(name, nn.Linear(in_channels, count))
        self.flatten = nn.Flatten()

    def forward(self, x):
        return [layer(self.flatten(x)) for layer in (self.cls_score, self.bbox_pred)]


def encode_boxes(reference_boxes, proposals, weights):
    gx, gy, gw, gh = ops.box_convert(reference_boxes, "xyxy", "cxcywh").unbind(1)
    px, py, pw, ph = ops.box_convert(proposals, "xyxy", "cxcywh").unbind(1)
    deltas = [(gx - px) / pw, (gy - py) / ph, (gw / pw).log(), (gh / ph).log()]
    return torch.stack([w * t for w, t in zip(weights, deltas, strict=True)], dim=-1)


def fastrcnn_loss(class_logits, box_regression, labels, regression_targets):
    labels, targets = torch.hstack(labels), torch.vstack(regression_targets)
    class_loss = nn.CrossEntropyLoss()(class_logits, labels)
    found = labels > 0
    columns = 4 * labels[found, None] + torch.arange(4)
    deltas = box_regression[found].gather(1, columns)
    huber = nn.HuberLoss(reduction="none", delta=1 / 9)(deltas, targets[found])
    return class_loss, 9 * huber.sum() / labels.numel()


def postprocess_detections(
    class_logits,
    box_regression,
    proposals,
    image_shapes,
    score_thresh=0.05,
    nms_thresh=0.5,
    detections_per_img=100,
):
    softmax, results = nn.Softmax(dim=1), []
    splits = torch.tensor([0, *(len(p) for p in proposals)]).cumsum(0).tolist()
    for first, last, of_image, size in zip(
        splits, splits[1:], proposals, image_shapes, strict=False
    ):
        scores = softmax(class_logits[first:last])
        boxes = decode(box_regression[first:last], [of_image])  # noqa: F821
        boxes = ops.clip_boxes_to_image(boxes, size)
        kept = []
        for label in range(1, scores.shape[1]):
            rows = (scores[:, label] > score_thresh).nonzero()[:, 0]
            rows = rows[ops.remove_small_boxes(boxes[rows, label], 0.01)]
            rows = rows[ops.nms(boxes[rows, label], scores[rows, label], nms_thresh)]
            kept.append(torch.stack([rows, torch.full_like(rows, label)], dim=1))
        rows, labels = torch.cat(kept).unbind(1)
        order = scores[rows, labels].sort(descending=True).indices[:detections_per_img]
        rows, labels = rows[order], labels[order]
        results.append([boxes[rows, labels], scores[rows, labels], labels])
    return [list(part) for part in zip(*results, strict=True)]
