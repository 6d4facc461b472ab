"""COCO: any annotation file as torchvision's detectors take it.

COCO's categories keep their ids, 1 to 90 with gaps, which are the labels of torchvision's COCO
weights; its xywh boxes become xyxy here. Shapes: `N` objects of one picture, `H` × `W` its size,
`K` keypoints.

Source: Lin et al. 2014, Microsoft COCO: Common Objects in Context; https://cocodataset.org.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import torch
from pycocotools.coco import COCO
from torch import Tensor
from torchvision.datasets import CocoDetection
from torchvision.ops import box_convert, clip_boxes_to_image
from torchvision.transforms.functional import pil_to_tensor

from rcnn_course import threads
from rcnn_course.datasets.coco.agreement import require_agreement
from rcnn_course.datasets.coco.content import CocoContent, read_content
from rcnn_course.datasets.coco.picture_files import PictureFolder


class CocoPictures(CocoDetection):
    """The pictures and the truth of a COCO annotation file, in torchvision's format.

    As in torchvision's references, crowds are left out unless they are asked for, boxes are cut at
    the border, and objects without width or height are left out. A picture without annotations has
    empty tensors.

    What an annotation may leave out is filled in: no `iscrowd` is 0, no `area` is that of the mask
    or else of the box, no `bbox` is that of the mask, no `categories` are the ids that are used.
    Where ids of categories begin at 0, labels are one more, since 0 is the background.

    Args:
        folder: where the pictures are.
        annotation_file: JSON in COCO's format for instances or keypoints.
        image_ids: which pictures, in this order; without it, all by increasing id. Annotations of
            other pictures are not looked at.
        keep_crowds: keep crowds, flagged in `iscrowd`: right for evaluation, which forgives what
            is found in them, and wrong for training.
        masks: give masks, where the objects of the file have outlines.
        keypoints: give keypoints, where objects of the file have some.
        transforms: called with a picture and its target; returns both.

    Attributes:
        categories (list[str]): names by label, with "__background__" for 0 and "N/A" for ids that
            COCO does not use.
        keypoint_names (tuple[str, ...]): of the file, or "keypoint 1" and so on; empty where there
            are no keypoints.
        skeleton (tuple[tuple[int, int], ...]): its bones, as pairs of indices from 0.
        has_masks (bool): whether targets have `masks`.

    Raises:
        FileNotFoundError: If the annotation file is missing.
        ValueError: If the file does not have one of the pictures, or something in it has no one
            meaning: the message names the picture and the annotation, what was found and what was
            expected.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     pictures = CocoPictures(folder, export_coco(GeneratedPeople(3), folder))
        ...     image, target = pictures[2]
        >>> len(pictures), list(image.shape), pictures.categories
        (3, [3, 192, 192], ['__background__', 'person', 'sports ball', 'kite', 'suitcase'])
    """

    trusts_stored_size = False  # where a photo's EXIF turns it, and sizes do not tell

    def __init__(
        self,
        folder: str | Path,
        annotation_file: str | Path,
        *,
        image_ids: Iterable[int] | None = None,
        keep_crowds: bool = False,
        masks: bool = True,
        keypoints: bool = True,
        transforms: Callable | None = None,
    ):
        self.files = PictureFolder(Path(folder), trusts_stored_size=self.trusts_stored_size)
        wanted = None if image_ids is None else list(image_ids)
        content = read_content(Path(annotation_file), self.files.size, image_ids=wanted)
        ids = sorted(content.images) if wanted is None else wanted
        unknown = [image_id for image_id in ids if image_id not in content.images]
        if unknown:
            raise ValueError(f"image_ids must be of {annotation_file}, but {unknown[0]} is not")
        require_agreement(content, masks=masks, keypoints=keypoints)
        self._begin(content, ids, masks=masks, keypoints=keypoints, transforms=transforms)
        self.keep_crowds = keep_crowds

    @classmethod
    def of_content(
        cls, folder: Path, content: CocoContent, *, masks: bool, keypoints: bool
    ) -> "CocoPictures":
        """Give what is readable of a file, with crowds, whatever was refused."""
        pictures = cls.__new__(cls)
        pictures.files = PictureFolder(folder)
        pictures._begin(content, sorted(content.images), masks=masks, keypoints=keypoints)
        pictures.keep_crowds = True
        return pictures

    def _begin(
        self,
        content: CocoContent,
        ids: list[int],
        *,
        masks: bool,
        keypoints: bool,
        transforms: Callable | None = None,
    ) -> None:
        super(CocoDetection, self).__init__(self.files.folder, transforms)
        self.file, self.ids, categories = content.file, ids, content.categories
        self.has_masks = masks and content.has_outlines
        keypoint_count = content.keypoint_count if keypoints else 0
        self.categories, self._labels = categories.names, categories.labels
        unnamed = tuple(f"keypoint {k}" for k in range(1, keypoint_count + 1))
        self.keypoint_names = (categories.keypoint_names or unnamed) if keypoint_count else ()
        self.skeleton = categories.skeleton if keypoint_count else ()
        self.coco = COCO()
        self.coco.dataset = {
            "images": list(content.images.values()),
            "annotations": content.every_object(),
            "categories": [
                {"id": number, "name": categories.names[label]}
                for number, label in categories.labels.items()
            ],
        }
        with threads.collected("stdout"):  # pycocotools reports what it does
            self.coco.createIndex()

    def __getitem__(self, index: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Load one picture.

        Returns:
            tuple[Tensor, dict[str, Tensor]]: a float32 image [3, H, W] in 0..1 and its target:
            `boxes` float32 [N, 4] (xyxy pixels), `labels` int64 [N], `area` float32 [N] (pixels,
            as annotated), `iscrowd` int64 [N], `image_id` int64 scalar and, where the file has
            them, `masks` uint8 [N, H, W] and `keypoints` float32 [N, K, 3] (x, y, visibility: 0 not
            labelled, 1 hidden, 2 visible).

        Raises:
            FileNotFoundError: If the picture is missing.
            ValueError: If it is damaged, or has another size than the file says.
        """
        return super().__getitem__(index)

    def _load_image(self, id: int) -> Tensor:
        try:
            return pil_to_tensor(self.files.load(self.coco.imgs[id])) / 255
        except (FileNotFoundError, ValueError) as error:
            kind = FileNotFoundError if isinstance(error, FileNotFoundError) else ValueError
            raise kind(f"{self.file}: picture {id}: {error}") from None

    def _load_target(self, id: int) -> dict[str, Tensor]:
        annotations = [a for a in super()._load_target(id) if self.keep_crowds or not a["iscrowd"]]
        height, width = self.coco.imgs[id]["height"], self.coco.imgs[id]["width"]
        target = self._boxes(annotations, height, width)
        if self.has_masks:
            masks = [torch.from_numpy(self.coco.annToMask(a)) for a in annotations]
            target["masks"] = torch.stack(masks) if masks else torch.zeros(0, height, width).byte()
        if self.keypoint_names:
            target["keypoints"] = _keypoints(annotations, len(self.keypoint_names))
        left, top, right, bottom = target["boxes"].unbind(1)
        has_area = (right > left) & (bottom > top)
        target = {key: values[has_area] for key, values in target.items()}
        return {**target, "image_id": torch.tensor(id)}

    def _boxes(
        self, annotations: Sequence[dict[str, Any]], height: int, width: int
    ) -> dict[str, Tensor]:
        boxes = torch.tensor([a["bbox"] for a in annotations], dtype=torch.float64).reshape(-1, 4)
        boxes = clip_boxes_to_image(box_convert(boxes, "xywh", "xyxy"), (height, width))
        labels = [self._labels[a["category_id"]] for a in annotations]
        return {
            "boxes": boxes.float(),
            "labels": torch.tensor(labels, dtype=torch.int64),
            "area": torch.tensor([a["area"] for a in annotations], dtype=torch.float32),
            "iscrowd": torch.tensor([a["iscrowd"] for a in annotations], dtype=torch.int64),
        }


def _keypoints(annotations: Sequence[dict[str, Any]], count: int) -> Tensor:
    """Stack keypoints [N, K, 3]; zeros, not labelled, for an object that has none."""
    triples = [a["keypoints"] or [0] * 3 * count for a in annotations]
    return torch.tensor(triples, dtype=torch.float32).reshape(-1, count, 3)
