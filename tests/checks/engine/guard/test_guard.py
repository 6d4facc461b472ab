"""Whatever the road to a refused operator, the guard refuses it; the rest stays permitted."""

import _thread
import asyncio
import contextlib
import gc
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import pytest
import torch
import torch.nn.functional as F
import torchvision
from pycocotools import mask as coco_mask
from pycocotools.mask import iou as coco_iou
from torchvision import ops

from rcnn_course.checks.engine.guard import TRANSPOSED_CONVOLUTION, Guard, Refused, frames

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


def through_bare_thread(function):
    outcomes = queue.SimpleQueue()

    def work():
        try:
            outcomes.put((function(), None))
        except Exception as error:
            outcomes.put((None, error))

    _thread.start_new_thread(work, ())
    _, error = outcomes.get()
    if error:
        raise error


def through_pool(function):
    with ThreadPoolExecutor(1) as pool:
        pool.submit(function).result()


def through_pool_of_multiprocessing(function):
    with ThreadPool(1) as pool:
        pool.apply(function)


def through_data_loader():
    class Pooled(torch.utils.data.Dataset):
        def __len__(self):
            return 1

        def __getitem__(self, index):
            return roi_align()

    return list(torch.utils.data.DataLoader(Pooled()))


def roi_align():
    return ops.roi_align(MAP, ROIS, 2)


EARLIER_POOL = ThreadPoolExecutor(1)


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
    "bare thread": lambda: through_bare_thread(roi_align),
    "thread of a thread": lambda: through_thread(lambda: through_thread(roi_align)),
    "pool": lambda: through_pool(roi_align),
    "earlier pool": lambda: EARLIER_POOL.submit(roi_align).result(),
    "pool of multiprocessing": lambda: through_pool_of_multiprocessing(roi_align),
    "asyncio": lambda: asyncio.run(asyncio.to_thread(roi_align)),
    "data loader": through_data_loader,
    "vmap": lambda: torch.vmap(lambda rois: ops.roi_align(MAP, rois, 2))(ROIS[None]),
    "double": lambda: ops.roi_align(MAP.double(), ROIS.double(), 2),
}


@pytest.mark.parametrize("road", ROADS_TO_ROI_ALIGN)
def test_refused_operator_is_refused_by_every_road(road):
    guard = Guard(["torchvision::*roi_align*"])
    with pytest.raises(Refused, match="asks you to build it"), guard:
        ROADS_TO_ROI_ALIGN[road]()
    assert guard.called
    ROADS_TO_ROI_ALIGN[road]()


def through_fork_of_torchscript():
    def pooled(x, rois):
        return torch.ops.torchvision.roi_align(x, rois, 1.0, 2, 2, 2, False)

    pooled = torch.jit.script(pooled)

    def forked(x, rois):
        return torch.jit._wait(torch.jit._fork(pooled, x, rois))

    forked.__globals__.update(pooled=pooled)
    return torch.jit.script(forked)(MAP, ROIS)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("road", [through_trace, through_fork_of_torchscript])
def test_refused_operator_is_refused_in_torchscript(road):
    guard = Guard(["torchvision::*roi_align*"])
    with pytest.raises(RuntimeError), guard:
        road()
    assert guard.called
    road()


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

    def calls_double(x):
        return double(x)

    compiled = {
        torch.jit.script(double): "double",
        torch.jit.script(calls_double): "double",
        torch.jit.script(Module()): "compiled by TorchScript",
    }
    for subject, said in compiled.items():
        guard = Guard(code=(double,))
        with pytest.raises(Refused, match=said), guard:
            subject(MAP)
        assert guard.called
        assert subject(MAP).equal(2 * MAP)
    with Guard(["aten::sort"]):
        assert torch.jit.script(double)(MAP).equal(2 * MAP)


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore:.torch.jit.trace. is deprecated:FutureWarning")
def test_own_function_that_was_compiled_by_torchscript_runs():
    def refused(x):
        return 2 * x

    def own(x):
        return x + x

    for subject in (torch.jit.script(own), torch.jit.trace(own, MAP)):
        with Guard(code=(refused,)) as guard:
            assert subject(MAP).equal(2 * MAP)
        assert not guard.called


