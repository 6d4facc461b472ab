"""What a probe does: it runs in the kernel, between the cells of a submission.

`suspicions` puts the text of this module into cells of their own, so that a student's code cannot
patch it by importing it. It uses the standard library alone, and the checks where they are there.
"""

import base64
import dataclasses
import importlib
import itertools
import json
import random
import signal
import sys
import sysconfig
import threading
import types
from collections.abc import Iterator
from typing import Any

from IPython import get_ipython

MIME = "application/x-rcnn-course-probe"
"""The kind of output in which a probe answers."""

PACKAGES = (
    "IPython.core",
    "ipykernel",
    "rcnn_course.checks",
    "rcnn_course.reports",
    "rcnn_course.threads",
    "torch.testing",
    "torchvision.models.detection",
    "torchvision.ops",
)
"""Packages in which everything that can be called is watched."""

MODULES = {
    *("builtins", "contextlib", "inspect", "linecache", "numpy", "sys", "threading", "traceback"),
    *("torch", "torch.functional", "torch.library", "torch.nn.functional", "torch.overrides"),
    *("torch.nn.modules.module", "torch.utils._python_dispatch", "torch.utils._pytree"),
}
"""Single modules that are watched in the same way."""

OWN_CALLBACKS = ("IPython.extensions", "ipykernel", "ipywidgets", "matplotlib")
"""Packages that add callbacks of their own to a kernel."""

SET_BY_KERNEL = {"builtins._", "builtins.input", "sys.displayhook", "sys.excepthook"}
"""What the kernel itself replaces from cell to cell."""

HARMLESS = {
    *("numpy.bool", "numpy.load", "numpy.long", "sys.displayhook", "sys.excepthook"),
    *("torch.Storage", "torch.cuda.is_available", "torch.load", "torch.save"),
    *("torch.nn.modules.module.Module.__init__", "torch.nn.modules.module.Module.__setstate__"),
}
"""What students and PyTorch itself replace, and no check uses."""

HARMLESS_METHODS = (".__repr__", ".__str__")
"""Methods that say how a value looks."""

LOOK = "pycolorize"
"""The shell's function for coloured code, which %colors replaces."""

HEAP_TYPE = 1 << 9
"""CPython's flag of types whose attributes can be set, `Py_TPFLAGS_HEAPTYPE`."""

DESCRIPTORS = (classmethod, property)
"""What a class holds that acts like a function and cannot be called by itself."""

