"""Right answers to `quarter_offset`, one for each style."""

import torch
import torch.nn.functional as F


def quarter_offset_gathered(maps):
    count, height, width = maps.shape
    place = maps.flatten(1).argmax(dim=1)
    y, x = place // width, place % width
    each = torch.arange(count)

    def move(step_y, step_x, inside):
        ahead = maps[each, (y + step_y).clamp(max=height - 1), (x + step_x).clamp(max=width - 1)]
        behind = maps[each, (y - step_y).clamp(min=0), (x - step_x).clamp(min=0)]
        return torch.where(inside, torch.sign(ahead - behind) / 4, 0)

    dx = move(0, 1, (x > 0) & (x < width - 1))
    dy = move(1, 0, (y > 0) & (y < height - 1))
    return torch.stack([x + dx, y + dy], dim=1)


def quarter_offset_of_slopes(maps):
    height, width = maps.shape[1:]
    along_x = F.pad((maps[:, :, 2:] - maps[:, :, :-2]).sign(), (1, 1))
    along_y = F.pad((maps[:, 2:] - maps[:, :-2]).sign(), (0, 0, 1, 1))
    columns, rows = torch.arange(width) + along_x / 4, torch.arange(height)[:, None] + along_y / 4
    peak = maps.flatten(1).argmax(dim=1, keepdim=True)
    return torch.cat([columns.flatten(1).gather(1, peak), rows.flatten(1).gather(1, peak)], dim=1)


def quarter_offset_lists(maps):
    points = []
    for rows in maps.tolist():
        _, i, j = max((v, i, j) for i, row in enumerate(rows) for j, v in enumerate(row))
        line, column = rows[i], [row[j] for row in rows]
        point = []
        for values, at in ((line, j), (column, i)):
            before, after = values[max(at - 1, 0)], values[min(at + 1, len(values) - 1)]
            is_inside = 0 < at < len(values) - 1
            point.append(at + is_inside * ((after > before) - (after < before)) / 4)
        points.append(point)
    return torch.tensor(points, dtype=maps.dtype).view(-1, 2)
