"""The picture files of a COCO set: found, whole, and of the size that was annotated."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from rcnn_course.datasets.coco.objects import RefusedError, shown
from rcnn_course.datasets.photos import is_turned, open_photo, to_rgb, turned

OTHER_SIZE, TURNED = "picture of another size", "picture that EXIF turns"


@dataclass(frozen=True)
class PictureFolder:
    """A folder with the pictures of a set.

    Attributes:
        folder: that the names of a set's files begin at.
        trusts_stored_size: where EXIF turns a photo and its size does not tell whether that was
            annotated, take the pixels as they are stored, rather than refuse it.
    """

    folder: Path
    trusts_stored_size: bool = False

    def size(self, file_name: str) -> tuple[int, int]:
        """Return width and height, as a viewer shows the picture.

        Raises:
            FileNotFoundError: If it is missing.
            ValueError: If it is no picture.
        """
        return turned(self._open(file_name)).size

    def load(self, record: Mapping[str, Any]) -> Image.Image:
        """Load a picture as RGB, turned as it was annotated.

        Raises:
            FileNotFoundError: If it is missing.
            ValueError: If it is damaged, has another size than its record, or nobody knows whether
                it was annotated upright.
        """
        image = self._open(record["file_name"])
        annotated = (record["width"], record["height"])
        upright = turned(image)
        if upright.size != annotated and image.size != annotated:
            raise RefusedError(
                OTHER_SIZE,
                f"{self.path(record['file_name'])} measures {_size(image.size)} pixels, "
                f"but the file says {_size(annotated)}",
            )
        if not is_turned(image) or upright.size != annotated:
            return to_rgb(image)
        if image.size != annotated:
            return to_rgb(upright)
        if self.trusts_stored_size:
            return to_rgb(image)
        raise RefusedError(
            TURNED,
            f"{self.path(record['file_name'])} is turned by EXIF, and its size does not tell "
            "whether it was annotated before or after: save it upright, and look at its objects",
        )

    def path(self, file_name: str) -> Path:
        """Return where a picture is, or should be; Windows' names are read as well."""
        path = self.folder / file_name
        return path if path.exists() else self.folder / file_name.replace("\\", "/")

    def _open(self, file_name: str) -> Image.Image:
        if "://" in file_name or file_name.startswith("data:"):
            raise FileNotFoundError(
                f"file_name must be the name of a file, got {shown(file_name)}: export the set "
                "with its pictures"
            )
        path = self.path(file_name)
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing{_hint(path)}")
        return open_photo(path.read_bytes(), str(path))


def _hint(path: Path) -> str:
    """Name a file that is there in another case of letters, or another way to write accents."""
    endings = (path.with_suffix(ending) for ending in (path.suffix.lower(), path.suffix.upper()))
    forms = (path.with_name(unicodedata.normalize(form, path.name)) for form in ("NFC", "NFD"))
    there = [other.name for other in (*endings, *forms) if other.is_file()]
    return f", but {there[0]!a} is there: the file must write the name so" if there else ""


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
