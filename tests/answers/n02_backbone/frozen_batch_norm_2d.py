"""Right answers to `FrozenBatchNorm2d`, one for each style."""

import torch
from torch import nn


class FrozenBatchNorm2d_functional(nn.Module):
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


class FrozenBatchNorm2d_loops(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.eps = eps
        for name, value in zip(
            ("weight", "bias", "running_mean", "running_var"), (1.0, 0.0, 0.0, 1.0), strict=True
        ):
            self.register_buffer(name, torch.full((num_features,), value))
        self._register_load_state_dict_pre_hook(self._drop)

    def _drop(self, state_dict, prefix, *args):
        state_dict.pop(prefix + "num_batches_tracked", None)

    def forward(self, x):
        channels = []
        for c in range(x.shape[1]):
            spread = (self.running_var[c].item() + self.eps) ** 0.5
            values = (x[:, c] - self.running_mean[c].item()) / spread
            channels.append(values * self.weight[c].item() + self.bias[c].item())
        return torch.stack(channels, dim=1)


class FrozenBatchNorm2d_matrices(nn.BatchNorm2d):
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
