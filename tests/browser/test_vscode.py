"""Explorers in VS Code, as far as its packages go: drawn and moved by its own widget manager.

VS Code itself is not opened: a page of JupyterLab lends its kernel to the manager that VS Code's
Jupyter extension takes from npm, with RequireJS and anywidget's module for it, as the extension
does.
"""

import re
from importlib.resources import files

import pytest
from playwright.sync_api import expect

from tests import programs
from tests.browser.explorers import (
    IMPORTS,
    SHOWN,
    away_from_end,
    middle,
    slider_of,
    wait_for_picture,
)

pytestmark = [
    pytest.mark.requires("chromium", "vscode"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]

MANAGER = "@vscode/jupyter-ipywidgets8/dist/ipywidgets.js"
START = """async () => {
    const { activate } = await import("/vscode/manager.js");
    activate();
    window.vscIPyWidgets8.load();
    const kernel = await window.jupyterapp.serviceManager.kernels.startNew({ name: "python3" });
    const shown = document.createElement("div");
    shown.style = "position: fixed; inset: 0; z-index: 9999; background: white; overflow: auto";
    document.body.append(shown);
    window.complaints = [];
    const scripts = {
        widgetsRegisteredInRequireJs: new Set(),
        async loadWidgetScript(name) {
            requirejs.config({ paths: { [name]: "/vscode/" + name } });
        },
        successHandler() {},
        errorHandler(...told) { complaints.push(told.join(" ")); },
    };
    const manager = new vscIPyWidgets.WidgetManager(kernel, shown, scripts, () => {});
    window.run = async (code) => {
        const ids = [];
        const future = kernel.requestExecute({ code });
        future.onIOPub = ({ content: { evalue, data } }) => {
            const view = data?.["application/vnd.jupyter.widget-view+json"];
            if (evalue) complaints.push(evalue);
            if (view) ids.push(view.model_id);
        };
        await future.done;
        shown.replaceChildren();
        for (const id of ids) {
            const view = await manager.create_view(await manager.get_model(id));
            await manager.display_view({}, view, { node: shown });
        }
    };
}"""


@pytest.fixture(scope="module")
def vscode(server, chromium):
    """A page with `run(code)`, which shows the widgets of a cell as VS Code does."""
    url, _ = server
    page = chromium.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    node_modules = programs.node_modules()
    scripts = {
        "manager.js": node_modules / MANAGER,
        "anywidget.js": files("anywidget") / "nbextension" / "index.js",
    }

    def serve_script(route):
        route.fulfill(path=scripts[route.request.url.rpartition("/")[2]])

    page.route("**/vscode/*", serve_script)
    page.goto(f"{url}/lab")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("jupyterapp.restored.then(() => true)")
    page.add_script_tag(path=node_modules / "requirejs" / "require.js")
    page.evaluate(START)
    page.evaluate("code => run(code)", IMPORTS)
    yield page
    page.evaluate("jupyterapp.serviceManager.kernels.shutdownAll()")
    assert complaints == []


@pytest.mark.parametrize("name", SHOWN)
def test_explorer_is_drawn_and_follows(vscode, name, screenshot):
    page = vscode
    page.evaluate("code => run(code)", SHOWN[name])
    former = wait_for_picture(page)
    expect(page.locator(".rcnn-view image").first).to_have_attribute(
        "href", re.compile("data:image")
    )
    slider = slider_of(page, name)
    slider.press(away_from_end(slider))
    former = wait_for_picture(page, other_than=former)
    handle = page.locator(".rcnn-view .handle").first
    if handle.count():
        before = handle.get_attribute("aria-valuenow")
        handle.press(away_from_end(handle))
        expect(handle).not_to_have_attribute("aria-valuenow", before)
        former = wait_for_picture(page)
        x, y = middle(handle)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60, y + 30)
        page.mouse.up()
        wait_for_picture(page, other_than=former)
    screenshot(page, f"{name}_in_vscode")
    assert page.evaluate("complaints") == []
