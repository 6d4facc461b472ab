"""What came out for a class: a row for each student, what needs a person, and how many of each."""

import json
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict

from rcnn_course.grading.intake.student_names import shown
from rcnn_course.grading.outcome import ExerciseResult, Graded
from rcnn_course.grading.report import mistakes

NAME_WIDTH = 24
INDENT = NAME_WIDTH + 4

UTC = "Times that name no zone, of the due date and in timestamp.txt, are in UTC."

_SECTIONS: dict[str, Callable[[Graded], Sequence[str]]] = {
    "Needs a look (see docs/instructors.md; points are as the checks gave them)": (
        lambda graded: graded.suspicions
    ),
    "Points to be given by hand, in Formgrader (only the clock has stopped these, in two runs)": (
        lambda graded: [f"{cell}: {_UNDECIDED[why]}" for cell, why in graded.undecided.items()]
    ),
    "Run again after the others (the clock had stopped it: a busy machine, or it waits)": (
        lambda graded: ["What came out is of its second run."] if graded.run_again else []
    ),
    "For you to decide (see docs/instructors.md)": (
        lambda graded: [
            _DOUBTS[doubt.kind].format(about=doubt.about, where=", ".join(doubt.where))
            for doubt in graded.doubts
        ]
    ),
    "One small change away from right (to be read, should you give part of the points)": (
        lambda graded: _near(graded)
    ),
    "Put right before it ran (the submitted files are as they were)": lambda graded: graded.mended,
}
"""What is said about single students below the table."""

_UNDECIDED: dict[str, str] = {
    "asleep": "it waited for something that did not come, and computed nothing meanwhile",
    "clock": "it used little of a processor and took far longer than a cell may: the machine was "
    "busy, or it waits in small steps",
}
_DOUBTS: dict[str, str] = {
    "words": "{about} was left empty, and something was written elsewhere ({where}): Formgrader "
    "shows it there; give the points by hand.",
    "code": "{about} has no answer in its own cell, and {where} may hold one that does not count.",
    "rivals": "{about} is answered in several cells ({where}), and the answer that counted is not "
    "right: see which one is meant.",
    "file": "{where} was graded instead of {about}: see whether that is meant.",
    "beside": "{about} was graded, and there is other work in {where}: see which one is meant.",
}
"""What is said about a doubt, by its kind."""

_GROUPS: dict[str, tuple[Callable[[Graded], object], bool]] = {
    "graded": (lambda graded: graded.results, False),
    "  unchanged since then": (lambda graded: graded.status == "skipped", False),
    "  all correct": (lambda graded: _outcomes(graded) == {"correct"}, False),
    "  something incorrect": (lambda graded: "incorrect" in _outcomes(graded), False),
    "  something not attempted": (lambda graded: "not attempted" in _outcomes(graded), False),
    "failed to run": (lambda graded: graded.status == "failed", True),
    "missing": (lambda graded: graded.status == "missing", True),
    "late": (lambda graded: graded.late > 0, True),
    "needs a look": (lambda graded: graded.suspicions, True),
    "points by hand": (lambda graded: graded.undecided, True),
    "run again": (lambda graded: graded.run_again, True),
    "for you to decide": (lambda graded: graded.doubts, True),
    "one small change away": (lambda graded: _near(graded), True),
    "put right": (lambda graded: graded.mended, True),
}
"""How students are counted at the end, and whether they are named."""


def class_report(assignment: str, graded: Sequence[Graded]) -> str:
    """Return the report of a class as text, as wide as the terminal.

    Args:
        assignment: name of the assignment.
        graded: what came out, in the order of the rows.
    """
    of_any = next((one.results for one in graded if one.results), {})
    parts = [
        "\n".join([header(assignment, of_any), *map(row_of, graded)]),
        *(_section(title, said, graded) for title, said in _SECTIONS.items()),
        mistakes.table(mistakes.tally(one.results for one in graded)) if of_any else "",
        _unlocated(graded),
        "\n".join(_count(name, graded) for name in _GROUPS),
        UTC if any(one.late for one in graded) else "",
    ]
    return "\n\n".join(filter(None, parts))


