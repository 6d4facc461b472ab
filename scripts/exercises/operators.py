"""Find what gives an exercise away: `python -m scripts.exercises.operators box_iou overlap`.

Runs the reference on its cases and prints the operators and the library's functions that it came
through, then other functions of torchvision that lead to these, and those whose names hold one of
the words given: what does the same thing under another name. Of these, a work in
`rcnn_course/checks/exercises/works.py` names what would be the answer; what a student may build
with, such as `aten::mul`, stays free.
"""

import argparse
import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

import torch
import torchvision

from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.checks.engine.exercise import Exercise

LIBRARIES = ("pycocotools", "torch.nn.functional", "torchvision")
EVERYWHERE = ("__init__", "_is_tracing", "_log_api_usage_once", "forward")
"""Names that lead from everywhere to everywhere."""


def run(exercise: Exercise, seed: int = 0) -> tuple[list[str], list[str]]:
    """Run the reference on its cases; return the operators and the library's functions it used."""
    functions = set()

    def see(frame: FrameType, event: str, _: object) -> None:
        module = frame.f_globals.get("__name__", "")
        if event == "call" and module.startswith(LIBRARIES) and "<" not in frame.f_code.co_qualname:
            functions.add(f"{module}.{frame.f_code.co_qualname}")

    cases = list(exercise.cases(seed))
    with torch.autograd.profiler.profile(use_kineto=False) as profile:
        sys.setprofile(see)
        try:
            for case in cases:
                exercise.use(exercise.reference, *case.args, **case.kwargs)
        finally:
            sys.setprofile(None)
    operators = {event.key for event in profile.key_averages() if "::" in event.key}
    return sorted(operators), sorted(functions)


def neighbours(names: Iterable[str], words: Iterable[str]) -> Iterator[str]:
    """Yield torchvision's functions that name one of `names`, or have a word in their own name."""
    names, words = set(names).difference(EVERYWHERE), set(words)
    folder = Path(torchvision.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        module = ".".join(path.relative_to(folder.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            named = {getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(node)}
            if names & named or any(word in node.name for word in words):
                yield f"{module}.{node.name}"


def main(arguments: list[str] | None = None) -> None:
    """Print what leads to the answer of an exercise."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.exercises.operators", description=__doc__
    )
    parser.add_argument("exercise", choices=EXERCISES, metavar="exercise", help="such as box_iou")
    parser.add_argument("words", nargs="*", help="in names of functions that may do the same")
    options = parser.parse_args(arguments)
    operators, functions = run(EXERCISES[options.exercise])
    own = [name.split("::")[1] for name in operators if not name.startswith("aten::")]
    names = {*own, *(name.rsplit(".", 1)[1] for name in functions)}
    for title, found in (
        ("operators", operators),
        ("functions that the reference came through", functions),
        ("functions beside it", [*neighbours(names, options.words)]),
    ):
        print(f"{title}:", *found, sep="\n  ")


if __name__ == "__main__":
    main()
