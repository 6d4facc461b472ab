"""Pictures out of pages into files, so that a page is small and its pictures come when seen."""

import base64
import hashlib
import io
import re
from pathlib import Path

from PIL import Image

EXTRA = Path("extra", "pictures")
"""Where the site's sources keep such pictures; Sphinx copies what is in `extra` as it is."""

_EMBEDDED = re.compile(
    r'src="data:image/(?P<kind>\w+)(?:\+xml)?;base64,(?P<data>[^"]+)"'
    r'(?P<alt> alt="[^"]*")?(?: width="(?P<width>\d+)")?'
)


def move_images(page: str, source: Path, *, depth: int) -> str:
    """Write the pictures that are embedded in a piece of HTML as files, and refer to these.

    Where a picture has a width it gets its height too, so that text stays where it is when the
    picture arrives.

    Args:
        page (str): HTML with `<img src="data:image/…;base64,…" …>`.
        source (Path): folder of the site's sources.
        depth (int): how many folders below the site's root the page lies.
    """

    def move(found: re.Match[str]) -> str:
        data = base64.b64decode(found["data"])
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{found['kind']}"
        folder = source / EXTRA
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        address = f'src="{"../" * depth}{EXTRA.name}/{name}"'
        return f'loading="lazy" {address}{found["alt"] or ""}{_size(found, data)}'

    return _EMBEDDED.sub(move, page)


def _size(found: re.Match[str], data: bytes) -> str:
    if not found["width"]:
        return ""
    if found["kind"] == "svg":
        return f' width="{found["width"]}"'
    width, height = Image.open(io.BytesIO(data)).size
    return f' width="{found["width"]}" height="{round(int(found["width"]) * height / width)}"'
