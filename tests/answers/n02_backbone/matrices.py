"""Right answers of notebook 02, with einsum and with subclasses and sequences of PyTorch."""

import torch
from torch import nn


class FrozenBatchNorm2d(nn.BatchNorm2d):
    def __init__(self, num_features, eps=1e-5):
        super().__init__(num_features, eps)
        del self.weight, self.bias, self.num_batches_tracked
        self.register_buffer("weight", torch.ones(num_features))
        self.register_buffer("bias", torch.zeros(num_features))

    def forward(self, x):
        scale = torch.diag(self.weight * (self.running_var + self.eps) ** -0.5)
        shift = self.bias - scale @ self.running_mean
        return torch.einsum("cd,ndhw->nchw", scale.to(x.dtype), x) + shift.view(1, -1, 1, 1)

    def _load_from_state_dict(self, state_dict, prefix, *args):
        if prefix + "num_batches_tracked" in state_dict:
            del state_dict[prefix + "num_batches_tracked"]
        nn.Module._load_from_state_dict(self, state_dict, prefix, *args)


def bottleneck_forward(block, x):
    relu = nn.ReLU()
    way = nn.Sequential(
        block.conv1, block.bn1, relu, block.conv2, block.bn2, relu, block.conv3, block.bn3
    )
    shortcut = block.downsample or nn.Identity()
    return relu(torch.stack([way(x), shortcut(x)]).sum(dim=0))


def intermediate_features(body, x, return_layers):
    children = dict(body.named_children())
    names = list(children)
    features, start = {}, 0
    for name in sorted(return_layers, key=names.index):
        stop = names.index(name) + 1
        x = nn.Sequential(*[children[n] for n in names[start:stop]])(x)
        features[return_layers[name]], start = x, stop
    return features
