"""How often the line of a small mistake is found, in right answers that are made wrong by an edit.

python -m scripts.exercises.planted 300
"""

import argparse
import ast
import copy
import os
import random
import statistics
import textwrap
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from rcnn_course.checks.engine.edits import Edit, edits_of
from rcnn_course.checks.engine.edits.places import places as places_of
from rcnn_course.checks.engine.edits.places import tree_with
from rcnn_course.checks.engine.edits.statements import reads, writes
from rcnn_course.checks.engine.exercise import VISIBLE_SEED
from rcnn_course.checks.engine.explain import explain
from rcnn_course.checks.engine.judge import judge
from rcnn_course.checks.engine.locate import SECONDS, Location, one_of, places
from rcnn_course.checks.engine.repairs.scope import head
from rcnn_course.checks.engine.run import expect, run_all_cases
from rcnn_course.checks.engine.settings import default_settings
from rcnn_course.checks.engine.source import source_of
from scripts.adequacy.answers import Right, right_answers
from scripts.adequacy.trial import Trial, defined
from tests.answers import run

HEAD = """\
# How often the line of a small mistake is found

Written by `python -m scripts.exercises.planted {number} --seed {seed}`. Pairs of a right answer and
a small edit of it are drawn at random, each of which the visible check rejects. The message says in
which line one small change would make the answer right; where an error is raised, it also shows the
line that the error came from. A missing statement is located beside each place where it makes the
answer right when it is put back.
"""


