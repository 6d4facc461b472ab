"""What of a submission would run in a browser, found in a page or in an autograded notebook.

Whatever a payload would run says PWNED, so that the scripts of a page itself are left alone.
"""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat

PWNED = "pwned"
RUNS = {"script", "iframe", "object", "embed", "base", "meta", "link", "form", "style", "portal"}
"""Elements that run, load or lead somewhere."""
LEADS = ("javascript:", "data:text/html", "vbscript:")
TEXTS = ("text/html", "text/markdown", "image/svg+xml", "text/latex")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: re.sub(r"\s", "", value or "").lower() for name, value in attrs}
        if tag in RUNS and any(PWNED in value for value in values.values()):
            self.live.append(tag)
        for name, value in values.items():
            if PWNED in value and (name.startswith("on") or value.startswith(LEADS)):
                self.live.append(f"{tag} {name}")
        self._within = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within and PWNED in data:
            self.live.append(self._within)


def live_markup(html: str) -> list[str]:
    """Return which elements and attributes of a text would run a payload."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.live


def live_in_notebook(file: Path) -> list[str]:
    """Return what outputs of a saved notebook would run where they are shown."""
    if not file.is_file():
        return []
    found = []
    for cell in nbformat.read(file, as_version=4).cells:
        for output in cell.get("outputs", []):
            for kind, content in output.get("data", {}).items():
                text = content if isinstance(content, str) else "".join(map(str, _parts(content)))
                if PWNED not in text:
                    continue
                if kind.endswith("javascript"):
                    found.append(kind)
                elif kind in TEXTS:
                    found += [f"{kind}: {what}" for what in live_markup(text)]
    return found


def _parts(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [content]


def live_in_page(file: Path) -> list[str]:
    """Return what a feedback page would run."""
    return live_markup(file.read_text("utf-8")) if file.is_file() else []
