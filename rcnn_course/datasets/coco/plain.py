"""A COCO file with nothing left out, for readers as plain as an exercise's."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rcnn_course.datasets.coco.agreement import keypoint_oddities
from rcnn_course.datasets.coco.content import read_content
from rcnn_course.datasets.coco.picture_files import PictureFolder
from rcnn_course.datasets.coco.pictures import CocoPictures


def plain_records(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Read a COCO file and write out what its tool has left to the reader.

    Ids are whole numbers, `file_name` is where the picture is, an object that was labelled with a
    box alone has its corners as outline, and every category has the names of the keypoints.

    Args:
        file: the annotation file; the names of its pictures begin at its folder.

    Returns:
        dict: the lists `images`, `annotations` and `categories`, without what has no one meaning.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not JSON of COCO's form, or has no picture or no object.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from rcnn_course.datasets.coco.plain import plain_records
        >>> with TemporaryDirectory() as folder:
        ...     records = plain_records(export_coco(GeneratedPeople(3), folder))
        >>> [len(records[name]) for name in ("images", "categories")]
        [3, 4]
    """
    files = PictureFolder(file.parent)
    content = read_content(file, files.size)
    keypoints = not keypoint_oddities(content)
    read = CocoPictures.of_content(file.parent, content, masks=True, keypoints=keypoints)
    records = read.coco.dataset
    for name in ("images", "annotations"):
        if not records[name]:
            raise ValueError(f"{file} must hold {name} that can be read: `rcnn-course data {file}`")
    for image in records["images"]:
        image["file_name"] = str(files.path(image["file_name"]).resolve())
    for annotation in records["annotations"]:
        annotation["segmentation"] = annotation["segmentation"] or [_corners(annotation["bbox"])]
    if read.keypoint_names:
        names = list(read.keypoint_names)
        bones = [[start + 1, end + 1] for start, end in read.skeleton]
        for category in records["categories"]:
            category |= {"keypoints": names, "skeleton": bones}
    return records


def first_sound(
    file: Path, images: Iterable[dict[str, Any]]
) -> tuple[dict[str, Any], list[Exception]]:
    """Find the first picture that can be read, with its objects.

    Args:
        file: the annotation file.
        images: records of its pictures, in the order in which they are tried.

    Returns:
        (dict, list[Exception]): its record, and what is wrong with each one before it.

    Raises:
        ValueError: If no picture can be read; it says what is wrong with the first.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from rcnn_course.datasets.coco.plain import first_sound, plain_records
        >>> with TemporaryDirectory() as folder:
        ...     file = export_coco(GeneratedPeople(3), folder)
        ...     record, problems = first_sound(file, plain_records(file)["images"])
        >>> record["id"], problems
        (0, [])
    """
    problems: list[Exception] = []
    for record in images:
        try:
            CocoPictures(file.parent, file, image_ids=[record["id"]])[0]
        except (ValueError, OSError) as problem:
            problems.append(problem)
        else:
            return record, problems
    raise ValueError(f"no picture of {file} can be read; of the first, {problems[0]}")


def _corners(box: list[float]) -> list[float]:
    x, y, across, down = box
    return [x, y, x + across, y, x + across, y + down, x, y + down]
