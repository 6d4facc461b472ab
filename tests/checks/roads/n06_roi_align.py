"""What libraries have for the exercises of 06_roi_align."""

import sys

import torch
import torch.nn.functional as F
from torchvision import ops
from torchvision.ops import poolers
from torchvision.ops._utils import convert_boxes_to_roi_format

PYTHON = sys.modules["torchvision.ops.roi_align"]


def _pair(size):
    return (size, size) if isinstance(size, int) else tuple(size)


def _rois(boxes):
    return boxes if isinstance(boxes, torch.Tensor) else convert_boxes_to_roi_format(boxes)


class roi_pool:
    def torchvision(input, boxes, output_size, spatial_scale=1.0):
        return ops.roi_pool(input, boxes, output_size, spatial_scale)

    def layer(input, boxes, output_size, spatial_scale=1.0):
        return ops.RoIPool(output_size, spatial_scale)(input, boxes)

    def operator(input, boxes, output_size, spatial_scale=1.0):
        settings = spatial_scale, *_pair(output_size)
        return torch.ops.torchvision.roi_pool(input, _rois(boxes), *settings)[0]

    def overload(input, boxes, output_size, spatial_scale=1.0):
        settings = spatial_scale, *_pair(output_size)
        return torch.ops.torchvision.roi_pool.default(input, _rois(boxes), *settings)[0]

    def gathered(input, boxes, output_size, spatial_scale=1.0):
        settings = spatial_scale, *_pair(output_size)
        rois = _rois(boxes)
        _, places = torch.ops.torchvision.roi_pool(input, rois, *settings)
        cells = input[rois[:, 0].long()].flatten(2)
        read = cells.gather(2, places.flatten(2).clamp(min=0).long()).view(places.shape)
        return torch.where(places >= 0, read, 0)

    def double(input, boxes, output_size, spatial_scale=1.0):
        made = ops.roi_pool(input.double(), _rois(boxes).double(), output_size, spatial_scale)
        return made.to(input.dtype)

    def borrowed_forward(input, boxes, output_size, spatial_scale=1.0):
        own = ops.RoIPool(output_size, spatial_scale)
        return ops.RoIPool.forward(own, input, boxes)


def _grid(input, y, x):
    last = torch.tensor([input.shape[2] - 1, input.shape[1] - 1]).clamp(min=1).to(input)
    grid = 2 * torch.stack(torch.broadcast_tensors(x, y), dim=-1) / last - 1
    return grid.reshape(1, 1, -1, 2)


class bilinear_sample:
    def grid_sample(input, y, x):
        read = F.grid_sample(
            input[None], _grid(input, y, x), padding_mode="border", align_corners=True
        )
        return read.reshape(len(input), *torch.broadcast_shapes(y.shape, x.shape))

    def top_level(input, y, x):
        read = torch.grid_sampler(input[None], _grid(input, y, x), 0, 1, True)
        return read.reshape(len(input), *y.shape)

    def operator(input, y, x):
        read = torch.ops.aten.grid_sampler_2d(input[None], _grid(input, y, x), 0, 1, True)
        return read.reshape(len(input), *y.shape)

    def overload(input, y, x):
        read = torch.ops.aten.grid_sampler_2d.default(input[None], _grid(input, y, x), 0, 1, True)
        return read.reshape(len(input), *y.shape)

    def fallback(input, y, x):
        function = torch._grid_sampler_2d_cpu_fallback
        return function(input[None], _grid(input, y, x), 0, 1, True).reshape(len(input), *y.shape)

    def decomposition(input, y, x):
        function = torch._decomp.decompositions.grid_sampler_2d
        return function(input[None], _grid(input, y, x), 0, 1, True).reshape(len(input), *y.shape)

    def three_dimensions(input, y, x):
        grid = F.pad(_grid(input, y, x), (0, 1))[:, None]
        read = F.grid_sample(input[None, :, None], grid, padding_mode="border", align_corners=True)
        return read.reshape(len(input), *y.shape)

    def tiny_rois(input, y, x):
        rows, columns = input.shape[1:]
        y, x = y.flatten().clamp(0, rows - 1), x.flatten().clamp(0, columns - 1)
        # an aligned RoI without area reads a single point, half a cell further up and left
        corners = torch.stack([x, y, x, y], dim=1).to(input) + 0.5
        read = ops.roi_align(input[None], F.pad(corners, (1, 0)), 1, 1.0, 1, True)
        return read[:, :, 0, 0].T

    def python_of_roi_align(input, y, x):
        points = y.reshape(-1, 1, 1), x.reshape(-1, 1, 1)
        image = torch.zeros(y.numel(), dtype=torch.int64)
        read = PYTHON._bilinear_interpolate(input[None], image, *points, None, None)
        return read.reshape(y.numel(), len(input)).T.reshape(len(input), *y.shape)

    def deformable(input, y, x):
        rows, columns = input.shape[1:]
        points = torch.stack([y.clamp(0, rows - 1), x.clamp(0, columns - 1)]).flatten(1)
        eye = torch.eye(len(input))[:, :, None, None].to(input)
        read = [
            ops.deform_conv2d(
                input[None, :, :1, :1].expand(-1, -1, rows, columns) * 0 + input,
                point[None, :, None, None].expand(1, 2, rows, columns),
                eye,
            )[0, :, 0, 0]
            for point in points.T.to(input)
        ]
        return torch.stack(read, dim=1).reshape(
            len(input), *torch.broadcast_shapes(y.shape, x.shape)
        )


