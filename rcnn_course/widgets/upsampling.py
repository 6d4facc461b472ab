"""Transposed convolution, stamp by stamp.

Letters: `L` length of an input; in 2-D, inputs have `L` x `L` cells.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from rcnn_course.scene import Box, Handle, Label, Scene, Shape, Track
from rcnn_course.scene.shapes import XYXY
from rcnn_course.widgets.cells import CLOSE, differences, numbered
from rcnn_course.widgets.controls import choice, slider, switch
from rcnn_course.widgets.explorer import Explorer
from rcnn_course.widgets.student import NoAnswer, ask

_LENGTH, _SIDE = 6, 4
_ROW_HEIGHT = 0.2  # of a panel
_INPUT: XYXY = (4, 22, 164, 182)
_KERNEL: XYXY = (4, 216, 164, 376)
_OUTPUT: XYXY = (190, 22, 544, 376)
_STAMPS: XYXY = (570, 22, 924, 376)
_LEAST, _MOST, _STEP = -1.0, 2.0, 0.05  # a weight that is dragged
_DRAG = 40.0  # pixels for a change of a weight by 1


class UpsamplingExplorer(Explorer):
    """Each input cell stamps the kernel, times its value, into the output; overlaps add up.

    The weights of the kernel are dragged up and down.

    Args:
        conv_transpose_1d: takes (input [1, 1, L], weight [1, 1, K], stride=, padding=), such as
            the student's.
        conv_transpose_2d: takes (input [1, 1, L, L], weight [1, 1, K, K], stride=, padding=).

    Attributes:
        dimensions: menu, 1-D or 2-D.
        kernel, stride, padding: sliders, in cells.
        weights: menu; ones, bilinear, random, or own, once one of them was dragged.
        step: slider; how many inputs have stamped.
        compare: box to tick; whether cells are marked of which PyTorch's output has another value.

    Example:
        >>> explorer = UpsamplingExplorer()
        >>> with explorer.quietly():
        ...     explorer.kernel.value, explorer.stride.value = 4, 2
        >>> print(explorer.text)
        Output size: (4 − 1) × 2 − 2 × 0 + 4 = 10. The sum so far is 288. The stride 2 divides 4:
        away from the border, stamps overlap evenly.

    Source: Long et al. 2015 (FCN), section 3.3; torch.nn.functional.conv_transpose2d; Odena et
    al. 2016, "Deconvolution and checkerboard artifacts".
    """

    def __init__(
        self,
        conv_transpose_1d: Callable = F.conv_transpose1d,
        conv_transpose_2d: Callable = F.conv_transpose2d,
    ):
        self.functions = {1: conv_transpose_1d, 2: conv_transpose_2d}
        self.dimensions = choice("dimensions", {"1-D": 1, "2-D": 2}, 2)
        self.kernel = slider("kernel", 3, 1, 5)
        self.stride = slider("stride", 2, 1, 4)
        self.padding = slider("padding", 0, 0, 2)
        self.weights = choice("weights", ("ones", "bilinear", "random", "own"), "ones")
        self.step = slider("inputs stamped", 6, 1, _SIDE**2)
        self.compare = switch("compare with PyTorch", False)
        self._own: dict[tuple[int, int], Tensor] = {}
        self.dimensions.observe(self._fit, "value")
        place = [self.step, self.kernel, self.stride, self.padding, self.weights]
        super().__init__(
            [*place, self.dimensions, self.compare],
            alt="The input, the output as the stamps of its cells are added, and how many stamps "
            "fall on each cell.",
            play=self.step,
        )

    def ground(self) -> Scene:
        """Show the input and the kernel, whose weights can be dragged."""
        values, weight = _cells(_values(self.dimensions.value)), _cells(self._weight())
        field, low = _field(_KERNEL, weight), min(0.0, float(weight.min()))
        shapes = [
            _title("input", _field(_INPUT, values)),
            _title("kernel, to drag", field),
            *numbered("input", values, _field(_INPUT, values), high=9),
            *numbered("kernel", weight, field, low=low, high=2),
        ]
        return Scene(
            width=_STAMPS[2] + 4,
            height=_STAMPS[3] + 4,
            shapes=tuple(shapes),
            handles=tuple(_handles(weight, field)),
        )

    def scene(self) -> Scene:
        """Show the output, and how many stamps fall on each of its cells."""
        dimensions, weight = self.dimensions.value, self._weight()
        values = _values(dimensions)
        stamped = torch.where(torch.arange(values.numel()) < self.step.value, values.flatten(), 0)
        stamped = stamped.view_as(values)
        self._require_output(values.shape[-1])
        options = {"stride": self.stride.value, "padding": self.padding.value}
        expected = _library(dimensions)(stamped, weight, **options)
        shape = tuple(expected.shape)
        output = ask(self.functions[dimensions], stamped, weight, shape=shape, **options)
        count = _library(dimensions)((stamped != 0).float(), torch.ones_like(weight), **options)
        *shapes, numbers = _output(_cells(output))
        if self.compare.value:
            away = _cells((output - expected).abs())
            shapes += differences("output differs", away, _field(_OUTPUT, away))
        shapes += [numbers, *_stamps(_cells(count)), *self._frames(count)]
        return self.ground().plus(shapes, text=self._say(output, expected))

    def grab(self, values: dict[str, float]) -> None:
        """Set a weight of the kernel, under its number, which makes it the student's own."""
        weight = self._weight().clone()
        for number, value in values.items():
            weight.view(-1)[int(number)] = value
        self._own[self.dimensions.value, self.kernel.value] = weight
        self.weights.value = "own"

    def _fit(self, change: dict) -> None:
        """Let as many inputs stamp as there are."""
        self.step.max = _values(self.dimensions.value).numel()

    def _require_output(self, length: int) -> None:
        size = (length - 1) * self.stride.value - 2 * self.padding.value + self.kernel.value
        if size < 1:
            raise NoAnswer(f"The output would have {size} cells: padding cuts off all of it.")

    def _weight(self) -> Tensor:
        """Return the kernel [1, 1, K] or [1, 1, K, K]."""
        dimensions, size = self.dimensions.value, self.kernel.value
        if self.weights.value == "own" and (dimensions, size) in self._own:
            return self._own[dimensions, size]
        if self.weights.value == "random":
            line = torch.rand(size, generator=torch.Generator().manual_seed(1))
        elif self.weights.value == "bilinear":
            factor = (size + 1) // 2
            line = 1 - (torch.arange(size) - (size - 1) / 2).abs() / factor
        else:
            line = torch.ones(size)
        weight = line if dimensions == 1 else torch.outer(line, line)
        return weight[None, None]

    def _frames(self, count: Tensor) -> list[Shape]:
        """Frame the input cell that stamped last, and where its stamp falls."""
        dimensions, last = self.dimensions.value, self.step.value - 1
        length = _LENGTH if dimensions == 1 else _SIDE
        row, column = divmod(last, length)
        values, counts = _cells(_values(dimensions)), _cells(count)
        place = _inside(_field(_INPUT, values), values, (row, row + 1), (column, column + 1))
        across = self._reach(column, counts.shape[1])
        down = self._reach(row, counts.shape[0]) if dimensions == 2 else (0, 1)
        frames: list[Shape] = [Box(id="stamping", meaning="yours", xyxy=place)]
        for name, panel in (("output", _OUTPUT), ("stamps", _STAMPS)):
            if across[0] < across[1] and down[0] < down[1]:
                stamp = _inside(_field(panel, counts), counts, down, across)
                frames.append(Box(id=f"stamp on the {name}", meaning="yours", xyxy=stamp))
        return frames

    def _reach(self, place: int, size: int) -> tuple[int, int]:
        """Return the first cell of the output that an input's stamp covers, and the end."""
        first = place * self.stride.value - self.padding.value
        return max(first, 0), min(first + self.kernel.value, size)

    def _say(self, output: Tensor, expected: Tensor) -> str:
        length = _LENGTH if self.dimensions.value == 1 else _SIDE
        k, s, p = self.kernel.value, self.stride.value, self.padding.value
        if k % s:
            verdict = f"{s} does not divide {k}: stamps overlap unevenly, a checkerboard"
        else:
            verdict = f"{s} divides {k}: away from the border, stamps overlap evenly"
        text = (
            f"Output size: ({length} − 1) × {s} − 2 × {p} + {k} = "
            f"{output.shape[-1]}. The sum so far is {output.sum():.4g}. The stride {verdict}."
        )
        if self.dimensions.value == 1:
            text += f"\nOutput: {', '.join(f'{value:.3g}' for value in output.flatten().tolist())}."
        away = (output - expected).abs().max().item()
        return text if away < CLOSE else f"{text}\nPyTorch's output differs by up to {away:.2f}."


