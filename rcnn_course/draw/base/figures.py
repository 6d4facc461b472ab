"""From a drawing to the notebook: new axes, captions, and `show` with alternative text."""

import base64
import html
import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PIL import Image

from rcnn_course.draw.base import style

GRADED = os.environ.get("NBGRADER_EXECUTION") == "autograde"
"""Whether this is a graded copy: there are hundreds, so pictures are kept small, and once."""

SHARPNESS = 1.0 if GRADED else 1.5
"""Pixels of a picture for each pixel of its place on the page; more than one for sharp screens."""


RENDERING = threading.RLock()
"""Held while matplotlib renders a picture of this package, whose settings and parser of formulas
all threads share; never while a student's function runs."""


def open_figure(width: float, height: float, **options: Any) -> Figure:
    """Make a figure of this size in inches.

    pyplot knows it in the main thread alone, where a notebook shows the figures that are open at
    the end of a cell. Elsewhere, as in the callback of a slider, it would become the current figure
    of a cell that draws meanwhile.
    """
    main = threading.current_thread() is threading.main_thread()
    return (plt.figure if main else Figure)(figsize=(width, height), dpi=style.DPI, **options)


def new_axes(width: float, height: float) -> Axes:
    """Make a figure of this size in inches, filled by one axes."""
    return open_figure(width, height).add_axes((0, 0, 1, 1))


def figure_of(drawing: Figure | Axes) -> Figure:
    """Return the figure that a drawing is, or lies in."""
    return cast(Figure, drawing.figure)  # no drawing lies in a part of a figure


def caption(drawing: Figure | Axes, text: str) -> None:
    """Write a small caption under an axes or, centred, under a whole figure.

    Example:
        >>> ax = draw.show_image(grace_hopper())
        >>> draw.caption(ax, "Commodore Grace M. Hopper, 1984")
    """
    look: style.Look = {"fontsize": style.TEXT, "color": style.SOFT_INK, "va": "top"}
    if isinstance(drawing, Axes):
        drawing.text(0, -0.02, text, transform=drawing.transAxes, **look)
    else:
        drawing.text(0.5, 0, text, ha="center", **look)


def encode(drawing: Figure | Axes) -> tuple[str, bytes]:
    """Render a drawing, cropped to what is drawn.

    Returns:
        tuple: the MIME type and the bytes of the file. Photographs are compressed as JPEG, which
        takes a quarter of the time and a fifth of the space; drawings as PNG, which is exact.
    """
    figure = figure_of(drawing)
    arrays = (image.get_array() for ax in figure.axes for image in ax.images)
    photo = any(array is not None and array.ndim == 3 for array in arrays)
    options = {"quality": 90, "subsampling": 0} if photo else {"compress_level": 1}
    stream = io.BytesIO()
    dpi = SHARPNESS * style.DPI
    figure.set_dpi(dpi)  # for `_extent` too, so that each text is laid out once
    with _quick_letters():
        figure.savefig(
            stream,
            format="jpeg" if photo else "png",
            dpi=dpi,
            facecolor=style.PAPER,
            bbox_inches=_extent(figure),
            pil_kwargs=options,
        )
    return "image/jpeg" if photo else "image/png", stream.getvalue()


@contextmanager
def _quick_letters() -> Iterator[None]:
    """Render without fitting letters to whole pixels, which takes long."""
    with RENDERING:
        former = rcParams["text.hinting"]
        rcParams["text.hinting"] = "none"
        try:
            yield
        finally:
            rcParams["text.hinting"] = former


def _extent(figure: Figure) -> Bbox:
    """Return what is drawn, in inches, with a little air: `bbox_inches="tight"` in half the time.

    matplotlib's own "tight" goes through all the drawing once more, which only a figure whose
    layout is not settled before it is drawn needs.
    """
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()
    return figure.get_tightbbox().padded(0.05)


def as_html(mime: str, data: bytes, *, caption: str, alt: str) -> str:
    """Wrap an encoded picture as an HTML figure with its caption and alternative text."""
    width = round(Image.open(io.BytesIO(data)).width / SHARPNESS)
    source = f"data:{mime};base64,{base64.b64encode(data).decode()}"
    return (
        f'<figure style="margin: 0.5em 0"><img src="{source}" alt="{html.escape(alt)}" '
        f'width="{width}" style="max-width: 100%; height: auto">'
        f'<figcaption style="margin-top: 0.4em">{html.escape(caption)}</figcaption></figure>'
    )


def description(drawing: Figure | Axes) -> str:
    """Return what the drawing functions wrote about themselves as the labels of the axes."""
    return " ".join(str(ax.get_label()) for ax in figure_of(drawing).axes if ax.get_label())


def show(drawing: Figure | Axes, *, caption: str, alt: str | None = None) -> None:
    """Display a drawing once, with its caption below and its alternative text, and close it.

    The picture is sent as HTML, because JupyterLab and nbconvert's default template drop the
    alternative text of a bare image, and as an image for doors that take no HTML. A graded copy,
    which becomes a page of HTML, holds no second one.

    Args:
        drawing (Figure or Axes): what to display; of an axes, its whole figure.
        caption (str): says what to see in the picture.
        alt (str, optional): what a reader who cannot see the picture needs to know; otherwise
            the labels of the axes, which the drawing functions set to a description.

    Raises:
        TypeError: If `drawing` is neither a figure nor an axes.
        ValueError: If there is no caption, or neither an alternative text nor a label.

    Example:
        >>> ax = draw.draw_overlap(torch.tensor([0.0, 0, 4, 4]), torch.tensor([2.0, 2, 6, 6]))
        >>> draw.show(ax, caption="Two boxes that share four squares.")
        >>> draw.show(ax, caption="")
        Traceback (most recent call last):
            ...
        ValueError: caption is empty: say what to see in the picture
    """
    if not isinstance(drawing, Figure | Axes):
        raise TypeError(
            f"drawing must be a matplotlib Figure or Axes, got {type(drawing).__name__}"
        )
    if not caption:
        raise ValueError("caption is empty: say what to see in the picture")
    figure = figure_of(drawing)
    alt = alt or description(figure)
    if not alt:
        raise ValueError("alt is empty: say in words what the picture shows, as alt='…'")
    mime, data = encode(figure)
    plt.close(figure)
    bundle = {
        "text/html": as_html(mime, data, caption=caption, alt=alt),
        "text/plain": f"{caption}\n[{alt}]",
    }
    if not GRADED:
        bundle[mime] = base64.b64encode(data).decode()
    display(bundle, metadata={mime: {"alt": alt}}, raw=True)
