"""Reading a row at given places, from which mistakes of interpolation are made.

Letters: `L` length of a row, `S` number of places.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

_grid_sample = F.grid_sample


def read_at(
    input: Tensor, places: Tensor, mode: str = "bilinear", padding_mode: str = "border"
) -> Tensor:
    """Read [..., L] along its last axis at places [S] in cells: cell 2 stands at 2.

    Goes through grid_sample in double precision.
    """
    length = input.shape[-1]
    x = 2 * places.double() / max(length - 1, 1) - 1
    grid = torch.stack([x, torch.zeros_like(x)], dim=-1)[None, None]
    rows = input.reshape(1, -1, 1, length).double()
    read = _grid_sample(rows, grid, mode, padding_mode, align_corners=True)
    return read.reshape(*input.shape[:-1], len(places)).to(input.dtype)


def along_rows_and_columns(
    upsample: Callable[..., Tensor | None],
) -> Callable[..., Tensor | None]:
    """Make a function of (input, size) or (input, size, align_corners) work in 2-D.

    It is applied along the rows with the width of the size, then along the columns. Where it
    gives None, so does the function that is made.
    """

    def in_both(
        input: Tensor, size: int | tuple[int, int], *args: object, **options: object
    ) -> Tensor | None:
        height, width = (size, size) if isinstance(size, int) else size
        wide = upsample(input, width, *args, **options)
        if wide is None:
            return None
        return upsample(wide.transpose(2, 3), height, *args, **options).transpose(2, 3)

    return in_both
