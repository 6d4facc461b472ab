"""The backbone's parts (He et al. 2016, Deep Residual Learning), as functions.

Letters: `N` images, `C` and `C'` channels of input and output, `H` and `W` height and width of the
input in cells, `H'` and `W'` those of the output.
"""

from torch import Tensor, nn
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.resnet import Bottleneck

_forward, _IntermediateLayerGetter = Bottleneck.forward, IntermediateLayerGetter


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
