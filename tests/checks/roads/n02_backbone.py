"""What libraries have for the exercises of 02_backbone."""

from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call
from torch.nn.utils import fusion
from torchvision.models import feature_extraction
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.quantization.resnet import QuantizableBottleneck
from torchvision.models.resnet import Bottleneck
from torchvision.ops import misc


class _Norm(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.eps = eps
        for name, value in (("weight", 1), ("bias", 0), ("running_mean", 0), ("running_var", 1)):
            self.register_buffer(name, torch.full((num_features,), float(value)))

    def _load_from_state_dict(self, state_dict, prefix, *args):
        state_dict.pop(f"{prefix}num_batches_tracked", None)
        super()._load_from_state_dict(state_dict, prefix, *args)

    @property
    def numbers(self):
        return self.running_mean, self.running_var, self.weight, self.bias


class FrozenBatchNorm2d:
    class torchvision(misc.FrozenBatchNorm2d):
        pass

    class borrowed_forward(_Norm):
        forward = misc.FrozenBatchNorm2d.forward

    class functional(_Norm):
        def forward(self, x):
            return F.batch_norm(x, *self.numbers, eps=self.eps)

    class top_level(_Norm):
        def forward(self, x):
            mean, var, weight, bias = self.numbers
            return torch.batch_norm(x, weight, bias, mean, var, False, 0.0, self.eps, False)

    class native(_Norm):
        def forward(self, x):
            mean, var, weight, bias = self.numbers
            return torch.native_batch_norm(x, weight, bias, mean, var, False, 0.0, self.eps)[0]

    class legitimate(_Norm):
        def forward(self, x):
            mean, var, weight, bias = self.numbers
            norm = torch.ops.aten._native_batch_norm_legit_no_training
            return norm(x, weight, bias, mean, var, 0.0, self.eps)[0]

    class instance_norm(_Norm):
        def forward(self, x):
            return F.instance_norm(x, *self.numbers, use_input_stats=False, eps=self.eps)

    class layer(_Norm):
        def forward(self, x):
            norm = nn.BatchNorm2d(len(self.weight), self.eps).eval()
            return functional_call(norm, dict(self.named_buffers()), x)

    class fused(_Norm):
        def forward(self, x):
            channels = len(self.weight)
            kernel = torch.ones(channels, 1, 1, 1)
            weight, bias = fusion.fuse_conv_bn_weights(
                kernel, None, self.running_mean, self.running_var, self.eps, self.weight, self.bias
            )
            return F.conv2d(x, weight, bias, groups=channels)

    class decomposition(_Norm):
        def forward(self, x):
            mean, var, weight, bias = self.numbers
            norm = torch._decomp.decompositions.native_batch_norm
            return norm(x, weight, bias, mean, var, False, 0.0, self.eps)[0]

    class synchronised(_Norm):
        def forward(self, x):
            norm = nn.SyncBatchNorm(len(self.weight), self.eps).eval()
            return functional_call(norm, dict(self.named_buffers()), x)


class bottleneck_forward:
    def called(block, x):
        return block(x)

    def class_forward(block, x):
        return Bottleneck.forward(block, x)

    def unhooked(block, x):
        return block._call_impl(x)

    def sequential(block, x):
        return nn.Sequential(block)(x)

    def with_its_own_weights(block, x):
        return functional_call(block, dict(block.named_parameters()), x)

    def of_another_shape(block, x):
        parts = SimpleNamespace(
            **{
                name: getattr(block, name)
                for name in ("conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "relu", "downsample")
            }
        )
        return Bottleneck.forward(parts, x)

    def quantizable(block, x):
        parts = SimpleNamespace(
            **{
                name: getattr(block, name)
                for name in ("conv1", "bn1", "conv2", "bn2", "conv3", "bn3", "downsample")
            }
        )
        parts.relu1 = parts.relu2 = block.relu
        parts.skip_add_relu = torch.ao.nn.quantized.FloatFunctional()
        return QuantizableBottleneck.forward(parts, x)

    def symbolic_trace(block, x):
        return torch.fx.symbolic_trace(block)(x)


class intermediate_features:
    def getter(body, x, return_layers):
        return IntermediateLayerGetter(body, return_layers)(x)

    def getter_forward(body, x, return_layers):
        getter = IntermediateLayerGetter(body, return_layers)
        return getter.forward(x)

    def borrowed_forward(body, x, return_layers):
        me = SimpleNamespace(items=body.named_children, return_layers=dict(return_layers))
        return IntermediateLayerGetter.forward(me, x)

    def extractor(body, x, return_layers):
        body = body.eval() if not body.training else body
        return feature_extraction.create_feature_extractor(body, return_layers)(x)

    def backbone(body, x, return_layers):
        channels = [1] * len(return_layers)
        return BackboneWithFPN(body, return_layers, channels, 1).body(x)

    def subclass(body, x, return_layers):
        return type("Own", (IntermediateLayerGetter,), {})(body, return_layers)(x)


class blur_pool:
    """No library has it."""
