"""Words that a wrong answer may lack: methods, functions and options, the likeliest first."""

STEPS = (
    *("clamp(min=0)", "exp()", "log()", "sqrt()", "sigmoid()", "relu()", "square()", "abs()"),
    *("long()", "float()", "double()", "bool()", "floor()", "round()", "ceil()", "clone()"),
    *("copy()", "detach()", "mT", "flip(0)", "flip(1)", "flip(-1)", "softmax(-1)", "softmax(1)"),
    *("unsqueeze(0)", "unsqueeze(1)", "unsqueeze(-1)", "squeeze(0)", "squeeze(1)", "squeeze(-1)"),
    *("log_softmax(1)", "log2()", "sum()", "mean()", "argsort()", "contiguous()", "clamp(0, 1)"),
    *("log1p()", "expm1()", "tanh()"),
    *("flatten(1)", "clamp(max=1)", "clamp(min=1)", "T", "int()", "trunc()", "item()", "tolist()"),
    *("max(0)", "max(1)", "amax(0)", "amax(1)", "amin(0)", "amin(1)", "amax((-2, -1))", "sort()"),
    *("amax(1, keepdim=True)", "amax(0, keepdim=True)", "transpose(1, 2)", "transpose(2, 3)"),
    *("to(torch.int64)", "to(torch.float32)", "sort(descending=True)", "items()", "values()"),
)
"""Methods and attributes that may be missing behind a value."""

CALLS = (
    *("int", "round", "list", "dict", "reversed", "sorted", "len", "abs", "tuple", "float"),
    *("max", "min", "sum"),
    *("math.exp", "math.log", "math.sqrt", "math.floor", "math.ceil", "math.log2"),
    *("np.exp", "np.log", "np.sqrt", "np.floor", "np.concatenate", "np.log2"),
    *("torch.cat", "torch.stack", "copy.copy", "copy.deepcopy"),
)
"""Functions that may be missing around a value."""

FUNCTIONS = (
    *("torch.arange", "torch.sqrt", "torch.exp", "torch.log2", "torch.sigmoid", "np.arange"),
    *("np.sqrt", "np.exp", "np.log2", "math.sqrt", "math.exp", "math.log2"),
)
"""Functions of one value, which may be missing with it."""

FUNCTIONS_OF_TWO = (
    *("torch.minimum", "torch.maximum", "np.minimum", "np.maximum", "min", "max"),
    *("ops.clip_boxes_to_image", "ops.box_iou", "zip", "torch.matmul"),
)
"""Functions of two values, one of which may be missing with it."""

OPTIONS = {
    "argmax argmin": ("dim=0", "dim=1", "dim=-1", "keepdim=True"),
    "sum mean max min amax amin any all": ("dim=0", "dim=1", "dim=-1", "keepdim=True"),
    "sort argsort topk": ("dim=0", "dim=1", "descending=True", "stable=True", "sorted=False"),
    "cat stack softmax log_softmax": ("dim=0", "dim=1", "dim=-1", "dim=2"),
    "clamp clip": ("min=0", "min=1", "max=1", "min=1.0", "min=0.0"),
    "div": ("rounding_mode='floor'", "rounding_mode='trunc'"),
    "meshgrid": ("indexing='ij'", "indexing='xy'"),
    "cross_entropy smooth_l1_loss l1_loss binary_cross_entropy_with_logits nll_loss huber_loss"
    " SmoothL1Loss HuberLoss CrossEntropyLoss BCEWithLogitsLoss": (
        *("reduction='sum'", "reduction='none'", "beta=1 / 9", "delta=1 / 9"),
    ),
    "interpolate grid_sample upsample Upsample": (
        *("align_corners=True", "align_corners=False", "mode='bilinear'", "mode='nearest'"),
        *("scale_factor=2", "padding_mode='zeros'", "padding_mode='border'"),
    ),
    "Conv2d ConvTranspose2d conv2d conv1d": (
        *("padding=1", "stride=2", "bias=False", "kernel_size=1", "kernel_size=3"),
        *("kernel_size=2", "padding=0"),
    ),
    "kaiming_normal_ kaiming_uniform_": (*("mode='fan_out'", "nonlinearity='relu'", "a=1", "a=0"),),
    "normal_": ("std=0.01", "std=0.001"),
    "zeros ones full empty arange tensor linspace eye": (
        *("dtype=torch.bool", "dtype=torch.int64", "dtype=torch.float32", "dtype=torch.long"),
    ),
    "max_pool1d max_pool2d MaxPool2d avg_pool2d AvgPool2d": (
        *("kernel_size=1", "kernel_size=2", "kernel_size=3", "stride=1", "stride=2", "padding=1"),
        "ceil_mode=True",
    ),
    "nonzero where": ("as_tuple=True",),
    "mean sum any all max min argmax concatenate stack": ("axis=0", "axis=1", "axis=-1"),
    "max min": ("initial=0", "default=0"),
    "unique": ("return_inverse=True",),
    "repeat_interleave": ("dim=0", "dim=1"),
    "Conv2dNormActivation MLP": ("norm_layer=None", "activation_layer=None", "inplace=True"),
}
"""Options that a call may lack, by the names of functions."""

OPTIONS_OF_OTHERS = {
    "zeros ones full empty arange tensor linspace eye": "dtype=({}).dtype",
    "clamp clip": "max={}|min={}",
    "conv1d conv2d conv_transpose1d conv_transpose2d Conv2d": (
        "padding={}|padding={} - 1|padding={} // 2|stride={}|dilation={}|groups={}|kernel_size={}"
    ),
    "interpolate upsample Upsample": "size=({}).shape[-2:]|size={}|scale_factor={}",
    "split": "dim={}",
    "roi_align": "spatial_scale={}|sampling_ratio={}|aligned={}",
}
"""The same, with what stands elsewhere in the answer."""

METHODS = ("zero_grad", "step", "backward", "eval", "train", "sort", "reverse")
"""Methods that may be missing as statements of their own."""

MODULES = frozenset(
    {"torch", "np", "numpy", "math", "F", "nn", "ops", "functional", "self", "copy", "init"}
)
"""Names that stand for modules, and are no values."""
