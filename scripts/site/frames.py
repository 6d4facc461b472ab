"""Recorded explorers on a page: files of frames, and the drawing of scenes for pages."""

import base64
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from rcnn_course.scene import view
from scripts.site.images import move_images
from scripts.site.recording import MIME

FOLDER = Path("extra", "scenes")
"""Where the site's sources keep frames; Sphinx copies what is in `extra` as it is."""

_EXPORT = "export default"


def place_frames(output: NotebookNode, source: Path, *, depth: int) -> None:
    """Take the frames out of an output into a file, which the page asks for when it is seen."""
    film = output.data.pop(MIME, None)
    if not film:
        return
    root = "../" * depth
    for name, address in film.pop("pictures").items():
        moved = move_images(f'src="{address}"', source, depth=depth)
        _refer(film["parts"], name, moved.rpartition('src="')[2].rstrip('"'))
    packed = base64.b64encode(zlib.compress(json.dumps(film).encode(), 9)).decode()
    name = hashlib.sha256(packed.encode()).hexdigest()[:16]
    (source / FOLDER).mkdir(parents=True, exist_ok=True)
    text = f'courseFrames("{name}", "{packed}");\n'
    (source / FOLDER / f"{name}.js").write_text(text, encoding="utf-8")
    page = output.data["text/html"]
    output.data["text/html"] = page.replace(
        "<figure", f'<figure data-frames="{root}{FOLDER.name}/{name}.js"', 1
    )


def _refer(parts: list[Any], name: str, address: str) -> None:
    """Have the pictures of a name come from an address."""
    for _, message in parts:
        for child in message["node"][2:]:
            if child[1].get("href") == name:
                child[1]["href"] = address


def write_drawing(source: Path) -> None:
    """Write what draws scenes in a notebook as a script and a style that any page can load.

    A page that lies in a folder may load scripts, but no modules.
    """
    view_js = Path(view.__file__).with_name("view.js").read_text("utf-8")
    script = f"(() => {{\n{view_js.replace(_EXPORT, 'window.courseScene =')}\n}})();\n"
    (source / "static" / "scene.js").write_text(script, encoding="utf-8")
    (source / "static" / "scene.css").write_text(view.SceneView._css, encoding="utf-8")
