"""Put an exercise into a notebook of `solutions/`: `python -m scripts.exercises.add --help`.

Writes a section with a heading, the exercise and its two checks, with nbgrader's metadata and a
seed that no other check has, and a row in the notebook's table. What is left to say is marked TODO.
"""

import argparse
import itertools
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from rcnn_course.authoring.course import assignments
from scripts.exercises.cells import QUESTION, ROOT, notebook_file, points, read, seeds
from scripts.exercises.numbers import ROW, bring_up_to_date

IDEA = """\
## 0 · TODO: the idea in a few words

TODO: the idea, a figure, a number worked by hand.

### Exercise 0: `{name}` · 0 points, about {minutes} minutes

Difficulty {difficulty} of 5 · importance {importance} of 5"""

EXERCISE = '''\
{kind} {signature}:
    """TODO: what it does; Args and Returns with shapes and units; Source."""
    ### BEGIN SOLUTION
    raise NotImplementedError("TODO: the answer")
    ### END SOLUTION'''

HIDDEN = """\
# When your work is graded, {name} is checked here with further cases.
### BEGIN HIDDEN TESTS
check({name}, seed={seed})
### END HIDDEN TESTS"""


def add(
    root: Path,
    notebook_name: str,
    signature: str,
    *,
    after: str,
    worth: list[int],
    minutes: int,
    rating: tuple[int, int],
) -> None:
    """Put an exercise behind another one, and write all numbers anew.

    Args:
        root: folder of the course.
        notebook_name: such as `06_roi_align`.
        signature: of the function, such as `roi_pool(features, rois)`; of a class, whose name
            begins with a capital letter, with what it inherits from.
        after: name of the exercise that comes before it.
        worth: points of the visible and of the hidden check.
        minutes: that a student needs to write it, once the text is read.
        rating: its difficulty and its importance, from 1 to 5.

    Raises:
        ValueError: If the signature has no name, the name is in use, or there is no exercise
            `after`.
    """
    notebook = read(root, notebook_name)
    name = re.match(r"(\w*)", signature)[1]
    taken = {task for other in assignments(root) for task in points(read(root, other))}
    if not name.isidentifier() or name in taken:
        raise ValueError(f"{signature!r} should begin with a name that no exercise has")
    tasks = points(notebook)
    if after not in tasks or after == QUESTION:
        raise ValueError(f"{notebook_name} has no exercise {after!r}; there are {[*tasks]}")
    seed = _free_seed(root, notebook)
    place = _next_section(notebook, after)
    heading = IDEA.format(name=name, minutes=minutes, difficulty=rating[0], importance=rating[1])
    notebook.cells[place:place] = _cells(name, signature, seed, worth, heading)
    _add_row(notebook, name, after)
    nbformat.write(notebook, notebook_file(root, notebook_name))
    bring_up_to_date(root)


def _free_seed(root: Path, notebook: NotebookNode) -> int:
    """Return the next seed behind those of the notebook that no notebook uses."""
    used = {seed for name in assignments(root) for _, seed in seeds(read(root, name))}
    last = max(seed for _, seed in seeds(notebook))
    return next(seed for seed in itertools.count(last) if seed not in used)


def _next_section(notebook: NotebookNode, after: str) -> int:
    """Return the position of the first heading of a section behind an exercise."""
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    start = ids.index(f"check_{after}_hidden")
    return next(
        place
        for place in range(start, len(notebook.cells))
        if notebook.cells[place].source.startswith("## ")
    )


def _cells(
    name: str, signature: str, seed: int, worth: list[int], heading: str
) -> list[NotebookNode]:
    slug = name.replace("_", "-").lower()
    kind = "class" if name[0].isupper() else "def"
    visible, hidden = worth
    return [
        new_markdown_cell(heading, id=f"{slug}-idea"),
        _nbgrader_cell(
            name, f"{slug}-exercise", EXERCISE.format(kind=kind, signature=signature), solution=True
        ),
        _nbgrader_cell(f"check_{name}", f"{slug}-check", f"check({name})", points=visible),
        _nbgrader_cell(
            f"check_{name}_hidden",
            f"{slug}-check-hidden",
            HIDDEN.format(name=name, seed=seed),
            points=hidden,
        ),
    ]


def _nbgrader_cell(
    grade_id: str, cell_id: str, source: str, *, solution: bool = False, points: int | None = None
) -> NotebookNode:
    """Return a cell with nbgrader's metadata; it is graded where it has points."""
    metadata = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": points is not None,
        "solution": solution,
        "locked": not solution,
        "task": False,
        **({"points": points} if points is not None else {}),
    }
    return new_code_cell(source, id=cell_id, metadata={"nbgrader": metadata})


def _add_row(notebook: NotebookNode, name: str, after: str) -> None:
    """Add a row to the notebook's table behind that of another exercise."""
    for cell in notebook.cells:
        for row in ROW.finditer(cell.source):
            if row["task"].startswith(f"`{after}`"):
                new = f"\n| 0 | `{name}` | 0 | 0 |"
                cell.source = cell.source[: row.end()] + new + cell.source[row.end() :]
                return


def main(arguments: list[str] | None = None, *, root: Path = ROOT) -> None:
    """Read the arguments and add the exercise."""
    parser = argparse.ArgumentParser(prog="python -m scripts.exercises.add", description=__doc__)
    parser.add_argument("notebook", help="such as 06_roi_align")
    parser.add_argument(
        "signature", help="such as 'roi_pool(features, rois)', or 'RPNHead(nn.Module)' for a class"
    )
    parser.add_argument("--after", required=True, help="the exercise that comes before it")
    parser.add_argument(
        "--points", type=int, nargs=2, metavar=("VISIBLE", "HIDDEN"), default=[1, 2]
    )
    parser.add_argument("--minutes", type=int, required=True, help="without reading")
    for name in ("difficulty", "importance"):
        parser.add_argument(f"--{name}", type=int, choices=range(1, 6), required=True)
    options = parser.parse_args(arguments)
    try:
        add(
            root,
            options.notebook,
            options.signature,
            after=options.after,
            worth=options.points,
            minutes=options.minutes,
            rating=(options.difficulty, options.importance),
        )
    except (ValueError, FileNotFoundError) as error:
        sys.exit(f"{parser.prog}: {error}")
    print(f"{notebook_file(root, options.notebook)}: written; look for TODO")


if __name__ == "__main__":
    main()
