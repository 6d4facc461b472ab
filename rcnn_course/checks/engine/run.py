"""Running: the reference and the student's work on the cases of an exercise.

The student's code runs guarded, with the parts of earlier exercises lent to it, and what it
writes to standard error is collected: nbgrader gives 0 points to a graded cell that writes there.
"""

import contextlib
import functools
import inspect
import linecache
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from rcnn_course import threads
from rcnn_course.checks.engine.compare import Mismatch, compare
from rcnn_course.checks.engine.exercise import Case, Exercise
from rcnn_course.checks.engine.guard import Guard
from rcnn_course.checks.engine.plain import is_plain, read
from rcnn_course.checks.engine.stubs import is_untouched, unwritten
from rcnn_course.checks.engine.works import find_code

_OF_THE_COURSE = tuple(
    f"rcnn_course.{room}" for room in ("datasets", "models", "reference", "widgets")
)


@dataclass(frozen=True)
class Result:
    """What a call returned, and the gradients it gave to the arguments that require one."""

    value: Any
    gradients: tuple[Tensor | None, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """One case tried with the student's work.

    Attributes:
        case: the case, with the arguments that the student's code received.
        result: what came back, or None where an error was raised.
        problem: what is wrong, in a sentence, or '' where the result is right.
        mismatch: where and how the result differs, or None.
        raised: name of the exception that was raised, or ''.
        difference: the largest difference to the expected numbers of a right result.
        is_untouched: whether the stub's own line was reached, with nothing written yet.
    """

    case: Case
    result: Result | None = None
    problem: str = ""
    mismatch: Mismatch | None = None
    raised: str = ""
    difference: float = 0.0
    is_untouched: bool = False


@dataclass(frozen=True)
class Attempts:
    """The cases of an exercise, tried in order with the student's work.

    Attributes:
        tried: one attempt for each case; fewer where the work is a stub or handed over.
        stub: whether the work is not attempted.
        refused: names of what the work called and the exercise refuses.
        said: warnings and other text for standard error.
    """

    tried: list[Attempt]
    stub: bool
    refused: list[str]
    said: str

    @property
    def passed(self) -> bool:
        """Whether the work is right on every case."""
        return not self.refused and not any(attempt.problem for attempt in self.tried)


def run_reference(exercise: Exercise, case: Case) -> Result:
    """Return what the reference of an exercise gives for one case."""
    with threads.collected("warnings"):
        return _run(exercise.use, exercise.reference, case, contextlib.nullcontext())


def try_all_cases(
    exercise: Exercise, subject: Callable, seed: int, expected: list[Result], *, lend: bool
) -> Attempts:
    """Try every case with the student's work.

    Args:
        exercise: the exercise.
        subject: the student's function or class.
        seed: of the cases.
        expected: the reference's results, one for each case.
        lend: whether the library's versions stand in for the student's earlier exercises.
    """
    guard = _guard(exercise)
    parts = exercise.lends if lend else {}
    tried: list[Attempt] = []
    stub = False
    with threads.collected("stderr", "warnings") as said, _lent(parts, subject, guard):
        pairs = zip(exercise.cases(seed), exercise.cases(seed), strict=True)
        for (case, untouched), wanted in zip(pairs, expected, strict=True):
            attempt = _try_case(exercise, subject, case, untouched, wanted, guard)
            stub = not tried and _is_stub(attempt)
            tried.append(attempt)
            if stub or guard.called:
                break
    return Attempts(tried, stub, guard.called, said.getvalue().strip())


def _guard(exercise: Exercise) -> Guard:
    """Refuse the works of an exercise, and in any case its reference and what the course has."""
    named = (*_OF_THE_COURSE, *(name for work in exercise.refused for name in work.code))
    code = [found for name in named if (found := find_code(name)) is not None]
    operators = [pattern for work in exercise.refused for pattern in work.operators]
    return Guard(operators, [inspect.unwrap(exercise.reference), *code, *_own_code(exercise)])


def _own_code(exercise: Exercise) -> Iterator[Callable]:
    """Yield the functions of an exercise's notebook, which make mistakes out of right answers.

    What its cases and its `use` call stays permitted, since it runs with the student's code.
    """
    needed = {exercise.use.__name__}
    needed.update(exercise.use.__code__.co_names, exercise.own_cases.__code__.co_names)
    package = exercise.own_cases.__module__.rpartition(".")[0]
    for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
        for value in vars(sys.modules[name]).values():
            is_own = inspect.isfunction(value) and value.__module__ == name
            if is_own and value.__name__ not in needed:
                yield value


def _run(
    use: Callable, subject: Callable, case: Case, guard: contextlib.AbstractContextManager
) -> Result:
    """Call the subject, guarded, and take the gradient of its result.

    The gradient is that of a sum with different weights, so that order matters.
    """
    with torch.enable_grad():
        with guard:
            value = read(use(subject, *case.args, **case.kwargs))
        inputs = [tensor for tensor in _tensors(case.args) if tensor.requires_grad]
        outputs = [tensor for tensor in _tensors(value) if tensor.requires_grad]
        if not inputs or not outputs:
            return Result(value, (None,) * len(inputs))
        weights = [torch.linspace(1, 2, t.numel(), dtype=t.dtype).view(t.shape) for t in outputs]
        gradients = torch.autograd.grad(outputs, inputs, weights, allow_unused=True)
    return Result(value, gradients)


def _tensors(tree: Any) -> list[Tensor]:
    return [leaf for leaf in pytree.tree_leaves(tree) if isinstance(leaf, Tensor)]


def _try_case(
    exercise: Exercise,
    subject: Callable,
    case: Case,
    untouched: Case,
    expected: Result,
    guard: Guard,
) -> Attempt:
    try:
        found = _run(exercise.use, subject, case, guard)
    except Mismatch as mismatch:
        return Attempt(case, problem=str(mismatch), mismatch=mismatch)
    except (Exception, SystemExit) as error:
        return Attempt(
            case,
            problem=_describe_error(error, subject),
            raised=type(error).__name__,
            is_untouched=is_untouched(error, subject),
        )
    try:
        difference = _compare_results(exercise, found, expected)
        _require_unchanged_arguments(case, untouched)
    except Mismatch as mismatch:
        return Attempt(case, found, str(mismatch), mismatch)
    return Attempt(case, found, difference=difference)


def _is_stub(attempt: Attempt) -> bool:
    """Tell whether the first case shows an untouched stub rather than an answer."""
    if attempt.result is None:
        return attempt.is_untouched
    return attempt.result.value is None or attempt.result.value is ...


def _compare_results(exercise: Exercise, found: Result, expected: Result) -> float:
    tolerance = {"rtol": exercise.rtol, "atol": exercise.atol}
    difference = compare(found.value, expected.value, where="The result", **tolerance)
    for gradient, wanted in zip(found.gradients, expected.gradients, strict=True):
        if wanted is None:
            continue
        if gradient is None:
            raise Mismatch(
                "The values are right, but no gradient flows back to the input, so nothing in "
                "front could be trained. .item(), .detach(), .numpy(), torch.no_grad() and "
                "torch.tensor(...) cut the connection."
            )
        where = "The values are right, but the gradient"
        difference = max(difference, compare(gradient, wanted, where=where, **tolerance))
    return difference


def _require_unchanged_arguments(case: Case, untouched: Case) -> None:
    tensors, originals = _tensors(case.args), _tensors(untouched.args)
    if len(tensors) != len(originals):
        raise Mismatch(
            "The result is right, but your code added entries to a list or dictionary that it was "
            "given, or took some away. The caller still needs it: work on a copy."
        )
    for tensor, original in zip(tensors, originals, strict=True):
        if tensor.shape != original.shape or not tensor.equal(original):
            raise Mismatch(
                "The result is right, but your code changed an argument in place (a tensor of "
                f"shape {list(original.shape)}). The caller still needs it: work on a copy."
            )


def _describe_error(error: BaseException, subject: Callable) -> str:
    """Say what was raised and at which line of the student's code."""
    text = f"It raised {type(error).__name__}: {error}".splitlines()[0]
    stub = unwritten(error, subject)
    if stub == getattr(subject, "__name__", type(subject).__name__):
        text = (
            "The line 'raise NotImplementedError' is still in your code. Delete it when your code "
            "is written."
        )
    elif stub:
        text = f"It called {stub}, which is not written yet."
    own_file = getattr(getattr(inspect.unwrap(subject), "__code__", None), "co_filename", None)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename == own_file or "ipykernel" in frame.filename:
            source = linecache.getline(frame.filename, frame.lineno or 0).strip()
            return f"{text}\nYour line: {textwrap.shorten(source, 66)}" if source else text
    return text


@contextlib.contextmanager
def _lent(parts: Mapping[str, Callable], subject: Callable, guard: Guard) -> Iterator[None]:
    """Put parts in the place of names that the student's work looks up."""
    namespace = _globals_of(inspect.unwrap(subject))
    here = functools.partial(threads.held, guard, False)
    with contextlib.ExitStack() as stack:
        stack.enter_context(threads.holding(guard, True))
        for name, part in parts.items():
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
    for function in (subject, *getattr(subject, "__dict__", {}).values()):
        if hasattr(function, "__globals__"):
            return function.__globals__
    return vars(sys.modules[subject.__module__])
