"""Answers to the exercises of 02_backbone: wrong, right in other ways, and handed over.

`WRONG[exercise][mistake]` is an edit of the notebook's own solution, (old text, new text), that
makes this typical mistake. `RIGHT[exercise][style]` and `DELEGATING[exercise]` are whole sources.
"""

from pathlib import Path

from tests.answers.styles import right_answers

_SPREAD = "torch.sqrt(self.running_var + self.eps)"
_MEAN = "shift = self.bias - self.running_mean * scale"
_SCALE = f"scale = self.weight / {_SPREAD}"
_FIRST = "residual = block.relu(block.bn1(block.conv1(x)))"
_SECOND = "residual = block.relu(block.bn2(block.conv2(residual)))"
_THIRD = "residual = block.bn3(block.conv3(residual))"
_SUM = "return block.relu(residual + shortcut)"
_SHORTCUT = "shortcut = x if block.downsample is None else block.downsample(x)"
_BLUR = "return F.conv2d(padded, kernel, stride=stride, groups=x.shape[1])"

WRONG = {
    "FrozenBatchNorm2d": {
        "eps_outside_root": (
            _SPREAD,
            "(torch.sqrt(self.running_var) + self.eps)",
        ),
        "eps_unused": (_SPREAD, "torch.sqrt(self.running_var)"),
        "eps_fixed": ("self.eps = eps", "self.eps = 1e-5"),
        "over_variance": (_SPREAD, "(self.running_var + self.eps)"),
        "statistics_of_batch": (
            _SCALE,
            "rest = x.transpose(0, 1).flatten(1)\n"
            "        running_var, running_mean = rest.var(1, unbiased=False), rest.mean(1)\n"
            "        scale = self.weight / torch.sqrt(running_var + self.eps)\n"
            "        return (x - running_mean[:, None, None]) * scale[:, None, None] + "
            "self.bias[:, None, None]",
        ),
        "mean_unused": (_MEAN, "shift = self.bias"),
        "mean_added": (_MEAN, "shift = self.bias + self.running_mean * scale"),
        "weight_and_bias_unused": (
            _SCALE,
            f"scale = 1 / {_SPREAD}\n"
            "        return (x - self.running_mean[:, None, None]) * scale[:, None, None]",
        ),
        "bias_scaled": (
            _MEAN,
            "shift = self.weight * self.bias - self.running_mean * scale",
        ),
        "state_unused": (
            "return x * scale[:, None, None] + shift[:, None, None]",
            "return x / (1 + self.eps) ** 0.5",
        ),
        "along_width": (
            "x * scale[:, None, None] + shift[:, None, None]",
            "x * scale + shift",
        ),
    },
    "bottleneck_forward": {
        "no_shortcut": ("residual + shortcut", "residual"),
        "last_relu_missing": (_SUM, "return residual + shortcut"),
        "last_relu_early": (
            _SUM,
            "return block.relu(residual) + shortcut",
        ),
        "relu_before_sum": (
            _SUM,
            "return block.relu(block.relu(residual) + shortcut)",
        ),
        "relu_in_shortcut": ("residual + shortcut", "residual + shortcut.relu()"),
        "downsample_unused": (_SHORTCUT, "shortcut = x"),
        "first_relu_missing": (
            _FIRST,
            "residual = block.bn1(block.conv1(x))",
        ),
        "second_relu_missing": (
            _SECOND,
            "residual = block.bn2(block.conv2(residual))",
        ),
        "inner_relus_missing": (
            f"{_FIRST}\n    {_SECOND}",
            "residual = block.bn2(block.conv2(block.bn1(block.conv1(x))))",
        ),
        "relu_first": (
            f"{_FIRST}\n    {_SECOND}",
            "residual = block.bn1(block.relu(block.conv1(x)))\n"
            "    residual = block.bn2(block.relu(block.conv2(residual)))",
        ),
        "no_batch_norms": (
            f"{_FIRST}\n    {_SECOND}\n    {_THIRD}",
            "residual = block.relu(block.conv1(x))\n"
            "    residual = block.conv3(block.relu(block.conv2(residual)))",
        ),
        "last_batch_norm_missing": (_THIRD, "residual = block.conv3(residual)"),
    },
    "intermediate_features": {
        "old_names": (
            "features[return_layers[name]] = x",
            "features[name] = x",
        ),
        "order_as_asked": (
            "    return features",
            "    return {new: features[new] for new in return_layers.values()}",
        ),
        "inputs_returned": (
            "        x = layer(x)\n        if name in return_layers:\n"
            "            features[return_layers[name]] = x\n",
            "        if name in return_layers:\n"
            "            features[return_layers[name]] = x\n        x = layer(x)\n",
        ),
        "all_returned": (
            "        if name in return_layers:\n            features[return_layers[name]] = x\n"
            "        if len(features) == len(return_layers):",
            "        features[return_layers.get(name, name)] = x\n"
            "        if set(features) >= set(return_layers.values()):",
        ),
        "only_last": (
            "    return features",
            "    last = list(features)[-1]\n    return {last: features[last]}",
        ),
        "list": (
            "    return features",
            "    return list(features.values())",
        ),
    },
    "blur_pool": {
        "not_blurred": (_BLUR, "return x[:, :, ::stride, ::stride]"),
        "averaged": ("[1, 2, 1], dtype=x.dtype) / 4", "[1, 1, 1], dtype=x.dtype) / 3"),
        "zeros_beyond": ('mode="reflect"', 'mode="constant"'),
        "border_repeated": ('mode="reflect"', 'mode="replicate"'),
        "not_divided": ("dtype=x.dtype) / 4", "dtype=x.dtype)"),
        "channels_mixed": (
            "kernel = torch.outer(line, line).repeat(x.shape[1], 1, 1, 1)",
            "kernel = torch.outer(line, line).repeat(x.shape[1], x.shape[1], 1, 1)\n"
            "    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode='reflect'), kernel, stride=stride)",
        ),
        "one_later": (
            _BLUR,
            "return F.conv2d(padded, kernel, groups=x.shape[1])[:, :, 1::stride, 1::stride]",
        ),
        "stride_unused": ("stride=stride", "stride=1"),
    },
}

DELEGATING = {
    "FrozenBatchNorm2d": """
class FrozenBatchNorm2d(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.eps = eps
        for name, values in nn.BatchNorm2d(num_features).state_dict().items():
            if name != "num_batches_tracked":
                self.register_buffer(name, values)

    def forward(self, x):
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
        )
""",
    "bottleneck_forward": """
def bottleneck_forward(block, x):
    return block(x)
""",
    "intermediate_features": """
def intermediate_features(body, x, return_layers):
    from torchvision.models._utils import IntermediateLayerGetter
    return IntermediateLayerGetter(body, return_layers)(x)
""",
    "blur_pool": """
def blur_pool(x, stride=2):
    from rcnn_course.reference.backbone import blur_pool as blur
    return blur(x, stride)
""",
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
