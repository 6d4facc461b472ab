"""What the panorama of networks says is what is measured, and what torchvision has published."""

import re
from pathlib import Path

import pytest
from torchvision.models import get_weight

from rcnn_course.authoring.course import assignments
from rcnn_course.models import measured_networks
from scripts import families
from scripts.exercises.cells import read

ROOT = Path(__file__).parents[2]
NETWORKS = {network.name: network for network in measured_networks()}
CELLS = {cell.id: cell.source for cell in read(ROOT, assignments(ROOT)[0]).cells}
ROW = re.compile(r"^\| \d{4} \| \[(?P<name>[^\]]+)\].*$", re.MULTILINE)
ROWS = {row["name"]: row[0] for source in CELLS.values() for row in ROW.finditer(source)}
ROUNDED = 0.51e-3
"""Thousand million multiply-adds, to which torchvision has rounded what it recorded."""

published = pytest.mark.parametrize(
    "network", [n for n in NETWORKS.values() if n.weights], ids=lambda network: network.name
)


def giga(name):
    return NETWORKS[name].multiply_adds / 1e9


def box_ap_of(name):
    return NETWORKS[name].accuracy["box_map"]


def test_table_is_what_is_measured_now():
    assert families.measure() == list(NETWORKS.values())


@published
def test_measured_is_what_torchvision_has_recorded(network):
    meta = get_weight(network.weights).meta
    assert network.parameters == meta["num_params"]
    assert network.recorded == meta["_ops"]
    heads = list(network.heads.values())
    whole = network.once + sum(head.regions * head.multiply_adds for head in heads[:1])
    found = range(101) if len(heads) > 1 else range(1)  # objects in the picture of the record
    each = heads[-1].multiply_adds if heads else 0
    assert any(abs((whole + n * each) / 1e9 - network.recorded) < ROUNDED for n in found)


@published
def test_accuracy_is_what_torchvision_has_published(network):
    (metrics,) = get_weight(network.weights).meta["_metrics"].values()
    assert network.accuracy == metrics


@pytest.mark.parametrize("name", NETWORKS)
def test_row_of_the_notebook_has_the_measured_numbers(name):
    numbers = f"| {' | '.join(families.columns(NETWORKS[name]))} |"
    assert ROWS[name].endswith(numbers)


@pytest.mark.parametrize("name", sorted(ROWS.keys() - NETWORKS.keys()))
def test_row_of_a_network_that_was_not_measured_has_no_number(name):
    columns = ROWS[name].strip("| ").split(" | ")[3:]
    assert not any(re.search(r"[1-9]", column) for column in columns)


def test_networks_of_a_table_stand_in_the_order_of_their_years():
    for source in CELLS.values():
        for table in re.findall(r"(?:^\| \d{4} \|.*\n?)+", source, re.MULTILINE):
            years = re.findall(r"^\| (\d{4})", table, re.MULTILINE)
            assert years == sorted(years)


def test_caption_of_the_figure_is_true():
    assert "MobileNetV2 is right about as often as VGG-16, with a fiftieth" in CELLS["costs-shown"]
    mobile, vgg = NETWORKS["MobileNetV2"], NETWORKS["VGG-16"]
    assert abs(mobile.accuracy["acc@1"] - vgg.accuracy["acc@1"]) < 0.5
    assert giga("VGG-16") / giga("MobileNetV2") == pytest.approx(50, rel=0.05)
    assert "Faster R-CNN, RetinaNet and FCOS lie close together" in CELLS["costs-shown"]
    close = ["Faster R-CNN", "RetinaNet", "FCOS"]
    work, box_ap = [giga(name) for name in close], [box_ap_of(name) for name in close]
    assert max(work) < 1.2 * min(work)
    assert "two stages cost no more than one" in CELLS["costs-shown"]
    assert min(work) < giga("Faster R-CNN") < max(work)
    others = [box_ap_of(name) for name in ("SSD300", "SSDlite320")]
    assert max(box_ap) - min(box_ap) < 3 < min(box_ap) - max(others)


def test_sums_of_the_text_are_right():
    text = " ".join(" ".join(CELLS.values()).split())
    rcnn, faster, keypoints = (
        NETWORKS[name] for name in ("R-CNN", "Faster R-CNN", "Keypoint R-CNN")
    )
    assert "2000 × 15.5 G ≈ 31,000 G" in text
    assert round(rcnn.multiply_adds / 1e9, -3) == 31_000
    assert "120 + 1000 × 0.0144 ≈ 134 G" in text
    assert round(faster.multiply_adds / 1e9) == 134
    assert "one person costs as much there as 250 regions" in text
    ratio = keypoints.heads["keypoint"].multiply_adds / keypoints.heads["box"].multiply_adds
    assert ratio == pytest.approx(250, rel=0.02)
    assert "36,864 × 3136 ≈ 116 million" in text
    assert 64 * 64 * 3 * 3 == 36_864
    assert round(36_864 * 56 * 56 / 1e6) == 116


def test_newer_recipe_of_training_is_what_the_text_says():
    assert "`IMAGENET1K_V2`) the same ResNet-50 reaches 80.9" in CELLS["family-classification"]
    newer = get_weight("ResNet50_Weights.IMAGENET1K_V2").meta["_metrics"]["ImageNet-1K"]
    assert round(newer["acc@1"], 1) == 80.9
