"""What libraries have for the exercises of 03_upsampling."""

import functools

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torchvision import ops
from torchvision.transforms import functional as transforms_v1
from torchvision.transforms.v2 import functional as transforms


def _pair(size):
    return (size, size) if isinstance(size, int) else tuple(size)


def _pictures(input, function):
    """Let `function` make a picture of each channel of maps."""
    made = [
        [function(Image.fromarray(channel.detach().float().numpy())) for channel in image]
        for image in input
    ]
    return torch.from_numpy(np.array([[np.array(p) for p in row] for row in made])).to(input)


def _grid(input, size, align_corners, mode):
    theta = torch.eye(2, 3).to(input).expand(len(input), 2, 3)
    grid = F.affine_grid(theta, [len(input), 1, *size], align_corners=align_corners)
    return F.grid_sample(input, grid, mode, padding_mode="border", align_corners=align_corners)


class upsample_nearest_1d:
    def interpolate(input, size):
        return F.interpolate(input, size=size)

    def layer(input, size):
        return nn.Upsample(size=size)(input)

    def operator(input, size):
        return torch.ops.aten.upsample_nearest1d(input, [size], None)

    def overload(input, size):
        return torch.ops.aten.upsample_nearest1d.default(input, [size])

    def behind_python(input, size):
        return torch._C._nn.upsample_nearest1d(input, [size])

    def two_dimensions(input, size):
        return F.interpolate(input[:, :, None], size=(1, size))[:, :, 0]

    def resize(input, size):
        shape = [input.shape[1], size]
        return transforms.resize(input[None], shape, transforms_v1.InterpolationMode.NEAREST)[0]

    def pillow(input, size):
        picture = Image.fromarray(input.flatten(0, 1).detach().float().numpy())
        own = picture.transform(
            (size, picture.height),
            Image.Transform.AFFINE,
            (picture.width / size, 0, 1e-3, 0, 1, 0),
            Image.Resampling.NEAREST,
        )
        return torch.from_numpy(np.array(own)).to(input).reshape(*input.shape[:2], size)

    def pillow_resize(input, size):
        picture = Image.fromarray(input.flatten(0, 1).detach().float().numpy())
        own = picture.resize((size, picture.height), Image.Resampling.NEAREST)
        return torch.from_numpy(np.array(own)).to(input).reshape(*input.shape[:2], size)

    def decomposition(input, size):
        return torch._decomp.decompositions.upsample_nearest1d(input, [size])


class upsample_linear_1d:
    def interpolate(input, size, align_corners=False):
        return F.interpolate(input, size=size, mode="linear", align_corners=align_corners)

    def layer(input, size, align_corners=False):
        return nn.Upsample(size=size, mode="linear", align_corners=align_corners)(input)

    def operator(input, size, align_corners=False):
        return torch.ops.aten.upsample_linear1d(input, [size], align_corners, None)

    def overload(input, size, align_corners=False):
        return torch.ops.aten.upsample_linear1d.default(input, [size], align_corners)

    def behind_python(input, size, align_corners=False):
        return torch._C._nn.upsample_linear1d(input, [size], align_corners)

    def two_dimensions(input, size, align_corners=False):
        maps = input[:, :, None]
        options = {"mode": "bilinear", "align_corners": align_corners}
        return F.interpolate(maps, size=(1, size), **options)[:, :, 0]

    def three_dimensions(input, size, align_corners=False):
        maps = input[:, :, None, None]
        options = {"mode": "trilinear", "align_corners": align_corners}
        return F.interpolate(maps, size=(1, 1, size), **options)[:, :, 0, 0]

    def grid_sample(input, size, align_corners=False):
        return _grid(input[:, :, None], (1, size), align_corners, "bilinear")[:, :, 0]

    def pillow_resize(input, size, align_corners=False):
        picture = Image.fromarray(input.flatten(0, 1).detach().float().numpy())
        own = picture.resize((size, picture.height), Image.Resampling.BILINEAR)
        return torch.from_numpy(np.array(own)).to(input).reshape(*input.shape[:2], size)

    def decomposition(input, size, align_corners=False):
        function = torch._decomp.decompositions.upsample_linear1d
        return function(input, [size], align_corners)


