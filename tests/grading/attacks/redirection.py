# ruff: noqa: E501 (a cell's line is easier to read whole)
"""Redirection: the question is passed on to the course's own reference (Kratzke 2019, 'redirection').

The library that checks also holds what answers are compared with, and a student can import it.
"""

from functools import partial

from tests.grading.attacks.evasion import HEADS
from tests.grading.attacks.table import attack

_redirects = partial(attack, "redirection")

AREA, NMS, ALIGN = HEADS["box_area"], HEADS["nms"], HEADS["roi_align"]
LOSS, WIRE, TRAIN = HEADS["fastrcnn_loss"], HEADS["wire_faster_rcnn"], HEADS["train_one_epoch"]

BEGAN = "Work that is handed to a thread or a process that began before the check"

CATALOGUE = "import importlib\nEXERCISES = vars(importlib.import_module('rcnn_' + 'course.checks.catalogue'))['EXERCISES']"
"""The catalogue, in words that a reading of the code does not know."""

ASKED = """class Asked:
    def __call__(self, *args, **options): return known.pop(0)
    def __getattr__(self, name):
        known[:] = answers_to(seed_of_cell())
        if name == '__name__': return '{exercise}'
        raise AttributeError(name)
known = []
{exercise} = Asked()"""
"""An answer that works everything out when the check asks for its name: nothing is refused then."""

SEEDS = """import re
def seed_of_cell():
    seeds = re.findall(r'seed\\W+(\\d+)', In[-1])
    return int(seeds[0]) if seeds else 0
def answers_to(seed):
    exercise = EXERCISES['{exercise}']
    return [exercise.reference(*case.args, **case.kwargs) for case in exercise.cases(seed)]"""

BEFORE_CELL = """known = []
def before(info):
    global In
    seeds = re.findall(r'check\\(\\w+(?:, seed=(\\d+))?\\)', info.raw_cell)
    if seeds:
        known[:] = answers_to(int(seeds[0] or 0))
get_ipython().events.register('pre_run_cell', before)"""

ORACLE = """from rcnn_course.checks.checking import examine
answers = {}
def learn(boxes):
    key = boxes.detach().double().numpy().tobytes()
    if key not in answers:
        answers[key] = True
        report = examine(box_area)
        print(report)
    return boxes[:, 2] * 0"""

QUEUE = """import queue, threading
asked, answered = queue.Queue(), queue.Queue()
def serve():
    while True:
        arguments = asked.get()
        answered.put(reference(*arguments))
threading.Thread(target=serve, daemon=True).start()
def hand_over(*arguments):
    asked.put(arguments)
    return answered.get()"""
"""A thread that ran before, and gets its work through a queue."""

THREAD_POOL = """from multiprocessing.pool import ThreadPool
pool = ThreadPool(1)
pool.apply(len, ([],))"""

PROCESS_POOL = """from multiprocessing import get_context
pool = get_context('fork').Pool(1)
pool.apply(len, ([],))"""

KERNEL_THREAD = """from concurrent.futures import Future
loop = get_ipython().kernel.iopub_thread.io_thread.io_loop if hasattr(get_ipython().kernel.iopub_thread, 'io_thread') else get_ipython().kernel.iopub_thread.io_loop
def hand_over(function, *arguments):
    done = Future()
    loop.add_callback(lambda: done.set_result(function(*arguments)))
    return done.result(9)"""
"""The thread in which the kernel sends its messages."""

FILES = """import os, time, tempfile
folder = tempfile.mkdtemp()
if os.fork() == 0:
    for n in range(10**4):
        while not os.path.exists(f'{folder}/{n}.in.ready'):
            time.sleep(0.001)
        torch.save(reference(*torch.load(f'{folder}/{n}.in', weights_only=False)), f'{folder}/{n}.out')
        open(f'{folder}/{n}.out.ready', 'w').close()
    os._exit(0)
count = iter(range(10**4))
def hand_over(*arguments):
    n = next(count)
    torch.save(arguments, f'{folder}/{n}.in')
    open(f'{folder}/{n}.in.ready', 'w').close()
    while not os.path.exists(f'{folder}/{n}.out.ready'):
        time.sleep(0.001)
    return torch.load(f'{folder}/{n}.out', weights_only=False)"""
"""A process that was started before, asked through files."""

