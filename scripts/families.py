"""Measure what torchvision's networks cost: `python -m scripts.families`.

It writes the table that the course shows, `rcnn_course/models/costs.json`, and prints it. Networks
are built without weights, on the device 'meta', where nothing is computed. Accuracies are those
that torchvision has published, in the `meta` of its weights.

What of a detector depends on the numbers, such as non-maximum suppression, does not run there: its
backbone and its heads are measured one by one, for as many regions as torchvision keeps by default.
"""

import json
from argparse import ArgumentParser, RawTextHelpFormatter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models import Weights, detection, get_model, segmentation

from rcnn_course.models.costs import Head, Network, count_cost

TABLE = Path(__file__).resolve().parents[1] / "rcnn_course" / "models" / "costs.json"

CLASSIFIERS = {
    "AlexNet": models.AlexNet_Weights.IMAGENET1K_V1,
    "VGG-16": models.VGG16_Weights.IMAGENET1K_V1,
    "GoogLeNet": models.GoogLeNet_Weights.IMAGENET1K_V1,
    "ResNet-50": models.ResNet50_Weights.IMAGENET1K_V1,
    "DenseNet-121": models.DenseNet121_Weights.IMAGENET1K_V1,
    "MobileNetV2": models.MobileNet_V2_Weights.IMAGENET1K_V1,
    "EfficientNet-B0": models.EfficientNet_B0_Weights.IMAGENET1K_V1,
    "ViT-B/16": models.ViT_B_16_Weights.IMAGENET1K_V1,
    "ConvNeXt-T": models.ConvNeXt_Tiny_Weights.IMAGENET1K_V1,
}
ONE_STAGE = {
    "SSD300": detection.SSD300_VGG16_Weights.COCO_V1,
    "SSDlite320": detection.SSDLite320_MobileNet_V3_Large_Weights.COCO_V1,
    "RetinaNet": detection.RetinaNet_ResNet50_FPN_Weights.COCO_V1,
    "FCOS": detection.FCOS_ResNet50_FPN_Weights.COCO_V1,
}
SEGMENTERS = {
    "FCN": segmentation.FCN_ResNet50_Weights.COCO_WITH_VOC_LABELS_V1,
    "DeepLabv3": segmentation.DeepLabV3_ResNet50_Weights.COCO_WITH_VOC_LABELS_V1,
}
METRICS = {"Mask R-CNN": "mask_map", "Keypoint R-CNN": "kp_map"}
"""What the course shows of a network, where that is not the first number of torchvision's."""

OWN_SIDES = {"SSD300": 300, "SSDlite320": 320}
OPTIONS = {"GoogLeNet": {"aux_logits": False, "init_weights": False}}
NO_BACKBONE: dict[str, Any] = {"weights_backbone": None}
"""Nothing is to be downloaded for the backbone either."""

SIDES = {"classification": 224, "detection": 800, "segmentation": 520}
"""Height and width of the picture in pixels; SSD has its own."""

SELECTIVE_SEARCH = 2000
"""Regions in a picture, as Girshick 2015 and Girshick et al. 2014 have them."""


class Dense(nn.Module):
    """Of a detector, what runs once for the picture: the backbone, and a head on its maps."""

    def __init__(self, backbone: nn.Module, head: nn.Module):
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, picture: Tensor) -> Any:
        """Run the head on all maps of a picture [1, 3, H, W]."""
        return self.head(list(self.backbone(picture).values()))


def measure() -> list[Network]:
    """Measure all networks."""
    with torch.device("meta"):
        return [
            *(
                _whole(name, "classification", weights, **OPTIONS.get(name, {}))
                for name, weights in CLASSIFIERS.items()
            ),
            *_line_of_vgg(),
            _two_stages(
                "Faster R-CNN", "detection", detection.FasterRCNN_ResNet50_FPN_Weights.COCO_V1
            ),
            *(_one_stage(name, weights) for name, weights in ONE_STAGE.items()),
            *(
                _whole(name, "segmentation", weights, **NO_BACKBONE, aux_loss=True)
                for name, weights in SEGMENTERS.items()
            ),
            _two_stages(
                "Mask R-CNN", "segmentation", detection.MaskRCNN_ResNet50_FPN_Weights.COCO_V1
            ),
            _two_stages(
                "Keypoint R-CNN", "pose", detection.KeypointRCNN_ResNet50_FPN_Weights.COCO_V1
            ),
        ]


def _whole(name: str, task: str, weights: Weights, **options: Any) -> Network:
    """Measure a network that runs once, with no regions."""
    cost = count_cost(_build(weights, **options), _picture(SIDES[task]))
    return Network(
        name, task, cost.parameters, SIDES[task], cost.multiply_adds, **_published(weights)
    )


