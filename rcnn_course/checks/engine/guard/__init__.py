"""The guard: while a student's function runs, what gives it away is refused.

It is refused in the thread that entered the guard and in the threads that it starts there, and
nowhere else: widgets and students have threads of their own, which go on meanwhile. In the order
of what they look at:

- `operators`: PyTorch's operators, by every road to them;
- `frames`: Python code, by the frame in which it runs;
- `compiled`: what was compiled before, and runs without either;
- `events`: what would put an end to the watching: a profiler, another process.

Each looks, `held` says for which guards, and `guard` holds what a guard refuses. Not prevented:
code whose source was copied, work that is put into a queue for a thread or a process that was
started earlier, and a tracer or an audit hook that was set earlier.
"""

from rcnn_course.checks.engine.guard import events  # noqa: F401 - adds its audit hook
from rcnn_course.checks.engine.guard.guard import Guard, Refused
from rcnn_course.checks.engine.guard.operators import TRANSPOSED_CONVOLUTION

__all__ = ["TRANSPOSED_CONVOLUTION", "Guard", "Refused"]
