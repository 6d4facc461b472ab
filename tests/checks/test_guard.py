"""Whatever the road to a refused operator, the guard refuses it; the rest stays permitted."""

import contextlib
import sys
import threading

import pytest
import torch
import torch.nn.functional as F
import torchvision
from pycocotools import mask as coco_mask
from pycocotools.mask import iou as coco_iou
from torchvision import ops

from rcnn_course.checks.guard import TRANSPOSED_CONVOLUTION, Guard, Refused

MAP = torch.arange(64.0).view(1, 1, 8, 8)
ROIS = torch.tensor([[0, 1.0, 1, 5, 5]])
KERNEL = torch.ones(1, 1, 3, 3)


def through_thread(function):
    errors = []

    def work():
        try:
            function()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]


def through_autograd_function():
    class Pool(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return ops.roi_align(x, ROIS, 2)

    return Pool.apply(MAP)


def through_trace():
    traced = torch.jit.trace(lambda x: ops.roi_align(x, ROIS, 2), MAP, check_trace=False)
    return traced(MAP)


ROADS_TO_ROI_ALIGN = {
    "function": lambda: ops.roi_align(MAP, ROIS, 2),
    "module": lambda: ops.RoIAlign(2, 1.0, 2)(MAP, ROIS),
    "operator": lambda: torch.ops.torchvision.roi_align(MAP, ROIS, 1.0, 2, 2, 2, False),
    "overload": lambda: torch.ops.torchvision.roi_align.default(MAP, ROIS, 1.0, 2, 2, 2, False),
    "pooler": lambda: ops.MultiScaleRoIAlign(["0"], 2, 2)({"0": MAP}, [ROIS[:, 1:]], [(8, 8)]),
    "no_grad": lambda: torch.no_grad()(ops.roi_align)(MAP, ROIS, 2),
    "inference_mode": lambda: torch.inference_mode()(ops.roi_align)(MAP, ROIS, 2),
    "gradient": lambda: ops.roi_align(MAP.clone().requires_grad_(), ROIS, 2),
    "autograd.Function": through_autograd_function,
    "thread": lambda: through_thread(lambda: ops.roi_align(MAP, ROIS, 2)),
    "double": lambda: ops.roi_align(MAP.double(), ROIS.double(), 2),
}


@pytest.mark.parametrize("road", ROADS_TO_ROI_ALIGN)
def test_refused_operator_is_refused_by_every_road(road):
    guard = Guard(["torchvision::*roi_align*"])
    with pytest.raises(Refused, match="asks you to build it"), guard:
        ROADS_TO_ROI_ALIGN[road]()
    assert guard.called
    ROADS_TO_ROI_ALIGN[road]()


@pytest.mark.filterwarnings("ignore")
def test_refused_operator_is_refused_in_torchscript():
    guard = Guard(["torchvision::*roi_align*"])
    with pytest.raises(RuntimeError), guard:
        through_trace()
    assert guard.called


def test_call_is_remembered_where_the_error_is_swallowed():
    guard = Guard(["torchvision::nms"])
    with guard, contextlib.suppress(RuntimeError):
        ops.nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
    assert guard.called == ["torchvision::nms"]


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic", "area"])
def test_interpolation_is_refused(mode):
    guard = Guard(["aten::upsample_*", "aten::*adaptive_avg_pool*"])
    with pytest.raises(Refused), guard:
        F.interpolate(MAP, scale_factor=2, mode=mode)


@pytest.mark.parametrize(
    "transpose",
    [
        lambda: F.conv_transpose2d(MAP, KERNEL, stride=2),
        lambda: F.conv_transpose1d(MAP[0, :, :1], KERNEL[0, :, :1]),
        lambda: torch.nn.ConvTranspose2d(1, 1, 2)(MAP),
        lambda: torch.convolution(MAP, KERNEL, None, [1, 1], [0, 0], [1, 1], True, [0, 0], 1),
    ],
)
def test_transposed_convolution_is_refused(transpose):
    with pytest.raises(Refused), Guard([TRANSPOSED_CONVOLUTION]):
        transpose()
    transpose()


def test_plain_convolution_and_its_gradient_are_the_same_under_guard():
    def gradient():
        weight = KERNEL.clone().requires_grad_()
        output = F.conv2d(MAP, weight, stride=2, padding=1)
        return output, *torch.autograd.grad(output.square().sum(), weight)

    plain = gradient()
    with Guard([TRANSPOSED_CONVOLUTION]):
        guarded = gradient()
    assert all(torch.equal(a, b) for a, b in zip(plain, guarded, strict=True))


def test_python_code_of_function_class_and_module_is_refused():
    boxes = torch.tensor([[0.0, 0, 2, 2]])
    for code, use in [
        (ops.box_iou, lambda: ops.box_iou(boxes, boxes)),
        (ops.FrozenBatchNorm2d, lambda: ops.FrozenBatchNorm2d(1)(MAP)),
        (torchvision.ops.boxes, lambda: ops.box_area(boxes)),
    ]:
        with pytest.raises(Refused, match=r"torchvision\.ops"), Guard(code=[code]):
            use()
        use()


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")
def test_refused_code_that_was_compiled_before_does_not_run():
    def double(x):
        return 2 * x

    class Module(torch.nn.Module):
        def forward(self, x):
            return 2 * x

    compiled = [torch.jit.script(double), torch.jit.script(Module())]
    for subject in compiled:
        guard = Guard(code=(double,))
        with pytest.raises(Refused, match="compiled by TorchScript"), guard:
            subject(MAP)
        assert guard.called
    assert all(subject(MAP).equal(2 * MAP) for subject in compiled)
    with Guard(["aten::sort"]):
        assert compiled[0](MAP).equal(2 * MAP)


@pytest.mark.parametrize("compile", [torch.jit.script, torch.compile])
def test_refused_code_cannot_be_compiled(compile):
    guard = Guard(code=[ops.FrozenBatchNorm2d])
    norm = ops.FrozenBatchNorm2d(1)
    with pytest.raises(Refused, match=f"your code called torch.*{compile.__name__}"), guard:
        compile(norm)(MAP)
    assert guard.called


@pytest.mark.parametrize("road", [lambda *a: coco_mask.iou(*a), lambda *a: coco_iou(*a)])
def test_function_of_an_extension_module_is_refused_under_every_name(road, monkeypatch):
    monkeypatch.setitem(sys.modules, "no_module_at_all", object())
    boxes = torch.tensor([[0.0, 0, 2, 2]]).double().numpy()
    guard = Guard(code=[coco_mask.iou])
    with pytest.raises(Refused, match=r"pycocotools\._mask\.iou"), guard:
        road(boxes, boxes, [0])
    assert guard.called == ["pycocotools._mask.iou"]
    assert road(boxes, boxes, [0]) == 1


def test_other_code_of_the_same_file_stays_permitted():
    with Guard(code=[ops.box_iou]):
        assert ops.box_area(torch.tensor([[0.0, 0, 2, 2]])).item() == 4


def test_guard_is_lifted_for_what_the_library_lends():
    guard = Guard(["torchvision::roi_align"], code=[ops.box_area])
    with guard:
        with guard.lifted():
            ops.roi_align(MAP, ROIS, 2)
            ops.box_area(ROIS[:, 1:])
        with pytest.raises(Refused):
            ops.roi_align(MAP, ROIS, 2)
    assert guard.called == ["torchvision::roi_align"]


def test_guard_writes_nothing(capfd):
    with Guard(["torchvision::*", "aten::upsample_*", TRANSPOSED_CONVOLUTION]):
        F.conv2d(MAP, KERNEL)
    assert capfd.readouterr() == ("", "")
