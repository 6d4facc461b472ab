"""From a drawing to the notebook: new axes, captions, and `show` with alternative text."""

import base64
import html
import io

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from rcnn_course.draw import style

SHARPNESS = 1.5


def new_axes(width: float, height: float) -> Axes:
    """Make a figure of this size in inches, filled by one axes."""
    figure = plt.figure(figsize=(width, height), dpi=style.DPI)
    return figure.add_axes((0, 0, 1, 1))


def caption(drawing: Figure | Axes, text: str) -> None:
    """Write a small caption under an axes or under a whole figure."""
    look = {"fontsize": style.TEXT, "color": style.SOFT_INK, "va": "top"}
    if isinstance(drawing, Axes):
        drawing.text(0, -0.02, text, transform=drawing.transAxes, **look)
    else:
        drawing.text(0.5, -0.01, text, ha="center", **look)


def to_png(drawing: Figure | Axes, *, dpi: float = SHARPNESS * style.DPI) -> bytes:
    """Render a drawing, cropped to what is drawn, as the bytes of a PNG file."""
    stream = io.BytesIO()
    drawing.figure.savefig(
        stream,
        format="png",
        dpi=dpi,
        facecolor=style.PAPER,
        bbox_inches="tight",
        pad_inches=0.05,
        pil_kwargs={"compress_level": 3},
    )
    return stream.getvalue()


def show(drawing: Figure | Axes, *, caption: str, alt: str | None = None) -> None:
    """Display a drawing once, with its caption below and its alternative text, and close it.

    The picture is sent as HTML, because JupyterLab and nbconvert's default template drop the
    alternative text of a bare PNG image, and as a PNG image for doors that take no HTML.

    Args:
        drawing (Figure or Axes): what to display; of an axes, its whole figure.
        caption (str): says what to see in the picture.
        alt (str, optional): what a reader who cannot see the picture needs to know; the
            descriptions that the drawing functions gave to the axes otherwise.

    Raises:
        ValueError: where there is neither an alternative text nor a description.
    """
    figure = drawing.figure
    alt = alt or " ".join(ax.get_label() for ax in figure.axes if ax.get_label()[:1] not in "<_")
    if not alt:
        raise ValueError("alt is missing: say in words what the picture shows, show(…, alt='…')")
    png = to_png(figure)
    plt.close(figure)
    width = round(Image.open(io.BytesIO(png)).width / SHARPNESS)
    encoded = base64.b64encode(png).decode()
    page = (
        '<figure style="margin: 0.5em 0">'
        f'<img src="data:image/png;base64,{encoded}" alt="{html.escape(alt)}" width="{width}" '
        'style="max-width: 100%; height: auto">'
        f'<figcaption style="margin-top: 0.4em">{html.escape(caption)}</figcaption></figure>'
    )
    bundle = {"text/html": page, "image/png": encoded, "text/plain": f"{caption}\n[{alt}]"}
    display(bundle, metadata={"image/png": {"alt": alt, "width": width}}, raw=True)
