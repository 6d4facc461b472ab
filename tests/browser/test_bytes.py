"""The bytes of a scene, in each kind of array in which a manager of widgets gives them."""

import pytest

from rcnn_course.scene.view import SceneView

pytestmark = [
    pytest.mark.requires("chromium"),
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
]

KINDS = {
    "JupyterLab": "new DataView(bytes)",
    "Colab": "new Uint8Array(bytes)",
    "bare": "bytes",
    "part of a longer one": "new DataView(longer, 4, 8)",
}
UNPACK = """async ([module, kind]) => {
    const { default: view } = await import(`data:text/javascript;base64,${btoa(module)}`);
    const bytes = new Float32Array([0.25, -3]).buffer;
    const longer = new Uint8Array([0, 0, 0, 0, ...new Uint8Array(bytes), 0]).buffer;
    const picture = { mime: "image/png", node: ["g", {}, ["image", {}]] };
    const scene = { version: 1, parts: { picture, readout: {} } };
    for (const part of Object.values(scene.parts)) part.data = eval(kind);
    view.initialize({ model: { get: () => scene, on() {}, send() {} } });
    return [[...scene.parts.readout.numbers], picture.node[2][1].href];
}"""


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_numbers_and_pictures_are_read(chromium, kind):
    page = chromium.new_page()
    numbers, address = page.evaluate(UNPACK, [SceneView._esm, kind])
    page.close()
    assert numbers == [0.25, -3]
    assert address == "data:image/png;base64,AACAPgAAQMA="
