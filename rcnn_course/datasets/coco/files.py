"""The files of COCO val2017: where they lie, and how they come there.

COCO publishes no checksums. The MD5 of its archive of annotations is the one that PaddleDetection's
tests and MLCommons' scripts hold it against; a picture must decode, at its annotated size.
"""

import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import requests
from filelock import FileLock
from PIL import Image
from tqdm.contrib.concurrent import thread_map

from rcnn_course.datasets.download import DownloadError, download, open_session, require_md5

ROOT = Path("~/.cache/rcnn_course/coco")
BASE_URL = "http://images.cocodataset.org"
ANNOTATIONS = ("person_keypoints", "instances")
ANNOTATIONS_ARCHIVE = "annotations_trainval2017.zip"
ANNOTATIONS_MD5 = "f4bbac642086de4f52a3fdda2de5fa2c"

_SPLIT = "val2017"
_CONNECTIONS = 8


@dataclass(frozen=True)
class CocoFiles:
    """COCO's folder on this machine, filled from a host as files are required.

    Attributes:
        root: holds `annotations/` and `val2017/`, as COCO lays itself out.
        base_url: the host.
        download: fetch what is missing, rather than raise.
        progress: show bars.
    """

    root: Path
    base_url: str = BASE_URL
    download: bool = True
    progress: bool = True

    @property
    def pictures(self) -> Path:
        """The folder of the pictures."""
        return self.root / _SPLIT

    def annotations(self, kind: str, *, md5: str | None = ANNOTATIONS_MD5) -> Path:
        """Return the annotation file of this kind, once it is there.

        Args:
            kind: one of `ANNOTATIONS`.
            md5: checksum of the archive; None not to look.
        """
        path = self.root / "annotations" / f"{kind}_{_SPLIT}.json"
        if not path.exists():
            self._require_permission(path)
            with self._lock():
                self._fetch_annotations(path, md5)
        return path

    def require_pictures(self, images: Sequence[Mapping[str, Any]]) -> None:
        """See that pictures are there.

        Args:
            images: their records in the annotation file.
        """
        missing = [image for image in images if not (self.pictures / image["file_name"]).exists()]
        if not missing:
            return
        self._require_permission(self.pictures / missing[0]["file_name"])
        with self._lock(), open_session() as session:
            thread_map(
                partial(self._fetch_picture, session),
                missing,
                max_workers=_CONNECTIONS,
                desc=f"COCO {_SPLIT}",
                unit="picture",
                disable=not self.progress,
            )

    def _require_permission(self, path: Path) -> None:
        if not self.download:
            raise FileNotFoundError(f"{path} is missing; download=True fetches it. {_advice(path)}")

    def _lock(self) -> FileLock:
        """Keep two notebooks from writing to the same file."""
        self.root.mkdir(parents=True, exist_ok=True)
        return FileLock(self.root / ".download.lock")

    def _fetch_annotations(self, path: Path, md5: str | None) -> None:
        """Take all val2017 annotations out of COCO's archive, which is fetched where need be."""
        if path.exists():  # another notebook was faster
            return
        archive = self.root / ANNOTATIONS_ARCHIVE
        was_there = archive.exists()
        with open_session() as session:
            download(
                f"{self.base_url}/annotations/{ANNOTATIONS_ARCHIVE}",
                archive,
                session=session,
                verify=partial(_require_archive, md5=md5),
                progress=self.progress,
                advice=_advice(archive),
            )
        try:
            _extract(archive, path.parent)
        except (zipfile.BadZipFile, zlib.error) as error:
            raise DownloadError(f"{archive.name} of {self.base_url} is damaged: {error}") from None
        finally:
            if not was_there:
                archive.unlink()
        if not path.exists():
            raise DownloadError(f"{archive.name} of {self.base_url} has no {path.name}")

    def _fetch_picture(self, session: requests.Session, image: Mapping[str, Any]) -> None:
        path = self.pictures / image["file_name"]
        download(
            f"{self.base_url}/{_SPLIT}/{image['file_name']}",
            path,
            session=session,
            verify=partial(_require_picture, size=(image["width"], image["height"])),
            advice=_advice(path),
        )


def _advice(path: Path) -> str:
    return (
        "Without a network use rcnn_course.datasets.GeneratedPeople, "
        f"or bring the file from another machine to {path}"
    )


def _require_archive(path: Path, md5: str | None) -> None:
    if md5 is not None:
        require_md5(path, md5)
    if not zipfile.is_zipfile(path):
        raise ValueError("it is not a zip archive")


def _require_picture(path: Path, size: tuple[int, int]) -> None:
    try:
        with Image.open(path) as image:
            image.load()
    except OSError as error:
        raise ValueError(f"it is not a whole picture ({error})") from None
    if image.size != size:
        raise ValueError(f"it measures {image.size} pixels, and its annotation says {size}")


def _extract(archive: Path, folder: Path) -> None:
    """Take the annotations of val2017 out of the archive, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as scratch, zipfile.ZipFile(archive) as members:
        for name in (f"{kind}_{_SPLIT}.json" for kind in ANNOTATIONS):
            if f"annotations/{name}" in members.namelist():
                os.replace(members.extract(f"annotations/{name}", scratch), folder / name)