def _library(dimensions: int) -> Callable:
    return F.conv_transpose1d if dimensions == 1 else F.conv_transpose2d


def _values(dimensions: int) -> Tensor:
    """Return small whole numbers to stamp with, [1, 1, L] or [1, 1, L, L]."""
    numbers = torch.tensor([3.0, 1, 4, 2, 5, 3, 2, 6, 4, 4, 1, 5, 2, 3, 5, 1])
    if dimensions == 1:
        return numbers[:_LENGTH].view(1, 1, _LENGTH)
    return numbers.view(1, 1, _SIDE, _SIDE)


def _cells(values: Tensor) -> Tensor:
    """Return [1, 1, L] or [1, 1, L, L] as rows of cells."""
    return values.reshape(-1, values.shape[-1])


def _field(panel: XYXY, cells: Tensor) -> XYXY:
    """Return the box of rows of cells in a panel: a single row lies in its middle."""
    x1, y1, x2, y2 = panel
    rows, columns = cells.shape
    if rows > 1 or columns == 1:
        return panel
    half = (x2 - x1) * max(1 / columns, _ROW_HEIGHT) / 2
    return x1, (y1 + y2) / 2 - half, x2, (y1 + y2) / 2 + half


def _inside(field: XYXY, cells: Tensor, down: tuple[int, int], across: tuple[int, int]) -> XYXY:
    """Return the box of some of the cells of a field: from one row to another, and columns."""
    x1, y1, x2, y2 = field
    high, wide = (y2 - y1) / cells.shape[0], (x2 - x1) / cells.shape[1]
    return x1 + across[0] * wide, y1 + down[0] * high, x1 + across[1] * wide, y1 + down[1] * high


