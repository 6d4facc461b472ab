"""What one guard refuses, and the thread in which it does so."""

import threading
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rcnn_course import threads
from rcnn_course.checks.engine.guard import compiled, frames, gradients, held, operators
from rcnn_course.checks.engine.guard.operators import Operators


class Refused(RuntimeError):
    """The student's function called something that would give the answer away."""


class Guard:
    """Context in which some operators and some Python code are refused.

    Refused in every guard: the Python versions of PyTorch's operators, code that was traced or
    compiled where its source does not run in its place, profilers, and other programs.

    Args:
        operators: patterns of operator names, such as 'torchvision::nms' or 'aten::upsample_*'.
        code: functions, classes or modules of which no code may run; of a class or a module, no
            Python code. A Path stands for a module or package that need not be loaded.
        for_itself: paths of modules of which no code may run that their own package has not called.

    Attributes:
        called: names of what was refused, in order. The call is remembered even where the
            student's function catches the `Refused` that it raises.
        was_off: whether something has put an end to the watching while the guard held.
    """

    def __init__(
        self,
        operators: Sequence[str] = (),
        code: Sequence[object] = (),
        for_itself: Sequence[Path] = (),
    ) -> None:
        self.called: list[str] = []
        self.was_off = False
        self._open = False
        self._operators = Operators(operators)
        self._code = frames.Code(code, for_itself)

    def __enter__(self) -> "Guard":
        self._stack = ExitStack()
        self.was_off = False
        for namespace, name, other in compiled.eager_places():
            self._replace(namespace, name, other)
        self._open = True
        self._stack.enter_context(threads.holding(held.KEY, (*held.guards(), self)))
        return self

    def __exit__(self, kind: type[BaseException] | None, *exception: object) -> None:
        self._open = False
        self._stack.close()
        if kind is None and self.was_off and not self.called:
            self.called.append("something that switches the guard off")

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Permit everything inside this context, for what the library itself lends."""
        others = tuple(guard for guard in held.guards() if guard is not self)
        with threads.holding(held.KEY, others):
            yield

    def holds_here(self) -> bool:
        """Tell whether this guard refuses something in the thread that asks."""
        return self._open and self in held.guards()

    def refuse(self, name: str) -> None:
        """Remember the call of `name` and raise `Refused`, while the guard is open."""
        if self._open:
            self.called.append(name)
            raise Refused(f"this exercise asks you to build it, and your code called {name}")

    def see_operator(self, name: str, args: tuple) -> None:
        """Refuse the call of an operator, if it is one of those."""
        refused = self._operators.refused(name, args)
        if refused and not gradients.are_taken_by_libraries():
            self.refuse(refused)

    def see_frame(self, frame: types.FrameType) -> None:
        """Refuse the code that a frame was opened for, if it is some of that."""
        if refused := self._code.refused(frame):
            self.refuse(refused)

    def see_function(self, function: Callable) -> None:
        """Refuse a function that opens no frame, if it is one of those."""
        if self._code.refuses(function):
            self.refuse(f"{function.__module__}.{function.__name__}")

    def _replace(self, namespace: dict, name: str, other: object) -> None:
        self._stack.enter_context(threads.replaced(namespace, name, other, here=self.holds_here))


class _Followed(threading.local):
    guards: tuple[Guard, ...] = ()  # that hold in this thread since it was looked at last


_followed = _Followed()


def _follow_guards() -> None:
    """Bring PyTorch's and Python's state of this thread into line with the guards that hold."""
    if _followed.guards and not (operators.is_on() and frames.is_on()):
        for guard in _followed.guards:
            guard.was_off = True
    guards = held.guards()
    operators.switch(guards)
    frames.switch(guards)
    _followed.guards = guards


threads.follow(_follow_guards)
