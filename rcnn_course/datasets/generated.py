"""What all sets of generated pictures share: their length, their seed and their size."""

from torch import Tensor
from torch.utils.data import Dataset

from rcnn_course.datasets.painting.development import sides


class GeneratedPictures(Dataset):
    """Pictures that are painted when they are asked for; a subclass says how, in `paint`.

    Args:
        length: number of pictures.
        seed: of all pictures.
        size: of a picture in pixels: one side of a square, or (height, width); 64 or more.

    Raises:
        TypeError: If `size` is neither an int nor a pair of them.
        ValueError: If `length` is negative or a side is too small.
    """

    def __init__(self, length: int, seed: int, size: int | tuple[int, int]):
        if length < 0:
            raise ValueError(f"length must be 0 or more, but got {length}")
        self.length, self.seed = length, seed
        self.height, self.width = sides(size)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Paint one picture.

        Raises:
            IndexError: If `index` is not of this dataset.
        """
        if not -self.length <= index < self.length:
            raise IndexError(f"index must be of {self.length} pictures, but got {index}")
        return self.paint(index % self.length)

    def paint(self, index: int) -> tuple[Tensor, dict[str, Tensor]]:
        """Paint picture `index`, 0 or more: its image and its target."""
        raise NotImplementedError
