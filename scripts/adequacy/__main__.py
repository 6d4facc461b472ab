"""Try every small edit of every right answer: `python -m scripts.adequacy [EXERCISE …]`.

Prints each edit that survives, for which a case is missing, and a row for each exercise: edits
tried, rejected, equivalent, survived, seconds of processor time. The exit code is 1 where one
survives. With --keep the rows are kept in `results.json` and `results.md`, and what
`equivalent.json` lists is put into the order of the course.
"""

import argparse
import os
import sys
from collections import defaultdict

from rcnn_course.checks.catalogue import EXERCISES
from scripts.adequacy.answers import right_answers
from scripts.adequacy.table import Row, equivalents, is_listed, keep, sort_reasons, total
from scripts.adequacy.worker import try_edits

SEEDS = 100
"""With how many further seeds an edit is compared with the reference before it is equivalent."""


def main(words: list[str] | None = None) -> int:
    """Try the edits of some exercises, or of all."""
    options = _options(words)
    reasons = equivalents()
    chosen = set(options.exercises or EXERCISES)
    if unknown := chosen - set(EXERCISES):
        raise SystemExit(f"no exercise is called {', '.join(unknown)}: there are {[*EXERCISES]}")
    rights = [right for right in right_answers() if right.exercise.name in chosen]
    rows: defaultdict[str, Row] = defaultdict(Row)
    limits = {"processes": options.processes, "seeds": options.seeds, "share": options.share}
    for each in try_edits(rights, **limits):
        row = rows[each.right.exercise.name]
        survived = row.survived
        row.add(each, is_listed=is_listed(reasons, each))
        if row.survived > survived:
            print(f"{each.right.exercise.name}, {each.right.style}: {each.key}: {each.passed}")
    for name, row in {**rows, "all": total(rows.values())}.items():
        print(f"{name} | {row}")
    if options.keep:
        keep(rows, EXERCISES)
        sort_reasons(EXERCISES)
    return int(any(row.survived for row in rows.values()))


def _options(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.adequacy", description=__doc__.splitlines()[0]
    )
    parser.add_argument("exercises", nargs="*", metavar="EXERCISE", help="all where none is named")
    parser.add_argument("--keep", action="store_true", help="put the rows into the tables")
    parser.add_argument("--share", type=_share, default=(0, 1), metavar="I/N", help="a part")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="further seeds, 100")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="at a time")
    return parser.parse_args(words)


def _share(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    return int(part) % int(parts), int(parts)


if __name__ == "__main__":
    sys.exit(main())
