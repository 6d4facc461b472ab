"""The pages of the site: all are there, links lead somewhere, and nothing is given away."""

import html
import json
import re
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from bs4 import BeautifulSoup

from rcnn_course.authoring.course import assignments
from scripts.site.drawings import DRAWINGS, drawing_words, drawings
from scripts.site.staging import LARGEST
from tests.secrets import answer_lines, hidden_lines
from tests.site.conftest import RUN

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def pages(site):
    return {
        path: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in site.rglob("*.html")
    }


def links(page):
    """Yield what a page loads or leads to."""
    for tag, attribute in (("a", "href"), ("link", "href"), ("img", "src"), ("script", "src")):
        yield from (found[attribute] for found in page.find_all(tag) if found.get(attribute))


@pytest.mark.slow
@pytest.mark.xdist_group("site")
class TestSite:
    def test_has_a_page_for_each_notebook_document_and_room(self, site):
        wanted = [f"course/{name}/{name}.html" for name in assignments(ROOT)]
        wanted += [f"docs/{path.stem}.html" for path in ROOT.glob("docs/*.md")]
        wanted += [f"api/{room}.html" for room in ("checks", "datasets", "draw", "models")]
        for page in (*wanted, "index.html", "gallery.html", "CONTRIBUTING.html", "search.html"):
            assert (site / page).exists(), page

    def test_is_small(self, site):
        assert sum(path.stat().st_size for path in site.rglob("*")) < LARGEST

    def test_links_lead_to_what_is_there(self, pages):
        ids = {path: {tag["id"] for tag in page.find_all(id=True)} for path, page in pages.items()}
        for path, page in pages.items():
            for link in links(page):
                if re.match("https?:|mailto:|data:", link):
                    continue
                target, anchor = urldefrag(link)
                file = (path.parent / unquote(target.split("?")[0])).resolve() if target else path
                assert file.exists(), (path.name, link)
                if anchor and file in ids:
                    assert unquote(anchor) in ids[file], (path.name, link)

    def test_loads_nothing_from_elsewhere(self, pages):
        for path, page in pages.items():
            loaded = [found.get("src") for found in page.find_all(["script", "img", "iframe"])]
            loaded += [found["href"] for found in page.find_all("link")]
            assert [at for at in loaded if re.match("(https?:)?//", at or "")] == [], path

    def test_pictures_have_alternative_text(self, pages):
        for path, page in pages.items():
            for picture in page.select("article img"):
                assert picture.get("alt"), (path.name, picture)

    def test_shows_what_the_solved_notebook_has_drawn(self, pages, site):
        page = pages[site / "course" / RUN / f"{RUN}.html"]
        assert "nms: visible checks passed" in page.text
        assert "YOUR CODE HERE" in page.text
        assert page.select_one("figure.explorer[data-frames] img")

    def test_holds_no_line_of_an_answer_and_no_hidden_test(self, site, pages):
        """In words, as a reader sees them, and in raw bytes, as grep reads them."""
        files = {path: page.get_text() for path, page in pages.items()}
        for path in site.rglob("*"):
            if path.is_file():
                files[path / "raw"] = path.read_bytes().decode("utf-8", "replace")
        secrets = answer_lines() | hidden_lines()
        forms = {f for s in secrets for f in (s, json.dumps(s)[1:-1], html.escape(s))}
        assert {(path, f) for path, text in files.items() for f in forms if f in text} == set()


def test_every_drawing_of_the_documents_has_its_picture():
    made = {path.name for path in DRAWINGS.glob("*.svg")}
    assert made == set(drawings(ROOT)), "run python -m scripts.site.drawings"


def test_words_of_a_drawing_say_who_points_to_whom():
    text = 'flowchart LR\n    a["<b>a</b><br>first"]\n    a -- "makes" --> b\n'
    assert drawing_words(text) == "A drawing of boxes and arrows. a -- makes --> b"
