"""What of a submission would run in a browser, found in a page or in an autograded notebook.

Each payload has the name of its entry in it, by which it is told from the scripts of a page itself.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import nbformat
from nbconvert.filters import markdown2html

RUNS = {"script", "iframe", "object", "embed", "base", "meta", "link", "form", "style", "portal"}
"""Elements that run, load or lead somewhere."""
LEADS = ("javascript:", "data:text/html", "vbscript:")
TEXTS = ("text/html", "image/svg+xml", "text/latex")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.live: list[tuple[str, str]] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: re.sub(r"\s", "", value or "").lower() for name, value in attrs}
        for name, value in values.items():
            if tag in RUNS or name.startswith("on") or value.startswith(LEADS):
                self.live.append((f"{tag} {name}", value))
        self._within = tag if tag in ("script", "style") else ""

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self.live.append((self._within, data.lower()))


def live_markup(html: str) -> list[tuple[str, str]]:
    """Return what would run in a browser, and its text: elements and attributes."""
    reader = _Reader()
    reader.feed(f"{html}>")  # an element that is cut off ends with what follows it
    reader.close()
    return reader.live


def live_in_notebook(file: Path) -> Iterator[tuple[str, str]]:
    """Yield what outputs of a saved notebook would run where they are shown."""
    cells = nbformat.read(file, as_version=4).cells if file.is_file() else []
    for output in (output for cell in cells for output in cell.get("outputs", [])):
        for kind, content in output.get("data", {}).items():
            text = content if isinstance(content, str) else str(content)
            if kind.endswith("javascript"):
                yield kind, text.lower()
            elif kind in TEXTS or kind == "text/markdown":
                shown = text if kind in TEXTS else markdown2html(text)
                yield from ((f"{kind}: {what}", payload) for what, payload in live_markup(shown))


def live_in_page(file: Path) -> list[tuple[str, str]]:
    """Return what a feedback page would run."""
    return live_markup(file.read_text("utf-8")) if file.is_file() else []
