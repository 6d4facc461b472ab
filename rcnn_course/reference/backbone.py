"""The backbone's parts (He et al. 2016, Deep Residual Learning), as functions.

Letters: `N` images, `C` and `C'` channels of input and output, `H` and `W` height and width of the
input in cells, `H'` and `W'` those of the output.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.resnet import Bottleneck

_forward, _IntermediateLayerGetter = Bottleneck.forward, IntermediateLayerGetter
_conv2d, _pad = F.conv2d, F.pad


def bottleneck_forward(block: Bottleneck, x: Tensor) -> Tensor:
    """Run a residual block as torchvision's `Bottleneck` does.

    Args:
        block: its layers are used.
        x (Tensor[N, C, H, W]): a feature map.

    Returns:
        Tensor[N, C', H', W'].

    Source: He et al. 2016, figure 5.
    """
    return _forward(block, x)


def intermediate_features(
    body: nn.Module, x: Tensor, return_layers: dict[str, str]
) -> dict[str, Tensor]:
    """Return what some layers give, as torchvision's `IntermediateLayerGetter` does.

    Args:
        body: runs its children one after the other.
        x (Tensor[N, C, H, W]): images.
        return_layers: for the name of each layer that is wanted, the name of its feature map.

    Returns:
        dict[str, Tensor[N, C', H', W']]: by the new names, in the order in which the layers run.

    Source: torchvision.models._utils.IntermediateLayerGetter.
    """
    return _IntermediateLayerGetter(body, return_layers)(x)


def blur_pool(
    x: Tensor,
    stride: int = 2,
    *,
    taps: tuple[float, ...] = (1.0, 2.0, 1.0),
    mode: str = "reflect",
) -> Tensor:
    """Blur each channel, then keep each stride-th row and column.

    No function of torch does it.

    Args:
        x (Tensor[N, C, H, W]): feature maps.
        stride: rows and columns from one output to the next.
        taps: weights of the blur in one direction; they are brought to a sum of 1.
        mode: of the padding by one cell, as `F.pad` has it.

    Returns:
        Tensor[N, C, ceil(H / stride), ceil(W / stride)].

    Source: Zhang 2019, Making Convolutional Networks Shift-Invariant Again, section 3.2.
    """
    line = torch.tensor(taps, dtype=x.dtype) / sum(taps)
    kernel = torch.outer(line, line).expand(x.shape[1], 1, -1, -1)
    return _conv2d(_pad(x, (1, 1, 1, 1), mode=mode), kernel, stride=stride, groups=x.shape[1])
