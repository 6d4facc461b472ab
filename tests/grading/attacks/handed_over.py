# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Handed over: an answer has a library do the work, by a road that a guard might not see.

Without a guard, each of them gives right values; with it, each call should be refused by name.
"""

from rcnn_course.grading.demo.hand_in import load_answers
from tests.grading.attacks.evasion import HEADS
from tests.grading.attacks.table import NOTEBOOKS, ROOT, Entry, Holds, attack

AREA, NMS, ALIGN = HEADS["box_area"], HEADS["nms"], HEADS["roi_align"]
LOSS, WIRE = HEADS["fastrcnn_loss"], HEADS["wire_faster_rcnn"]
SAMPLE = "def bilinear_sample(input, y, x):\n    "
LAYER = """class FrozenBatchNorm2d(nn.Module):
    def __init__(self, num_features, eps=1e-5):
        super().__init__()
        self.eps = eps
        for name, value in ops.FrozenBatchNorm2d(num_features).state_dict().items():
            self.register_buffer(name, value)
    def _load_from_state_dict(self, state, prefix, *rest):
        super()._load_from_state_dict({k: v for k, v in state.items() if 'tracked' not in k}, prefix, *rest)
    def forward(self, x):
        own = [each.to(x.dtype) for each in (self.weight, self.bias, self.running_mean, self.running_var)]
        return """


def _hands(
    road: str,
    exercise: str,
    *,
    answer: str,
    others: str = "",
    holds: Holds = "guard",
    remains: str = "",
) -> Entry:
    """Return the attack of an answer, after a cell that prepares it."""
    return attack("handed_over", road, holds, exercise, answer, others, remains=remains)


ALL = "boxes, scores, iou_threshold"
ROIS = "input, boxes, output_size, spatial_scale, sampling_ratio, aligned"
LOSSES = "class_logits, box_regression, labels, regression_targets"
GRID = """size = torch.tensor([input.shape[2] - 1, input.shape[1] - 1]).clamp(min=1).to(x)
    grid = (2 * torch.stack([x, y], dim=-1) / size - 1).reshape(1, 1, -1, 2)
    """
DEFORMABLE = """C, H, W = input.shape
    n = y.numel()
    room = F.pad(input, (0, max(0, n - W)))[None]
    offsets = torch.zeros(1, 2, H, room.shape[3], dtype=input.dtype)
    offsets[0, 0, 0, :n] = y.clamp(0, H - 1).reshape(-1)
    offsets[0, 1, 0, :n] = x.clamp(0, W - 1).reshape(-1) - torch.arange(n)
    kernel = torch.eye(C, dtype=input.dtype)[:, :, None, None]
    return ops.deform_conv2d(room, offsets, kernel)[0, :, 0, :n].reshape(C, *y.shape)"""
WHOLE = """import copy
def wire_faster_rcnn(model, images, branches=()):
    heads = model.roi_heads.forward
    def with_branches(features, proposals, sizes, targets=None):
        found, losses = heads(features, proposals, sizes, targets)
        for branch in branches:
            found = branch(model, features, found, sizes)
        return found, losses
    model.roi_heads.forward = with_branches
    try:
        return {}
    finally:
        del model.roi_heads.forward"""
DETECTORS = {
    "called": "model(images)",
    "by its class": "type(model).forward(model, images)",
    "by a copy of it": "copy.copy(model)(images)",
    "by its own dispatch": "torch.nn.Module._call_impl(model, images)",
    "compiled in the answer": "torch.compile(model, backend='eager')(images)",
}
RESHAPED = "[0, :, 0].reshape(input.shape[0], *x.shape)"
COPIED_FILE = """import importlib.util, shutil, sys
def copied(module):
    shutil.copy(module.__file__, 'own_{0}.py')
    spec = importlib.util.spec_from_file_location(module.__package__ + '.own_{0}', 'own_{0}.py')
    own = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(own)
    return own"""
COPIED = "An answer whose source was copied"
"""Under 'Not prevented' in docs/instructors.md."""

WARM = "boxes = torch.tensor([[0.0, 0, 4, 4], [1, 1, 5, 5]])\n"

ENTRIES = [
    *(
        _hands("as in the course's own tests", exercise, answer=load_answers(ROOT, NOTEBOOKS[exercise]).DELEGATING[exercise])
        for exercise in ("nms", "roi_align", "fastrcnn_loss", "train_one_epoch")
    ),
    *(_hands(f"the whole detector, {how}", "wire_faster_rcnn", answer=WHOLE.format(call)) for how, call in DETECTORS.items()),
    _hands("batch norm from the library", "FrozenBatchNorm2d", answer=LAYER + "F.batch_norm(x, own[2], own[3], own[0], own[1], eps=self.eps)"),
    _hands("the operator by its own name", "roi_align",
           answer=ALIGN + "rois = boxes if isinstance(boxes, torch.Tensor) else ops._utils.convert_boxes_to_roi_format(boxes)\n"
           "    size = (output_size,) * 2 if isinstance(output_size, int) else output_size\n"
           "    return torch.ops.torchvision.roi_align(input, rois, spatial_scale, *size, sampling_ratio, aligned)"),
    _hands("grid_sample by its fallback", "bilinear_sample",
           answer=f"{SAMPLE}{GRID}sampled = torch.ops.aten._grid_sampler_2d_cpu_fallback(input[None].float(), grid.float(), 0, 1, True)\n"
           f"    return sampled{RESHAPED}.to(input.dtype)"),
    _hands("a deformable convolution", "bilinear_sample", answer=SAMPLE + DEFORMABLE, others="import torch.nn.functional as F\nfrom torchvision import ops"),
    _hands("the helper of torchvision's pooling", "bilinear_sample",
           answer=SAMPLE + "import sys, torchvision\n    theirs = vars(sys.modules['torchvision.ops.roi_align'])['_bilinear_interpolate']\n"
           "    C, H, W = input.shape\n    y, x, shape = y.clamp(0, H - 1).reshape(-1, 1, 1), x.clamp(0, W - 1).reshape(-1, 1, 1), x.shape\n"
           "    found = theirs(input[None], torch.zeros(len(y)).long(), y, x, None, None)\n"
           "    return found.reshape(-1, C).T.reshape(C, *shape)"),
    _hands("the function, traced by make_fx before", "box_area", answer=AREA + "return area(boxes)",
           others="import torchvision\nfrom torch.fx.experimental.proxy_tensor import make_fx\n" + WARM
           + "area = make_fx(lambda boxes: torchvision.ops.box_area(boxes))(boxes)"),
    _hands("calls the operator by its overload", "nms", answer=NMS + f"return torch.ops.torchvision.nms.default({ALL})"),
    _hands("calls the operator by the interpreter of TorchScript", "nms", answer=NMS + f"return torch._C._jit_get_operation('torchvision::nms')[0]({ALL})"),
    _hands("calls the operator that it took before", "nms", answer=NMS + f"return operator({ALL})", others="operator = torch._C._get_operation_overload('torchvision::nms', '')[0]"),
    _hands("calls the operator below the guard's key", "nms", answer=NMS + "keys = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)\n"
           f"    return torch.ops.torchvision.nms.default.redispatch(keys, {ALL})"),
    _hands("calls it with quantised boxes", "nms", answer=NMS + "q = torch.quantize_per_tensor(boxes.float(), 0.01, 0, torch.qint32)\n"
           "    return ops.nms(q, torch.quantize_per_tensor(scores.float(), 1e-6, 0, torch.qint32), iou_threshold)"),
    _hands("compiled by TorchScript before", "nms", answer=NMS + f"return compiled({ALL})",
           others="def own(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float):\n"
           "    return torch.ops.torchvision.nms(boxes, scores, iou_threshold)\ncompiled = torch.jit.script(own)"),
    _hands("compiled by torch.compile before", "nms", answer=NMS + f"return compiled({ALL})",
           others="compiled = torch.compile(ops.nms, backend='eager', dynamic=True)\n" + WARM + "compiled(boxes, boxes[:, 0], 0.5)"),
    _hands("an operator of its own around it", "nms", answer=NMS + f"return torch.ops.mine.nms({ALL})",
           others="@torch.library.custom_op('mine::nms', mutates_args=())\n"
           "def own(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:\n"
           "    return torch.ops.torchvision.nms(boxes, scores, iou_threshold).clone()"),
    _hands("under a profiler of Python", "nms", answer=NMS + f"import cProfile\n    with cProfile.Profile():\n        return ops.nms({ALL})"),
    _hands("under a profiler of PyTorch", "nms", answer=NMS + f"with torch.profiler.profile(with_stack=True):\n        return ops.nms({ALL})"),
    _hands("in the thread of a fork of TorchScript", "nms", answer=NMS + f"return torch.jit.wait(torch.jit.fork(ops.nms, {ALL}))"),
    _hands("in a thread that it starts", "nms", answer=NMS + "from concurrent.futures import ThreadPoolExecutor\n"
           f"    with ThreadPoolExecutor(1) as pool:\n        return pool.submit(ops.nms, {ALL}).result()"),
    _hands("in a finaliser", "nms", answer=NMS + "import weakref\n    class Token: pass\n    token, found = Token(), []\n"
           f"    weakref.finalize(token, lambda: found.append(ops.nms({ALL})))\n    del token\n    return found[0]"),
    _hands("in a signal handler", "nms", answer=NMS + "import os, signal\n    found = []\n"
           f"    signal.signal(signal.SIGUSR1, lambda *_: found.append(ops.nms({ALL})))\n"
           "    os.kill(os.getpid(), signal.SIGUSR1)\n    return found[0]"),
    _hands("in a key function of a sort", "nms", answer=NMS + f"found = []\n    sorted([1, 2], key=lambda _: found.append(ops.nms({ALL})) or 0)\n    return found[0]"),
    _hands("through the proposals of an RPN", "nms", answer=NMS + "from torchvision.models.detection.rpn import RegionProposalNetwork\n"
           "    from torchvision.models.detection import roi_heads\n"
           "    return roi_heads.box_ops.batched_nms(boxes, scores, torch.zeros(len(boxes), dtype=torch.long), iou_threshold)"),
    _hands("the layer of torchvision", "roi_align", answer=ALIGN + "return ops.RoIAlign(output_size, spatial_scale, sampling_ratio, aligned)(input, boxes)"),
    _hands("the function under vmap", "roi_align", answer=ALIGN + f"return torch.vmap(lambda _: ops.roi_align({ROIS}))(torch.zeros(1))[0]"),
    _hands("the function in a checkpoint", "roi_align", answer=ALIGN + "from torch.utils.checkpoint import checkpoint\n"
           f"    return checkpoint(lambda input: ops.roi_align({ROIS}), input, use_reentrant=False)"),
    _hands("the function in an autograd function", "roi_align", answer="class Own(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, input, *rest):\n"
           "        with torch.enable_grad():\n            ctx.x = input.detach().requires_grad_()\n            ctx.y = ops.roi_align(ctx.x, *rest)\n"
           "        return ctx.y.detach()\n    @staticmethod\n    def backward(ctx, g):\n"
           f"        return (torch.autograd.grad(ctx.y, ctx.x, g)[0],) + (None,) * 5\n{ALIGN}return Own.apply({ROIS})"),
    _hands("grid_sample by its operator", "bilinear_sample", answer=f"{SAMPLE}{GRID}return torch.ops.aten.grid_sampler_2d.default(input[None], grid, 0, 1, True){RESHAPED}"),
    _hands("grid_sample by its decomposition", "bilinear_sample", answer=f"{SAMPLE}{GRID}from torch._decomp.decompositions import grid_sampler_2d\n    return grid_sampler_2d(input[None], grid, 0, 1, True){RESHAPED}"),
    _hands("torchvision's layer, inherited", "FrozenBatchNorm2d", answer="class FrozenBatchNorm2d(ops.FrozenBatchNorm2d): pass"),
    _hands("torchvision's layer, made by __new__", "FrozenBatchNorm2d", answer="class FrozenBatchNorm2d:\n    def __new__(cls, *args, **options): return ops.FrozenBatchNorm2d(*args, **options)"),
    _hands("an operator without training", "FrozenBatchNorm2d", answer=LAYER + "torch.ops.aten._native_batch_norm_legit_no_training(x, *own, 0.1, self.eps)[0]"),
    _hands("the decomposition of the operator", "FrozenBatchNorm2d", answer=LAYER + "torch._decomp.decompositions.native_batch_norm(x, *own, False, 0.1, self.eps)[0]", others="import torch._decomp.decompositions"),
    _hands("the operator, traced before", "FrozenBatchNorm2d", answer=LAYER + "traced(x, *own, self.eps)",
           others="from torch.fx.experimental.proxy_tensor import make_fx\n"
           "def norm(x, w, b, m, v, eps): return F.batch_norm(x, m, v, w, b, eps=eps)\n"
           "class Traced:\n    def __call__(self, *a): return make_fx(norm)(*a)(*a)\ntraced = Traced()"),
    _hands("a convolution that the norm was folded into", "FrozenBatchNorm2d", answer=LAYER + "self.folded(x, *own)\n    def folded(self, x, w, b, m, v):\n"
           "        from torch.nn.utils import fusion\n        n = len(w)\n"
           "        kernel = torch.eye(n, dtype=x.dtype)[:, :, None, None]\n"
           "        kernel, shift = fusion.fuse_conv_bn_weights(kernel, None, m, v, self.eps, w, b)\n"
           "        return F.conv2d(x, kernel, shift)"),
    _hands("the loss from torchvision's module by its parts", "fastrcnn_loss", answer=LOSS + f"import operator\n    return operator.attrgetter('models.detection.roi_heads.fastrcnn_loss')(torchvision)({LOSSES})"),
    _hands("the loss as a partial function that was made before", "fastrcnn_loss", answer=LOSS + f"return part({LOSSES})",
           others="import functools\nfrom torchvision.models.detection import roi_heads\npart = functools.partial(roi_heads.fastrcnn_loss)"),
    _hands("the loss from the same file, loaded again", "fastrcnn_loss", answer=LOSS + f"return own.fastrcnn_loss({LOSSES})",
           others="import importlib.util\nfrom torchvision.models.detection import roi_heads\n"
           "spec = importlib.util.spec_from_file_location('torchvision.models.detection.own', roi_heads.__file__)\n"
           "own = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(own)"),
    _hands("the loss from a copy of the file, made by a cell", "fastrcnn_loss", holds="",
           answer=LOSS + f"return own.fastrcnn_loss({LOSSES})", remains=COPIED,
           others=COPIED_FILE.format("heads") + "\nfrom torchvision.models.detection import roi_heads\nown = copied(roi_heads)"),
    _hands("the loss from its source, run as a text", "fastrcnn_loss", holds="scan", answer=LOSS + f"return names['fastrcnn_loss']({LOSSES})",
           others="import inspect\nfrom torchvision.models.detection import roi_heads\nnames = dict(vars(roi_heads))\n"
           "exec(inspect.getsource(roi_heads.fastrcnn_loss), names)"),
    _hands("the heads of the detector", "wire_faster_rcnn", answer=WIRE + "batch, _ = model.transform(images)\n    features = model.backbone(batch.tensors)\n    proposals, _ = model.rpn(batch, features)\n"
           "    found, _ = model.roi_heads(features, proposals, batch.image_sizes)\n    for branch in branches: found = branch(model, features, found, batch.image_sizes)\n"
           "    return model.transform.postprocess(found, batch.image_sizes, [tuple(i.shape[-2:]) for i in images])"),
    _hands("the function itself", "box_area", answer="from torchvision.ops import box_area"),
    _hands("the function in a function of the same name", "box_area", answer=AREA + "import torchvision\n    return torchvision.ops.box_area(boxes)"),
    _hands("the function, traced before", "box_area", answer=AREA + "return area(boxes)",
           others="import torchvision\n" + WARM + "area = torch.jit.trace(torchvision.ops.box_area, boxes)"),
    _hands("the union of each box with itself", "box_area", answer=AREA + "from torchvision.ops import boxes as theirs\n    return theirs._box_inter_union(boxes, boxes)[1].diagonal()"),
]  # fmt: skip
