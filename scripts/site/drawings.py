"""The drawings of docs/, which are text in Mermaid's language, as pictures for the site.

    python -m scripts.site.drawings

GitHub and JupyterLab draw them where they are shown. A page without a network cannot: Mermaid takes
3 MB of JavaScript. So JupyterLab, which brings Mermaid, draws each once, in Chromium, and the
pictures are kept in `docs/images/drawings`, each under a name made of its text.
"""

import hashlib
import re
import tempfile
from argparse import ArgumentParser, RawTextHelpFormatter
from pathlib import Path
from urllib.parse import unquote

from playwright.sync_api import Page

from tests.browser.chromium import open_chromium
from tests.browser.jupyterlab import serve

ROOT = Path(__file__).resolve().parents[2]
DRAWINGS = ROOT / "docs" / "images" / "drawings"
FENCE = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)

OPEN = """async () => {
    await jupyterapp.restored;
    const options = {path: "drawings.md", factory: "Markdown Preview"};
    await jupyterapp.commands.execute("docmanager:open", options);
}"""


def drawing_name(text: str) -> str:
    """Return the name of the picture of a drawing, such as `3f0c6a1b9d27.svg`."""
    return f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.svg"


def drawings(root: Path) -> dict[str, str]:
    """Return the text of each drawing in docs/, by the name of its picture."""
    texts = (path.read_text("utf-8") for path in sorted(root.glob("docs/*.md")))
    return {drawing_name(found): found for text in texts for found in FENCE.findall(text)}


def drawing_words(text: str) -> str:
    """Say in words what a drawing shows: who points to whom."""
    plain = re.sub(r"<br>", " ", re.sub(r"</?b>", "", text))
    lines = [line.strip() for line in plain.splitlines() if "-->" in line or "-." in line]
    words = "; ".join(re.sub(r"[\[\](){}\"]+", " ", line) for line in lines)
    return "A drawing of boxes and arrows. " + re.sub(r"\s+", " ", words)


def main() -> None:
    """Draw what has no picture yet, and delete pictures of what is drawn no more."""
    DRAWINGS.mkdir(exist_ok=True)
    wanted = drawings(ROOT)
    for old in DRAWINGS.glob("*.svg"):
        if old.name not in wanted:
            old.unlink()
    missing = [name for name in wanted if not (DRAWINGS / name).exists()]
    if missing:
        with tempfile.TemporaryDirectory() as folder:
            pictures = _drawn([wanted[name] for name in missing], Path(folder))
        for name, picture in zip(missing, pictures, strict=True):
            (DRAWINGS / name).write_text(picture + "\n", encoding="utf-8")
    print(f"{len(missing)} of {len(wanted)} drawings made, in docs/images/drawings")


def _drawn(texts: list[str], folder: Path) -> list[str]:
    """Return each drawing as SVG."""
    desk = folder / "desk"
    desk.mkdir()
    page_text = "\n\n".join(f"```mermaid\n{text}```" for text in texts)
    (desk / "drawings.md").write_text(page_text, encoding="utf-8")
    with open_chromium() as browser, serve(desk, folder / "home") as url:
        page = browser.new_page()
        page.goto(f"{url}/lab")
        page.wait_for_function("window.jupyterapp !== undefined")
        page.evaluate(OPEN)
        return [_svg(page, number) for number in range(len(texts))]


def _svg(page: Page, number: int) -> str:
    source = page.locator(".jp-RenderedMermaid img").nth(number).get_attribute("src", timeout=60000)
    return unquote(source.partition(",")[2])


if __name__ == "__main__":
    ArgumentParser(description=__doc__, formatter_class=RawTextHelpFormatter).parse_args()
    main()
