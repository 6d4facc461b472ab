"""Slider to picture in JupyterLab: each explorer beside `interact` with matplotlib, in one run.

Headless Chromium presses arrow keys on one slider of each and takes the time from the key to the
moment when the browser has painted what has changed: the new picture, decoded, or the patched
drawing. Where there is a handle in the drawing, it also moves the mouse with it, one movement at a
time. Then it drags for five seconds, the handle or else the slider, and takes the time from the
last movement of the mouse to the last change.

`interact` draws a photo of 640 x 480 pixels with a hundred boxes and a mask, as a new figure at
each move, which is how tutorials do it. A slider that does nothing but to change a grey square
shows how long the way from the browser to the kernel and back takes on this machine.

Limits are multiples of the grey square's median and 95th percentile, and shares of `interact`'s
median, because machines differ.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page

from rcnn_course.student.start import start

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests import programs
from tests.browser.chromium import open_chromium
from tests.browser.explorers import (
    IMPORTS,
    SHOWN,
    middle,
    run_alone,
    slider_of,
    write_notebook,
)
from tests.browser.jupyterlab import Lab, Notebook, serve

MOVES, WARM_UP, DRAG_SECONDS = 40, 5, 5
MOVES_OF_INTERACT = 15

ROUND_TRIP = """\
import io
import ipywidgets
from PIL import Image

slider = ipywidgets.IntSlider(50)
picture = ipywidgets.Image(format="jpeg")


def show(change):
    stream = io.BytesIO()
    Image.new("L", (64, 64), change["new"]).save(stream, "JPEG")
    picture.value = stream.getvalue()


slider.observe(show, "value")
show({"new": 50})
ipywidgets.VBox([slider, picture])
"""

INTERACT = """\
import ipywidgets
import matplotlib.pyplot as plt
import torch
from matplotlib.patches import Rectangle
from torchvision.transforms.functional import resize
from rcnn_course.datasets import grace_hopper

photo = resize(grace_hopper(), [480, 640])
corners = torch.rand(100, 2, generator=torch.manual_seed(0)) * torch.tensor([540.0, 380.0])
mask = torch.zeros(480, 640)
mask[100:400, 200:500] = 1


@ipywidgets.interact(size=(10, 100))
def show(size):
    plt.figure(figsize=(8, 6))
    plt.imshow(photo.permute(1, 2, 0))
    plt.imshow(mask, alpha=0.5 * mask)
    for x, y in corners.tolist():
        plt.gca().add_patch(Rectangle((x, y), size, size, fill=False))
    plt.show()
"""

GRABS = {
    "KeypointExplorer": (-1, 0, 80),
    "NMSExplorer": (-1, 70, 0),
    "PyramidExplorer": (0, -100, 0),
    "RoIAlignExplorer": (0, 170, 0),
    "UpsamplingExplorer": (0, 0, 70),
}
"""Which handle is dragged, and how far to the right and down; otherwise the last, by 170 pixels."""

NOTEBOOK = "explorers.ipynb"
CELLS = {"imports": IMPORTS, "interact": INTERACT, "grey square": ROUND_TRIP, **SHOWN}
TRACK = "xpath=ancestor::*[contains(@class, 'noUi-base')]"

WATCH = """() => {
    const pictures = '.jp-OutputArea img';
    const seen = new WeakMap();
    window.keys = [];
    window.shown = [];
    const painted = () => requestAnimationFrame(() => {
        const after = new MessageChannel();
        after.port1.onmessage = () => window.shown.push(performance.now());
        after.port2.postMessage(0);
    });
    const look = (changes = []) => {
        if (changes.some((change) => change.target.closest?.('.rcnn-view svg'))) painted();
        for (const picture of document.querySelectorAll(pictures)) {
            if (picture.src && seen.get(picture) !== picture.src) {
                seen.set(picture, picture.src);
                picture.decode().then(painted).catch(() => {});
            }
        }
    };
    look();
    new MutationObserver(look).observe(document.body, {
        subtree: true, childList: true, attributes: true,
        attributeFilter: ['src', 'x', 'y', 'points', 'href', 'class', 'd', 'cx', 'opacity'],
    });
    document.addEventListener('keydown', () => window.keys.push(performance.now()), true);
    document.addEventListener('pointermove', () => (window.moved = performance.now()), true);
}"""


class Traffic:
    """Counts the bytes that a page's websockets have received."""

    def __init__(self, page: Page):
        self.bytes = 0
        page.on("websocket", lambda socket: socket.on("framereceived", self._count))

    def _count(self, payload: str | bytes) -> None:
        self.bytes += len(payload)


def press(page: Page, slider: Locator, moves: int) -> list[float]:
    """Press arrow keys to and fro; return the milliseconds from each key to its picture."""
    slider.focus()
    low, high, now = (float(slider.get_attribute(f"aria-value{x}")) for x in ("min", "max", "now"))
    keys = ["ArrowRight", "ArrowLeft"]
    forth, back = keys if now < (low + high) / 2 else reversed(keys)
    return timed(
        page, lambda even: page.keyboard.press(forth if even else back), "window.keys[0]", moves
    )


def grabbed(page: Page, name: str) -> tuple[Locator, tuple[float, float]] | None:
    """Return the handle that is dragged, if there is one, and how far."""
    handles = page.locator(".rcnn-view .handle")
    if not handles.count():
        return None
    index, *way = GRABS.get(name, (-1, 0, 0))
    handle = handles.nth(index)
    if any(way):
        return handle, (way[0], way[1])
    x, _ = middle(handle)
    return handle, (170 if x < page.viewport_size["width"] / 2 else -170, 0)