LIBRARIES = ("<frozen", *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")))
"""Where code comes from that is no submission's."""

CASES = 4
"""How many of its cases a student's function is asked to answer."""


def main(request: dict[str, Any]) -> None:
    """Answer one request, and leave nothing behind but the first state of the kernel.

    Args:
        request: `token` to answer with; `kept` under which the first state is kept; `imports` of
            the course's own cells as [module, attribute, name]; and, to have it answer cases,
            `exercise` and `seed`.
    """
    shell = get_ipython()
    if "exercise" in request:
        reply: dict[str, Any] = {"answers": answers(shell, request["exercise"], request["seed"])}
    else:
        first = getattr(sys, request["kept"], None)
        if first is None:
            prepare(shell, request["imports"])
        now = state(shell, request["imports"], at_start=first is None)
        if first is None:
            setattr(sys, request["kept"], first := now)
        changed = [name for name in first if now.get(name, 0) != first[name]]
        reply = {"digest": digest({name: now.get(name, 0) for name in first}), "changed": changed}
        reply["running"] = running(shell, request["kept"])
    text = json.dumps({"token": request["token"], **reply})
    shell.display_pub.publish(data={MIME: text})


def prepare(shell: Any, imports: list[list[str]]) -> None:
    """Let a submission import what lies beside it, as in JupyterLab, and go on after `exit()`.

    What checks need is loaded before, so that no file beside it takes its place.
    """
    for module, attribute, _ in imports:
        getattr(importlib.import_module(module), attribute)
    if "" not in sys.path:
        sys.path.insert(0, "")
    shell.ask_exit = lambda: None


def digest(marks: dict[str, int]) -> int:
    """Return one number for a whole state."""
    return hash(frozenset(marks.items()))


def state(shell: Any, imports: list[list[str]], *, at_start: bool) -> dict[str, int]:
    """Return a mark for everything that a submission must leave as it is.

    Where `check` has become something else, it is put back, and the answer above gets its points;
    a variable, such as a tensor, is an accident that forges nothing.
    """
    marks = {}
    for module, attribute, name in imports:
        value = getattr(importlib.import_module(module), attribute)
        if not at_start:
            now = shell.user_ns.get(name)
            shell.user_ns[name] = value
            value = now if callable(now) else value
        marks[name] = mark(value)
    for name, loaded in list(sys.modules.items()):
        if name in MODULES or name.startswith(PACKAGES):
            marks.update(marks_of_module(name, loaded))
    marks.update(marks_of_kernel(shell))
    return marks


def mark(value: Any) -> int:
    """Return a number that changes where a value is replaced, or a function gets other code."""
    if isinstance(value, types.FunctionType):
        return hash((id(value), id(value.__code__), id(value.__defaults__)))
    return id(value)


def mark_with_parts(value: Any) -> int:
    """Return a mark that changes with the parts of a dictionary or a dataclass too."""
    parts = []
    if isinstance(value, dict):
        parts = [part for pair in value.items() for part in pair]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, field.name, None) for field in dataclasses.fields(value)]
    return hash((mark(value), *map(mark, parts)))


def marks_of_module(name: str, module: Any) -> Iterator[tuple[str, int]]:
    """Yield the marks of what can be called in a module; in the checks, of all that is there."""
    everything = name.startswith("rcnn_course")
    for attribute, value in list(vars(module).items()):
        place = f"{name}.{attribute}"
        if attribute.startswith("__") or place in SET_BY_KERNEL | HARMLESS:
            continue
        if everything:
            yield place, mark_with_parts(value)
        elif callable(value):
            yield place, mark(value)
        if isinstance(value, type) and value.__module__ == name and value.__flags__ & HEAP_TYPE:
            for member, part in list(vars(value).items()):
                method = f"{place}.{member}"
                is_harmless = method in HARMLESS or method.endswith(HARMLESS_METHODS)
                if not is_harmless and (callable(part) or isinstance(part, DESCRIPTORS)):
                    yield method, mark(part)


def marks_of_kernel(shell: Any) -> Iterator[tuple[str, int]]:
    """Yield the marks of what steers the kernel: transformers, callbacks, hooks."""

    def of_all(values: Any) -> int:
        return hash(tuple(map(id, values)))

    manager = shell.input_transformer_manager
    yield "IPython's transformers of code (ast_transformers)", of_all(shell.ast_transformers)
    yield (
        "IPython's transformers of input",
        of_all(
            itertools.chain(
                manager.cleanup_transforms, manager.line_transforms, manager.token_transformers
            )
        ),
    )
    yield (
        "IPython's callbacks around cells",
        of_all(
            callback
            for callbacks in shell.events.callbacks.values()
            for callback in callbacks
            if not getattr(callback, "__module__", "").startswith(OWN_CALLBACKS)
        ),
    )
    yield "IPython's handlers of exceptions", of_all(shell.custom_exceptions)
    yield "the trace function of Python", of_all([sys.gettrace(), sys.getprofile()])
    owners = {"shell": shell, "output": shell.display_pub, "kernel": getattr(shell, "kernel", None)}
    for what, owner in owners.items():
        members = getattr(owner, "__dict__", {}).items()
        own = [id(part) for name, part in members if callable(part) and name != LOOK]
        yield f"a method of IPython's {what}", hash((id(owner), *own))
    if "torch" in sys.modules:
        import torch

        modes: list[object] = [
            *torch.utils._python_dispatch._get_current_dispatch_mode_stack(),
            *torch.overrides._get_current_function_mode_stack(),
        ]
        device = torch.utils._device.DeviceContext  # of torch.set_default_device
        yield "the modes of PyTorch", of_all(mode for mode in modes if type(mode) is not device)
        kernels = [key for key in torch.library._impls if key.startswith(("aten/", "torchvision/"))]
        kernels = [key for key in kernels if not key.endswith("/FuncTorchBatched")]  # of vmap
        yield "the kernels of PyTorch (torch.library)", len(kernels)


