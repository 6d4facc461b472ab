"""How often the line of a small mistake is found, in right answers that are made wrong by an edit.

python -m scripts.exercises.planted 300
"""

import argparse
import ast
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from rcnn_course.checks.engine.edits import Edit, edits_of
from rcnn_course.checks.engine.exercise import VISIBLE_SEED
from rcnn_course.checks.engine.judge import judge
from rcnn_course.checks.engine.locate import locate
from rcnn_course.checks.engine.run import run_all_cases, run_reference
from rcnn_course.checks.engine.settings import default_settings
from scripts.adequacy.answers import Right, right_answers
from scripts.adequacy.trial import Trial, defined
from tests.answers import run


@dataclass(frozen=True)
class Planted:
    """A right answer that an edit makes wrong, as Python writes it.

    Attributes:
        right: the answer.
        edit: what is wrong.
        text: of the wrong answer.
        lines: that differ from the right one.
    """

    right: Right
    edit: Edit
    text: str
    lines: range


@dataclass(frozen=True)
class Tried:
    """A wrong answer, the line that was named, or None, and the seconds that it took."""

    planted: Planted
    line: int | None
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether the line that was named is one that differs."""
        return self.line in self.planted.lines

    @property
    def is_wrong(self) -> bool:
        """Whether another line was named."""
        return self.line is not None and not self.is_right


def planted(number: int, seed: int) -> Iterator[Planted]:
    """Yield edits of right answers, drawn at random, that the visible check rejects."""
    draw = random.Random(seed)
    rights = list(right_answers())
    while number:
        right = draw.choice(rights)
        edits = list(edits_of(right.source))
        made = _plant(right, draw.choice(edits)) if edits else None
        if made is not None:
            number -= 1
            yield made


def _plant(right: Right, edit: Edit) -> Planted | None:
    subject = defined(edit.tree, right.exercise.name, right.names)
    with default_settings():
        failing = subject and Trial(right.exercise).failing_case(subject, VISIBLE_SEED)
    if not failing or failing == "the time that it takes":
        return None
    before = ast.unparse(ast.parse(right.source)).splitlines()
    after = ast.unparse(edit.tree).splitlines()
    pairs = enumerate(zip(before, after, strict=False), 1)
    different = [number for number, (old, new) in pairs if old != new]
    if not different:
        return None
    return Planted(right, edit, "\n".join(after), range(different[0], different[-1] + 1))


def try_one(wrong: Planted) -> Tried:
    """Have the line of a wrong answer looked for."""
    exercise = wrong.right.exercise
    names = dict(wrong.right.names)
    run(wrong.text, names)
    subject = names[exercise.name]
    with default_settings():
        expected = [run_reference(exercise, case) for case in exercise.cases(VISIBLE_SEED)]
        answers = run_all_cases(exercise, subject, VISIBLE_SEED, lend=True)
        attempts = judge(exercise, VISIBLE_SEED, expected, [answers])
        start = _seconds()
        place = locate(exercise, subject, expected, attempts)
    return Tried(wrong, place.line if place else None, _seconds() - start)


def _seconds() -> float:
    """Return the processor time of this process and of those that it has started."""
    return sum(os.times()[:4])


def main() -> None:
    """Print a row for each kind of edit, and one for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=300)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tried = [try_one(wrong) for wrong in planted(arguments.number, arguments.seed)]
    kinds = Counter(one.planted.edit.kind for one in tried)
    print("| kind | planted | right line | wrong line | most seconds |\n|---|---|---|---|---|")
    for kind in [*kinds, ""]:
        some = [one for one in tried if kind in ("", one.planted.edit.kind)]
        right, wrong = sum(one.is_right for one in some), sum(one.is_wrong for one in some)
        most = max(one.seconds for one in some)
        print(f"| {kind or 'all'} | {len(some)} | {right} | {wrong} | {most:.1f} |")


if __name__ == "__main__":
    main()