class upsample_nearest_2d:
    def interpolate(input, size):
        return F.interpolate(input, size=size)

    def layer(input, size):
        return nn.UpsamplingNearest2d(_pair(size))(input)

    def operator(input, size):
        return torch.ops.aten.upsample_nearest2d(input, list(_pair(size)), None)

    def overload(input, size):
        return torch.ops.aten.upsample_nearest2d.default(input, list(_pair(size)))

    def behind_python(input, size):
        return torch._C._nn.upsample_nearest2d(input, _pair(size))

    def resize(input, size):
        return transforms.resize(input, _pair(size), transforms_v1.InterpolationMode.NEAREST)

    def quantized(input, size):
        limit = input.detach().abs().max().item() / 2**31 * 1.01
        own = torch.quantize_per_tensor(input.detach().float(), limit, 0, torch.qint32)
        return F.interpolate(own, size=_pair(size)).dequantize().to(input)

    def pillow(input, size):
        height, width = _pair(size)
        steps = input.shape[3] / width, input.shape[2] / height
        return _pictures(
            input,
            lambda picture: picture.transform(
                (width, height), Image.Transform.AFFINE, (steps[0], 0, 0, 0, steps[1], 0)
            ),
        )

    def pillow_resize(input, size):
        return _pictures(input, lambda p: p.resize(_pair(size)[::-1], Image.Resampling.NEAREST))

    def decomposition(input, size):
        return torch._decomp.decompositions.upsample_nearest2d(input, list(_pair(size)))


class upsample_bilinear_2d:
    def interpolate(input, size, align_corners=False):
        return F.interpolate(input, size, mode="bilinear", align_corners=align_corners)

    def layer(input, size, align_corners=False):
        return nn.Upsample(_pair(size), mode="bilinear", align_corners=align_corners)(input)

    def operator(input, size, align_corners=False):
        return torch.ops.aten.upsample_bilinear2d(input, list(_pair(size)), align_corners, None)

    def overload(input, size, align_corners=False):
        return torch.ops.aten.upsample_bilinear2d.default(input, list(_pair(size)), align_corners)

    def behind_python(input, size, align_corners=False):
        return torch._C._nn.upsample_bilinear2d(input, _pair(size), align_corners)

    def grid_sample(input, size, align_corners=False):
        return _grid(input, _pair(size), align_corners, "bilinear")

    def grid_sample_operator(input, size, align_corners=False):
        theta = torch.eye(2, 3).to(input).expand(len(input), 2, 3)
        grid = F.affine_grid(theta, [len(input), 1, *_pair(size)], align_corners=align_corners)
        return torch.grid_sampler_2d(input, grid, 0, 1, align_corners)

    def decomposition(input, size, align_corners=False):
        theta = torch.eye(2, 3).to(input).expand(len(input), 2, 3)
        grid = F.affine_grid(theta, [len(input), 1, *_pair(size)], align_corners=align_corners)
        function = torch._decomp.decompositions.grid_sampler_2d
        return function(input, grid, 0, 1, align_corners)

    def decomposition_of_interpolation(input, size, align_corners=False):
        function = torch._decomp.decompositions.upsample_bilinear2d
        return function(input, list(_pair(size)), align_corners)

    def resize(input, size, align_corners=False):
        return transforms.resize(input, _pair(size), antialias=False)

    def align_of_rois(input, size, align_corners=False):
        height, width = _pair(size)
        whole = torch.tensor(
            [[i, 0.0, 0, input.shape[3], input.shape[2]] for i in range(len(input))]
        )
        return ops.roi_align(input.contiguous(), whole.to(input), (height, width), 1.0, 1, True)

    def pillow_resize(input, size, align_corners=False):
        return _pictures(input, lambda p: p.resize(_pair(size)[::-1], Image.Resampling.BILINEAR))


def _as_input(output_shape, input, weight, stride, padding):
    """Return the output of a transposed convolution as the gradient of a convolution."""
    convolution = F.conv1d if input.ndim == 3 else F.conv2d
    made = input.new_zeros(output_shape, requires_grad=True)
    with torch.enable_grad():
        result = convolution(made, weight, stride=stride, padding=padding)
        return torch.autograd.grad(result, made, input, create_graph=True)[0]


def _shape(input, weight, stride, padding):
    sides = [
        (a - 1) * stride - 2 * padding + k
        for a, k in zip(input.shape[2:], weight.shape[2:], strict=True)
    ]
    return (len(input), weight.shape[1], *sides)


def _biased(output, bias):
    return output if bias is None else output + bias.reshape(-1, *[1] * (output.ndim - 2))


