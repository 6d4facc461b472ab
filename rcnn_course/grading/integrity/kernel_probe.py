"""What a probe does: it runs in the kernel, between the cells of a submission.

`suspicions` puts the text of this module into cells of their own, so that a student's code cannot
patch it by importing it. It uses the standard library alone, and the checks where they are there.
"""

import contextlib
import dataclasses
import importlib
import itertools
import json
import signal
import sys
import sysconfig
import threading
import types
from collections.abc import Callable, Iterator, Mapping
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
    *("rcnn_course.checks.checking.last_examinations", "rcnn_course.checks.hints._given"),
    "rcnn_course.checks.steps._most",
}
"""What students, PyTorch and hints themselves replace, and no check uses."""

HARMLESS_METHODS = (".__repr__", ".__str__")
"""Methods that say how a value looks."""

LOOK = "pycolorize"
"""The shell's function for coloured code, which %colors replaces."""

HEAP_TYPE = 1 << 9
"""CPython's flag of types whose attributes can be set, `Py_TPFLAGS_HEAPTYPE`."""

DESCRIPTORS = (classmethod, property)
"""What a class holds that acts like a function and cannot be called by itself."""

identity = object.__hash__
"""Tells objects apart, whatever their class does."""

Watched = tuple[str, Mapping[str, Any], str, Callable[[Any], int]]
"""A value that is watched: where it stands, what holds it, its key there, what marks it."""

LIBRARIES = ("<frozen", *map(sysconfig.get_path, ("stdlib", "purelib", "platlib")))
"""Where code comes from that is no submission's."""


def main(request: dict[str, Any]) -> None:
    """Answer one request, and leave nothing behind but the first state of the kernel.

    Args:
        request: `token` to answer with; `kept` under which the first state is kept; `imports` of
            the course's own cells as [module, attribute, name]; `withhold`, whether checks in
            this kernel should compare nothing; or, instead of these, `questions` to be answered,
            each with the fields of `checks.remote.Question`; or names of `wrong` answers, to be
            looked at until this is interrupted.
    """
    shell = get_ipython()
    if "questions" in request:
        reply: dict[str, Any] = {"answers": answers(shell, request["questions"])}
    elif "wrong" in request:
        reply = {"reports": reports(shell, request["wrong"])}
    else:
        first, watched = getattr(sys, request["kept"], (None, []))
        if first is None:
            prepare(shell, request["imports"], withhold=request["withhold"])
            watched = list(watched_values())
        now = state(shell, request["imports"], watched, at_start=first is None)
        if first is None:
            setattr(sys, request["kept"], (first := now, watched))
        changed = [name for name in first if now.get(name, 0) != first[name]]
        reply = {"digest": hash(tuple(map(now.get, first))), "changed": changed}
        reply["running"] = running(shell, request["kept"])
    text = json.dumps({"token": request["token"], **reply})
    shell.display_pub.publish(data={MIME: text})


def prepare(shell: Any, imports: list[list[str]], *, withhold: bool) -> None:
    """Let a submission import what lies beside it, as in JupyterLab, and go on after `exit()`.

    Args:
        shell: IPython's.
        imports: what checks need; it is loaded before, so that no file takes its place.
        withhold: whether expected values should stay out of this kernel.
    """
    for module, attribute, _ in imports:
        getattr(importlib.import_module(module), attribute)
    if "" not in sys.path:
        sys.path.insert(0, "")
    shell.ask_exit = lambda: None
    if withhold:
        from rcnn_course.checks import checking

        checking.withhold()


def state(
    shell: Any, imports: list[list[str]], watched: list[Watched], *, at_start: bool
) -> dict[str, int]:
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
    marks.update((place, of(holder.get(key))) for place, holder, key, of in watched)
    marks.update(marks_of_kernel(shell))
    return marks


def mark(value: Any) -> int:
    """Return a number that changes where a value is replaced, or a check's function changes.

    `id` and `__code__` raise events for the guard's audit hook, which takes time.
    """
    if isinstance(value, types.FunctionType) and str(value.__module__).startswith("rcnn_course"):
        return hash((identity(value), identity(value.__code__), identity(value.__defaults__)))
    return identity(value)


def mark_with_parts(value: Any) -> int:
    """Return a mark that changes with the parts of a dictionary or a dataclass too."""
    parts = []
    if isinstance(value, dict):
        parts = [part for pair in value.items() for part in pair]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, field.name, None) for field in dataclasses.fields(value)]
    return hash((mark(value), *map(mark, parts)))


def watched_values() -> Iterator[Watched]:
    """Yield what is watched in the modules that are loaded."""
    for name, loaded in list(sys.modules.items()):
        if name in MODULES or name.startswith(PACKAGES):
            yield from watched_in(name, loaded)


def watched_in(name: str, module: Any) -> Iterator[Watched]:
    """Yield what can be called in a module; in the checks, all that is there."""
    everything = name.startswith("rcnn_course")
    of = mark if everything else identity
    for attribute, value in list(vars(module).items()):
        place = f"{name}.{attribute}"
        if attribute.startswith("__") or place in SET_BY_KERNEL | HARMLESS:
            continue
        if everything:
            yield place, vars(module), attribute, mark_with_parts
        elif callable(value):
            yield place, vars(module), attribute, of
        if isinstance(value, type) and value.__module__ == name and value.__flags__ & HEAP_TYPE:
            for member, part in list(vars(value).items()):
                method = f"{place}.{member}"
                is_harmless = method in HARMLESS or method.endswith(HARMLESS_METHODS)
                if not is_harmless and (callable(part) or isinstance(part, DESCRIPTORS)):
                    yield method, vars(value), member, of


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


def answers(shell: Any, questions: list[list[Any]]) -> list[Any]:
    """Return what the student's work answers to each question, or the error that this raises."""
    from rcnn_course.checks.remote import Question, answer

    given: list[Any] = []
    for question in questions:
        try:
            given.append(answer(Question(*question), shell.user_ns))
        except Exception as error:
            given.append({"error": [type(error).__name__, str(error)]})
    return given


def reports(shell: Any, exercises: list[str]) -> list[Any]:
    """Return what a notebook's own check says of answers, up to an interruption."""
    from rcnn_course.checks.checking import examine

    given: list[Any] = []
    with contextlib.suppress(KeyboardInterrupt):
        for name in exercises:
            with contextlib.suppress(Exception):
                given.append(examine(shell.user_ns[name]).to_data())
    return given