@dataclass(frozen=True)
class Planted:
    """A right answer that an edit makes wrong, as Python writes it.

    Attributes:
        right: the answer.
        edit: what is wrong.
        text: of the wrong answer.
        lines: that differ from the right one; where a statement is missing, those on either side
            of each gap that it fits into, and the first behind it that reads what it makes.
    """

    right: Right
    edit: Edit
    text: str
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Tried:
    """A wrong answer, and what was said of it.

    Attributes:
        planted: the wrong answer.
        found: where small changes make it right.
        lines: that were named: none, one, or two that belong together.
        by_error: whether the line that the error came from, which the message shows, differs.
        by_mistake: whether the message names a typical mistake, and no line is looked for.
        seconds: of processor time that the lines took.
    """

    planted: Planted
    found: list[Location]
    lines: tuple[int, ...]
    by_error: bool
    by_mistake: bool
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether a line that was named is one that differs."""
        return not set(self.lines).isdisjoint(self.planted.lines)

    @property
    def is_wrong(self) -> bool:
        """Whether only other lines were named."""
        return bool(self.lines) and not self.is_right

    @property
    def why(self) -> str:
        """Why no line was named, or a wrong one."""
        if self.is_wrong:
            return f"line {self.lines[0]} instead of {self.planted.lines[0]}"
        if self.found:
            lines = sorted({place.line for place in self.found})
            return f"lines {', '.join(map(str, lines))} would do"
        return "out of time" if self.seconds > SECONDS else "no repair helps"


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
    tree = _without_pass(edit.tree) if edit.after == "pass" else edit.tree
    after = ast.unparse(tree).splitlines()
    pairs = enumerate(zip(before, [*after, ""], strict=False), 1)
    different = [number for number, (old, new) in pairs if old != new]
    if not different:
        return None
    lines = tuple(range(different[0], different[-1] + 1))
    if edit.after == "pass" and len(after) < len(before):
        (missing,) = ast.parse(before[lines[0] - 1].strip()).body
        lines = (*_beside(lines[0], missing, tree), *_other_gaps(right, missing, tree))
    lines = tuple(line for line in lines if line <= len(after))
    return Planted(right, edit, "\n".join(after), lines)


def _without_pass(tree: ast.Module) -> ast.Module:
    """Return a tree without `pass` in blocks that have other statements, as nobody leaves it."""
    tree = copy.deepcopy(tree)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and len(body) > 1:
            node.body = [s for s in body if not isinstance(s, ast.Pass)]  # type: ignore[attr-defined]
    return tree


def _other_gaps(right: Right, missing: ast.stmt, tree: ast.Module) -> Iterator[int]:
    """Yield the lines beside each place where a missing statement makes the answer right."""
    trial = Trial(right.exercise)
    tree = ast.parse(ast.unparse(tree))
    for place in places_of(tree):
        if isinstance(place.node, ast.stmt) and place.function is not None:
            mended = ast.fix_missing_locations(tree_with(place, [missing, place.node]))
            subject = defined(mended, right.exercise.name, right.names)
            with default_settings():
                is_right = subject and not trial.failing_case(subject, VISIBLE_SEED)
            if is_right:
                yield from (place.line - 1, place.line)


def _beside(gap: int, missing: ast.stmt, tree: ast.Module) -> tuple[int, ...]:
    """Return the lines beside a missing statement, and the first behind it that needs it."""
    texts = (n.value for n in ast.walk(missing) if isinstance(n, ast.Constant))
    made = writes(missing) | {f"self.{text}" for text in texts if isinstance(text, str)}
    statements = (n for n in ast.walk(ast.parse(ast.unparse(tree))) if isinstance(n, ast.stmt))
    reading = [s.lineno for s in statements if s.lineno >= gap and made & reads(head(s))]
    return tuple(sorted({gap - 1, gap, *sorted(reading)[:1]}))


def try_one(wrong: Planted) -> Tried:
    """Have the line of a wrong answer looked for."""
    exercise = wrong.right.exercise
    names = dict(wrong.right.names)
    run(wrong.text, names)
    subject = names[exercise.name]
    with default_settings():
        expected = expect(exercise, VISIBLE_SEED)
        answers = run_all_cases(exercise, subject, VISIBLE_SEED, lend=True)
        attempts = judge(exercise, expected, [answers])
        report = explain(exercise, VISIBLE_SEED, expected, attempts)
        source = source_of(subject)
        start = _seconds()
        found = places(exercise, source, expected, attempts) if source else []
        place = one_of(found, wrong.text)
    return Tried(
        wrong,
        found,
        tuple(filter(None, (place.line, place.other))) if place else (),
        any(shown in report.message for shown in _lines_shown(wrong)),
        report.mistake in exercise.mistakes,
        _seconds() - start,
    )


def _lines_shown(wrong: Planted) -> Iterator[str]:
    """Yield how a message shows the lines that differ, where an error comes from them."""
    lines = wrong.text.splitlines()
    for number in wrong.lines:
        yield f"Your line: {textwrap.shorten(lines[number - 1].strip(), 66)}"


def _seconds() -> float:
    """Return the processor time of this process and of those that it has started."""
    return sum(os.times()[:4])


def table(tried: list[Tried]) -> str:
    """Return a row for each kind of edit, and one for all."""
    head = (
        *(
            "kind",
            "planted",
            "line located",
            "of these one of two lines",
            "only shown by the error",
        ),
        *("line named, %", "typical mistake named", "wrong line", "median s", "most s"),
    )
    rows = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    kinds = Counter(one.planted.edit.kind for one in tried)
    for kind in [*[kind for kind, _ in kinds.most_common()], ""]:
        some = [one for one in tried if kind in ("", one.planted.edit.kind)]
        located = [one for one in some if one.is_right]
        shown = [one for one in some if one.by_error and not one.is_right]
        cells = (
            *(kind or "all", len(some), len(located), sum(len(one.lines) > 1 for one in located)),
            *(len(shown), f"{100 * (len(located) + len(shown)) / len(some):.1f}"),
            *(sum(one.by_mistake for one in some), sum(one.is_wrong for one in some)),
            f"{statistics.median(one.seconds for one in some):.1f}",
            f"{max(one.seconds for one in some):.1f}",
        )
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(rows)


def _of_seconds(tried: list[Tried]) -> str:
    seconds = sorted(one.seconds for one in tried)
    if not seconds:
        return "none"
    last = seconds[int(0.95 * (len(seconds) - 1))]
    return f"{len(seconds)}, median {statistics.median(seconds):.2f} s, 95 % within {last:.2f} s"


def misses(tried: list[Tried]) -> str:
    """Return a line for each wrong answer of which no line was named, or a wrong one."""
    lines = []
    for one in tried:
        edit, right = one.planted.edit, one.planted.right
        if not one.is_right:
            before, after = (textwrap.shorten(text, 60) for text in (edit.before, edit.after))
            lines.append(
                f"- {right.exercise.name} ({right.style}), {edit.kind}: "
                f"`{before}` → `{after}`: {one.why}, {one.seconds:.1f} s"
                f"{', shown by the error' * one.by_error}"
            )
    return "\n".join(lines)


def main() -> None:
    """Print what was found of each kind of edit, the seconds, and the misses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=300)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    tried = [try_one(wrong) for wrong in planted(arguments.number, arguments.seed)]
    print(f"{HEAD.format(**vars(arguments))}\n{table(tried)}\n")
    print(f"Seconds of processor time where a line is located: {_of_seconds(_with(tried, True))}.")
    print(f"Where none is: {_of_seconds(_with(tried, False))}.\n\nMisses:\n\n{misses(tried)}")


def _with(tried: list[Tried], has_lines: bool) -> list[Tried]:
    return [one for one in tried if bool(one.lines) == has_lines]


if __name__ == "__main__":
    main()