def running(shell: Any, kept: str) -> list[str]:
    """Return what can still run code of the submission: its threads, and timers of signals.

    Processes of its own cannot change this one.
    """
    first = getattr(sys, f"{kept}_running", None)
    if first is None:
        setattr(sys, f"{kept}_running", first := {t.ident for t in threading.enumerate()})
    threads = [t for t in threading.enumerate() if t.ident not in first and not is_idle(t)]
    timers = [getattr(signal, name, None) for name in ("ITIMER_REAL", "ITIMER_VIRTUAL")]
    armed = any(timer is not None and signal.getitimer(timer)[0] for timer in timers)
    return [f"thread {thread.name!r}" for thread in threads] + ["a timer of signals"] * armed


def is_idle(thread: threading.Thread) -> bool:
    """Tell whether a thread only waits in a library's own code, as those of an open pool do."""
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:  # it has ended meanwhile
        return True
    calls_function_in_c = frame.f_code.co_qualname in ("Thread.run", "_WorkItem.run")
    files = set()
    while frame is not None:
        files.add(frame.f_code.co_filename)
        frame = frame.f_back
    starter = getattr(sys.modules.get("rcnn_course.threads"), "_carried", None)
    files.discard(starter and starter.__code__.co_filename)
    own = [file for file in files if not file.startswith(LIBRARIES)]
    return not own and not calls_function_in_c and not isinstance(thread, threading.Timer)


def answers(shell: Any, name: str, seed: int) -> list[Any] | None:
    """Return what the student's function gives for some cases, twice where it is lent parts.

    None where the cell before, a check, has failed: then there is nothing to confirm.
    """
    if not getattr(shell.last_execution_result, "success", False):
        return None
    from rcnn_course.checks.catalogue import EXERCISES
    from rcnn_course.checks.engine.run import run_reference, try_all_cases
    from rcnn_course.checks.engine.settings import default_settings

    exercise = EXERCISES.get(name)
    subject = shell.user_ns.get(name)
    if exercise is None or subject is None:
        return None
    some = dataclasses.replace(
        exercise, own_cases=lambda *_: iter(pick(exercise.cases(seed), seed)), odd=None
    )
    given = []
    with default_settings():
        expected = [run_reference(some, case) for case in some.cases(seed)]
        for lend in (True, False) if exercise.lends else (True,):
            tried = try_all_cases(some, subject, seed, expected, lend=lend).tried
            given.append(
                [encode(attempt.result.value) if attempt.result else None for attempt in tried]
            )
    return given


def pick(cases: Iterator[Any], seed: int) -> list[Any]:
    """Return some of the cases, in order, chosen by the seed."""
    known = list(cases)
    chosen = random.Random(seed).sample(range(len(known)), min(CASES, len(known)))
    return [known[index] for index in sorted(chosen)]


def encode(value: Any) -> Any:
    """Turn what a function returned into JSON: tensors as bytes, anything unknown as its type."""
    if isinstance(value, bool | int | float | str | None):
        return value
    if isinstance(value, list | tuple):
        return {
            type(value).__name__ if type(value) in (list, tuple) else "list": [*map(encode, value)]
        }
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if hasattr(value, "detach"):
        import torch

        plain = value.detach().cpu().contiguous()
        raw = plain.reshape(-1).view(torch.uint8).numpy().tobytes()
        data = base64.b64encode(raw).decode()
        return {"tensor": [str(plain.dtype), list(plain.shape), data]}
    return {"unknown": type(value).__name__}
