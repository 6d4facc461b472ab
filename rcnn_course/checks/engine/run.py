"""Running: the reference and the student's work on the cases of an exercise.

The student's code runs guarded, with the parts of earlier exercises lent to it, and what it
writes to standard error is collected: nbgrader gives 0 points to a graded cell that writes there.
"""

import contextlib
import copy
import functools
import inspect
import linecache
import re
import sys
import textwrap
import traceback
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rcnn_course import threads
from rcnn_course.checks.engine.compare import Mismatch
from rcnn_course.checks.engine.exercise import Case, Exercise
from rcnn_course.checks.engine.guard import Guard, gradients
from rcnn_course.checks.engine.kept import Mark, keep, marks, tensors_in
from rcnn_course.checks.engine.plain import is_plain, read
from rcnn_course.checks.engine.stubs import functions_of, is_untouched, name_of, unwritten
from rcnn_course.checks.engine.works import find_code

_OF_THE_COURSE = tuple(
    f"rcnn_course.{room}"
    for room in ("bug_hunt", "datasets", "models", "reference", "training", "widgets")
)


@dataclass(frozen=True)
class Result:
    """What a call returned, and the gradients it gave to the arguments that require one."""

    value: Any
    gradients: tuple[Tensor | None, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Expected(Result):
    """What the reference gives for one case.

    Attributes:
        case: the case, with arguments that nothing has been called with.
        arguments: of each tensor among them.
    """

    case: Case
    arguments: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What came of one case when the student's work ran; nothing is compared yet.

    Attributes:
        result: what came back, or None where nothing can be compared.
        problem: why nothing can, in a sentence, or ''.
        raised: name of the exception that was raised, or ''.
        is_untouched: whether the stub's own line was reached, with nothing written yet.
        arguments: of each tensor among the case's arguments, after the call.
    """

    result: Result | None = None
    problem: str = ""
    raised: str = ""
    is_untouched: bool = False
    arguments: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class Answers:
    """What the student's work gave for the cases of an exercise, in order.

    Attributes:
        given: one answer for each case; fewer where the work is a stub or handed over.
        refused: names of what the work called and the exercise refuses.
        said: warnings and other text for standard error.
    """

    given: list[Answer]
    refused: list[str]
    said: str

    @property
    def stub(self) -> bool:
        """Whether the first case shows an untouched stub rather than an answer."""
        first = self.given[0]
        if first.result is None:
            return first.is_untouched
        return first.result.value is None or first.result.value is ...


def run_reference(exercise: Exercise, case: Case) -> Result:
    """Return what the reference of an exercise gives for one case."""
    with threads.collected("warnings"):
        result = result_of(exercise.use, exercise.reference, case)
    return replace(result, value=exercise.marked(result.value))


def expect(exercise: Exercise, seed: int) -> list[Expected]:
    """Return what the reference of an exercise gives for each case."""
    found = []
    for case in exercise.cases(seed):
        result = run_reference(exercise, copy.deepcopy(case))
        found.append(Expected(**vars(result), case=case, arguments=marks(case)))
    return found


def run_all_cases(exercise: Exercise, subject: Callable, seed: int, *, lend: bool) -> Answers:
    """Run every case with the student's work.

    Args:
        exercise: the exercise.
        subject: the student's function or class.
        seed: of the cases.
        lend: whether the library's versions stand in for the student's earlier exercises.
    """
    guard = guard_of(exercise)
    answers = Answers([], guard.called, "")
    with (
        threads.collected("stderr", "warnings") as said,
        guard,
        lent(exercise, subject, guard, lend=lend),
    ):
        for case in _drawn(exercise, seed, guard):
            answers.given.append(run_case(exercise, subject, case))
            if answers.refused or (len(answers.given) == 1 and answers.stub):
                break
    return replace(answers, said=said.getvalue().strip())


def _drawn(exercise: Exercise, seed: int, guard: Guard) -> Iterator[Case]:
    """Yield the cases, whose making alone is not guarded."""
    cases = exercise.cases(seed)
    while True:
        with guard.lifted():
            case = next(cases, None)
        if case is None:
            return
        yield case


def ways_to_run(exercise: Exercise) -> tuple[bool, ...]:
    """Return for `lend` of `run_all_cases` what is to be tried: the student's own parts last."""
    return (True, False) if exercise.lends else (True,)


def guard_of(exercise: Exercise) -> Guard:
    """Refuse the works of an exercise, and in any case its reference and what the course has."""
    named = (*_OF_THE_COURSE, *(name for work in exercise.refused for name in work.code))
    code = [found for name in named if (found := find_code(name)) is not None]
    operators = [pattern for work in exercise.refused for pattern in work.operators]
    for_itself = [find_code(name) for work in exercise.refused for name in work.for_itself]
    return Guard(
        operators,
        [inspect.unwrap(exercise.reference), *code, *_own_code(exercise)],
        [path for path in for_itself if isinstance(path, Path)],
    )


def _own_code(exercise: Exercise) -> Iterator[Callable]:
    """Yield the functions of an exercise's notebook, which make mistakes out of right answers.

    What its cases and its `use` call stays permitted, since it runs with the student's code.
    """
    cases = inspect.unwrap(exercise.own_cases)
    needed = {exercise.use.__name__}
    needed.update(exercise.use.__code__.co_names, cases.__code__.co_names)
    package = cases.__module__.rpartition(".")[0]
    for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
        for value in vars(sys.modules[name]).values():
            is_own = type(value) is types.FunctionType and value.__module__ == name
            if is_own and value.__name__ not in needed:
                yield value


def result_of(use: Callable, subject: Callable, case: Case) -> Result:
    """Call the subject, and take the gradient of its result.

    The gradient is that of a sum with different weights, so that order matters.
    """
    inputs = [tensor for tensor in tensors_in(case.args) if tensor.requires_grad]
    with torch.enable_grad():
        value = _read(use(subject, *case.args, **case.kwargs))
        outputs = [tensor for tensor in tensors_in(value) if tensor.requires_grad]
        if not inputs or not outputs:
            return Result(value, (None,) * len(inputs))
        weights = [torch.linspace(1, 2, t.numel(), dtype=t.dtype).view(t.shape) for t in outputs]
        return Result(value, gradients.take(outputs, inputs, weights))


def _read(value: Any) -> Any:
    """Read what came, whose own code may do anything when it is looked at."""
    try:
        return read(value)
    except Exception as error:
        reason = f"to look at it raises {type(error).__name__}: {_text(error)}"
        raise Mismatch(f"The result cannot be read: {reason}.") from None


def run_case(exercise: Exercise, subject: Callable, case: Case) -> Answer:
    """Run one case with the student's work, and describe what it raised if it did."""
    try:
        result = result_of(exercise.use, subject, case)
        result = replace(result, value=keep(result.value))
    except Mismatch as mismatch:
        return Answer(problem=str(mismatch))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also SystemExit, and what a student derives from BaseException
        return Answer(
            problem=_describe_error(error, subject),
            raised=type(error).__name__,
            is_untouched=is_untouched(error, subject),
        )
    return Answer(result, arguments=marks(case))


def _describe_error(error: BaseException, subject: Callable) -> str:
    """Say what was raised and at which line of the student's code."""
    text = textwrap.shorten(f"It raised {type(error).__name__}: {_text(error)}", 300)
    stub = unwritten(error, subject)
    if stub == name_of(subject):
        text = (
            "The line 'raise NotImplementedError' is still in your code. Delete it when your code "
            "is written."
        )
    elif stub:
        text = f"It called {stub}, which is not written yet."
    own_files = {function.__code__.co_filename for function in functions_of(subject)}
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in own_files or "ipykernel" in frame.filename:
            source = linecache.getline(frame.filename, frame.lineno or 0).strip()
            return f"{text}\nYour line: {textwrap.shorten(source, 66)}" if source else text
    return text


def _text(error: BaseException) -> str:
    """Return the first line of an error's text, without the place in C++ that PyTorch adds."""
    try:
        first = next(iter(str(error)[:1000].splitlines()), "")
        return re.sub(r" \(originally from .* API call failed at .*\)$", "", first)
    except Exception:  # its class may be a student's
        return "(an error that cannot be shown)"


@contextlib.contextmanager
def lent(
    exercise: Exercise, subject: Callable, guard: Guard, *, lend: bool = True
) -> Iterator[None]:
    """Put the parts that an exercise lends in the place of names that the student's work looks up.

    Args:
        exercise: the exercise.
        subject: the student's function or class.
        guard: that the parts are not subject to.
        lend: whether there are any.
    """
    namespace = _globals_of(subject)
    here = functools.partial(threads.held, guard, False)
    with contextlib.ExitStack() as stack:
        stack.enter_context(threads.holding(guard, True))
        for name, part in exercise.lends.items() if lend else ():
            permitted = _permitted(part, guard)
            stack.enter_context(threads.replaced(namespace, name, permitted, here=here))
        yield


def _permitted(part: Callable, guard: Guard) -> Callable:
    """Lift the guard for a part, where no code of the student runs inside of it."""

    def permitted(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = read(args), read(kwargs)
        if not is_plain((args, kwargs)):
            return part(*args, **kwargs)
        with guard.lifted(), torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
            return part(*args, **kwargs)

    return permitted


def _globals_of(subject: Callable) -> dict[str, Any]:
    """Return the names that a function, or the methods of a class, look up."""
    for function in functions_of(subject):
        return function.__globals__
    return {}
