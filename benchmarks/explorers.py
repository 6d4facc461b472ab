"""Slider to picture in JupyterLab: each explorer beside `interact` with matplotlib, in one run.

Headless Chromium presses arrow keys on one slider of each and takes the time from the key
to the moment when the browser has decoded the new picture. Then it drags for some seconds and
takes the time from the last movement of the mouse to the last new picture. `interact` draws the
same picture for the same values of the same slider, as a new figure at each move.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.browser.explorers import IMPORTS, MOVED, SHOWN, slider_of, write_notebook
from tests.browser.jupyterlab import CHROMIUM, FLAGS, Lab, serve

MOVES, WARM_UP, DRAG_SECONDS = 40, 5, 3
MOVES_OF_INTERACT = 15

INTERACT = """\
import ipywidgets

{explorer}
moved = [control for control in explorer.controls if hasattr(control, "step")][{number}]
control = type(moved)(
    value=moved.value, min=moved.min, max=moved.max, step=moved.step, layout=moved.layout
)
moved.unobserve_all()


@ipywidgets.interact(value=control)
def show(value):
    moved.value = value
    figure = explorer.backdrop()
    explorer.overlay(*figure.axes)
    display(figure)
"""

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
    """Drag the slider to and fro; return the milliseconds from the last move to rest."""
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    until = time.monotonic() + DRAG_SECONDS
    step = 0
    while time.monotonic() < until:
        step += 1
        page.mouse.move(x + 60 - abs(step % 240 - 120), y)
        page.wait_for_timeout(8)
    page.wait_for_timeout(1500)
    page.mouse.up()
    return page.evaluate("Math.max(0, window.shown.at(-1) - window.moved)")


def show(lab: Lab, name: str, source: str) -> Locator:
    """Open a notebook that shows an explorer, run it, watch its pictures; return its slider."""
    path = f"explorers/{name}.ipynb"
    write_notebook(lab.root / path, IMPORTS, source)
    lab.open(path).run_all()
    lab.page.locator(".jp-OutputArea img").first.wait_for()
    lab.page.evaluate(WATCH)
    return slider_of(lab.page, name)


def measure(lab: Lab, name: str, source: str) -> tuple[float, float, float]:
    """Return median and 95th percentile of a key press, and the rest after a drag, in ms."""
    slider = show(lab, name, source)
    taken = press(lab.page, slider, MOVES)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1], drag(lab.page, slider)


def measure_interact(lab: Lab, name: str, source: str) -> float:
    """Return the median of a key press with `interact` that draws what the explorer draws."""
    *before, last = source.strip().splitlines()
    made = "\n".join([*before, f"explorer = {last}"])
    source = INTERACT.format(explorer=made, number=MOVED.get(name, 0))
    slider = show(lab, f"interact with {name}", source)
    return statistics.median(press(lab.page, slider, MOVES_OF_INTERACT))


def report(name: str, value: float, unit: str, at_most: float) -> None:
    row = {"name": name, "value": value, "unit": unit, "at_most": at_most}
    print(json.dumps(row), flush=True)


def main() -> None:
    if CHROMIUM is None:
        sys.exit("Chromium is not installed (on Debian and Ubuntu: apt install chromium)")
    words = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder, "course")
        root.mkdir()
        with (
            serve(root, Path(folder, "home")) as url,
            playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser,
        ):
            lab = Lab(url, root, browser.new_page(viewport={"width": 1400, "height": 1000}))
            for name, source in SHOWN.items():
                if words and name not in words:
                    continue
                median, tail, rest = measure(lab, name, source)
                usual = measure_interact(lab, name, source)
                report(f"{name}, median from key to picture", round(median, 1), "ms", 45)
                report(f"{name}, 95th percentile", round(tail, 1), "ms", 60)
                report(f"{name}, beside interact", round(median / usual, 2), "x interact", 0.2)
                report(f"{name}, rest after a drag", round(rest, 1), "ms", 100)


if __name__ == "__main__":
    main()