def move(page: Page, handle: Locator, way: tuple[float, float], moves: int) -> list[float]:
    """Drag a handle to and fro, step by step; return the milliseconds from each to its picture."""
    x, y = middle(handle)
    away = (x + way[0] / 4, y + way[1] / 4)
    page.mouse.move(x, y)
    page.mouse.down()
    taken = timed(
        page, lambda even: page.mouse.move(*(away if even else (x, y))), "window.moved", moves
    )
    page.mouse.up()
    return taken


def timed(page: Page, act: Callable[[bool], None], since: str, moves: int) -> list[float]:
    """Act again and again; return the milliseconds from each time to the picture."""
    taken = []
    for number in range(WARM_UP + moves):
        page.evaluate("window.shown.length = window.keys.length = 0")
        act(number % 2 == 0)
        page.wait_for_function("window.shown.length > 0", polling=10)
        taken.append(page.evaluate(f"window.shown[0] - {since}"))
        page.wait_for_timeout(60)
    return taken[WARM_UP:]


def to_farther_end(slider: Locator) -> float:
    """Return how far to the right the end of a slider is that it is farther away from."""
    x, _ = middle(slider)
    track = slider.locator(TRACK).bounding_box()
    return max(track["x"] - x, track["x"] + track["width"] - x, key=abs)


def drag(page: Page, grip: Locator, way: tuple[float, float]) -> float:
    """Drag to and fro on a way, then to its end; return the milliseconds to rest.

    Raises:
        SystemExit: If no picture follows the last move.
    """
    x, y = middle(grip)
    page.mouse.move(x, y)
    page.mouse.down()
    until = time.monotonic() + DRAG_SECONDS
    step = 0
    while time.monotonic() < until:
        step += 1
        share = 0.05 + 0.7 * abs(step % 240 - 120) / 120
        page.mouse.move(x + share * way[0], y + share * way[1])
        page.wait_for_timeout(8)
    page.evaluate("window.shown.length = 0")
    page.mouse.move(x + way[0], y + way[1])  # farther than before, so that a picture has to follow
    page.wait_for_timeout(800)
    page.mouse.up()
    if not page.evaluate("window.shown.length"):
        sys.exit("no picture followed the last movement of the mouse")
    return page.evaluate("window.shown.at(-1) - window.moved")


def show(notebook: Notebook, name: str) -> Locator:
    """Run the cell of an explorer, the only one that shows something then; return its slider."""
    run_alone(notebook, list(CELLS).index(name))
    notebook.page.locator(".jp-OutputArea img, .rcnn-view svg").first.wait_for()
    return slider_of(notebook.page, name)


def report(name: str, value: float, unit: str, **yardstick: float) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, **yardstick}), flush=True)


def report_moves(name: str, taken: list[float], what: str = "key") -> tuple[float, float]:
    """Report how long the moves have taken; return median and 95th percentile."""
    median, tail = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    report(f"{name}, median from {what} to picture", round(median, 1), "ms")
    of = "" if what == "key" else f" from {what}"
    report(f"{name}, 95th percentile{of}", round(tail, 1), "ms")
    return median, tail


def report_beside(name: str, square: tuple[float, float], moves: tuple[float, float]) -> None:
    """Report how many times the grey square's median and 95th percentile moves have taken."""
    for what, value, yardstick in zip(("", " 95th percentile"), moves, square, strict=True):
        share = round(value / yardstick, 2)
        report(f"{name},{what} beside the grey square", share, "x grey square", at_most=1.5)


def measure(notebook: Notebook, names: list[str], traffic: Traffic) -> None:
    """Measure `interact`, then everything else beside it."""
    page = notebook.page
    moves = press(page, show(notebook, "interact"), MOVES_OF_INTERACT)
    usual, _ = report_moves("interact, photo and 100 boxes", moves)
    square = report_moves("grey square", press(page, show(notebook, "grey square"), MOVES))
    for name in names:
        slider = show(notebook, name)
        before = traffic.bytes
        moves = report_moves(name, press(page, slider, MOVES))
        sent = (traffic.bytes - before) / (WARM_UP + MOVES) / 1000
        report(f"{name}, received at a move", round(sent, 1), "kB")
        report_beside(name, square, moves)
        report(f"{name}, beside interact", round(moves[0] / usual, 2), "x interact", at_most=0.1)
        if found := grabbed(page, name):
            handle, way = found
            moved = report_moves(name, move(page, handle, way, MOVES), "mouse")
            report_beside(f"{name}, mouse", square, moved)
            rest = drag(page, handle, way)
        else:
            rest = drag(page, slider, (to_farther_end(slider), 0))
        report(f"{name}, rest after a drag", round(rest, 1), "ms", at_most=50)


def main() -> None:
    if fault := programs.fault("chromium"):
        sys.exit(fault)
    with tempfile.TemporaryDirectory() as folder, open_chromium() as browser:
        root = Path(folder, "course")
        start(root)  # where the course's server extension is on
        with serve(root, Path(folder, "home")) as url:
            write_notebook(root / NOTEBOOK, *CELLS.values())
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            traffic = Traffic(page)
            lab = Lab(url, root, page)
            notebook = lab.open(NOTEBOOK)
            notebook.page.evaluate(WATCH)
            run_alone(notebook, 0)
            measure(notebook, sys.argv[1:] or list(SHOWN), traffic)


if __name__ == "__main__":
    main()
