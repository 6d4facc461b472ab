"""The page with pictures: generated people with their truth, and every kind of drawing."""

import io
import json
from collections.abc import Iterable
from pathlib import Path

import matplotlib.pyplot as plt
from torchvision.transforms.functional import to_pil_image

from rcnn_course.datasets import CATEGORIES, GeneratedPeople
from rcnn_course.draw.base.figures import as_html, encode
from scripts import gallery
from scripts.contact_sheet import draw_truth
from scripts.site.executed import library_state
from scripts.site.images import move_images

PEOPLE = 12
FRONT = "pipeline_all"
"""The drawing that stands on the front page as well."""

FRONT_WORDS = (
    "<figcaption>The detector that you will build. Below each part stands the notebook that "
    "teaches it.</figcaption></figure>"
)


def write_gallery(root: Path, work: Path) -> None:
    """Write the page, and the drawing of the front page; draw only what the library has changed."""
    kept = work / f"gallery-{library_state(root)}.json"
    if not kept.exists():
        for old in work.glob("gallery-*.json"):
            old.unlink()
        kept.write_text(json.dumps({"people": _people(), "drawings": _drawings()}), "utf-8")
    pictures = json.loads(kept.read_text("utf-8"))
    source = work / "source"
    (source / "gallery.md").write_text(
        f"# Gallery\n\n## Generated people\n\n{PEOPLE} pictures of the course's data set "
        "`GeneratedPeople`, with their truth: boxes, masks and keypoints, those of a person's left "
        "vermilion, those of the right sky blue, hidden ones grey.\n\n"
        f'<div class="people">\n{_html(pictures["people"], source)}\n</div>\n\n'
        "## What the course draws\n\nEvery kind of picture of `rcnn_course.draw` once.\n\n"
        f"{_html(pictures['drawings'].values(), source)}\n",
        encoding="utf-8",
    )
    front = pictures["drawings"][FRONT].partition("<figcaption")[0] + FRONT_WORDS
    front = move_images(front, source, depth=0)
    (source / "front.html").write_text(front, encoding="utf-8")


def _html(figures: Iterable[str], source: Path) -> str:
    return "\n".join(move_images(figure, source, depth=0) for figure in figures)


def _people() -> list[str]:
    pages = []
    for image, target in GeneratedPeople(PEOPLE, seed=0):
        sheet = io.BytesIO()
        to_pil_image(draw_truth(image, target)).save(sheet, "jpeg", quality=88)
        names = ", ".join(CATEGORIES[label] for label in target["labels"])
        pages.append(as_html("image/jpeg", sheet.getvalue(), caption="", alt=f"In it: {names}."))
    return pages


def _drawings() -> dict[str, str]:
    plt.switch_backend("agg")
    pages = {}
    for picture in gallery.pictures():
        mime, data = encode(picture.drawing)
        plt.close(picture.drawing.figure)
        pages[picture.name] = as_html(mime, data, caption=picture.caption, alt=picture.alt)
    return pages