def _line_of_vgg() -> list[Network]:
    """Measure R-CNN and Fast R-CNN, which torchvision does not have, from parts of its VGG-16."""
    vgg = models.vgg16()
    side = SIDES["detection"]
    whole = count_cost(vgg, _picture(SIDES["classification"]))
    shared = count_cost(vgg.features, _picture(side)).multiply_adds
    layers = count_cost(vgg.classifier, torch.empty(1, 512 * 7 * 7)).multiply_adds
    heads = {
        "R-CNN": (0, Head(SELECTIVE_SEARCH, whole.multiply_adds)),
        "Fast R-CNN": (shared, Head(SELECTIVE_SEARCH, layers)),
    }
    return [
        Network(name, "detection", whole.parameters, side, once, {"box": head})
        for name, (once, head) in heads.items()
    ]


def _two_stages(name: str, task: str, weights: Weights) -> Network:
    """Measure a detector that proposes regions and asks about each."""
    model = _build(weights, **NO_BACKBONE)
    side = SIDES["detection"]
    once = count_cost(Dense(model.backbone, model.rpn.head), _picture(side)).multiply_adds
    heads = {"box": _head(model, "box", 7, model.rpn.post_nms_top_n())}
    for kind in ("mask", "keypoint"):
        if getattr(model.roi_heads, f"{kind}_head") is not None:
            heads[kind] = _head(model, kind, 14, model.roi_heads.detections_per_img)
    return Network(name, task, _parameters(model), side, once, heads, **_published(weights))


def _head(model: nn.Module, kind: str, side: int, regions: int) -> Head:
    """Measure what a detector does with one region of its feature maps."""
    heads = model.roi_heads
    head = nn.Sequential(getattr(heads, f"{kind}_head"), getattr(heads, f"{kind}_predictor"))
    channels = model.backbone.out_channels
    return Head(regions, count_cost(head, torch.empty(1, channels, side, side)).multiply_adds)


def _one_stage(name: str, weights: Weights) -> Network:
    """Measure a detector that answers at each place of its maps."""
    model = _build(weights, **NO_BACKBONE)
    side = OWN_SIDES.get(name, SIDES["detection"])
    cost = count_cost(Dense(model.backbone, model.head), _picture(side))
    return Network(
        name, "detection", _parameters(model), side, cost.multiply_adds, **_published(weights)
    )


def _build(weights: Weights, **options: Any) -> nn.Module:
    """Build the network of some weights without them."""
    name = type(weights).__name__.removesuffix("_Weights")
    return get_model(name.lower(), weights=None, **options).eval()


def _picture(side: int) -> Tensor:
    return torch.empty(1, 3, side, side)


def _parameters(model: nn.Module) -> int:
    """Count parameters; the batch normalisation of a ResNet backbone is frozen in detectors."""
    frozen = {
        parameter
        for module in getattr(model.backbone, "body", nn.Identity()).modules()
        if isinstance(module, nn.BatchNorm2d)
        for parameter in module.parameters()
    }
    return sum(parameter.numel() for parameter in set(model.parameters()) - frozen)


def _published(weights: Weights) -> dict[str, Any]:
    """Return what torchvision says of its weights."""
    (accuracy,) = weights.meta["_metrics"].values()
    return {"accuracy": accuracy, "weights": str(weights), "recorded": weights.meta["_ops"]}


def columns(network: Network) -> list[str]:
    """Write the numbers of a network as the tables of `00_start_here` have them.

    Returns:
        list: million parameters, billion multiply-adds for the picture, for each region
        (not for a classifier), and the accuracy in per cent.
    """
    each = [
        f"{head.regions}&nbsp;×&nbsp;{_giga(head.multiply_adds)}" for head in network.heads.values()
    ]
    metric = METRICS.get(network.name, next(iter(network.accuracy), None))
    return [
        f"{network.parameters / 1e6:.1f}",
        _giga(network.once),
        *([] if network.task == "classification" else ["<br>".join(each) or "0"]),
        f"{network.accuracy[metric]:.1f}" if metric else "–",
    ]


def _giga(number: int) -> str:
    """Write a number in billions, with three digits."""
    return f"{number / 1e9:.0f}" if number == 0 or number >= 1e11 else f"{number / 1e9:#.3g}"


def main() -> None:
    """Write the table, and print its rows as the notebook has them."""
    networks = measure()
    rows = [asdict(network) for network in networks]
    TABLE.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    for network in networks:
        print(f"| {network.name} | {' | '.join(columns(network))} |")


if __name__ == "__main__":
    ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter).parse_args()
    main()
