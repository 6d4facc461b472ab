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

WRONG = {
    "FrozenBatchNorm2d": {
        "eps is added to the standard deviation": (
            _SPREAD,
            "(torch.sqrt(self.running_var) + self.eps)",
        ),
        "eps is left out": (_SPREAD, "torch.sqrt(self.running_var)"),
        "eps is always 1e-5": ("self.eps = eps", "self.eps = 1e-5"),
        "the values are divided by the variance": (_SPREAD, "(self.running_var + self.eps)"),
        "the mean and the variance are those of the batch": (
            _SCALE,
            "rest = x.transpose(0, 1).flatten(1)\n"
            "        running_var, running_mean = rest.var(1, unbiased=False), rest.mean(1)\n"
            "        scale = self.weight / torch.sqrt(running_var + self.eps)\n"
            "        return (x - running_mean[:, None, None]) * scale[:, None, None] + "
            "self.bias[:, None, None]",
        ),
        "the mean is not subtracted": (_MEAN, "shift = self.bias"),
        "the mean is added": (_MEAN, "shift = self.bias + self.running_mean * scale"),
        "weight and bias are not used": (
            _SCALE,
            f"scale = 1 / {_SPREAD}\n"
            "        return (x - self.running_mean[:, None, None]) * scale[:, None, None]",
        ),
        "the bias is scaled by the weight": (
            _MEAN,
            "shift = self.weight * self.bias - self.running_mean * scale",
        ),
        "the numbers are those from before the state dict was loaded": (
            "return x * scale[:, None, None] + shift[:, None, None]",
            "return x / (1 + self.eps) ** 0.5",
        ),
        "the numbers go along the width instead of the channels": (
            "x * scale[:, None, None] + shift[:, None, None]",
            "x * scale + shift",
        ),
    },
    "bottleneck_forward": {
        "the shortcut is not added": ("residual + shortcut", "residual"),
        "there is no ReLU after the sum": (_SUM, "return residual + shortcut"),
        "the last ReLU comes before the sum instead of after it": (
            _SUM,
            "return block.relu(residual) + shortcut",
        ),
        "there is a ReLU before the sum": (
            _SUM,
            "return block.relu(block.relu(residual) + shortcut)",
        ),
        "the shortcut goes through a ReLU": ("residual + shortcut", "residual + shortcut.relu()"),
        "downsample is not used": (_SHORTCUT, "shortcut = x"),
        "there is no ReLU after the first batch norm": (
            _FIRST,
            "residual = block.bn1(block.conv1(x))",
        ),
        "there is no ReLU after the second batch norm": (
            _SECOND,
            "residual = block.bn2(block.conv2(residual))",
        ),
        "there is no ReLU between the convolutions": (
            f"{_FIRST}\n    {_SECOND}",
            "residual = block.bn2(block.conv2(block.bn1(block.conv1(x))))",
        ),
        "the ReLUs come before the batch norms": (
            f"{_FIRST}\n    {_SECOND}",
            "residual = block.bn1(block.relu(block.conv1(x)))\n"
            "    residual = block.bn2(block.relu(block.conv2(residual)))",
        ),
        "the batch norms are left out": (
            f"{_FIRST}\n    {_SECOND}\n    {_THIRD}",
            "residual = block.relu(block.conv1(x))\n"
            "    residual = block.conv3(block.relu(block.conv2(residual)))",
        ),
        "the last batch norm is left out": (_THIRD, "residual = block.conv3(residual)"),
    },
    "intermediate_features": {
        "the features have the names of the layers": (
            "features[return_layers[name]] = x",
            "features[name] = x",
        ),
        "the features stand in the order of return_layers": (
            "    return features",
            "    return {new: features[new] for new in return_layers.values()}",
        ),
        "the features are what goes into each layer": (
            "        x = layer(x)\n        if name in return_layers:\n"
            "            features[return_layers[name]] = x\n",
            "        if name in return_layers:\n"
            "            features[return_layers[name]] = x\n        x = layer(x)\n",
        ),
        "layers that nobody asked for are returned too": (
            "        if name in return_layers:\n            features[return_layers[name]] = x\n"
            "        if len(features) == len(return_layers):",
            "        features[return_layers.get(name, name)] = x\n"
            "        if set(features) >= set(return_layers.values()):",
        ),
        "only the last of the layers is returned": (
            "    return features",
            "    last = list(features)[-1]\n    return {last: features[last]}",
        ),
        "the features come as a list": (
            "    return features",
            "    return list(features.values())",
        ),
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
}


RIGHT = right_answers(Path(__file__).parent, WRONG)
