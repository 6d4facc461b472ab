"""A look through a labelled set before anything is trained on it: what is odd, by kind."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor
from tqdm import tqdm

from rcnn_course.datasets.coco.agreement import box_oddities, keypoint_oddities, mask_oddities
from rcnn_course.datasets.coco.content import CocoContent, Oddity, read_content
from rcnn_course.datasets.coco.objects import RefusedError, is_learned
from rcnn_course.datasets.coco.picture_files import OTHER_SIZE, TURNED, PictureFolder
from rcnn_course.datasets.coco.pictures import CocoPictures
from rcnn_course.datasets.coco.remarks import remarks

_EXAMPLES = 3  # of each kind


@dataclass(frozen=True)
class Look:
    """What a labelled set holds, and what is odd in it.

    Attributes:
        content: what is readable.
        folder: of the pictures.
        refused: what has no one meaning, pictures that cannot be loaded among it: nobody can train
            on the set until it is mended.
        no_masks: why no mask head can be trained; empty where it can, or where there are no masks.
        no_keypoints: why no keypoint head can be trained, likewise.
        remarks: what is read, but odd.
    """

    content: CocoContent
    folder: Path
    refused: Sequence[Oddity]
    no_masks: Sequence[Oddity]
    no_keypoints: Sequence[Oddity]
    remarks: Sequence[Oddity]

    @property
    def has_masks(self) -> bool:
        """Whether all objects have outlines."""
        return self.content.has_outlines and not self.no_masks

    @property
    def has_keypoints(self) -> bool:
        """Whether objects have keypoints, all of them the same."""
        return bool(self.content.keypoint_count) and not self.no_keypoints

    @property
    def trainable(self) -> bool:
        """Whether a detector of boxes, at least, can be trained on the set."""
        return not self.refused and any(map(is_learned, self.content.every_object()))

    def pictures(self) -> CocoPictures:
        """Return what is readable, as a data set."""
        return CocoPictures.of_content(
            self.folder, self.content, masks=self.has_masks, keypoints=self.has_keypoints
        )

    def examples(self, count: int) -> list[tuple[Tensor, dict[str, Tensor]]]:
        """Return up to `count` pictures that load: odd ones first, then some of all the set."""
        pictures = self.pictures()
        odd = [o.image_id for o in (*self.refused, *self.remarks) if o.image_id in pictures.ids]
        step = max(1, len(pictures) // count)
        order = list(dict.fromkeys([*odd, *pictures.ids[::step], *pictures.ids]))
        unloadable = {o.image_id for o in self.refused if o.kind in _UNLOADABLE}
        loadable = [image_id for image_id in order if image_id not in unloadable]
        return [pictures[pictures.ids.index(image_id)] for image_id in loadable[:count]]

    def report(self) -> str:
        """Say in lines of text what the set holds, what is odd, and what can be trained on it."""
        parts = [
            _summary(self),
            _by_kind("Cannot be read: mend this first", self.refused),
            _by_kind("No masks for a mask head", self.no_masks),
            _by_kind("No keypoints for a keypoint head", self.no_keypoints),
            _by_kind("Read, but have a look", self.remarks),
            _verdict(self),
        ]
        return "\n\n".join(part for part in parts if part)


_ELSEWHERE = "\nAre the pictures in another folder? --pictures says at which one their names begin."
MISSING, DAMAGED = "picture is missing", "picture is damaged"
_UNLOADABLE = (MISSING, DAMAGED, OTHER_SIZE, TURNED)


def look_through(file: Path, folder: Path | None = None) -> Look:
    """Look through a COCO file and all its pictures.

    Args:
        file: the annotation file.
        folder: that the names of the pictures begin at; by default that of the file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is not JSON of COCO's form, or `folder` is no folder.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from rcnn_course.datasets.coco.look import look_through
        >>> with TemporaryDirectory() as folder:
        ...     look = look_through(export_coco(GeneratedPeople(3), folder))
        >>> look.trainable, look.has_masks, look.has_keypoints
        (True, True, True)
        >>> {remark.kind for remark in look.remarks}
        {'category without objects'}
    """
    if folder is not None and not folder.is_dir():
        raise ValueError(f"the pictures must be in a folder, but {folder} is none")
    files = PictureFolder(file.parent if folder is None else folder)
    content = read_content(file, files.size)
    unloadable = []
    for image_id, image in tqdm(content.images.items(), unit="picture", disable=None):
        try:
            files.load(image)
        except (OSError, ValueError) as error:
            other = MISSING if isinstance(error, FileNotFoundError) else DAMAGED
            kind = error.kind if isinstance(error, RefusedError) else other
            unloadable.append(Oddity(kind, str(error), image_id))
    return Look(
        content,
        files.folder,
        refused=[*content.refused, *box_oddities(content), *unloadable],
        no_masks=mask_oddities(content),
        no_keypoints=keypoint_oddities(content),
        remarks=remarks(content),
    )


def _summary(look: Look) -> str:
    content = look.content
    objects = Counter(
        content.categories.names[content.categories.labels[a["category_id"]]]
        for a in content.every_object()
    )
    counts = ", ".join(
        f"{name} {number}".replace("\n", r"\n") for name, number in objects.most_common()
    )
    lines = [
        f"{content.file}: {_counted(len(content.images), 'picture')}, "
        f"{_counted(objects.total(), 'object')} that can be read",
        f"  categories: {counts or 'none'}",
        f"  masks: {_outlines(look)}",
    ]
    names = ", ".join(content.categories.keypoint_names) or "without names"
    count = content.keypoint_count
    lines.append(f"  keypoints: {f'{count} ({names})' if count else 'none'}")
    return "\n".join(lines)


def _outlines(look: Look) -> str:
    if not look.content.has_outlines:
        return "none"
    total, lacking = len(look.content.every_object()), len(look.no_masks)
    return f"of {total - lacking} of {total} objects" if lacking else "of all objects"


def _by_kind(title: str, oddities: Sequence[Oddity]) -> str:
    if not oddities:
        return ""
    kinds = defaultdict(list)
    for oddity in oddities:
        kinds[oddity.kind].append(oddity)
    lines = [f"{title}:"]
    for kind, here in sorted(kinds.items(), key=lambda item: -len(item[1])):
        lines.append(f"  {len(here)} × {kind}")
        lines += [f"      {oddity}" for oddity in here[:_EXAMPLES]]
        if len(here) > _EXAMPLES:
            lines.append(f"      … and {len(here) - _EXAMPLES} more")
    return "\n".join(lines)


def _verdict(look: Look) -> str:
    if look.refused:
        said = (
            f"The course cannot train on this set: {_counted(len(look.refused), 'fault')} to mend."
        )
        is_elsewhere = any(oddity.kind == MISSING for oddity in look.refused)
        return f"{said}{_ELSEWHERE if is_elsewhere else ''}"
    if not look.trainable:
        return "The course cannot train on this set: it has no object to learn."
    able = ["boxes", *["masks"] * look.has_masks, *["keypoints"] * look.has_keypoints]
    return f"The course can train on this set: {', '.join(able)}."


def _counted(number: int, name: str) -> str:
    return f"{number} {name}{'' if number == 1 else 's'}"
