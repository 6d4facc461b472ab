"""Explorers in a real JupyterLab: moved by keys and by mouse, watched in the pixels."""

import pytest

from tests.browser.explorers import (
    IMPORTS,
    SHOWN,
    away_from_end,
    middle,
    open_more,
    pixels,
    run_alone,
    share_changed,
    slider_of,
    wait_for_picture,
    wait_for_words,
    words,
    write_notebook,
)
from tests.browser.jupyterlab import new_lab

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]

NOTEBOOK = "explorers.ipynb"
CONTROLS = ", ".join(
    f".jp-OutputArea {kind}"
    for kind in (".noUi-handle", "select", "input[type=checkbox]", ".handle")
)


@pytest.fixture(scope="module")
def explorers(server, chromium):
    """A notebook with a cell for each explorer, after its imports have run."""
    with new_lab(server, chromium) as lab:
        write_notebook(lab.root / NOTEBOOK, IMPORTS, *SHOWN.values())
        notebook = lab.open(NOTEBOOK)
        run_alone(notebook, 0)
        yield notebook


@pytest.fixture(scope="module", params=SHOWN)
def shown(request, explorers):
    """An explorer's name, and the notebook that shows this one alone."""
    run_alone(explorers, 1 + list(SHOWN).index(request.param))
    wait_for_picture(explorers.page)
    return request.param, explorers


def test_explorer_follows_keys_and_mouse(shown, screenshot):
    name, notebook = shown
    page = notebook.page
    screenshot(page, f"{name}_1")
    before, said = pixels(page), words(page)
    former = wait_for_picture(page)
    slider = slider_of(page, name)
    slider.focus()
    page.keyboard.press(away_from_end(slider))
    former = wait_for_picture(page, other_than=former)
    changed = share_changed(before, pixels(page))
    assert changed > 1e-5, "a key press should change what is seen"
    assert changed < 0.8, "what does not move should stay"
    wait_for_words(page, other_than=said)

    said = words(page)
    x, y = middle(slider)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 9):
        page.mouse.move(x + (8 if away_from_end(slider) == "ArrowRight" else -8) * step, y)
    page.mouse.up()
    wait_for_picture(page, other_than=former)
    wait_for_words(page, other_than=said)
    page.wait_for_timeout(500)  # the picture of the last movement, for people to look at
    screenshot(page, f"{name}_2")
    assert notebook.complaints == []


def test_keyboard_alone_reaches_every_control(shown):
    _, notebook = shown
    page = notebook.page
    open_more(page)
    controls = page.locator(CONTROLS)
    number = controls.count()
    assert number >= 2
    controls.first.focus()
    reached = {0}
    for _ in range(3 * number):
        page.keyboard.press("Tab")
        index = controls.evaluate_all("all => all.indexOf(document.activeElement)")
        reached.add(index)
    assert reached >= set(range(number))
