"""Trying one edited answer on the cases of its exercise, within a limit of processor time."""

import ast
import contextlib
import copy
import signal
import warnings
from collections.abc import Iterator, Mapping
from functools import cached_property
from types import FrameType
from typing import Any

from torch import Tensor
from torch.utils import _pytree as pytree

from rcnn_course.checks.engine.exercise import VISIBLE_SEED, Exercise
from rcnn_course.checks.engine.guard import Guard
from rcnn_course.checks.engine.judge import attempt
from rcnn_course.checks.engine.run import Expected, expect, run_case

SECONDS = 3.0
"""Processor time of an edited answer for the cases of one seed."""


class OutOfTime(KeyboardInterrupt):
    """An edited answer that goes on for too long; no `except Exception` of it catches this."""


class Trial:
    """The cases of an exercise, and what the reference gives for them.

    Args:
        exercise: the exercise. Nothing is refused here: what counts is whether values tell.
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._expected: dict[int, list[Expected]] = {}

    @cached_property
    def asks_for_gradients(self) -> bool:
        """Whether a case compares gradients; where none does, a gradient may be cut."""
        leaves = (
            leaf
            for case in self.exercise.cases(VISIBLE_SEED)
            for leaf in pytree.tree_leaves(case.args)
        )
        return any(isinstance(leaf, Tensor) and leaf.requires_grad for leaf in leaves)

    def failing_case(self, subject: Any, seed: int) -> str:
        """Return the first case that a function or class fails on, or ''."""
        exercise = self.exercise
        if seed not in self._expected:
            self._expected[seed] = expect(exercise, seed)
        try:
            with _at_most(SECONDS):
                for expected in self._expected[seed]:
                    with Guard():  # that refuses what would end this process, and no operator
                        answer = run_case(exercise, subject, copy.deepcopy(expected.case))
                    if attempt(exercise, answer, expected).problem:
                        return expected.case.what
        except OutOfTime:
            return "the time that it takes"
        return ""


def defined(tree: ast.Module, name: str, names: Mapping[str, Any]) -> Any:
    """Return what a tree defines under a name, or None where it defines nothing.

    Args:
        tree: Python code.
        name: of a function or class.
        names: what the code may use; it stays as it is.
    """
    own = dict(names)
    try:
        with warnings.catch_warnings(action="ignore"), _at_most(SECONDS):
            exec(compile(tree, "<edited>", "exec"), own)
    except (Exception, OutOfTime):
        return None
    return own.get(name)


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise OutOfTime once this process has computed for so long."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