def as_json(assignment: str, graded: Sequence[Graded]) -> str:
    """Return the report of a class for scripts.

    `students` has the fields of `Graded`, with those of `ExerciseResult` for each exercise, and
    `points` and `possible`, which are null where the submission could not be graded; `exercises`
    has the outcomes and mistakes of the class; `counts` has the last lines of the text. A mistake
    is a key, which stays when its sentence is reworded; `title` and `titles` have the sentences.
    """
    tallies = mistakes.tally(one.results for one in graded)
    report = {
        "assignment": assignment,
        "students": list(map(_fields, graded)),
        "exercises": {name: asdict(counts) for name, counts in tallies.items()},
        "counts": {
            name.strip().replace(" ", "_"): sum(1 for one in graded if belongs(one))
            for name, (belongs, _) in _GROUPS.items()
        },
    }
    text = json.dumps(report, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()  # a name that is no text, escaped


def header(assignment: str, results: Mapping[str, ExerciseResult]) -> str:
    """Return the head of the table: exercises get numbers, since their names are long.

    Args:
        assignment: name of the assignment.
        results: of any student, for the names and points of the exercises.
    """
    names = "   ".join(
        f"{number} {name} ({result.possible:g})"
        for number, (name, result) in enumerate(results.items(), start=1)
    )
    numbers = "".join(f"{number:5}" for number in range(1, len(results) + 1))
    return (
        f"\n{assignment}: {names}\n\n{'student':{NAME_WIDTH}}{numbers}    total  what was wrong\n"
        f"{'-' * _width()}"
    )


def row(
    student: str,
    results: Mapping[str, ExerciseResult] | None,
    failure: str = "",
    notes: Iterable[str] = (),
) -> str:
    """Return the row of one student, as wide as the terminal; a dash is 'not attempted'.

    Args:
        student: name of the student.
        results: of each exercise, or None where grading failed.
        failure: why grading failed; it may take more than one line.
        notes: what else to say, before what was wrong.
    """
    if results is None:
        return _named(student, _wrapped(f"{'':{NAME_WIDTH}}  failed to run: {failure}", INDENT))
    points = "".join(
        f"{'–' if result.outcome == 'not attempted' else f'{result.points:g}':>5}"
        for result in results.values()
    )
    earned = sum(result.points for result in results.values())
    possible = sum(result.possible for result in results.values())
    said = next((result.said for result in results.values() if result.said), "")
    total = f"{earned:g}/{possible:g}"
    notes = "; ".join(filter(None, [*notes, said]))
    return _named(student, _cut(f"{'':{NAME_WIDTH}}{points}{total:>9}  {notes}".rstrip()))


def _named(student: str, line: str) -> str:
    """Put a name before a line that has room for it, or above it."""
    name = shown(student)
    if len(name) < NAME_WIDTH:
        return f"{name:{NAME_WIDTH}}{line[NAME_WIDTH:]}"
    return f"{name}\n{line}"


def duration(seconds: float) -> str:
    """Return a time in its two largest units, such as '2 days 3 h'."""
    units = {"day": 86400, "h": 3600, "min": 60, "s": 1}
    parts = []
    for unit, length in units.items():
        number, seconds = divmod(int(seconds), length)
        if number:
            parts.append(f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}")
    return " ".join(parts[:2]) or "less than 1 s"


def row_of(graded: Graded) -> str:
    """Return the row of one student, with what a person should know about the submission."""
    if graded.status == "missing":
        return _named(graded.student, f"{'':{NAME_WIDTH}}  missing")
    notes = [
        f"late by {duration(graded.late)}" if graded.late else "",
        "needs a look" if graded.suspicions else "",
        "points by hand" if graded.undecided else "",
        "for you to decide" if graded.doubts else "",
        *(f"one small change away: {near}" for near in _near(graded)),
    ]
    if graded.status == "failed":
        reason = "; ".join(filter(None, [graded.reason.rstrip("."), notes[0]]))
        return row(graded.student, None, reason)
    return row(graded.student, graded.results, notes=notes)


def _section(title: str, said: Callable[[Graded], Sequence[str]], graded: Iterable[Graded]) -> str:
    lines = []
    for one in filter(said, graded):
        lines.append(f"  {shown(one.student)}")
        lines += [_wrapped(f"    - {sentence}", 6) for sentence in said(one)]
    return "\n".join([f"{title}:", *lines]) if lines else ""


def _near(graded: Graded) -> list[str]:
    """Return the exercises that one small change would make right, and where."""
    return [f"{name}, {result.near}" for name, result in graded.results.items() if result.near]


def _unlocated(graded: Sequence[Graded]) -> str:
    """Return what else can be found out about wrong answers, or ''."""
    number = sum(len(one.unlocated) for one in graded)
    said = f"Wrong answers that no typical mistake explains: {number}. "
    more = "`rcnn-course grade --near` says which of them are one small change away, and where."
    return _wrapped(said + more, 0) if number else ""


def _outcomes(graded: Graded) -> set[str]:
    return {result.outcome for result in graded.results.values()}


def _count(name: str, graded: Iterable[Graded]) -> str:
    belongs, named = _GROUPS[name]
    students = [shown(one.student) for one in graded if belongs(one)]
    names = ", ".join(students) if named else ""
    return _wrapped(f"{name:26}{len(students):5}  {names}".rstrip(), 33)


def _fields(graded: Graded) -> dict[str, object]:
    results = graded.results.values()
    return asdict(graded) | {
        "points": sum(r.points for r in results) if results else None,
        "possible": sum(r.possible for r in results) if results else None,
    }


def _wrapped(line: str, indent: int) -> str:
    """Break a line at the width of the terminal, without losing the spaces of its columns."""
    start, rest = line[:indent], line[indent:]
    width = max(_width() - indent, 20)
    return f"\n{' ' * indent}".join(textwrap.wrap(rest, width) or [""]).join([start, ""])


def _cut(line: str) -> str:
    return line if len(line) <= _width() else f"{line[: _width() - 1]}…"


def _width() -> int:
    return max(shutil.get_terminal_size((160, 24)).columns, 100)