def test_profiler_that_has_ended_is_not_set_again():
    sys.setprofile(lambda *event: None)
    with Guard(code=(ops.box_area,)):
        pass
    sys.setprofile(None)
    with Guard(code=(ops.box_area,)):
        pass
    assert sys.getprofile() is None


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


def roi_align_and_gradient():
    features = MAP.clone().requires_grad_()
    output = ops.roi_align(features, ROIS, 2)
    output.square().sum().backward()
    return output.detach(), features.grad


BOXES = torch.tensor([[0.0, 0, 2, 2], [1, 1, 3, 3]])
EVERYTHING = {
    "operators": ["torchvision::*", "aten::upsample_*", TRANSPOSED_CONVOLUTION],
    "code": [ops.box_iou, torchvision.ops.boxes, coco_mask.iou],
}
OF_OTHERS = {
    "operator and gradient": roi_align_and_gradient,
    "transposed convolution": lambda: F.conv_transpose2d(MAP, KERNEL, stride=2),
    "interpolation": lambda: F.interpolate(MAP, scale_factor=2, mode="bilinear"),
    "vmap": lambda: torch.vmap(lambda rois: ops.roi_align(MAP, rois, 2))(ROIS[None]),
    "Python code": lambda: ops.box_iou(BOXES, BOXES),
    "no frame": lambda: torch.from_numpy(coco_iou(*[BOXES.double().numpy()] * 2, [0, 0])),
    "thread": lambda: through_thread(roi_align) or MAP,
    "pool": lambda: through_pool(roi_align) or MAP,
}


def as_tuple(value):
    return value if isinstance(value, tuple) else (value,)


def same(values, others):
    return all(a.equal(b) for a, b in zip(as_tuple(values), as_tuple(others), strict=True))


@pytest.mark.parametrize("use", OF_OTHERS)
def test_another_thread_is_neither_refused_nor_blamed_on_the_student(use, neighbour):
    expected = OF_OTHERS[use]()
    guard = Guard(**EVERYTHING)
    with guard:
        assert same(neighbour.do(OF_OTHERS[use]), expected)
    assert guard.called == []


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")
def test_another_thread_may_compile_and_run_torchscript(neighbour):
    def double(x):
        return 2 * x

    compiled = torch.jit.script(double)
    guard = Guard(code=[double])
    with guard:
        assert neighbour.do(lambda: compiled(MAP)).equal(2 * MAP)
        assert neighbour.do(lambda: torch.jit.script(double)(MAP)).equal(2 * MAP)
    assert guard.called == []


def test_another_thread_goes_on_while_guards_open_and_close(neighbour):
    expected, wanted, stop = roi_align_and_gradient(), 200, threading.Event()

    def all_right():
        runs = 0
        while runs < wanted or not stop.is_set():
            if not same(roi_align_and_gradient(), expected):
                return False
            runs += 1
        return True

    guard = Guard(**EVERYTHING)
    neighbour.start(all_right)
    for _ in range(wanted):
        with guard, guard.lifted():
            roi_align()
        with guard, contextlib.suppress(Refused):
            roi_align()
    stop.set()
    assert neighbour.result()
    assert len(guard.called) == wanted


def test_two_guards_in_two_threads_know_only_of_their_own(neighbour):
    mine, other = Guard(["torchvision::roi_align"]), Guard(["torchvision::nms"])
    opened, closed = threading.Event(), threading.Event()

    def nms():
        return ops.nms(BOXES, torch.ones(2), 0.5)

    def in_other():
        with other:
            opened.set()
            closed.wait(120)
            roi_align()
            with contextlib.suppress(Refused):
                nms()

    with mine:
        neighbour.start(in_other)
        assert opened.wait(120)
        nms()
        with pytest.raises(Refused):
            roi_align()
    closed.set()
    neighbour.result()
    assert (mine.called, other.called) == (["torchvision::roi_align"], ["torchvision::nms"])


