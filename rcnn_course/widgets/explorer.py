"""The base of all explorers: controls above, a scene, and the values in play in words.

An explorer describes what it shows as a `Scene`, anew at every move of a control or of a handle.
What differs from the last one goes to the browser, which patches its drawing. On pages without a
kernel, the same scene stands as an image.
"""

import base64
import html
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import ipywidgets
from torch import Tensor

from rcnn_course.draw.base import figures, style
from rcnn_course.draw.base.images import to_pixels
from rcnn_course.scene import Picture, Scene
from rcnn_course.scene.pictures import encoded
from rcnn_course.scene.svg import drawn
from rcnn_course.scene.view import SceneView
from rcnn_course.widgets.controls import arranged, value_in_words
from rcnn_course.widgets.student import NoAnswer

_SLOW = 0.5  # seconds, from which a slider no longer feels alive
_IN_VIEW = 2  # controls; the others stand behind 'more'


class Explorer(ipywidgets.VBox):
    """Controls over a scene that follows them, and handles in it that can be dragged.

    A subclass makes its controls, passes them on, and says what there is to see by `ground` and
    `scene`. Reading and setting `explorer.<control>.value`, observing a control, and putting an
    explorer into a box work as with any widget.

    Args:
        controls: widgets with a `value` and a `description`, in the order of the keyboard; the
            first two stand in view.
        alt: what the picture shows, for readers who cannot see it.
        play: a slider of whole numbers that a button steps through, if what is shown has an order.

    Attributes:
        picture: the widget that shows the scene.
        words: the `ipywidgets.HTML` below it.
        shown: the scene that is shown.
        text: what stands below the picture.
        problem: why the picture could not follow the controls, or ''.

    Example:
        >>> from rcnn_course.scene import Box, Handle, Scene, Track
        >>> from rcnn_course.widgets.controls import slider
        >>> class BoxExplorer(Explorer):
        ...     def __init__(self):
        ...         self.x = slider("x", 10, 0, 100)
        ...         super().__init__([self.x], alt="A box on a white page.")
        ...
        ...     def ground(self):
        ...         return Scene(width=200, height=100)
        ...
        ...     def scene(self):
        ...         x = self.x.value
        ...         box = Box(id="box", meaning="yours", xyxy=(x, 20, x + 60, 80))
        ...         track = Track(sets="x", value=x, low=0, high=100)
        ...         grip = Handle(id="grip", name="box", says=f"{x}", at=(x, 50), x=track)
        ...         return self.ground().plus([box], [grip], text=f"The left side is at {x}.")
        >>> explorer = BoxExplorer()
        >>> explorer.x.value = 40
        >>> explorer.text
        'The left side is at 40.'
        >>> explorer.shown["box"].xyxy
        (40, 20, 100, 80)
    """

    def __init__(
        self,
        controls: Sequence[ipywidgets.Widget],
        *,
        alt: str,
        play: ipywidgets.IntSlider | None = None,
    ):
        self.controls, self.alt = tuple(controls), alt
        self.text = self.problem = ""
        self._drawing, self._outdated = threading.Lock(), False
        self.picture = SceneView(alt, self._grabbed)
        self.words = ipywidgets.HTML()
        for control in self.controls:  # before a player observes one: the picture is sent first
            control.observe(self._moved, "value")
        super().__init__([*arranged(self.controls, _IN_VIEW, play), self.picture, self.words])
        self.redraw()

    @property
    def shown(self) -> Scene:
        """Return the scene that is shown."""
        return self.picture.shown

    def ground(self) -> Scene:
        """Return what is seen whatever the function that is shown may do, such as a photo."""
        raise NotImplementedError

    def scene(self) -> Scene:
        """Return all that is to be seen now, with its numbers in words as the scene's text.

        Raises:
            NoAnswer: If the function that is shown gives no picture; its text is shown.
        """
        raise NotImplementedError

    def grab(self, values: dict[str, float]) -> None:
        """Set what a hand has moved, under the names of the handles' tracks: controls, otherwise.

        Where handles set something else, a subclass says how. Called within `quietly`.
        """
        for name, value in values.items():
            control = getattr(self, name)
            control.value = type(control.value)(value)

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
        started = time.perf_counter()
        try:
            scene = self.scene()
            self.picture.show(scene)
        except NoAnswer as reason:
            self.problem = str(reason)
        except Exception as error:
            self.problem = f"This cannot be drawn: {error}"
        else:
            self.text, self.problem = scene.text + _patience(time.perf_counter() - started), ""
        if self.problem and not self.text:
            self.picture.show(self.ground())
        self.words.value = self._in_words()

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

    def _grabbed(self, values: dict[str, float]) -> None:
        """Follow a hand; the picture is sent first, then the controls that the hand has set."""
        with ExitStack() as held:
            for control in self.controls:
                held.enter_context(control.hold_sync())
            with self.quietly():
                self.grab(values)

    def _in_words(self) -> str:
        values = " · ".join(f"{c.description} {value_in_words(c)}" for c in self.controls)
        quiet = f"color:var(--jp-content-font-color2,{style.SOFT_INK})"  # of the theme, if any
        lines = [f'<span style="{quiet}">{html.escape(values)}</span>']
        if self.problem:
            look = f"border-left:4px solid {style.VERMILION};padding-left:8px"
            lines.append(f'<span role="alert" style="{look}">{html.escape(self.problem)}</span>')
        elif self.text:
            lines.append(html.escape(self.text).replace("\n", "<br>"))
        return f'<div style="line-height:1.5">{"<br>".join(lines)}</div>'

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:
        """Add the scene as an image, for pages without widgets; a graded copy holds nothing else.

        That copy becomes a page of HTML, so the picture is not added by itself either.
        """
        bundle = super()._repr_mimebundle_(**kwargs)
        if not isinstance(bundle, dict):
            return bundle
        said = f"{self.alt} {self.problem or self.text}"
        drawing = drawn(self.shown, said)
        data = base64.b64encode(drawing.encode()).decode()
        page = (
            f'<figure style="margin:0.5em 0"><img src="data:image/svg+xml;base64,{data}" '
            f'alt="{html.escape(said)}" width="{round(self.shown.width * self.shown.zoom)}" '
            'style="max-width:100%;height:auto">'
            f"<figcaption>{self.words.value}</figcaption></figure>"
        )
        if figures.GRADED:
            return {"text/html": page, "text/plain": said}
        return {**bundle, "text/html": page, "image/svg+xml": drawing, "text/plain": said}


def _patience(seconds: float) -> str:
    if seconds < _SLOW:
        return ""
    return f"\nThis took {seconds:.1f} s; while you drag, only the newest value is computed."


def photo_scene(image: Tensor, *, width: float = 720.0, fade: float = 0.0) -> Scene:
    """Return a scene that a picture [3, H, W] fills.

    Args:
        image (Tensor[3, H, W]): uint8 from 0 to 255, or float from 0 to 1.
        width: on the screen, in its pixels.
        fade: from 0, as it is, to 1, gone: calms a picture that much is drawn on.
    """
    height, across = image.shape[-2:]
    photo = Picture(
        id="photo",
        data=encoded(to_pixels(image), photo=True),
        xyxy=(0, 0, across, height),
        opacity=1.0 - fade,
    )
    return Scene(width=across, height=height, zoom=width / across, shapes=(photo,))