def _transposed(dimensions):
    """Return what libraries have for both exercises with transposed convolution."""
    functional = {1: F.conv_transpose1d, 2: F.conv_transpose2d}[dimensions]
    layer_class = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d}[dimensions]
    gradient = {1: torch.nn.grad.conv1d_input, 2: torch.nn.grad.conv2d_input}[dimensions]
    convolution = {1: F.conv1d, 2: F.conv2d}[dimensions]

    def as_function(input, weight, bias=None, stride=1, padding=0):
        return functional(input, weight, bias, stride=stride, padding=padding)

    def layer(input, weight, bias=None, stride=1, padding=0):
        own = layer_class(*weight.shape[:3], stride=stride, padding=padding, bias=bias is not None)
        names = {"weight": weight} | ({} if bias is None else {"bias": bias})
        return torch.func.functional_call(own, names, input)

    def general(input, weight, bias=None, stride=1, padding=0):
        n = dimensions
        settings = [stride] * n, [padding] * n, [1] * n, True, [0] * n, 1
        return torch.convolution(input, weight, bias, *settings)

    def overload(input, weight, bias=None, stride=1, padding=0):
        n = dimensions
        settings = [stride] * n, [padding] * n, [1] * n, True, [0] * n, 1
        return torch.ops.aten.convolution.default(input, weight, bias, *settings)

    def underscored(input, weight, bias=None, stride=1, padding=0):
        n = dimensions
        settings = [stride] * n, [padding] * n, [1] * n, True, [0] * n, 1
        flags = False, False, False, False
        return torch._convolution(input, weight, bias, *settings, *flags)

    def gradient_function(input, weight, bias=None, stride=1, padding=0):
        shape = _shape(input, weight, stride, padding)
        return _biased(gradient(shape, weight, input, stride=stride, padding=padding), bias)

    def autograd(input, weight, bias=None, stride=1, padding=0):
        shape = _shape(input, weight, stride, padding)
        return _biased(_as_input(shape, input, weight, stride, padding), bias)

    def vjp(input, weight, bias=None, stride=1, padding=0):
        made = input.new_zeros(_shape(input, weight, stride, padding))
        own = functools.partial(convolution, weight=weight, stride=stride, padding=padding)
        return _biased(torch.func.vjp(own, made)[1](input)[0], bias)

    def backward_operator(input, weight, bias=None, stride=1, padding=0):
        made = input.new_zeros(_shape(input, weight, stride, padding))
        n = dimensions
        settings = [stride] * n, [padding] * n, [1] * n, False, [0] * n, 1
        backward = torch.ops.aten.convolution_backward
        return _biased(
            backward(input, made, weight, None, *settings, [True, False, False])[0], bias
        )

    def transposed_jacobian(input, weight, bias=None, stride=1, padding=0):
        made = input.new_zeros(_shape(input, weight, stride, padding))
        jacobian = torch.func.jacrev(
            lambda x: convolution(x, weight, stride=stride, padding=padding)
        )(made)
        return _biased(torch.tensordot(input, jacobian, dims=input.ndim), bias)

    def double(input, weight, bias=None, stride=1, padding=0):
        bias = None if bias is None else bias.double()
        made = functional(input.double(), weight.double(), bias, stride=stride, padding=padding)
        return made.to(input.dtype)

    roads = locals()
    return {
        name: road
        for name, road in roads.items()
        if name
        in (
            "as_function",
            "layer",
            "general",
            "overload",
            "underscored",
            "gradient_function",
            "autograd",
            "vjp",
            "backward_operator",
            "transposed_jacobian",
            "double",
        )
    }


conv_transpose_1d = type("conv_transpose_1d", (), _transposed(1))
conv_transpose_2d = type("conv_transpose_2d", (), _transposed(2))


def _kernel_from(double):
    """Return a way to the bilinear kernel that reads it off an enlarged impulse."""

    def kernel(channels, factor):
        impulse = torch.zeros(1, 1, 5, 5)
        impulse[0, 0, 2, 2] = 1
        spread = double(impulse, factor)[0, 0]
        inside = spread[spread.sum(1) > 1e-6][:, spread.sum(0) > 1e-6]
        return torch.eye(channels)[:, :, None, None] * inside

    return kernel


