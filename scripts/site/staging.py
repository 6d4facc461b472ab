"""Everything that a site is built from, in one folder, laid out as the repository is.

So a link from one document to another leads to the same place on GitHub and on the site.
"""

import re
import shutil
from collections.abc import Collection
from pathlib import Path

import nbformat

from rcnn_course.authoring.course import assignments
from scripts.site.drawings import FENCE, drawing_name, drawing_words
from scripts.site.executed import executed
from scripts.site.frames import place_frames, write_drawing
from scripts.site.gallery_page import write_gallery
from scripts.site.images import move_images
from scripts.site.published import published

PAGES = Path(__file__).parent / "pages"
DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "benchmarks/results.md",
    "scripts/adequacy/results.md",
)
"""What the site shows besides `docs/`; of the README the front page takes a part."""

LARGEST = 40_000_000
"""Bytes that the site may have in all."""

FILES = ("LICENSE", "CITATION.cff")
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")

ROW = re.compile(r"^\| `(\d\d_\w+)` \|", re.MULTILINE)
"""Begins the row of a notebook in the README, which the front page shows."""


def stage(root: Path, work: Path, run: Collection[str]) -> Path:
    """Put the sources of the site together, in `work`, and return their folder.

    Args:
        root (Path): of the repository.
        work (Path): holds the sources, and from one build to the next what was run.
        run (Collection[str]): the notebooks that are shown with outputs; the others as they are
            released, which takes no time.
    """
    source = work / "source"
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(PAGES, source)
    shutil.copytree(root / "docs", source / "docs")
    for name in (*DOCUMENTS, *FILES):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, source / name)
    for name in assignments(root):
        _stage_notebook(root, work, name, run=name in run)
    write_gallery(root, work)
    write_drawing(source)
    for name in (*DOCUMENTS, *(path.relative_to(root) for path in root.glob("docs/*.md"))):
        _adapt(root, source, Path(name))
    return source


def _stage_notebook(root: Path, work: Path, name: str, *, run: bool) -> None:
    file = Path("course", name, f"{name}.ipynb")
    solved = executed(root, name, work / "notebooks") if run else None
    notebook = published(nbformat.read(root / file, as_version=4), solved)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if page := output.get("data", {}).get("text/html"):
                output.data["text/html"] = move_images(page, work / "source", depth=2)
                place_frames(output, work / "source", depth=2)
    (work / "source" / file).parent.mkdir(parents=True)
    nbformat.write(notebook, work / "source" / file)


def _adapt(root: Path, source: Path, name: Path) -> None:
    """Replace drawings by their pictures, and links to what is no page by their words."""
    text = FENCE.sub(_picture, (source / name).read_text("utf-8"))

    def link(found: re.Match[str]) -> str:
        target = name.parent / found[2]
        is_shown = (source / target).is_file() or not (root / target).exists()
        return found[0] if is_shown else found[1]

    text = ROW.sub(r"| [`\1`](course/\1/\1.ipynb) |", LINK.sub(link, text))
    (source / name).write_text(text, "utf-8")


def _picture(found: re.Match[str]) -> str:
    file = f"images/drawings/{drawing_name(found[1])}"
    return f"[![{drawing_words(found[1])}]({file})]({file})"
