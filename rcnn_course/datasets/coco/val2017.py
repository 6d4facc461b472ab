"""People of COCO val2017, fetched when they are first asked for."""

from collections.abc import Callable, Iterable
from pathlib import Path

from rcnn_course.datasets.coco import files as coco_files
from rcnn_course.datasets.coco.pictures import CocoPictures

PERSON = 1


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

    trusts_stored_size = True  # as torchvision's references read COCO

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
