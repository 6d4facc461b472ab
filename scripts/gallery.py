"""Every picture of the course, on a generated one: `python -m scripts.gallery folder`.

Writes each picture as a file, and all of them with caption and alternative text as `index.html`.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import avg_pool2d
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import box_iou

from rcnn_course import draw
from rcnn_course.datasets import CATEGORIES, KEYPOINT_NAMES, GeneratedPeople
from rcnn_course.draw.base.figures import as_html, description, encode


class Picture(NamedTuple):
    """A drawing with its words."""

    name: str
    drawing: Axes | Figure
    caption: str
    alt: str


def pictures() -> Iterator[Picture]:
    """Draw every kind of picture once."""
    image, target = GeneratedPeople(32, seed=2, size=(240, 360))[31]
    yield from _maps_of_the_course()
    yield from _networks()
    yield from _instances(image, target)
    yield from _regions(image, target)
    yield from _rois(image, target["boxes"][0])
    yield from _scales(image, target)
    yield from _upsampling()
    yield from _curves()
    yield from _box_heads()
    yield from _differences(target["boxes"])


def _maps_of_the_course() -> Iterator[Picture]:
    for name, here in [
        ("pipeline_one", "RoIAlign"),
        ("pipeline_three", ["RPN", "box head", "keypoint head"]),
        ("pipeline_all", list(draw.PARTS)),
    ]:
        ax = draw.pipeline_map(here)
        yield Picture(name, ax, "The part that this notebook teaches is lit.", description(ax))
    families = draw.draw_families()
    yield Picture("families", families, "What is new with each member.", description(families))


def _networks() -> Iterator[Picture]:
    layers = [("conv1", "1 × 1", "64"), ("conv2", "3 × 3", "64"), ("+", "", ""), ("ReLU", "", "64")]
    spread = torch.randn(2000, generator=torch.Generator().manual_seed(0))
    drawings = {
        "layers": (draw.draw_layers(layers, entry="x", shortcut="unchanged"), "A residual block."),
        "histograms": (
            draw.draw_histograms({"before": spread, "after": 2 + spread / 2}, xlabel="value"),
            "A channel before and after it is normalised.",
        ),
    }
    for name, (drawing, caption) in drawings.items():
        yield Picture(name, drawing, caption, description(drawing))


def _instances(image: Tensor, target: dict[str, Tensor]) -> Iterator[Picture]:
    boxes, count = target["boxes"], len(target["boxes"])
    scores = torch.linspace(0.99, 0.62, count)
    yield Picture(
        "image", draw.show_image(image), "A generated picture.", "People in a generated scene."
    )
    yield Picture(
        "boxes",
        draw.draw_boxes(
            boxes, image=image, labels=target["labels"], scores=scores, categories=CATEGORIES
        ),
        "Boxes with category and score.",
        f"{count} boxes around people and things.",
    )
    yield Picture(
        "masks",
        draw.draw_masks(target["masks"][:, None].float(), image=image),
        "One mask for each instance.",
        f"{count} people and things, each tinted in its own colour.",
    )
    head = draw.draw_mask_head()
    yield Picture("mask_head", head, "The maps of the mask head.", description(head))
    coarse = avg_pool2d(target["masks"][:1].float(), 12).repeat_interleave(12, 1)
    yield Picture(
        "mask_errors",
        draw.draw_mask_errors(
            coarse.repeat_interleave(12, 2)[0] > 0.5, target["masks"][0] > 0, image=image
        ),
        "A coarse mask: blue where it is right, orange too much, vermilion too little.",
        "One person tinted in squares, with orange and vermilion pixels along the edge.",
    )
    yield Picture(
        "tasks",
        draw.draw_tasks(image, target, categories=CATEGORIES),
        "Six questions to one picture.",
        "The same picture six times, with the answer to another question each time.",
    )
    people = target["keypoints"][target["labels"] == 1]
    yield Picture(
        "keypoints",
        draw.draw_keypoints(people, image=image),
        "17 keypoints for each person: left vermilion, right sky blue, hidden ones as rings.",
        f"Skeletons of {len(people)} people.",
    )
    yield Picture(
        "tolerances",
        draw.draw_tolerances(people[-1], torch.linspace(4, 12, 17), image=image),
        "How far each keypoint may be off.",
        "Rings around the keypoints of a person.",
    )
    yield Picture(
        "detections",
        draw.show_detections(image, target | {"scores": scores}, categories=CATEGORIES),
        "All that a detector returns for one picture.",
        f"{count} instances with boxes, masks and keypoints.",
    )


def _regions(image: Tensor, target: dict[str, Tensor]) -> Iterator[Picture]:
    overlap = draw.draw_overlap(torch.tensor([1.0, 1, 7, 5]), torch.tensor([4.0, 2, 9, 8]))
    yield Picture("overlap", overlap, "Two boxes and what they share.", description(overlap))
    anchors = _anchors(image, stride=48, sizes=(64, 128))
    iou = box_iou(target["boxes"], anchors)
    best, matches = iou.max(dim=0)
    faded = draw.show_image(image, fade=0.3)
    matches[best < 0.6], matches[best < 0.45] = -2, -1
    yield Picture(
        "anchors",
        draw.draw_anchors(anchors, matches=matches, gt_boxes=target["boxes"], ax=faded),
        "Anchors by their best IoU with a ground truth.",
        f"{len(anchors)} anchors over the picture; the few positive ones lie on people.",
    )
    yield from _proposals(image, target["boxes"])
    cell = AnchorGenerator(((64, 128),), ((0.5, 1.0, 2.0),)).cell_anchors[0]
    yield Picture(
        "cell_anchors",
        draw.draw_boxes(
            cell,
            labels=[
                f"{size} px, {shape}" for shape in ("wide", "square", "tall") for size in (64, 128)
            ],
        ),
        "The anchors of one cell.",
        "Boxes of two sizes and three aspect ratios around one point.",
    )
    yield Picture(
        "cells",
        draw.draw_cells(16, ax=draw.show_image(image, fade=0.3), chosen=(7, 9)),
        "The cells of a feature map with stride 16.",
        "A grid of 15 by 23 cells over the picture, with one cell set off.",
    )


def _differences(boxes: Tensor) -> Iterator[Picture]:
    heatmap = torch.eye(12) * torch.arange(12)
    drawings: dict[str, Axes | Figure] = {
        "map_difference": draw.draw_map_difference(heatmap, heatmap.roll(1, dims=1)),
        "curve_difference": draw.draw_curve_difference(torch.arange(9.0).sqrt(), torch.arange(9.0)),
        "box_difference": draw.draw_box_difference(boxes[:3] + 9, boxes[:3]),
        "peak_difference": draw.draw_peak_difference(
            heatmap, boxes[0], boxes[0, :2] + 4, boxes[0, 2:] - 4
        ),
    }
    for name, drawing in drawings.items():
        yield Picture(
            name, drawing, "A wrong result beside the expected one.", description(drawing)
        )


def _proposals(image: Tensor, boxes: Tensor) -> Iterator[Picture]:
    anchors = (boxes + torch.tensor([-20.0, 12, -8, 10])).round()
    yield Picture(
        "delta",
        draw.draw_delta(anchors, boxes, image=image),
        "Anchors (dashed) and the boxes that deltas make of them.",
        f"{len(boxes)} anchors beside people and things, with arrows to the boxes around them.",
    )
    steps = draw.draw_steps(image, {"before": torch.cat([anchors, boxes]), "after": boxes})
    yield Picture("steps", steps, "The boxes that each step leaves.", description(steps))
    yield Picture(
        "smooth_l1",
        draw.draw_smooth_l1([1.0, 1 / 9, 0.0]),
        "Smooth L1 for three betas; the dots mark where a parabola turns into a line.",
        "Three valleys; the smaller beta, the sharper the bottom.",
    )


def _rois(image: Tensor, box: Tensor) -> Iterator[Picture]:
    columns, rows = [(0, 2), (1, 4), (3, 5)], [(0, 1), (1, 2), (2, 3)]
    drawings = {
        "row": (draw.show_row({"picture": image, "map": avg_pool2d(image, 8)}, box=box), "A row."),
        "rounded_roi": (
            draw.draw_rounded_roi(
                image,
                torch.tensor([100.0, 70, 170, 115]),
                (6, 4, 10, 6),
                stride=16,
                columns=columns,
                rows=rows,
            ),
            "Both roundings of RoI pooling.",
        ),
        "bilinear": (
            draw.draw_bilinear(torch.tensor([[10.0, 20], [30, 60]]), 0.25, 0.6),
            "The weights of four cells.",
        ),
        "sampling_points": (
            draw.draw_sampling_points(
                torch.tensor([1.8, 1.8, 3.2, 3.2]),
                torch.tensor([1.8, 3.5, 1.8, 3.5]),
                roi=torch.tensor([0.95, 1.1, 4.35, 3.9]),
                bins=(2, 2),
                shape=(5, 6),
            ),
            "A RoI, its bins and its samples.",
        ),
        "pulls": (
            draw.draw_pulls(
                {"one cell": torch.eye(6)}, roi=torch.tensor([1.0, 1, 4, 4]), bins=(2, 2)
            ),
            "How one output pulls on cells.",
        ),
        "movement": (
            draw.draw_movement(
                [0.0, 8, 16], {"glides": [0, 8, 16], "jumps": [0, 16, 16]}, middle=0
            ),
            "Two ways to follow a box.",
        ),
        "half_cell": (
            draw.draw_half_cell((32, 48), {"aligned=True": 2, "aligned=False": 2.5}, stride=16),
            "Where a box of one cell is read.",
        ),
    }
    for name, (drawing, caption) in drawings.items():
        yield Picture(name, drawing, caption, description(drawing) or caption)


def _scales(image: Tensor, target: dict[str, Tensor]) -> Iterator[Picture]:
    edges = torch.cat([image.diff(dim=2, append=image[:, :, -1:]).abs(), image])[None]
    levels = {f"P{n}": avg_pool2d(edges, 2**n, ceil_mode=True) for n in range(2, 7)}
    yield Picture(
        "levels",
        draw.draw_levels(levels),
        "The same picture on five levels: half as many cells each way on the next.",
        "Five maps of the picture, from 60 by 90 down to 4 by 6 cells.",
    )
    yield from _pyramids()
    person = int((target["labels"] == 1).nonzero()[0])
    box = target["boxes"][person]
    heatmaps = _heatmaps(target["keypoints"][person], box)
    yield Picture(
        "heatmap",
        draw.draw_heatmap(heatmaps[0], box=box, image=image),
        "The heatmap of the nose on its box; the ring marks its highest cell.",
        "A heatmap laid over one person, highest at the nose.",
    )
    yield Picture(
        "heatmaps",
        draw.draw_maps(heatmaps, names=[name.replace("_", " ") for name in KEYPOINT_NAMES]),
        "One heatmap for each of the 17 keypoints.",
        "17 small maps, each with one bright spot.",
    )
    yield Picture(
        "matrix",
        draw.draw_matrix(heatmaps[0, 16:24, 16:28]),
        "A few cells of a map with their values.",
        "A matrix of 8 by 12 numbers.",
    )


def _upsampling() -> Iterator[Picture]:
    row = torch.tensor([2.0, 1, 3])
    drawings = {
        "rows": (
            draw.draw_rows({"input": row, "output": row.repeat_interleave(2)}),
            "A row and a longer one.",
        ),
        "places": (
            draw.draw_places(3, {"ends meet": torch.linspace(0, 2, 6)}),
            "Where six outputs read three inputs.",
        ),
        "stamps": (
            draw.draw_stamps(row, torch.tensor([1.0, 2, 1]), stride=2, padding=1),
            "Every input stamps the kernel; overlaps add up.",
        ),
    }
    for name, (drawing, caption) in drawings.items():
        yield Picture(name, drawing, caption, description(drawing))


def _pyramids() -> Iterator[Picture]:
    shapes = [(256, 200, 272), (512, 100, 136), (1024, 50, 68), (2048, 25, 34)]
    ax = draw.draw_fpn(shapes, out_channels=256)
    yield Picture("fpn", ax, "A feature pyramid network.", description(ax))
    sides = [16, 55, 56, 111, 112, 223, 224, 447, 448, 900]
    ax = draw.draw_level_steps(sides, {"level": [2, 2, 2, 2, 3, 3, 4, 4, 5, 5]})
    yield Picture("level_steps", ax, "The level that a box is read from.", description(ax))
    coarse, fine = torch.tensor([[10.0, 20], [30, 40]]), torch.arange(1.0, 17).view(4, 4)
    repeated = coarse.repeat_interleave(2, 0).repeat_interleave(2, 1)
    matrices = {"coarse": coarse, "repeated": repeated, "fine": fine, "sum": repeated + fine}
    yield Picture(
        "sum",
        draw.draw_sum(matrices, signs="→+="),
        "A sum of matrices, number by number.",
        "A matrix of 2 by 2 numbers, repeated to 4 by 4, plus another one, and their sum.",
    )


def _curves() -> Iterator[Picture]:
    steps = torch.arange(1.0, 121)
    losses = {
        "loss_classifier": 1.6 / steps.sqrt() + 0.1,
        "loss_box_reg": 0.7 / steps.pow(0.3),
        "loss_mask": 0.69 * (-steps / 80).exp() + 0.2,
        "loss_objectness": 0.7 / steps.sqrt(),
        "loss_rpn_box_reg": 0.25 / steps.pow(0.4),
    }
    noise = torch.Generator().manual_seed(0)
    losses = {k: v * (1 + 0.06 * torch.randn(120, generator=noise)) for k, v in losses.items()}
    yield Picture(
        "losses",
        draw.draw_losses({name: values.tolist() for name, values in losses.items()}),
        "The five losses of Mask R-CNN while it trains.",
        "Five falling curves.",
    )
    recall = torch.linspace(0, 1, 101)
    precision = {f"IoU {t:.2f}": (1 - recall ** (9 - 8 * t)).tolist() for t in (0.5, 0.75, 0.95)}
    yield Picture(
        "precision_recall",
        draw.draw_precision_recall(precision),
        "Precision against recall at three IoU thresholds.",
        "Three curves that fall from 1 to 0; the higher the threshold, the lower the curve.",
    )
    yield Picture(
        "scores",
        draw.draw_scores(
            {"AP": 0.42, "AP50": 0.71, "AP75": 0.44, "AP small": float("nan"), "AP large": 0.58}
        ),
        "COCO's average precisions; a dash where there is no ground truth.",
        "Five bars: AP 0.42, AP50 0.71, AP75 0.44, small none, large 0.58.",
    )
    tallies = draw.draw_class(
        {
            "roi_pool": {"correct": 17, "incorrect": 4, "not attempted": 1},
            "roi_align": {"correct": 9, "incorrect": 10, "not attempted": 3},
        },
        {
            "roi_pool": {"the end of the box is left out": 3, "raises IndexError": 1},
            "roi_align": {"x and y are swapped": 6, "the half cell is missing": 4},
        },
    )
    yield Picture("class", tallies, "How a class did, and its mistakes.", description(tallies))


def _box_heads() -> Iterator[Picture]:
    proposal, box = torch.tensor([50.0, 40, 150, 240]), torch.tensor([60.0, 50, 180, 210])
    normal = torch.randn(400, 4, generator=torch.Generator().manual_seed(0))
    errors = torch.linspace(-1, 1, 41)
    drawings = {
        "box_head": (draw.draw_box_head(), "The layers of the box head."),
        "encoding": (draw.draw_encoding(proposal, box), "A box as a delta from its proposal."),
        "delta_spread": (
            draw.draw_delta_spread({"weights 1, 1, 1, 1": 0.2 * normal}),
            "How widely the deltas are spread.",
        ),
        "error_losses": (
            draw.draw_error_losses(
                errors.tolist(),
                {"absolute": errors.abs().tolist(), "squared": errors.square().tolist()},
            ),
            "What an error costs.",
        ),
    }
    for name, (drawing, caption) in drawings.items():
        yield Picture(name, drawing, caption, description(drawing))


def _anchors(image: Tensor, *, stride: int, sizes: tuple[int, ...]) -> Tensor:
    """Return the anchors of one level over the picture, as torchvision makes them."""
    height, width = image.shape[-2:]
    features = torch.zeros(1, 1, height // stride, width // stride)
    images = ImageList(image[None], [(height, width)])
    return AnchorGenerator((sizes,), ((0.5, 1.0, 2.0),))(images, [features])[0]


def _heatmaps(keypoints: Tensor, box: Tensor, cells: int = 56) -> Tensor:
    """Return a bell around each keypoint, [17, 56, 56], such as a keypoint head would learn."""
    place = (keypoints[:, :2] - box[:2]) / (box[2:] - box[:2]) * cells
    grid = torch.arange(cells) + 0.5
    x, y = place[:, 0, None, None], place[:, 1, None, None]
    squared = (grid[None, None, :] - x) ** 2 + (grid[None, :, None] - y) ** 2
    return 10 * (-squared / 60).exp() - 2


def main() -> None:
    """Write the gallery into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Draw every picture of the course once.")
    parser.add_argument("folder", type=Path, help="where to write; made where it is missing")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    page = [
        "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Pictures of the course</title>"
    ]
    for number, picture in enumerate(pictures(), start=1):
        mime, data = encode(picture.drawing)
        plt.close(picture.drawing.figure)
        path = folder / f"{number:02}_{picture.name}.{mime.removeprefix('image/')}"
        path.write_bytes(data)
        page.append(as_html(mime, data, caption=picture.caption, alt=picture.alt))
    (folder / "index.html").write_text("\n".join(page), encoding="utf-8")
    print(f"{number} pictures in {folder}/index.html")


if __name__ == "__main__":
    plt.switch_backend("agg")
    main()