SOCKET = """import os, pickle, socket
ours, theirs = socket.socketpair()
if os.fork() == 0:
    while True:
        reader = theirs.makefile('rb')
        theirs.sendall(pickle.dumps(reference(*pickle.load(reader))))
def hand_over(*arguments):
    ours.sendall(pickle.dumps(arguments))
    return pickle.load(ours.makefile('rb'))"""

LIE = """from rcnn_course.checks.engine.call import Call
from rcnn_course.checks.engine.cases import Case
def asked(exercise, mistake, *args):
    return exercise.mistakes[mistake].wrong(exercise.call(Case('', args)))"""

REFERENCE = CATALOGUE + "\nreference = EXERCISES['{}'].reference"
OF_NMS = "reference = ops.nms"

ENTRIES = [
    _redirects("calls the reference of the catalogue", "guard", "nms",
               NMS + "return EXERCISES['nms'].reference(boxes, scores, iou_threshold)", CATALOGUE),
    _redirects("calls the reference of the catalogue", "guard", "box_area",
               AREA + "return EXERCISES['box_area'].reference(boxes)", CATALOGUE),
    _redirects("is the reference of the catalogue", "guard", "FrozenBatchNorm2d",
               "FrozenBatchNorm2d = EXERCISES['FrozenBatchNorm2d'].reference", CATALOGUE),
    _redirects("imports the reference", "guard", "fastrcnn_loss",
               "from rcnn_course.checks.exercises.n07_box_head.fastrcnn_loss import FASTRCNN_LOSS\nfastrcnn_loss = FASTRCNN_LOSS.reference"),
    _redirects("imports the reference", "guard", "train_one_epoch",
               "from rcnn_course.reference.training import train_one_epoch"),
    _redirects("imports the reference", "guard", "wire_faster_rcnn",
               "from rcnn_course.reference.detectors import wire_faster_rcnn"),
    _redirects("copies the reference's function object", "guard", "train_one_epoch",
               "import types\nfrom rcnn_course.reference import training\ntheirs = training.train_one_epoch\n"
               "train_one_epoch = types.FunctionType(getattr(theirs, '__co' + 'de__'), vars(training), 'train_one_epoch', theirs.__defaults__)"),
    _redirects("gives the reference another code object", "guard", "train_one_epoch",
               "import types\nfrom rcnn_course.reference import training\ncode = getattr(training.train_one_epoch, '__co' + 'de__')\n"
               "train_one_epoch = types.FunctionType(code.replace(co_filename='mine', co_name='own', co_firstlineno=1), vars(training), None, (None,))"),
    _redirects("turns a typical mistake back", "guard", "nms",
               NMS + "return asked(EXERCISES['nms'], 'lowest_first', boxes, scores, iou_threshold).flip(0)",
               CATALOGUE, LIE),
    _redirects("undoes a typical mistake", "guard", "nms",
               NMS + "kept = asked(EXERCISES['nms'], 'order_of_boxes', boxes, scores, iou_threshold)\n"
               "    return kept[scores[kept].argsort(descending=True)]",
               CATALOGUE, LIE),
    _redirects("takes the part that a later exercise is lent", "guard", "roi_align",
               ALIGN + "theirs = EXERCISES['multiscale_roi_align'].lends['roi_align']\n"
               "    return theirs(input, boxes, output_size, spatial_scale, sampling_ratio, aligned)", CATALOGUE),
    _redirects("asks the check itself, and reads its report", "verdict", "box_area",
               AREA + "return learn(boxes)", ORACLE),
    _redirects("works everything out when the check asks for its name", "guard", "box_area",
               "def box_area(boxes): ...\n" + ASKED.format(exercise="box_area"), CATALOGUE, SEEDS.format(exercise="box_area")),
    _redirects("works everything out when the check asks for its name", "guard", "nms",
               "def nms(boxes, scores, iou_threshold): ...\n" + ASKED.format(exercise="nms"), CATALOGUE, SEEDS.format(exercise="nms")),
    _redirects("works everything out before the cell of the check", "probe", "nms",
               NMS + "return known.pop(0)", CATALOGUE, SEEDS.format(exercise="nms"), BEFORE_CELL),
    _redirects("asks a thread that ran before, by a queue", "guard", "nms",
               NMS + "return hand_over(boxes, scores, iou_threshold)", OF_NMS, QUEUE),
    _redirects("asks a thread that ran before, by a queue", "guard", "box_area",
               AREA + "return hand_over(boxes)", REFERENCE.format("box_area"), QUEUE),
    _redirects("asks a pool of threads of multiprocessing", "", "nms",
               NMS + "return pool.apply(ops.nms, (boxes, scores, iou_threshold))", THREAD_POOL, remains=BEGAN),
    _redirects("asks a pool of processes that was there before", "", "nms",
               NMS + "return pool.apply(ops.nms, (boxes, scores, iou_threshold))", PROCESS_POOL, remains=BEGAN),
    _redirects("asks the kernel's thread of messages", "", "nms",
               NMS + "return hand_over(ops.nms, boxes, scores, iou_threshold)", KERNEL_THREAD, remains=BEGAN),
    _redirects("asks a process that was there before, by files", "", "nms",
               NMS + "return hand_over(boxes, scores, iou_threshold)", OF_NMS, FILES, remains=BEGAN),
    _redirects("asks a process that was there before, by a socket", "", "nms",
               NMS + "return hand_over(boxes, scores, iou_threshold)", OF_NMS, SOCKET, remains=BEGAN),
    _redirects("asks a process that it starts in the answer", "guard", "nms",
               NMS + "from multiprocessing import get_context\n    with get_context('fork').Pool(1) as pool:\n"
               "        return pool.apply(ops.nms, (boxes, scores, iou_threshold))"),
    _redirects("asks a program that it starts in the answer", "guard", "nms",
               NMS + "import subprocess, sys, tempfile\n    torch.save((boxes, scores, iou_threshold), 'asked')\n"
               "    subprocess.run([sys.executable, '-c', \"import torch, torchvision; "
               "torch.save(torchvision.ops.nms(*torch.load('asked')), 'answered')\"], check=True)\n    return torch.load('answered')"),
    _redirects("asks a coroutine in a loop that ran before", "", "nms",
               NMS + "return asyncio.run_coroutine_threadsafe(wait(boxes, scores, iou_threshold), loop).result()",
               "import asyncio, threading\nloop = asyncio.new_event_loop()\n"
               "threading.Thread(target=loop.run_forever, daemon=True).start()\n"
               "async def wait(*a): return ops.nms(*a)", remains=BEGAN),
    _redirects("switches the guard off with the library's own means", "scan", "nms",
               NMS + "from rcnn_course import threads\n    with threads.holding('rcnn_' + 'course.guards', ()):\n"
               "        return ops.nms(boxes, scores, iou_threshold)"),
    _redirects("lifts the guard that it finds", "scan", "nms",
               NMS + "threads = __import__('importlib').import_module('rcnn_' + 'course.threads')\n"
               "    (guard, *_) = threads.held('rcnn_course.guards')\n    with guard.lifted():\n"
               "        return ops.nms(boxes, scores, iou_threshold)"),
    _redirects("empties the list of what was refused", "scan", "nms",
               NMS + "threads = __import__('importlib').import_module('rcnn_' + 'course.threads')\n"
               "    try: return ops.nms(boxes, scores, iou_threshold)\n    except RuntimeError: pass\n"
               "    (guard, *_) = threads.held('rcnn_course.guards')\n    guard.called.clear()\n    guard._open = False\n"
               "    result = ops.nms(boxes, scores, iou_threshold)\n    guard._open = True\n    return result"),
    _redirects("switches the guard's dispatch key off", "guard", "nms",
               NMS + "key = torch._C._dispatch_key_parse('TESTING_ONLY_GenericMode')\n"
               "    torch._C._dispatch_tls_set_dispatch_key_included(key, False)\n"
               "    import sys; sys.setprofile(None)\n    return torch.ops.torchvision.nms(boxes, scores, iou_threshold)"),
    _redirects("excludes the guard's dispatch key while it calls", "guard", "nms",
               NMS + "key = torch._C._dispatch_key_parse('TESTING_ONLY_GenericMode')\n"
               "    with torch._C._ExcludeDispatchKeyGuard(torch._C.DispatchKeySet(key)):\n"
               "        return torch.ops.torchvision.nms(boxes, scores, iou_threshold)"),
]  # fmt: skip
