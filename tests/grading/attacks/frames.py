# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Frames: what the caller of an answer holds while it runs.

Each way to the caller looks for two things: the results that an answer is compared with, and the
guard, which it then empties before it hands the work over.
"""

from functools import partial

from tests.grading.attacks.evasion import HEADS
from tests.grading.attacks.table import attack

_looks = partial(attack, "frames")

LOOT = """def taken(names, like):
    for value in list(names.values()):
        for found in (value, getattr(value, 'value', None)):
            if isinstance(found, torch.Tensor) and found.shape == like.shape and found is not like:
                return found
    return None
def loot(all_names, like):
    for names in all_names:
        for key in ('wanted', 'expected', 'result', 'case', 'tried'):
            found = taken({key: names[key]} if key in names else {}, like)
            if found is not None:
                return found + 0 * like
    return like * 0
def disarm(all_names):
    for names in all_names:
        for value in list(names.values()):
            if hasattr(value, 'called') and hasattr(value, '_operators'):
                value._open = False
                value._operators = frozenset()
                yield value"""
"""Takes results of the right shape, or finds guards, among the names of frames."""

WAYS = {
    "inspect.stack": "import inspect\ndef names(): return [each.frame.f_locals for each in inspect.stack()]",
    "sys._getframe": "import sys\ndef names():\n    frame = sys._getframe()\n    while frame:\n        yield frame.f_locals\n        frame = frame.f_back",
    "sys._getframe, in other words": "import sys\nhere, back, local = ('_get' + 'frame', 'f_' + 'back', 'f_' + 'locals')\ndef names():\n"
    "    frame = getattr(sys, here)()\n    while frame:\n        yield getattr(frame, local)\n        frame = getattr(frame, back)",
    "inspect.currentframe": "import inspect\ndef names():\n    frame = inspect.currentframe()\n    while frame:\n        yield frame.f_locals\n        frame = frame.f_back",
    "a traceback": "def names():\n    try: 1 / 0\n    except ZeroDivisionError as error: frame = error.__traceback__.tb_frame\n"
    "    while frame:\n        yield frame.f_locals\n        frame = frame.f_back",
    "traceback.walk_stack": "import traceback\ndef names(): return [frame.f_locals for frame, _ in traceback.walk_stack(None)]",
    "a generator's frame": "import operator\ndef here():\n    yield operator.attrgetter('gi_' + 'frame.f_' + 'back')(own)\ndef names():\n"
    "    global own\n    own = here()\n    frame = next(own)\n    while frame:\n        yield operator.attrgetter('f_' + 'locals')(frame)\n"
    "        frame = operator.attrgetter('f_' + 'back')(frame)",
    "sys._current_frames": "import operator, sys, threading\ndef names():\n    frame = sys._current_frames()[threading.get_ident()]\n    while frame:\n"
    "        yield operator.attrgetter('f_' + 'locals')(frame)\n        frame = operator.attrgetter('f_' + 'back')(frame)",
    "another thread that watches": "import operator, sys, threading\nmain = threading.main_thread().ident\nkept = []\ndef watch():\n"
    "    frame = sys._current_frames()[main]\n    while frame:\n        kept.append(operator.attrgetter('f_' + 'locals')(frame))\n"
    "        frame = operator.attrgetter('f_' + 'back')(frame)\ndef names():\n    kept.clear()\n"
    "    thread = threading.Thread(target=watch)\n    thread.start()\n    thread.join()\n    return kept",
    "gc.get_objects": "import gc, types\ndef names():\n    return [o.f_locals for o in gc.get_objects() if isinstance(o, types.FrameType)] + "
    "[o for o in gc.get_objects() if type(o) is dict and 'expected' in o]",
    "gc.get_referrers": "import gc\nquestion = []\ndef names():\n    around = gc.get_referrers(*question)\n"
    "    return [{'wanted': part} for o in around for p in gc.get_referrers(o) for part in gc.get_referents(p)]",
    "gc, in other words": "import gc\nobjects = getattr(gc, 'get_' + 'objects')\ndef names():\n"
    "    return [{'wanted': o} for o in objects() if type(o).__name__ in ('Result', 'Tensor', 'Guard')]",
    "subclasses": "import gc\ndef names():\n    kinds = [k for k in object.__subclasses__() if k.__name__ in ('Result', 'Guard')]\n"
    "    return [{'wanted': o} for o in getattr(gc, 'get_' + 'objects')() if type(o) in kinds]",
    "a trace function": "import sys\nkept = []\ndef trace(frame, *_):\n    kept.append(frame.f_locals)\nsys.settrace(trace)\ndef names():\n    return kept",
    "a profiler": "import sys\nkept = []\ndef profile(frame, *_):\n    kept.append(frame.f_locals)\ngetattr(sys, 'set' + 'profile')(profile)\ndef names():\n    return kept",
    "the logger": "import logging\nclass Mine(logging.Logger):\n    def makeRecord(self, *args, **options): return super().makeRecord(*args, **options)\n"
    "import operator\ndef names():\n    frame = logging.currentframe()\n    while frame:\n        yield operator.attrgetter('f_' + 'locals')(frame)\n"
    "        frame = operator.attrgetter('f_' + 'back')(frame)",
    "a collector's callback": "import gc, inspect\nkept = []\ndef collected(*_):\n    kept.extend(each.frame.f_locals for each in inspect.stack())\n"
    "gc.callbacks.append(collected)\nold = gc.get_threshold()\ngc.set_threshold(50)\ndef names():\n    return kept",
    "a context that the caller left": "import contextvars\ndef names():\n    return [dict((v.name, x) for v, x in contextvars.copy_context().items())]",
}  # fmt: skip
"""Code that defines `names`, which gives the names of the frames around it, by how it does so."""

OWN_PARTS = """import rcnn_course
def names():
    import sys
    yield from (vars(module) for name, module in list(sys.modules.items()) if name.startswith('rcnn_' + 'course'))"""

PEEK = """def peek(tensor):
    import torch
    storage = tensor.untyped_storage()
    return torch.tensor([], dtype=tensor.dtype).set_(storage, 0, (storage.nbytes() // tensor.element_size(),))"""

NEIGHBOURS = """import ctypes
def neighbours(tensor, count=4096):
    size = count * 4
    raw = (ctypes.c_float * count).from_address(tensor.data_ptr() - size // 2)
    return torch.tensor(list(raw))"""

AREA, NMS = HEADS["box_area"], HEADS["nms"]
PARTS = HEADS["fastrcnn_loss"], HEADS["wire_faster_rcnn"]

ENTRIES = [
    *(
        _looks(f"takes the result from the caller: {way}", "verdict", "box_area",
               AREA + "return loot(names(), boxes[:, 0])", LOOT, code)
        for way, code in WAYS.items()
    ),
    *(
        _looks(f"finds the guard and empties it: {way}", "guard", "nms",
               NMS + "found = list(disarm(names()))\n    result = ops.nms(boxes, scores, iou_threshold)\n"
               "    for guard in found: guard.called.clear()\n    return result", LOOT, WAYS[way])
        for way in ("inspect.stack", "sys._getframe, in other words", "a generator's frame", "gc, in other words",
                    "another thread that watches")
    ),
    _looks("takes the result from the modules of the library", "verdict", "box_area",
           AREA + "return loot(names(), boxes[:, 0])", LOOT, OWN_PARTS),
    _looks("reads the whole storage that its argument is a part of", "verdict", "box_area",
           AREA + "return peek(boxes)[:len(boxes)] + 0 * boxes[:, 0]", PEEK),
    _looks("reads the memory around its argument", "verdict", "box_area",
           AREA + "return neighbours(boxes)[:len(boxes)] + 0 * boxes[:, 0]", NEIGHBOURS),
    _looks("takes the losses from the caller", "verdict", "fastrcnn_loss",
           PARTS[0] + "for each in names():\n        for value in list(each.values()):\n            value = getattr(value, 'value', value)\n"
           "            if isinstance(value, tuple) and len(value) == 2 and all(isinstance(v, torch.Tensor) for v in value):\n"
           "                return tuple(v.detach() + 0 * class_logits.sum() for v in value)\n"
           "    return class_logits.sum() * 0, box_regression.sum() * 0", WAYS["sys._getframe, in other words"]),
    _looks("takes the detections from the caller", "verdict", "wire_faster_rcnn",
           PARTS[1] + "for each in names():\n        wanted = getattr(each.get('wanted', each.get('expected')), 'value', None)\n"
           "        if isinstance(wanted, list): return wanted\n    return [{} for _ in images]", WAYS["sys._getframe, in other words"]),
    _looks("takes the seed from the caller, and asks the reference", "guard", "nms",
           NMS + "seeds = [each['seed'] for each in names() if 'seed' in each]\n"
           "    return pool.submit(lambda: ops.nms(boxes, scores, iou_threshold)).result()",
           WAYS["inspect.stack"], "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(1)"),
    _looks("remembers the arguments, and learns from the report of the visible check", "verdict", "box_area",
           AREA + "known = [str(o) for c in [get_ipython()] for o in Out.values()]\n    print(len(known))\n    return boxes[:, 2] * 0"),
]  # fmt: skip
