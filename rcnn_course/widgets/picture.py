"""The base of explorers that matplotlib draws: controls above, one picture, and words.

A picture has two layers. The *backdrop* is a figure that stays while a slider moves, a photo for
instance; matplotlib draws it once. The *overlay* is drawn on top at every move, by the functions
of `rcnn_course.draw`, and taken off again, which is far quicker than drawing the figure anew. Both
leave the kernel as one JPEG in an ordinary `ipywidgets.Image`, which replaces the last picture
without flicker; ipywidgets keeps one message in flight and sends the newest value, so a drag never
queues.
"""

import base64
import html
import io
import threading
import time
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

import ipywidgets
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.images import show_image
from rcnn_course.widgets.controls import value_in_words
from rcnn_course.widgets.student import NoAnswer

_SLOW = 0.5  # seconds, from which a slider no longer feels alive
_AS_IT_IS = {"align_self": "flex-start", "max_width": "100%"}  # not stretched to the cell's width
_QUALITY = {"quality": 88, "subsampling": 0}  # small letters and thin lines stay clean


class PictureExplorer(ipywidgets.VBox):
    """Controls over one picture that is drawn again at every move.

    A subclass makes its controls, passes them on, and says how to draw by `backdrop` and
    `overlay`. Reading and setting `explorer.<control>.value`, observing a control, and putting an
    explorer into a box work as with any widget.

    Args:
        controls: widgets with a `value` and a `description`, in the order of the keyboard.
        alt: what the picture shows, for readers who cannot see it. Attached to the picture where
            it is static; live, the text below the picture gives the values.

    Attributes:
        picture: the `ipywidgets.Image` that holds the JPEG.
        words: the `ipywidgets.HTML` below it.
        pixels: the picture as a uint8 array [H, W, 3].
        text: what stands below the picture.
        problem: why the picture could not follow the controls, or ''.

    Example:
        >>> from rcnn_course.widgets.controls import slider
        >>> from rcnn_course.widgets.picture import PictureExplorer, picture_figure
        >>> class BoxExplorer(PictureExplorer):
        ...     def __init__(self):
        ...         self.x = slider("x", 10, 0, 100)
        ...         super().__init__([self.x], alt="A box on a white page.")
        ...
        ...     def backdrop(self):
        ...         return picture_figure(torch.ones(3, 100, 200))
        ...
        ...     def overlay(self, axes):
        ...         x = self.x.value
        ...         draw.draw_boxes(torch.tensor([[x, 20.0, x + 60, 80.0]]), ax=axes[0])
        ...         return f"The left side is at {x}."
        >>> explorer = BoxExplorer()
        >>> explorer.x.value = 40
        >>> explorer.text
        'The left side is at 40.'
    """

    def __init__(self, controls: Sequence[ipywidgets.Widget], *, alt: str):
        self.controls, self.alt = tuple(controls), alt
        self.text = self.problem = ""
        self._key: Hashable = object()  # the key of no backdrop
        self._drawing, self._outdated = threading.Lock(), False
        self._canvas: FigureCanvasAgg
        self.picture = ipywidgets.Image(format="jpeg", layout=_AS_IT_IS)
        self.words = ipywidgets.HTML()
        row = ipywidgets.Box(self.controls, layout={"flex_flow": "row wrap", "width": "100%"})
        super().__init__([row, self.picture, self.words])
        for control in self.controls:
            control.observe(self._moved, "value")
        self.redraw()

    def backdrop(self) -> Figure:
        """Draw what stays while the controls move; see `new_figure`."""
        raise NotImplementedError

    def backdrop_key(self) -> Hashable:
        """Return what the backdrop depends on: it is drawn again where this changes."""
        return ()

    def overlay(self, axes: Sequence[Axes]) -> str:
        """Draw what moves, as new artists in the axes of the backdrop.

        Limits of the axes that change here are set back afterwards.

        Returns:
            str: what the picture shows now, with its numbers, in a sentence or two.

        Raises:
            NoAnswer: If the function that is shown gives no picture; its text is shown.
        """
        raise NotImplementedError

    def redraw(self) -> None:
        """Bring picture and text up to date with the controls.

        Where this explorer is being drawn already, in another thread or because its function moves
        a control, nobody waits: it is drawn once more when that has ended.
        """
        self._outdated = True
        while self._outdated and self._drawing.acquire(blocking=False):
            try:
                self._outdated = False
                self._draw_anew()
            finally:
                self._drawing.release()

    def _draw_anew(self) -> None:
        if self.backdrop_key() != self._key:
            self._draw_backdrop()
        started = time.perf_counter()
        try:
            with self._new_artists() as axes:
                text = self.overlay(axes)
        except NoAnswer as reason:
            self.problem = str(reason)
        except Exception as error:
            self.problem = f"This cannot be drawn: {error}"
        else:
            self.text, self.problem = text + _patience(time.perf_counter() - started), ""
        if not self.problem or not self.picture.value:
            self._send_picture()
        self._send_words()

    @contextmanager
    def quietly(self) -> Iterator[None]:
        """Set controls from code in this context, and draw once at its end."""
        for control in self.controls:
            control.unobserve(self._moved, "value")
        try:
            yield
        finally:
            for control in self.controls:
                control.observe(self._moved, "value")
            self.redraw()

    def _moved(self, change: dict) -> None:
        self.redraw()

    def _draw_backdrop(self) -> None:
        figure = self.backdrop()
        self._canvas = FigureCanvasAgg(figure)
        with figures.RENDERING:
            self._canvas.draw()
            self._paper = self._canvas.copy_from_bbox(figure.bbox)
        self._limits = [(ax, ax.get_xlim(), ax.get_ylim()) for ax in figure.axes]
        self._key = self.backdrop_key()

    @contextmanager
    def _new_artists(self) -> Iterator[list[Axes]]:
        """Draw what is added to the axes in this context, and take it off again."""
        axes = self._canvas.figure.axes
        former = {artist for ax in axes for artist in ax.get_children()}

        def added() -> list[tuple[Axes, Artist]]:
            return [(ax, x) for ax in axes for x in ax.get_children() if x not in former]

        try:
            yield axes
            with figures.RENDERING:
                self._canvas.restore_region(self._paper)
                for ax in axes:
                    ax.apply_aspect()
                for ax, artist in sorted(added(), key=lambda pair: pair[1].get_zorder()):
                    ax.draw_artist(artist)
        finally:
            for _, artist in added():
                artist.remove()
            for ax, xlim, ylim in self._limits:
                ax.set(xlim=xlim, ylim=ylim)

    def _send_picture(self) -> None:
        size = self._canvas.get_width_height()
        image = Image.frombuffer("RGBA", size, self._canvas.buffer_rgba()).convert("RGB")
        self.pixels = np.asarray(image)
        stream = io.BytesIO()
        image.save(stream, "JPEG", **_QUALITY)
        self.picture.value = stream.getvalue()

    def _send_words(self) -> None:
        values = " · ".join(f"{c.description} {value_in_words(c)}" for c in self.controls)
        quiet = f"color:var(--jp-content-font-color2,{style.SOFT_INK})"  # of the theme, if any
        lines = [f'<span style="{quiet}">{html.escape(values)}</span>']
        if self.problem:
            look = f"border-left:4px solid {style.VERMILION};padding-left:8px"
            lines.append(f'<span role="alert" style="{look}">{html.escape(self.problem)}</span>')
        elif self.text:
            lines.append(html.escape(self.text).replace("\n", "<br>"))
        self.words.value = f'<div style="line-height:1.5">{"<br>".join(lines)}</div>'

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        """Add the static picture, for pages that show no widgets; a graded copy holds nothing else.

        That copy becomes a page of HTML, so the picture is not added as a bare image either.
        """
        bundle = super()._repr_mimebundle_(**kwargs)
        if not isinstance(bundle, dict):
            return bundle
        data = base64.b64encode(self.picture.value).decode()
        said = f"{self.alt} {self.problem or self.text}"
        width = self.pixels.shape[1]
        page = (
            f'<figure style="margin:0.5em 0"><img src="data:image/jpeg;base64,{data}" '
            f'alt="{html.escape(said)}" width="{width}" style="max-width:100%;height:auto">'
            f"<figcaption>{self.words.value}</figcaption></figure>"
        )
        if figures.GRADED:
            return {"text/html": page, "text/plain": said}
        return {**bundle, "text/html": page, "image/jpeg": data, "text/plain": said}


def _patience(seconds: float) -> str:
    if seconds < _SLOW:
        return ""
    return f"\nThis took {seconds:.1f} s; while you drag, only the newest value is computed."


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure of this size in inches (100 pixels each) for a backdrop."""
    return Figure(figsize=(width, height), dpi=style.DPI, facecolor=style.PAPER)


def picture_figure(image: Tensor, *, width: float = 7.2, fade: float = 0.0) -> Figure:
    """Make a figure, `width` inches wide, that a picture [3, H, W] fills; for a backdrop."""
    height, across = image.shape[-2:]
    figure = new_figure(width, width * height / across)
    show_image(image, ax=figure.add_axes((0, 0, 1, 1)), fade=fade)
    return figure