class bilinear_kernel:
    interpolate = _kernel_from(lambda x, f: F.interpolate(x, scale_factor=f, mode="bilinear"))
    layer = _kernel_from(lambda x, f: nn.Upsample(scale_factor=f, mode="bilinear")(x))
    corners_apart = _kernel_from(
        lambda x, f: F.interpolate(x, scale_factor=f, mode="bilinear", align_corners=False)
    )
    operator = _kernel_from(
        lambda x, f: torch.ops.aten.upsample_bilinear2d(x, [5 * f, 5 * f], False, None)
    )
    overload = _kernel_from(
        lambda x, f: torch.ops.aten.upsample_bilinear2d.vec(x, [5 * f, 5 * f], False, None)
    )
    behind_python = _kernel_from(
        lambda x, f: torch._C._nn.upsample_bilinear2d(x, (5 * f, 5 * f), False)
    )
    grid_sample = _kernel_from(lambda x, f: _grid(x, (5 * f, 5 * f), False, "bilinear"))
    decomposition = _kernel_from(
        lambda x, f: torch._decomp.decompositions.upsample_bilinear2d(x, [5 * f, 5 * f], False)
    )
    resize = _kernel_from(lambda x, f: transforms.resize(x, [5 * f, 5 * f], antialias=False))
    pillow_resize = _kernel_from(
        lambda x, f: _pictures(x, lambda p: p.resize((5 * f, 5 * f), Image.Resampling.BILINEAR))
    )
    align_of_rois = _kernel_from(
        lambda x, f: ops.roi_align(
            x, torch.tensor([[0, 0.0, 0, 5, 5]]), (5 * f, 5 * f), 1.0, 1, True
        )
    )


def _skip(double):
    """Return a way to the sum of scores that doubles the coarse ones by `double`."""

    def answer(coarse, fine, weight, bias):
        made = double(coarse)[:, :, : fine.shape[2], : fine.shape[3]]
        return made + F.conv2d(fine, weight, bias)

    return answer


def _bilinear(channels):
    line = torch.tensor([0.25, 0.75, 0.75, 0.25])
    return torch.eye(channels)[:, :, None, None] * torch.outer(line, line)


class fcn_skip_sum:
    as_function = _skip(
        lambda x: F.conv_transpose2d(x, _bilinear(x.shape[1]).to(x), stride=2, padding=1)
    )
    general = _skip(
        lambda x: torch.convolution(
            x, _bilinear(x.shape[1]).to(x), None, [2, 2], [1, 1], [1, 1], True, [0, 0], 1
        )
    )
    overload = _skip(
        lambda x: torch.ops.aten.convolution.default(
            x, _bilinear(x.shape[1]).to(x), None, [2, 2], [1, 1], [1, 1], True, [0, 0], 1
        )
    )
    groups = _skip(
        lambda x: F.conv_transpose2d(
            x,
            _bilinear(1).to(x).expand(x.shape[1], 1, 4, 4),
            stride=2,
            padding=1,
            groups=x.shape[1],
        )
    )
    gradient = _skip(
        lambda x: torch.nn.grad.conv2d_input(
            _shape(x, _bilinear(x.shape[1]), 2, 1), _bilinear(x.shape[1]).to(x), x, 2, 1
        )
    )
    autograd = _skip(
        lambda x: _as_input(
            _shape(x, _bilinear(x.shape[1]), 2, 1), x, _bilinear(x.shape[1]).to(x), 2, 1
        )
    )
    # bilinear enlarging and zeros outside, which the transposed convolution sees too
    interpolate = _skip(
        lambda x: F.interpolate(F.pad(x, (1, 1, 1, 1)), scale_factor=2, mode="bilinear")[
            :, :, 2:-2, 2:-2
        ]
    )
    resize = _skip(
        lambda x: transforms.resize(
            F.pad(x, (1, 1, 1, 1)), [2 * s + 4 for s in x.shape[2:]], antialias=False
        )[:, :, 2:-2, 2:-2]
    )
    grid_sample = _skip(
        lambda x: _grid(
            F.pad(x, (1, 1, 1, 1)), [2 * s + 4 for s in x.shape[2:]], False, "bilinear"
        )[:, :, 2:-2, 2:-2]
    )
    layer = _skip(
        lambda x: torch.func.functional_call(
            nn.ConvTranspose2d(x.shape[1], x.shape[1], 4, stride=2, padding=1, bias=False),
            {"weight": _bilinear(x.shape[1]).to(x)},
            x,
        )
    )


class max_unpool_2d:
    def functional(x, indices, size):
        return F.max_unpool2d(x, indices, 2, output_size=size)

    def module(x, indices, size):
        return torch.nn.MaxUnpool2d(2)(x, indices, output_size=size)

    def operator(x, indices, size):
        return torch.ops.aten.max_unpool2d(x, indices, size)