def test_inner_guard_does_not_lift_the_outer_one():
    outer, inner = Guard(["torchvision::roi_align"], [ops.box_area]), Guard(code=[ops.box_iou])
    for refused in (roi_align, lambda: ops.box_area(BOXES)):
        with outer, inner, pytest.raises(Refused):
            refused()
        with outer, inner, inner.lifted(), pytest.raises(Refused):
            refused()


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:FutureWarning")
def test_thread_that_outlives_the_guard_is_free_afterwards():
    go, outcomes = threading.Event(), []

    def work():
        go.wait(120)
        outcomes.append(same(roi_align(), expected) and ops.box_area(BOXES).tolist() == [4, 4])
        outcomes.append(compiled(MAP).equal(2 * MAP))

    class Module(torch.nn.Module):
        def forward(self, x):
            return 2 * x

    expected, compiled = roi_align(), torch.jit.script(Module())
    guard = Guard(**EVERYTHING)
    with guard:
        thread = threading.Thread(target=work)
        thread.start()
    go.set()
    thread.join()
    assert outcomes == [True, True]
    assert guard.called == []


def test_worker_of_a_pool_that_began_under_a_guard_serves_others_meanwhile(neighbour):
    with ThreadPoolExecutor(1) as pool:
        guard = Guard(["torchvision::roi_align"])
        with guard:
            with pytest.raises(Refused):
                pool.submit(roi_align).result()
            neighbour.do(lambda: pool.submit(roi_align).result())
        assert len(guard.called) == 1


def test_guard_that_is_lifted_in_one_thread_holds_in_another_of_the_same_call():
    guard, lifted, done = Guard(["torchvision::roi_align"]), threading.Event(), threading.Event()
    errors = []

    def work():
        lifted.wait(120)
        try:
            roi_align()
        except Refused as error:
            errors.append(error)
        done.set()

    with guard:
        thread = threading.Thread(target=work)
        thread.start()
        with guard.lifted():
            lifted.set()
            assert done.wait(120)
            roi_align()
        thread.join()
    assert len(errors) == 1


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, ValueError])
def test_nothing_stays_refused_after_an_interruption(kind):
    former = sys.getprofile()
    guard = Guard(**EVERYTHING)
    with pytest.raises(kind), guard, guard.lifted():
        raise kind
    assert same(roi_align(), OF_OTHERS["operator and gradient"]()[0])
    assert ops.box_area(BOXES).tolist() == [4, 4]
    assert sys.getprofile() is former


def test_interruption_that_strikes_the_hook_itself_is_no_use_of_setprofile():
    with pytest.raises(Refused, match=r"sys\.setprofile"), Guard(code=[ops.box_iou]):
        sys.setprofile(None)
    with pytest.raises(TypeError) as struck:
        frames._see(None, sys._getframe(), "call", None)
    frames._thread.error = None
    with pytest.raises(KeyboardInterrupt), Guard(code=[ops.box_iou]):
        sys.setprofile(None)  # Python does so when the hook has failed
    del struck
    gc.collect()
    with pytest.raises(Refused, match=r"sys\.setprofile"), Guard(code=[ops.box_iou]):
        sys.setprofile(None)


def test_profile_of_the_user_is_put_back():
    seen = []

    def profile(frame, event, argument):
        seen.append(event)

    sys.setprofile(profile)
    try:
        with Guard(code=[ops.box_iou]) as guard, guard.lifted():
            pass
        assert sys.getprofile() is profile
    finally:
        sys.setprofile(None)


def test_guard_writes_nothing(capfd):
    with Guard(["torchvision::*", "aten::upsample_*", TRANSPOSED_CONVOLUTION]):
        F.conv2d(MAP, KERNEL)
    assert capfd.readouterr() == ("", "")
