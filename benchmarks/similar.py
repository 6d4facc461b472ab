"""Seconds of a processor for `rcnn-course similar` on a class of 500, and the copies that it finds.

Each student has an answer of the tests to every exercise, with lines of their own in it; twenty
hand in the notebook of another, with other names.
"""

import contextlib
import io
import json
import random
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from rcnn_course.grading import commands  # noqa: E402
from rcnn_course.grading.demo.hand_in import hand_in, load_answers  # noqa: E402

STUDENTS, COPIES = 500, 20
NAME = "06_roi_align"


def own(source: str, chance: random.Random) -> str:
    """Return an answer with a line of one's own in the place of each third one."""
    lines = source.split("\n")
    for place in range(2, len(lines), 3):
        indent = re.match(" *", lines[place])[0]
        words = (f"f{chance.randrange(50)}({chance.randrange(99)})" for _ in range(4))
        lines[place] = f"{indent}x = " + " + ".join(words)
    return "\n".join(lines)


def main() -> None:
    chance = random.Random(0)
    right = load_answers(ROOT, NAME).RIGHT
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        for step in ("solutions", "course"):
            shutil.copytree(ROOT / step / NAME, root / step / NAME)
        works: list[dict[str, str]] = []
        for number in range(STUDENTS):
            if number < STUDENTS - COPIES:
                ways = {e: chance.choice(list(w.values())) for e, w in right.items()}
                works.append({e: own(source, chance) for e, source in ways.items()})
            else:
                works.append({e: s.replace("x", "mine") for e, s in works[number // 2].items()})
            file = root / "submitted" / f"s{number:03}" / NAME / f"{NAME}.ipynb"
            hand_in(root / "course" / NAME / f"{NAME}.ipynb", works[-1], file)
        before, said = time.process_time(), io.StringIO()
        with contextlib.redirect_stdout(said):
            commands.similar(root, NAME, as_json=True)
        seconds = time.process_time() - before
    pairs = [pair["students"] for pair in json.loads(said.getvalue())["pairs"]]
    copies = range(STUDENTS - COPIES, STUDENTS)
    found = sum([f"s{n // 2:03}", f"s{n:03}"] in pairs for n in copies)
    row = {"name": f"rcnn-course similar {NAME}, {STUDENTS} students", "unit": "s"}
    print(json.dumps(row | {"value": round(seconds, 1), "at_most": 60}))
    row = {"name": "copies among them that it finds", "unit": f"of {COPIES}"}
    print(json.dumps(row | {"value": found, "at_least": COPIES}))


if __name__ == "__main__":
    main()
