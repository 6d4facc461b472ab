"""The notebooks as students get them: where they lie, in a checkout and in an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parents[1]


def handout_folder() -> Path:
    """Return the folder that holds `<name>/<name>.ipynb` of each released notebook.

    Raises:
        FileNotFoundError: If the installation has none.
    """
    for folder in (PACKAGE / "course", PACKAGE.parent / "course"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f"this installation of rcnn-course has no notebooks: expected them in {PACKAGE / 'course'}."
        " Install it again, from a wheel or from a whole checkout."
    )


def handout_names() -> list[str]:
    """Return the names of the released notebooks, in the order of the course."""
    return sorted(path.parent.name for path in handout_folder().glob("*/*.ipynb"))
