"""A refused operator is refused below the dispatcher too, for every kind of tensor."""

import contextlib

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint
from torchvision import ops

from rcnn_course.checks.engine.guard import TRANSPOSED_CONVOLUTION, Guard, Refused, gradients

MAP = torch.arange(64.0).view(1, 1, 8, 8)
KERNEL = torch.ones(1, 1, 3, 3)
ARGUMENTS = (MAP, [16, 16], False)
UPSAMPLE = torch.ops.aten.upsample_bilinear2d.default
KEY = torch._C._dispatch_key_parse("TESTING_ONLY_GenericMode")
CPU = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)
KERNEL_TAKEN_BEFORE = UPSAMPLE._op_dk

PATTERNS = ["aten::upsample_*", "aten::*conv*_backward*", TRANSPOSED_CONVOLUTION]


def interpolate(x=MAP):
    return F.interpolate(x, scale_factor=2, mode="bilinear")


class Mine(torch.Tensor):
    pass


class Unwrapping(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            return function(*args, **(kwargs or {}))


class Passing(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return function(*args, **(kwargs or {}))


def under_mode():
    with Passing():
        return interpolate()


def forced():
    included = torch._C.DispatchKeySet(torch._C.DispatchKey.ADInplaceOrView)
    with torch._C._ForceDispatchKeyGuard(included, torch._C._dispatch_tls_local_exclude_set()):
        return interpolate()


def within(context):
    with context():
        return interpolate()


def without_key():
    torch._C._dispatch_tls_set_dispatch_key_included(KEY, False)
    try:
        return interpolate()
    finally:
        torch._C._dispatch_tls_set_dispatch_key_included(KEY, True)


def gradient_of_convolution():
    x = torch.zeros(1, 1, 10, 10, requires_grad=True)
    return torch.autograd.grad(F.conv2d(x, KERNEL), x, MAP)[0]


def found_anew(name, overload=""):
    return torch._C._get_operation_overload(name, overload)[1]


ROADS = {
    "redispatch": lambda: UPSAMPLE.redispatch(CPU, *ARGUMENTS),
    "redispatch by handle": lambda: UPSAMPLE._handle.redispatch_boxed(CPU, *ARGUMENTS),
    "kernel": lambda: UPSAMPLE._op_dk(torch._C.DispatchKey.CPU, *ARGUMENTS),
    "kernel of before": lambda: KERNEL_TAKEN_BEFORE(torch._C.DispatchKey.CPU, *ARGUMENTS),
    "kernel found anew": lambda: found_anew("aten::upsample_bilinear2d")(
        torch._C.DispatchKey.CPU, *ARGUMENTS
    ),
    "operation of jit": lambda: torch._C._jit_get_operation("aten::upsample_nearest2d")[0](
        MAP, [16, 16], None
    ),
    "quantised": lambda: interpolate(torch.quantize_per_tensor(MAP, 1.0, 0, torch.quint8)),
    "meta": lambda: interpolate(MAP.to("meta")),
    "bfloat16": lambda: interpolate(MAP.bfloat16()),
    "subclass": lambda: interpolate(MAP.as_subclass(Mine)),
    "subclass with a function": lambda: interpolate(MAP.as_subclass(Unwrapping)),
    "dispatch mode": under_mode,
    "vmap": lambda: torch.vmap(interpolate)(MAP[None]),
    "vjp": lambda: torch.func.vjp(interpolate, MAP)[0],
    "jvp": lambda: torch.func.jvp(interpolate, (MAP,), (MAP,))[0],
    "functionalize": lambda: torch.func.functionalize(interpolate)(MAP),
    "checkpoint": lambda: checkpoint(
        interpolate, MAP.clone().requires_grad_(), use_reentrant=False
    ),
    "keys excluded": lambda: within(
        lambda: torch._C._ExcludeDispatchKeyGuard(torch._C.DispatchKeySet(KEY))
    ),
    "key excluded": lambda: within(lambda: torch._C._SetExcludeDispatchKeyGuard(KEY, True)),
    "keys forced": forced,
    "key not included": without_key,
    "below autograd": lambda: within(torch._C._AutoDispatchBelowAutograd),
    "gradient of convolution": gradient_of_convolution,
    "gradient of convolution by torch.func": lambda: torch.func.vjp(
        lambda x: F.conv2d(x, KERNEL), torch.zeros(1, 1, 10, 10)
    )[1](MAP),
}


@pytest.mark.filterwarnings("ignore:.*[Qq]uantiz")
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")
@pytest.mark.parametrize("road", ROADS)
def test_operator_is_refused(road):
    ROADS[road]()
    guard = Guard(PATTERNS)
    with guard, contextlib.suppress(Refused):
        ROADS[road]()
    assert guard.called
    ROADS[road]()


if hasattr(torch.library, "get_kernel"):  # PyTorch 2.9 and newer

    def test_kernel_of_the_library_is_refused():
        kernel = torch.library.get_kernel("aten::upsample_bilinear2d", "CPU")
        with pytest.raises(Refused, match="kernel"), Guard(PATTERNS):
            kernel.call_boxed(CPU, *ARGUMENTS)
        assert kernel.call_boxed(CPU, *ARGUMENTS).equal(interpolate())


def test_other_operators_and_keys_are_left_alone():
    add = torch.ops.aten.add.Tensor
    with Guard(PATTERNS) as guard:
        assert add.redispatch(CPU, MAP, MAP).equal(2 * MAP)
        assert add._op_dk(torch._C.DispatchKey.CPU, MAP, MAP).equal(2 * MAP)
        with torch._C._ExcludeDispatchKeyGuard(
            torch._C.DispatchKeySet(torch._C.DispatchKey.ADInplaceOrView)
        ):
            assert F.conv2d(MAP, KERNEL).shape == (1, 1, 6, 6)
    assert guard.called == []


def test_key_that_is_switched_off_in_some_other_way_is_noticed(monkeypatch):
    def switch_off():
        torch._C._stash_obj_in_tls("rcnn_course.guards", ())
        original = vars(torch._C)["_dispatch_tls_set_dispatch_key_included"]
        original.__closure__[0].cell_contents(KEY, False)

    with Guard(PATTERNS) as guard:
        switch_off()
        interpolate()
    assert guard.called == ["something that switches the guard off"]
    with Guard(PATTERNS) as guard, pytest.raises(Refused):
        interpolate()


class _Borrowing(torch.autograd.Function):
    """Gives the work to its gradient."""

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient.flip(0)


@pytest.mark.parametrize(
    ("function", "called"),
    [(lambda x: F.conv2d(x, KERNEL), []), (_Borrowing.apply, ["aten::flip"])],
    ids=["of PyTorch", "of a student"],
)
def test_gradient_that_pytorch_takes_is_permitted_and_that_of_a_student_is_guarded(
    function, called
):
    x = torch.ones(1, 1, 8, 8, requires_grad=True)
    with Guard([*PATTERNS, "aten::flip"]) as guard, contextlib.suppress(Refused):
        with guard.lifted():
            result = function(x)
        gradients.take([result], [x], [torch.ones_like(result)])
    assert guard.called == called


OF_REGIONS = {
    "roi_align": lambda maps, regions: ops.roi_align(maps, regions, 2),
    "roi_pool": lambda maps, regions: ops.roi_pool(maps, regions, 2),
    "ps_roi_align": lambda maps, regions: ops.ps_roi_align(maps, regions, 2),
    "ps_roi_pool": lambda maps, regions: ops.ps_roi_pool(maps, regions, 2),
}


@pytest.mark.parametrize("name", OF_REGIONS)
def test_region_of_no_image_is_an_error_where_torchvision_would_end_the_process(name):
    pool, maps = OF_REGIONS[name], torch.rand(2, 4, 8, 8)
    with Guard():
        assert len(pool(maps, torch.tensor([[1.0, 0, 0, 4, 4]]))) == 1
        for image in (2.0, -1.0, 1e30, float("nan")):
            with pytest.raises(IndexError, match=rf"^{name} got a region of image .* of 2 images"):
                pool(maps, torch.tensor([[0.0, 0, 0, 4, 4], [image, 0, 0, 4, 4]]))
        with pytest.raises(IndexError, match="of image 0, but maps of 0 images"):
            pool(maps[:0], torch.tensor([[0.0, 0, 0, 4, 4]]))
