"""COCO: any annotation file as torchvision's detectors take it, and people of COCO val2017.

COCO's categories keep their ids, 1 to 90 with gaps, which are the labels of torchvision's COCO
weights; its xywh boxes become xyxy here. Shapes: `N` objects of one picture, `H` × `W` its size.

Source: Lin et al. 2014, Microsoft COCO: Common Objects in Context; https://cocodataset.org.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torchvision.datasets import CocoDetection
from torchvision.ops import box_convert, clip_boxes_to_image
from torchvision.transforms.functional import pil_to_tensor

from rcnn_course import threads
from rcnn_course.datasets import coco_files

PERSON = 1


class CocoPictures(CocoDetection):
    """The pictures and the truth of a COCO annotation file, in torchvision's format.

    As in torchvision's references, crowds are left out unless they are asked for, boxes are cut at
    the border, and objects without width or height are left out. A picture without annotations has
    empty tensors.

    Args:
        folder: where the pictures are.
        annotation_file: JSON in COCO's format for instances or keypoints.
        image_ids: which pictures, in this order; without it, all by increasing id.
        keep_crowds: keep crowds, flagged in `iscrowd`: right for evaluation, which forgives what
            is found in them, and wrong for training.
        transforms: called with a picture and its target; returns both.

    Attributes:
        categories (list[str]): names by label, with "__background__" for 0 and "N/A" for ids that
            COCO does not use.

    Raises:
        ValueError: If the file does not have one of the pictures.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     pictures = CocoPictures(folder, export_coco(GeneratedPeople(3), folder))
        ...     image, target = pictures[2]
        >>> len(pictures), list(image.shape), pictures.categories
        (3, [3, 192, 192], ['__background__', 'person', 'sports ball', 'kite', 'suitcase'])
    """

    def __init__(
        self,
        folder: str | Path,
        annotation_file: str | Path,
        *,
        image_ids: Iterable[int] | None = None,
        keep_crowds: bool = False,
        transforms: Callable | None = None,
    ):
        with threads.collected("stdout"):  # pycocotools reports what it does
            super().__init__(folder, str(annotation_file), transforms=transforms)
        self.keep_crowds = keep_crowds
        self.categories = _names_by_label(self.coco.dataset["categories"])
        self._has_keypoints = any("keypoints" in c for c in self.coco.dataset["categories"])
        if image_ids is not None:
            self.ids = list(image_ids)
        unknown = [image_id for image_id in self.ids if image_id not in self.coco.imgs]
        if unknown:
            raise ValueError(f"image_ids must be of {annotation_file}, but {unknown[0]} is not")

    def __getitem__(self, index: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Load one picture.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: a float32 image [3, H, W] in 0..1 and its target:
            `boxes` float32 [N, 4] (xyxy pixels), `labels` int64 [N] (COCO's category ids), `masks`
            uint8 [N, H, W], `area` float32 [N] (pixels, as annotated), `iscrowd` int64 [N],
            `image_id` int64 scalar and, where the annotation file is one of keypoints, `keypoints`
            float32 [N, 17, 3] (x, y, visibility: 0 not labelled, 1 hidden, 2 visible).
        """
        return super().__getitem__(index)

    def _load_image(self, id: int) -> Tensor:
        return pil_to_tensor(super()._load_image(id)) / 255

    def _load_target(self, id: int) -> dict[str, Tensor]:
        annotations = [a for a in super()._load_target(id) if self.keep_crowds or not a["iscrowd"]]
        height, width = self.coco.imgs[id]["height"], self.coco.imgs[id]["width"]
        target = _target(annotations, height, width)
        masks = [self._mask(annotation, height, width) for annotation in annotations]
        target["masks"] = torch.stack(masks) if masks else torch.zeros(0, height, width).byte()
        if self._has_keypoints:
            target["keypoints"] = _keypoints(annotations)
        left, top, right, bottom = target["boxes"].unbind(1)
        has_area = (right > left) & (bottom > top)
        target = {key: values[has_area] for key, values in target.items()}
        return {**target, "image_id": torch.tensor(id)}

    def _mask(self, annotation: dict[str, Any], height: int, width: int) -> Tensor:
        if not annotation.get("segmentation"):
            return torch.zeros(height, width, dtype=torch.uint8)
        return torch.from_numpy(self.coco.annToMask(annotation))


