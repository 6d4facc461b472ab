"""What is printed of similar answers: a row for each pair, or all of it for scripts."""

import json
from collections.abc import Sequence

from rcnn_course.grading.intake.submissions import shown
from rcnn_course.grading.report.similar.classroom import Classroom
from rcnn_course.grading.report.similar.pairs import Pair, least_bits


def summary(classroom: Classroom, pairs: Sequence[Pair]) -> str:
    """Say in a sentence how many were compared and what was found."""
    number = len(classroom.students)
    found = f"{len(pairs)} of {number * (number - 1) // 2} pairs have similar answers."
    left_out = f" {len(classroom.not_read)} could not be read." if classroom.not_read else ""
    return f"{number} submissions compared.{left_out} {found}"


def as_text(assignment: str, classroom: Classroom, pairs: Sequence[Pair]) -> str:
    """Return a row for each pair: bits, names, and exercises with the share that is similar."""
    lines = [f"{assignment}: {summary(classroom, pairs)}"]
    lines += [f"  not read: {shown(s)}: {why}" for s, why in classroom.not_read.items()]
    if pairs:
        lines += ["", " bits  students, and the exercises whose answers are similar"]
    lines += [f"{pair.bits:5.0f}  {names(pair)}: {exercises(pair)}" for pair in pairs]
    return "\n".join(lines)


def as_json(assignment: str, classroom: Classroom, pairs: Sequence[Pair]) -> str:
    """Return all of it for scripts, without the texts; what is no text in a name is escaped."""
    report = {
        "assignment": assignment,
        "students": list(classroom.students),
        "not_read": dict(classroom.not_read),
        "least_bits": least(classroom),
        "pairs": [
            {
                "students": [pair.first, pair.second],
                "bits": pair.bits,
                "exercises": {
                    one.exercise: {"share": one.share, "bits": one.bits, "spans": one.spans}
                    for one in pair.exercises
                },
            }
            for pair in pairs
        ],
    }
    text = json.dumps(report, indent=2, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()


def names(pair: Pair) -> str:
    """Return both names."""
    return f"{shown(pair.first)} and {shown(pair.second)}"


def exercises(pair: Pair) -> str:
    """Return the exercises, each with the share that is similar."""
    return ", ".join(f"{one.exercise} {one.share:.0%}" for one in pair.exercises)


def least(classroom: Classroom) -> float:
    """Return the bits that a pair of this class needs."""
    return least_bits(len(classroom.students), len(classroom.answers))
