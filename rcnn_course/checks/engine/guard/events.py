"""What would put an end to the guard's watching, refused by the events that Python raises itself.

A profiler takes the place of the guard's hook, a tracer runs where no hook looks, and another
program knows of no guard. Python tells an audit hook before it does any of these, however it was
asked, and an audit hook cannot be taken away. A process that is forked stays permitted: the guard
holds in it, too.
"""

import functools
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from rcnn_course.checks.engine.guard import frames, held

_NAMES = {
    "sys.settrace": "sys.settrace, as debuggers do",
    "sys.monitoring.register_callback": "sys.monitoring, as profilers do",
    "sys.addaudithook": "sys.addaudithook",
    **dict.fromkeys(
        ("subprocess.Popen", "os.posix_spawn", "os.spawn", "os.exec", "os.system"),
        "another program",
    ),
}


def _see_program(*args: Any, **kwargs: Any) -> None:
    held.refuse(_NAMES["subprocess.Popen"])


def _add_hook() -> None:
    seen: dict[str, Callable[[], None]] = {
        "sys.setprofile": frames.keep_hook,
        **{event: functools.partial(held.refuse, name) for event, name in _NAMES.items()},
    }  # of its own, as the hook is called until Python has ended

    def see(event: str, args: tuple) -> None:
        if event in seen:
            seen[event]()

    sys.addaudithook(see)


_add_hook()
for _module in (subprocess, sys.modules.get("_posixsubprocess")):  # raises no event itself
    for _name in ("fork_exec", "_fork_exec"):
        held.watch(_module, _name, _see_program)
