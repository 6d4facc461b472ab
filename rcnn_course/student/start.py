"""Begin the course in a folder of one's own, and take in newer notebooks without losing work."""

import json
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import rcnn_course
from rcnn_course.model_answers.access import RECORD
from rcnn_course.student.handout import PACKAGE, handout_folder

SETTINGS = "nbgrader_config.py"

WORDS = {
    "new": "new",
    "kept": "kept as you have it",
    "updated": "brought up to date; you had not changed it",
    "beside": "you have worked on it and there is a newer one, now beside it: {beside}",
}


@dataclass(frozen=True)
class Placed:
    """What became of one file of the course.

    Attributes:
        name: relative to the folder, with slashes.
        became: 'new', 'kept', 'updated' or 'beside'.
        beside: name of the newer file that was put beside the student's own, or ''.
    """

    name: str
    became: str
    beside: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {WORDS[self.became].format(beside=self.beside)}"


def start(folder: Path, *, source: Path | None = None) -> list[Placed]:
    """Put the notebooks of the course into `folder`; nothing that a student changed is replaced.

    A file that is not there yet is copied. One that lies there just as it was handed out is
    brought up to date. Where the student has changed it and the course has a newer one, the newer
    one gets a name of its own beside it, once.

    Args:
        folder: is made where it does not exist.
        source: holds the files to hand out; by default the released notebooks.

    Raises:
        NotADirectoryError: If `folder` is a file.
        ValueError: If the record in `folder` cannot be read.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file. Name a folder to put the notebooks into.")
    source = source or handout_folder()
    record = _read_record(folder / RECORD)  # the bytes of each file that was handed out here last
    files = {
        path.relative_to(source).as_posix(): path
        for path in sorted(source.rglob("*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }
    files[SETTINGS] = PACKAGE / "student" / "nbgrader_settings.py"
    placed = [_place(path, folder, name, record.get(name)) for name, path in files.items()]
    record |= {name: _digest(path) for name, path in files.items()}
    (folder / RECORD).write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")
    return placed


def main(folder: Path, *, source: Path | None = None) -> int:
    """Run `start`, say what was done and how to go on, and return the exit status."""
    for file in start(folder, source=source):
        print(file)
    print(f"\nTo begin:\n\n    cd {folder}\n    jupyter lab\n")
    print("then open 00_start_here. `rcnn-course progress` there says how far you are.")
    return 0


def _place(path: Path, folder: Path, name: str, handed_out: str | None) -> Placed:
    target = folder / name
    if not target.exists():
        became = "new"
    elif _digest(path) in (handed_out, _digest(target)):
        return Placed(name, "kept")
    elif _digest(target) == handed_out:
        became = "updated"
    else:
        became, target = "beside", _free_name(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    return Placed(name, became, target.name if became == "beside" else "")


def _free_name(target: Path) -> Path:
    """Return a name beside `target` that says which release it holds, and is not taken."""
    stem = f"{target.stem}_release_{rcnn_course.__version__}"
    names = [stem, *(f"{stem}_{number}" for number in range(2, 1000))]
    paths = [target.with_name(f"{name}{target.suffix}") for name in names]
    return next(path for path in paths if not path.exists())


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def _read_record(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{path} cannot be read ({error}). Delete it and give the command again: notebooks "
            "that you have changed stay as they are."
        ) from None