class CocoPeople(CocoPictures):
    """Pictures with people from COCO val2017, fetched when they are first asked for.

    The annotations (241 MB to fetch, 30 MB to keep) are held against their MD5 checksum. COCO
    publishes none for a picture: it must decode, at the size that its annotation gives. Files lie
    in COCO's own folders, `annotations/` and `val2017/`; what is there already is used as it is.
    A download that breaks off goes on where it stopped.

    Args:
        root: the folder of COCO.
        count: how many pictures: the first by increasing id that show a person outside a crowd;
            None for all, about 2,700 (0.4 GB).
        image_ids: which pictures instead, with people or without.
        annotations: "person_keypoints" for people with keypoints, or "instances" for all of COCO's
            80 categories without keypoints.
        keep_crowds: as of `CocoPictures`; True for evaluation.
        transforms: as of `CocoPictures`.
        download: fetch what is missing.
        base_url: COCO's host, or a mirror of it.
        md5: checksum of the annotations' archive; None for an archive of your own.
        progress: show bars.

    Raises:
        DownloadError: If something cannot be fetched; it says what, why, where it belongs, and
            what to use without a network.
        FileNotFoundError: If something is missing and `download` is False.
        ValueError: If `count` is not positive, `annotations` is neither of the two, or an id is
            not of val2017.
    """

    def __init__(
        self,
        root: str | Path = coco_files.ROOT,
        *,
        count: int | None = 100,
        image_ids: Iterable[int] | None = None,
        annotations: str = "person_keypoints",
        keep_crowds: bool = False,
        transforms: Callable | None = None,
        download: bool = True,
        base_url: str = coco_files.BASE_URL,
        md5: str | None = coco_files.ANNOTATIONS_MD5,
        progress: bool = True,
    ):
        if annotations not in coco_files.ANNOTATIONS:
            raise ValueError(
                f"annotations must be one of {list(coco_files.ANNOTATIONS)}, got {annotations!r}"
            )
        if count is not None and count < 1:
            raise ValueError(f"count must be 1 or more, or None for all pictures, got {count}")
        files = coco_files.CocoFiles(
            Path(root).expanduser(), base_url=base_url, download=download, progress=progress
        )
        super().__init__(
            files.pictures,
            files.annotations(annotations, md5=md5),
            image_ids=image_ids,
            keep_crowds=keep_crowds,
            transforms=transforms,
        )
        if image_ids is None:
            annotated = self.coco.anns.values()
            people = (a for a in annotated if a["category_id"] == PERSON and not a["iscrowd"])
            self.ids = sorted({person["image_id"] for person in people})[:count]
        files.require_pictures(self.coco.loadImgs(self.ids))


def _target(annotations: Sequence[dict[str, Any]], height: int, width: int) -> dict[str, Tensor]:
    boxes = torch.tensor([a["bbox"] for a in annotations], dtype=torch.float64).reshape(-1, 4)
    boxes = clip_boxes_to_image(box_convert(boxes, "xywh", "xyxy"), (height, width))
    return {
        "boxes": boxes.float(),
        "labels": torch.tensor([a["category_id"] for a in annotations], dtype=torch.int64),
        "area": torch.tensor([a["area"] for a in annotations], dtype=torch.float32),
        "iscrowd": torch.tensor([a["iscrowd"] for a in annotations], dtype=torch.int64),
    }


def _keypoints(annotations: Sequence[dict[str, Any]]) -> Tensor:
    """Stack keypoints [N, 17, 3]; zeros, not labelled, for an object that has none."""
    unlabelled = [0] * 51
    triples = [annotation.get("keypoints", unlabelled) for annotation in annotations]
    return torch.tensor(triples, dtype=torch.float32).reshape(-1, 17, 3)


def _names_by_label(categories: Sequence[dict[str, Any]]) -> list[str]:
    names = {category["id"]: category["name"] for category in categories}
    labels = range(1, max(names, default=0) + 1)
    return ["__background__", *(names.get(label, "N/A") for label in labels)]