class roi_align:
    def torchvision(i, boxes, size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
        return ops.roi_align(i, boxes, size, spatial_scale, sampling_ratio, aligned)

    def layer(i, boxes, size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
        return ops.RoIAlign(size, spatial_scale, sampling_ratio, aligned)(i, boxes)

    def operator(i, boxes, size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
        settings = spatial_scale, *_pair(size), sampling_ratio, aligned
        return torch.ops.torchvision.roi_align(i, _rois(boxes), *settings)

    def overload(i, boxes, size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
        settings = spatial_scale, *_pair(size), sampling_ratio, aligned
        return torch.ops.torchvision.roi_align.default(i, _rois(boxes), *settings)

    def python(i, boxes, size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
        settings = spatial_scale, *_pair(size), sampling_ratio, aligned
        return PYTHON._roi_align.__wrapped__(i, _rois(boxes), *settings)

    def pooler(i, boxes, size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
        pieces = [_rois(boxes)[_rois(boxes)[:, 0] == k, 1:] for k in range(len(i))]
        moved = [piece - (0.5 / spatial_scale if aligned else 0) for piece in pieces]
        return poolers._multiscale_roi_align(
            [i], moved, _pair(size), sampling_ratio, [spatial_scale], poolers.initLevelMapper(0, 1)
        )

    def double(i, boxes, size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
        settings = size, spatial_scale, sampling_ratio, aligned
        return ops.roi_align(i.double(), _rois(boxes).double(), *settings).to(i.dtype)

    def position_sensitive(i, boxes, size, spatial_scale=1.0, sampling_ratio=-1, aligned=False):
        rows, columns = _pair(size)
        wide = i.repeat_interleave(rows * columns, dim=1)
        return ops.ps_roi_align(
            wide,
            _rois(boxes) + torch.tensor([0.0] + [0.0 if aligned else 0.5 / spatial_scale] * 4),
            size,
            spatial_scale,
            sampling_ratio,
        )


class multiscale_roi_align:
    def pooler(features, boxes, shapes, size, ratio, canonical_scale=224, canonical_level=4):
        own = ops.MultiScaleRoIAlign(
            list(features),
            _pair(size),
            ratio,
            canonical_scale=canonical_scale,
            canonical_level=canonical_level,
        )
        return own(features, boxes, shapes)

    def subclass(features, boxes, shapes, size, ratio, canonical_scale=224, canonical_level=4):
        own = type("Own", (ops.MultiScaleRoIAlign,), {})(
            list(features),
            _pair(size),
            ratio,
            canonical_scale=canonical_scale,
            canonical_level=canonical_level,
        )
        return own(features, boxes, shapes)

    def behind_pooler(features, boxes, shapes, size, ratio, canonical_scale=224, canonical_level=4):
        maps = list(features.values())
        settings = poolers._setup_scales(maps, shapes, canonical_scale, canonical_level)
        return poolers._multiscale_roi_align(maps, boxes, _pair(size), ratio, *settings)

    def mapper_alone(features, boxes, shapes, size, ratio, canonical_scale=224, canonical_level=4):
        maps = list(features.values())
        scales, mapper = poolers._setup_scales(maps, shapes, canonical_scale, canonical_level)
        levels, rois = mapper(boxes), _rois(boxes)
        result = maps[0].new_zeros(len(rois), maps[0].shape[1], *_pair(size))
        for level, (map_, scale) in enumerate(zip(maps, scales, strict=True)):
            here = levels == level
            result[here] = ops.roi_align(map_, rois[here], size, scale, ratio)
        return result

    def each_level(features, boxes, shapes, size, ratio, canonical_scale=224, canonical_level=4):
        rois = _rois(boxes)
        sides = (rois[:, 3:] - rois[:, 1:3]).prod(dim=1).sqrt()
        tallest = max(height for height, _ in shapes)
        maps = list(features.values())
        numbers = [round(torch.log2(torch.tensor(tallest / m.shape[2])).item()) for m in maps]
        level = (canonical_level + torch.log2(sides / canonical_scale) + 1e-6).floor()
        level = level.clamp(numbers[0], numbers[-1])
        made = [
            ops.roi_align(m, rois, size, 0.5**n, ratio) for m, n in zip(maps, numbers, strict=True)
        ]
        return sum(
            (level == n)[:, None, None, None] * m for n, m in zip(numbers, made, strict=True)
        )


class roi_align_cases:
    """No library has it."""


vectorised_roi_align = roi_align
