"""The site in Chromium, from a folder, without a network: search, errors, and axe on every page."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.chromium import open_chromium

OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("site"),
    pytest.mark.requires("chromium"),
]


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address(site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chromium():
    with open_chromium(OFFLINE) as browser:
        yield browser


@pytest.fixture
def page(chromium, address):
    """A page that has shown no error and asked nobody else when the test ends."""
    complaints = []
    with chromium.new_context(base_url=address) as context:
        page = context.new_page()
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: complaints.append(asked.url) if leaves(asked) else None)
        yield page
    assert complaints == []


def leaves(request):
    return not request.url.startswith(("http://127.0.0.1:", "data:"))


def addresses(site):
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(page, site, scheme):
    page.emulate_media(color_scheme=scheme)
    faults = set()
    for path in addresses(site):
        page.goto(path)
        for found in Axe().run(page).response["violations"]:
            if found["impact"] in ("serious", "critical"):
                faults |= {(path, found["id"], node["html"][:120]) for node in found["nodes"]}
    assert faults == set()


def test_search_finds_without_a_network(page):
    page.goto("index.html")
    page.get_by_role("textbox", name="Search").fill("half a pixel")
    page.keyboard.press("Enter")
    found = page.locator("#search-results li a")
    found.nth(3).wait_for()
    found.first.click()
    page.wait_for_function("!location.pathname.endsWith('search.html')")


def test_page_fits_a_phone(page, site):
    page.set_viewport_size({"width": 390, "height": 844})
    for path in addresses(site):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
