"""Right answers of notebook 02, from functions and tensor methods, with hooks for the features."""

import torch
import torch.nn.functional as F
from torch import nn


class FrozenBatchNorm2d(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.register_buffer("weight", torch.ones(num_features))
        self.register_buffer("bias", torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))
        self.eps = eps

    def forward(self, x):
        whiten = (self.running_var + self.eps).rsqrt()
        centred = x.movedim(1, -1) - self.running_mean
        return (centred * whiten * self.weight + self.bias).movedim(-1, 1)

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs):
        state_dict = {k: v for k, v in state_dict.items() if not k.endswith("num_batches_tracked")}
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def bottleneck_forward(block, x):
    identity = x
    out = F.conv2d(x, block.conv1.weight)
    out = F.relu(block.bn1(out))
    conv = block.conv2
    out = F.conv2d(out, conv.weight, None, conv.stride, conv.padding, conv.dilation, conv.groups)
    out = F.relu(block.bn2(out))
    out = block.bn3(F.conv2d(out, block.conv3.weight))
    if block.downsample:
        identity = block.downsample(x)
    out += identity
    return out.clamp(min=0)


def intermediate_features(body, x, return_layers):
    class Done(Exception):
        pass

    features = {}

    def keep(name):
        def hook(module, inputs, output):
            features[return_layers[name]] = output
            if len(features) == len(return_layers):
                raise Done

        return hook

    handles = [getattr(body, name).register_forward_hook(keep(name)) for name in return_layers]
    try:
        body(x)
    except Done:
        pass
    finally:
        for handle in handles:
            handle.remove()
    return features