def _title(words: str, field: XYXY) -> Label:
    x1, y1, x2, _ = field
    return Label(id=f"title {words}", at=((x1 + x2) / 2, y1), text=words, side="middle")


def _output(cells: Tensor) -> list[Shape]:
    field = _field(_OUTPUT, cells)
    low, high = min(0.0, float(cells.min())), max(9.0, float(cells.max()))
    return [
        _title("output so far", field),
        *numbered("output", cells, field, low=low, high=high),
    ]


def _stamps(cells: Tensor) -> list[Shape]:
    field = _field(_STAMPS, cells)
    return [
        _title("stamps on each cell", field),
        *numbered("stamps", cells, field, high=max(2.0, float(cells.max()))),
    ]


def _handles(weight: Tensor, field: XYXY) -> list[Handle]:
    """Return a handle for each weight of the kernel."""
    handles = []
    for number, value in enumerate(weight.flatten().tolist()):
        row, column = divmod(number, weight.shape[1])
        box = _inside(field, weight, (row, row + 1), (column, column + 1))
        track = Track(
            sets=f"{number}", value=value, low=_LEAST, high=_MOST, step=_STEP, scale=-_DRAG
        )
        handles.append(
            Handle(
                id=f"weight {number}",
                name=f"weight in row {row}, column {column}",
                says=f"{value:.2f}",
                at=((box[0] + box[2]) / 2, box[3] - 5),
                box=box,
                y=track,
            )
        )
    return handles
