"""Try every small edit of every right answer: `python -m scripts.adequacy [EXERCISE …]`.

Prints a row for each exercise, and each edit that survives: for it a case is missing. The exit code
is 1 where one survives. A full run keeps its rows in `results.json` and `results.md`.
"""

import argparse
import os
import sys
from collections import defaultdict

from rcnn_course.checks.catalogue import EXERCISES
from scripts.adequacy.answers import right_answers
from scripts.adequacy.table import Row, equivalents, is_listed, keep, out_of_date, total
from scripts.adequacy.worker import Tried, try_edits

SEEDS = 100
"""With how many further seeds an edit is compared with the reference before it is equivalent."""


def main(words: list[str] | None = None) -> int:
    """Try the edits of some exercises, or of all."""
    options = _options(words)
    reasons = equivalents()
    chosen = set(options.exercises or EXERCISES)
    rights = [right for right in right_answers() if right.exercise.name in chosen]
    rows: defaultdict[str, Row] = defaultdict(Row)
    tried: list[Tried] = []
    for each in try_edits(
        rights, processes=options.processes, seeds=options.seeds, share=options.share
    ):
        tried.append(each)
        row = rows[each.right.exercise.name]
        survived = row.survived
        row.add(each, is_listed=is_listed(reasons, each))
        if row.survived > survived:
            print(f"{each.right.exercise.name}, {each.right.style}: {each.key}: {each.passed}")
    for name, row in {**rows, "all": total(rows.values())}.items():
        print(f"{name} | {row}")
    is_whole = options.share == (0, 1)
    gone = out_of_date(reasons, tried) if is_whole else []
    print(*[f"listed as equivalent, but no edit of an answer: {key}" for key in gone], sep="\n")
    if is_whole:
        keep(rows, EXERCISES)
    return int(bool(gone) or any(row.survived for row in rows.values()))


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.adequacy", description=__doc__)
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE", choices=[[], *EXERCISES])
    parser.add_argument("--share", type=_share, default=(0, 1), metavar="I/N", help="a part")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="further seeds, 100")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="at a time")
    return parser.parse_args(words)


def _share(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    return int(part) % int(parts), int(parts)


if __name__ == "__main__":
    sys.exit(main())
