"""Right answers to `conv_transpose_2d`, one for each style."""

import torch
import torch.nn.functional as F


def conv_transpose_2d_loops(input, weight, bias=None, stride=1, padding=0):
    N, Ci, H, W = input.shape
    _, Co, kh, kw = weight.shape
    full = torch.zeros(N, Co, (H - 1) * stride + kh, (W - 1) * stride + kw, dtype=input.dtype)
    for y in range(H):
        for x in range(W):
            stamp = (input[:, :, y, x] @ weight.reshape(Ci, -1)).reshape(N, Co, kh, kw)
            full[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw] += stamp
    if padding > 0:
        full = full[:, :, padding:-padding, padding:-padding]
    if bias is not None:
        full = full + bias.reshape(1, Co, 1, 1)
    return full


def conv_transpose_2d_matrices(input, weight, bias=None, stride=1, padding=0):
    def places(length, kernel_size):
        full = torch.arange((length - 1) * stride + kernel_size)[:, None, None]
        at = torch.arange(length)[None, :, None] * stride + torch.arange(kernel_size)
        return (full == at).to(input.dtype)

    down = places(input.shape[2], weight.shape[2])
    across = places(input.shape[3], weight.shape[3])
    output = torch.einsum("nchw,coab,iha,jwb->noij", input, weight, down, across)
    output = output[:, :, padding : len(down) - padding, padding : len(across) - padding]
    return output if bias is None else output + bias[None, :, None, None]


def conv_transpose_2d_stretched(input, weight, bias=None, stride=1, padding=0):
    kernel = weight.shape[2:]
    sides = zip(input.shape[2:], kernel, strict=True)
    size = [(n - 1) * stride - 2 * padding + k for n, k in sides]
    patches = weight.flatten(1).T @ input.flatten(2)
    output = F.fold(patches, size, kernel, padding=padding, stride=stride)
    return output if bias is None else output + bias.view(1, -1, 1, 1)
