import nbformat
import pytest
from matplotlib import pyplot as plt
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from rcnn_course.draw import caption, draw_losses, pipeline_map, show, show_image
from rcnn_course.draw.base import figures
from rcnn_course.draw.base.figures import as_html, encode
from tests.patience import PATIENT

CELLS = [
    "%matplotlib inline\n"
    "import matplotlib.pyplot as plt\n"
    "import torch\n"
    "from rcnn_course.draw import pipeline_map, show, show_image",
    "show(pipeline_map('FPN'), caption='Here & now.')",
    "show(show_image(torch.rand(3, 40, 60)), caption='Noise.', alt='A \"noisy\" photo.')",
    "plt.get_fignums()",
]


@pytest.fixture(scope="module")
def notebook():
    """A notebook that shows two pictures, run as JupyterLab and nbgrader run it."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    return NotebookClient(notebook, **PATIENT, kernel_name="python3").execute()


def test_picture_is_displayed_once_and_quietly(notebook):
    for cell in notebook.cells[1:3]:
        assert [output.output_type for output in cell.outputs] == ["display_data"]
    assert notebook.cells[3].outputs[0].data["text/plain"] == "[]"


def test_output_carries_caption_and_alternative_text(notebook):
    drawing, photo = (cell.outputs[0] for cell in notebook.cells[1:3])
    assert "<figcaption" in drawing.data["text/html"]
    assert "Here &amp; now." in drawing.data["text/html"]
    assert "You are here: FPN." in drawing.metadata["image/png"]["alt"]
    assert 'alt="A &quot;noisy&quot; photo."' in photo.data["text/html"]
    assert photo.metadata["image/jpeg"]["alt"] == 'A "noisy" photo.'
    assert photo.data["text/plain"] == 'Noise.\n[A "noisy" photo.]'


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_pages_of_nbconvert_and_of_feedback_keep_the_alternative_text(notebook, template):
    page, _ = HTMLExporter(template_name=template).from_notebook_node(notebook)
    assert page.count("You are here: FPN.") == 1
    assert 'alt="A &quot;noisy&quot; photo."' in page or "alt='A \"noisy\" photo.'" in page
    assert "No description has been provided" not in page


def test_graded_copy_holds_its_picture_once(monkeypatch):
    shown = []
    monkeypatch.setattr(figures, "GRADED", True)
    monkeypatch.setattr(figures, "display", lambda bundle, **options: shown.append(bundle))
    show(pipeline_map("FPN"), caption="Here & now.")
    assert sorted(shown[0]) == ["text/html", "text/plain"]
    assert "You are here: FPN." in shown[0]["text/html"]


def test_drawing_is_exact_and_photograph_is_small(grey):
    assert encode(pipeline_map())[0] == "image/png"
    mime, data = encode(show_image(grey))
    assert mime == "image/jpeg"
    assert data.startswith(b"\xff\xd8")


def test_picture_on_a_page_is_as_wide_as_its_figure():
    mime, data = encode(pipeline_map())
    page = as_html(mime, data, caption="Map.", alt="A map.")
    assert 900 <= int(page.split('width="')[1].split('"')[0]) <= 1015


def test_caption_stands_below_what_it_belongs_to(grey):
    ax = show_image(grey)
    caption(ax, "A grey picture.")
    caption(ax.figure, "All of it.")
    ax.figure.canvas.draw()
    for text in (*ax.texts, *ax.figure.texts):
        assert text.get_window_extent().y1 <= ax.get_window_extent().y0 + 1


def test_showing_a_picture_without_words_is_refused(grey):
    with pytest.raises(ValueError, match=r"alt is empty: say in words what the picture shows"):
        show(show_image(grey), caption="Grey.")
    with pytest.raises(ValueError, match=r"caption is empty: say what to see"):
        show(pipeline_map(), caption="")


def test_showing_something_else_is_refused():
    with pytest.raises(TypeError, match=r"drawing must be a matplotlib Figure or Axes, got list"):
        show([1, 2], caption="No picture.", alt="None.")


def test_figure_of_several_axes_is_shown_whole(grey, capsys):
    figure, axes = plt.subplots(1, 2)
    for ax in axes:
        show_image(grey, ax=ax)
    show(figure, caption="Two.", alt="Two grey pictures.")
    assert not plt.fignum_exists(figure.number)
    assert "Two grey pictures." in capsys.readouterr().out


def test_figure_of_another_thread_is_not_the_current_one_of_a_cell(neighbour):
    mine = plt.figure()
    drawing = neighbour.do(lambda: pipeline_map("FPN"))
    assert plt.gcf() is mine
    assert plt.get_fignums() == [mine.number]
    assert encode(drawing) == encode(pipeline_map("FPN"))


def test_settings_that_change_while_a_picture_is_rendered_stay_changed():
    drawing = pipeline_map("FPN")
    with plt.rc_context():
        drawing.figure.canvas.mpl_connect("draw_event", lambda _: plt.rc("lines", linewidth=7))
        before = plt.rcParams["text.hinting"]
        encode(drawing)
        assert plt.rcParams["lines.linewidth"] == 7
        assert plt.rcParams["text.hinting"] == before


def test_pictures_that_two_threads_render_at_once_are_the_same(neighbour):
    def drawn():
        ax = draw_losses({"$x^2$": [2.0, 1.0], "loss": [1.0, 0.5]})
        _, data = encode(ax)
        plt.close(ax.figure)
        return data

    expected = drawn()
    neighbour.start(lambda: {drawn() for _ in range(8)})
    assert {drawn() for _ in range(8)} == {expected}
    assert neighbour.result() == {expected}
