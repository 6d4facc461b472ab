"""Pictures out of pages into files, so that a page is small and its pictures come when seen."""

import base64
import hashlib
import re
from pathlib import Path

EXTRA = Path("extra", "pictures")
"""Where the site's sources keep such pictures; Sphinx copies what is in `extra` as it is."""

_EMBEDDED = re.compile(r'src="data:image/(\w+)(?:\+xml)?;base64,([^"]+)"')


def move_images(page: str, source: Path, *, depth: int) -> str:
    """Write the pictures that are embedded in a piece of HTML as files, and refer to these.

    Args:
        page (str): HTML with `<img src="data:image/…;base64,…">`.
        source (Path): folder of the site's sources.
        depth (int): how many folders below the site's root the page lies.
    """

    def move(found: re.Match[str]) -> str:
        data = base64.b64decode(found[2])
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{found[1]}"
        folder = source / EXTRA
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
        return f'loading="lazy" src="{"../" * depth}{EXTRA.name}/{name}"'

    return _EMBEDDED.sub(move, page)
