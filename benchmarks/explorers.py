"""Slider to picture in JupyterLab: each explorer beside `interact` with matplotlib, in one run.

Headless Chromium presses arrow keys on one slider of each and takes the time from the key
to the moment when the browser has decoded the new picture. Then it drags for five seconds and
takes the time from the last movement of the mouse to the last new picture.

`interact` draws a photo of 640 x 480 pixels with a hundred boxes and a mask, as a new figure at
each move, which is how tutorials do it. A slider that does nothing but to change a grey square
shows how long the way from the browser to the kernel and back takes on this machine.

Limits are shares of `interact`'s median, because machines differ: where `interact` takes 250 ms,
they are 45 ms for the median, 60 ms for the 95th percentile and 100 ms after a drag.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from rcnn_course.student.start import start

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests import programs
from tests.browser.explorers import IMPORTS, SHOWN, run_alone, slider_of, write_notebook
from tests.browser.jupyterlab import FLAGS, Lab, Notebook, serve

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

NOTEBOOK = "explorers.ipynb"
CELLS = {"imports": IMPORTS, "interact": INTERACT, "grey square": ROUND_TRIP, **SHOWN}
TRACK = "xpath=ancestor::*[contains(@class, 'noUi-base')]"

WATCH = """() => {
    const pictures = '.jp-OutputArea img';
    const seen = new WeakMap();
    window.keys = [];
    window.shown = [];
    const look = () => {
        for (const picture of document.querySelectorAll(pictures)) {
            if (picture.src && seen.get(picture) !== picture.src) {
                seen.set(picture, picture.src);
                picture.decode().then(() => window.shown.push(performance.now())).catch(() => {});
            }
        }
    };
    look();
    new MutationObserver(look).observe(document.body, {
        subtree: true, childList: true, attributes: true, attributeFilter: ['src'],
    });
    document.addEventListener('keydown', () => window.keys.push(performance.now()), true);
    document.addEventListener('mousemove', () => (window.moved = performance.now()), true);
}"""


def press(page: Page, slider: Locator, moves: int) -> list[float]:
    """Press arrow keys to and fro; return the milliseconds from each key to its picture."""
    slider.focus()
    low, high, now = (float(slider.get_attribute(f"aria-value{x}")) for x in ("min", "max", "now"))
    keys = ["ArrowRight", "ArrowLeft"]
    forth, back = keys if now < (low + high) / 2 else reversed(keys)
    taken = []
    for move in range(WARM_UP + moves):
        page.evaluate("window.shown.length = window.keys.length = 0")
        page.keyboard.press(forth if move % 2 == 0 else back)
        page.wait_for_function("window.shown.length > 0", polling=10)
        taken.append(page.evaluate("window.shown[0] - window.keys[0]"))
        page.wait_for_timeout(60)
    return taken[WARM_UP:]


def drag(page: Page, slider: Locator) -> float:
    """Drag the slider to and fro; return the milliseconds from the last move to rest.

    Raises:
        SystemExit: If no picture follows the last move.
    """
    handle, track = slider.bounding_box(), slider.locator(TRACK).bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    until = time.monotonic() + DRAG_SECONDS
    step = 0
    while time.monotonic() < until:
        step += 1
        page.mouse.move(track["x"] + track["width"] / 2 + 60 - abs(step % 240 - 120), y)
        page.wait_for_timeout(8)
    page.evaluate("window.shown.length = 0")
    page.mouse.move(track["x"], y)  # farther than before, so that a picture has to follow
    page.wait_for_timeout(800)
    page.mouse.up()
    if not page.evaluate("window.shown.length"):
        sys.exit("no picture followed the last movement of the mouse")
    return page.evaluate("window.shown.at(-1) - window.moved")


def show(notebook: Notebook, name: str) -> Locator:
    """Run the cell of an explorer, the only one that shows something then; return its slider."""
    run_alone(notebook, list(CELLS).index(name))
    notebook.page.locator(".jp-OutputArea img").first.wait_for()
    return slider_of(notebook.page, name)


def report(name: str, value: float, unit: str, **yardstick: float) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, **yardstick}), flush=True)


def report_moves(name: str, taken: list[float]) -> tuple[float, float]:
    """Report how long the moves have taken; return median and 95th percentile."""
    median, tail = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    report(f"{name}, median from key to picture", round(median, 1), "ms")
    report(f"{name}, 95th percentile", round(tail, 1), "ms")
    return median, tail


def measure(notebook: Notebook, names: list[str]) -> None:
    """Measure `interact`, then everything else beside it."""
    page = notebook.page
    moves = press(page, show(notebook, "interact"), MOVES_OF_INTERACT)
    usual, _ = report_moves("interact, photo and 100 boxes", moves)
    report_moves("grey square", press(page, show(notebook, "grey square"), MOVES))
    for name in names:
        slider = show(notebook, name)
        median, tail = report_moves(name, press(page, slider, MOVES))
        rest = drag(page, slider)
        report(f"{name}, rest after a drag", round(rest, 1), "ms")
        for what, value, most in (
            ("", median, 0.18),
            (" 95th percentile", tail, 0.24),
            (" rest after a drag", rest, 0.4),
        ):
            share = round(value / usual, 2)
            report(f"{name},{what} beside interact", share, "x interact", at_most=most)


def main() -> None:
    if fault := programs.fault("chromium"):
        sys.exit(fault)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder, "course")
        start(root)  # where the course's server extension is on
        with (
            serve(root, Path(folder, "home")) as url,
            playwright.chromium.launch(executable_path=programs.chromium(), args=FLAGS) as browser,
        ):
            write_notebook(root / NOTEBOOK, *CELLS.values())
            lab = Lab(url, root, browser.new_page(viewport={"width": 1400, "height": 1000}))
            notebook = lab.open(NOTEBOOK)
            notebook.page.evaluate(WATCH)
            run_alone(notebook, 0)
            measure(notebook, sys.argv[1:] or list(SHOWN))


if __name__ == "__main__":
    main()
