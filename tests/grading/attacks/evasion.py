# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Evasion: results that pass for right although nothing was built (Kratzke 2019, 'evasion').

A check reads what a function returned after the function has returned, when nothing is refused any
more: some results are only made then. Others try to be equal to anything.
"""

from functools import partial

from tests.grading.attacks.table import attack

_evades = partial(attack, "evasion")

LATE = """class Late(torch.Tensor):
    @staticmethod
    def of(ask):
        late = torch.zeros(1).as_subclass(Late)
        late.ask = ask
        return late
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            args, kwargs = torch.utils._pytree.tree_map(
                lambda leaf: leaf.ask() if isinstance(leaf, Late) else leaf, (args, kwargs or {}))
            return function(*args, **kwargs)"""
"""A tensor that asks for its values when somebody reads them."""

LATE_GRADIENT = """class Filled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, ask, *shape):
        ctx.x, ctx.ask, ctx.out = x, ask, x.new_zeros(shape)
        return ctx.out
    @staticmethod
    def backward(ctx, gradient):
        with torch.enable_grad():
            x = ctx.x.detach().requires_grad_()
            result = ctx.ask(x)
            ctx.out.data.copy_(result)
            (found,) = torch.autograd.grad(result, x, gradient)
        return (found, None) + (None,) * gradient.dim()"""
"""An operation that fills its result in when it is asked for a gradient."""

ANY = """class Any(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name = getattr(function, '__name__', '')
        if name in ('allclose', 'equal'):
            return True
        if name in ('isclose', 'eq', '__eq__', 'le'):
            return torch.ones(args[0].shape, dtype=torch.bool)
        if name in ('sub', '__sub__', 'rsub', '__rsub__', 'abs', 'max'):
            return torch.zeros(())
        return super().__torch_function__(function, types, args, kwargs or {})"""

NUMBER = """class Any(float):
    __eq__ = __le__ = __ge__ = __lt__ = lambda self, other: True
    __ne__ = __gt__ = lambda self, other: False
    __sub__ = __rsub__ = __add__ = __mul__ = lambda self, other: self
    __abs__ = __neg__ = lambda self: self
    __hash__ = float.__hash__"""

HEADS = {
    "box_area": "def box_area(boxes):\n    ",
    "nms": "def nms(boxes, scores, iou_threshold):\n    ",
    "roi_align": "def roi_align(input, boxes, output_size, spatial_scale=1.0, sampling_ratio=-1, "
    "aligned=False):\n    ",
    "fastrcnn_loss": "def fastrcnn_loss(class_logits, box_regression, labels, "
    "regression_targets):\n    ",
    "wire_faster_rcnn": "def wire_faster_rcnn(model, images, branches=()):\n    ",
    "train_one_epoch": "def train_one_epoch(model, optimizer, batches, scheduler=None):\n    ",
}
AREA, NMS, ALIGN = HEADS["box_area"], HEADS["nms"], HEADS["roi_align"]

FILLED = """size = (output_size,) * 2 if isinstance(output_size, int) else tuple(output_size)
    count = len(boxes) if isinstance(boxes, torch.Tensor) else sum(map(len, boxes))
    def ask(x=input):
        return ops.roi_align(x, boxes, output_size, spatial_scale, sampling_ratio, aligned)
    if not input.requires_grad:
        return Late.of(ask)
    return Filled.apply(input, ask, count, input.shape[1], *size)"""

LATE_LAYER = """class FrozenBatchNorm2d(ops.FrozenBatchNorm2d):
    def forward(self, x):
        return Late.of(lambda: ops.FrozenBatchNorm2d.forward(self, x))"""

LATE_LIST = """class Late(list):
    def __init__(self, ask): self.ask = ask
    def __len__(self): return len(self.ask())
    def __iter__(self): return iter(self.ask())
    def __getitem__(self, place): return self.ask()[place]"""

LATE_MAPPING = """from collections.abc import Mapping
class Late(Mapping):
    def __init__(self, ask): self.ask, self.known = ask, None
    def found(self):
        self.known = self.ask() if self.known is None else self.known
        return self.known
    def __getitem__(self, name): return self.found()[name]
    def __iter__(self): return iter(self.found())
    def __len__(self): return len(self.found())"""

TIMER = (
    AREA
    + """out = boxes[:, 0] * 0
    import threading
    def fill():
        out.data.copy_(ops_area(boxes))
    threading.Timer(0.00005, fill).start()
    return out"""
)

SHARED = """import os, torchvision
from torchvision.ops import box_area as ops_area
def filled_by_child(boxes, out):
    out.share_memory_()
    if os.fork() == 0:
        out.copy_(ops_area(boxes))
        os._exit(0)
    os.wait()
    return out"""

MUTATED = """boxes.data.zero_()
    return (boxes[:, 2] - boxes[:, 0]) * boxes[:, 3]"""

ENTRIES = [
    _evades("a tensor that asks for its values when it is read", "guard", "nms",
            NMS + "return Late.of(lambda: ops.nms(boxes, scores, iou_threshold))", LATE),
    _evades("values that are filled in when a gradient is taken", "guard", "roi_align",
            ALIGN + FILLED, LATE, LATE_GRADIENT),
    _evades("a layer whose result asks when it is read", "guard", "FrozenBatchNorm2d",
            LATE_LAYER, LATE),
    _evades("losses that ask when they are read", "guard", "fastrcnn_loss",
            HEADS["fastrcnn_loss"] + "from torchvision.models.detection import roi_heads\n"
            "    def ask(n): return roi_heads.fastrcnn_loss(class_logits, box_regression, labels, "
            "regression_targets)[n]\n    return Late.of(lambda: ask(0)), Late.of(lambda: ask(1))",
            LATE),
    _evades("a list that asks when it is read", "guard", "wire_faster_rcnn",
            HEADS["wire_faster_rcnn"] + "def ask():\n        found = model(images)\n        return found\n    return Late(ask)", LATE_LIST),
    _evades("a dictionary that trains when it is read", "guard", "train_one_epoch",
            HEADS["train_one_epoch"] + "from rcnn_course.reference import training\n"
            "    return Late(lambda: training.train_one_epoch(model, optimizer, batches, scheduler))",
            LATE_MAPPING),
    _evades("a timer that fills the result in later", "guard", "box_area", TIMER,
            "from torchvision.ops import box_area as ops_area"),
    _evades("another process fills the result in", "guard", "box_area",
            AREA + "return filled_by_child(boxes, (boxes[:, 0] * 0).detach().clone())", SHARED),
    _evades("a tensor that is close to everything", "verdict", "box_area",
            AREA + "return (boxes[:, 2] * 0).as_subclass(Any)", ANY),
    _evades("a tensor that is equal to everything", "verdict", "nms",
            NMS + "return scores.argsort().as_subclass(Any)", ANY),
    _evades("losses that are close to everything", "verdict", "fastrcnn_loss",
            HEADS["fastrcnn_loss"] + "return tuple((part.sum() * 0).as_subclass(Any) "
            "for part in (class_logits, box_regression))", ANY),
    _evades("numbers that are equal to everything", "verdict", "train_one_epoch",
            HEADS["train_one_epoch"] + "return {'loss_classifier': [Any()] * len(batches), "
            "'loss_box_reg': [Any()] * len(batches)}", NUMBER),
    _evades("an object that says it is a tensor", "verdict", "box_area",
            AREA + "return Any()", "class Any:\n    __class__ = torch.Tensor\n"
            "    __eq__ = lambda self, other: True\n    __getattr__ = lambda self, name: self\n"
            "    __call__ = lambda self, *args, **options: self\n    __bool__ = lambda self: True"),
    _evades("a result without leaves", "verdict", "box_area", AREA + "return Nothing()",
            "class Nothing: pass\nfrom torch.utils import _pytree\n"
            "_pytree.register_pytree_node(Nothing, lambda x: ([], None), lambda *_: Nothing())"),
    _evades("not a number", "verdict", "box_area", AREA + "return boxes[:, 2] * math.nan"),
    _evades("infinity", "verdict", "box_area", AREA + "return boxes[:, 2] * 0 + math.inf"),
    _evades("half precision that overflows", "verdict", "box_area",
            AREA + "return (boxes[:, 2] * 1e9).half().to(boxes)"),
    _evades("a tensor without values", "verdict", "box_area", AREA + "return boxes[:, 2].to('meta')"),
    _evades("a sparse tensor", "verdict", "box_area", AREA + "return (boxes[:, 2] * 0).to_sparse()"),
    _evades("a quantised tensor", "verdict", "box_area", AREA + "return torch.quantize_per_tensor("
            "boxes[:, 2].float(), 1.0, 0, torch.qint8)"),
    _evades("a nested tensor", "verdict", "box_area",
            AREA + "return torch.nested.nested_tensor([boxes[:, 2]])"),
    _evades("complex numbers", "verdict", "box_area", AREA + "return boxes[:, 2] * 1j"),
    _evades("one number for all", "verdict", "box_area", AREA + "return boxes.sum() * 0 + 600.0"),
    _evades("nothing for nothing", "verdict", "box_area",
            AREA + "boxes.data.resize_(0, 4)\n    return boxes[:, 0]"),
    _evades("arguments that are changed so that the result fits", "verdict", "box_area",
            AREA + MUTATED),
    _evades("arguments that are swapped for others", "verdict", "nms",
            NMS + "boxes.set_(torch.zeros(0, 4))\n    scores.set_(torch.zeros(0))\n"
            "    return torch.zeros(0, dtype=torch.int64)"),
    _evades("a generator", "verdict", "box_area", AREA + "yield boxes[:, 2] * 0"),
    _evades("a coroutine", "verdict", "box_area", "async " + AREA + "return boxes[:, 2] * 0"),
    _evades("a list that holds itself", "verdict", "box_area",
            AREA + "held = []\n    held.append(held)\n    return held"),
    _evades("lists in lists in lists", "verdict", "box_area",
            AREA + "held = []\n    for _ in range(10**5): held = [held]\n    return held"),
    _evades("a result as the kernel would send it", "verdict", "box_area",
            AREA + "return {'tensor': ['torch.float32', [len(boxes)], '']}"),
    _evades("a result of an unknown kind", "verdict", "box_area",
            AREA + "return {'unknown': 'object'}"),
    _evades("a result that is too large to send", "verdict", "box_area",
            AREA + "return torch.zeros(1).expand(10**10)"),
    _evades("a result that runs code where it is unpickled", "verdict", "box_area",
            AREA + "return Bomb()", "class Bomb:\n    def __reduce__(self):\n"
            "        return eval, (\"print('correct')\",)"),
    _evades("an error that says the check has passed", "verdict", "box_area",
            AREA + "raise Passed('box_area: visible checks passed')",
            "class Passed(Exception):\n    def _render_traceback_(self): return []\n"
            "    def __str__(self): return 'box_area: visible checks passed'"),
    _evades("the end of the process, successfully", "verdict", "box_area",
            AREA + "import os; os._exit(0)"),
    _evades("the end of the program, successfully", "verdict", "box_area",
            AREA + "import sys; sys.exit(0)"),
    _evades("an interruption, as if the grader had asked for it", "verdict", "box_area",
            AREA + "raise KeyboardInterrupt"),
    _evades("the end of an iteration", "verdict", "box_area", AREA + "raise StopIteration"),
    _evades("an error that cannot be shown", "verdict", "box_area", AREA + "raise Silent",
            "class Silent(Exception):\n    def __str__(self): raise self\n    __repr__ = __str__"),
]  # fmt: skip
