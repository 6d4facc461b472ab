"""Right answers to `conv_transpose_1d`, one for each style."""

import torch
import torch.nn.functional as F


def conv_transpose_1d_loops(input, weight, bias=None, stride=1, padding=0):
    N, _, L = input.shape
    _, Co, K = weight.shape
    size = (L - 1) * stride - 2 * padding + K
    output = torch.zeros(N, Co, size, dtype=input.dtype)
    if bias is not None:
        output = output + bias.view(1, -1, 1)
    for j in range(size):
        for k in range(K):
            i, rest = divmod(j + padding - k, stride)
            if rest == 0 and 0 <= i < L:
                output[:, :, j] = output[:, :, j] + input[:, :, i] @ weight[:, :, k]
    return output


def conv_transpose_1d_matrices(input, weight, bias=None, stride=1, padding=0):
    kernel_size = weight.shape[2]
    size = (input.shape[2] - 1) * stride + kernel_size
    unit = torch.eye(size, dtype=input.dtype)[:, None]
    taps = torch.eye(kernel_size, dtype=input.dtype)[:, None]
    places = F.conv1d(unit, taps, stride=stride)  # output, tap, input
    output = torch.einsum("nci,cok,jki->noj", input, weight, places)
    output = output[..., padding : size - padding]
    return output if bias is None else output + bias.unsqueeze(-1)


def conv_transpose_1d_stretched(input, weight, bias=None, stride=1, padding=0):
    N, C, L = input.shape
    stretched = input.new_zeros(N, C, (L - 1) * stride + 1)
    stretched[..., ::stride] = input
    kernel = weight.flip(-1).transpose(0, 1)
    output = F.conv1d(stretched, kernel, bias, padding=weight.shape[-1] - 1)
    return output[..., padding : output.shape[-1] - padding]
