"""Tables of grades, with an empty score for who has none: nbgrader's and those of platforms."""

import csv
from collections.abc import Iterable, Mapping

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student, SubmittedAssignment
from nbgrader.plugins import CsvExportPlugin
from nbgrader.plugins.export import ExportPlugin

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


class GradesTable(CsvExportPlugin):
    """nbgrader's table of grades, in which a failed submission is no zero.

    Its columns and options are those of nbgrader's own, which writes names with a comma into two
    columns. A score is empty where neither a check nor a person has given any points yet; who has
    handed in nothing has 0, as there. Behind them comes a column for each question, such as
    `06_roi_align/roi_align`, with the points of its checks together.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the table; nbgrader calls this."""
        assignments, students = (set(map(str, only)) for only in (self.assignment, self.student))
        wanted = [a for a in gradebook.assignments if not assignments or a.name in assignments]
        questions = [f"{a.name}/{name}" for a in wanted for name in _questions(a)]
        rows = (
            _row(gradebook, assignment, student)
            for assignment in wanted
            for student in gradebook.students
            if not students or student.id in students
        )
        _write(self.to or "grades.csv", [*COLUMNS, *questions], rows)


class MoodleWorksheet(ExportPlugin):
    """The grading worksheet that Moodle takes for one of its assignments.

    For submissions that were downloaded there, so that a student is known by the participant's
    number. Who has no score is left out.

    Source: Moodle, `mod/assign/feedback/offline/importgradeslib.php`.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the table; nbgrader calls this."""
        rows = [
            {
                "Identifier": f"Participant {student.id}",
                "Full name": " ".join(filter(None, [student.first_name, student.last_name])),
                "Email address": student.email,
                "Grade": score,
                "Maximum Grade": assignment.max_score,
                "Last modified (grade)": "-",
            }
            for assignment, student, score in _scored(gradebook, self.assignment, self.student)
        ]
        columns = ["Identifier", "Full name", "Email address"]
        columns += ["Grade", "Maximum Grade", "Last modified (grade)"]
        _write(self.to or "moodle.csv", columns, rows)


class CanvasGradebook(ExportPlugin):
    """The table that Canvas imports into its gradebook, for one assignment.

    A student whose name here is a number is known by the ID of Canvas, as its downloads have it,
    and others by their login. Who has no score is left out, as an empty one would delete what is
    there.

    Source: Canvas, `lib/gradebook_importer.rb`.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the table; nbgrader calls this."""
        scored = _scored(gradebook, self.assignment, self.student)
        name = str(self.assignment[0])
        possible = gradebook.find_assignment(name).max_score
        rows: list[dict[str, object]] = [{"Student": "    Points Possible", name: possible}]
        for _, student, score in scored:
            is_number = student.id.isdecimal()
            rows.append(
                {
                    "Student": ", ".join(filter(None, [student.last_name, student.first_name])),
                    "ID": student.id if is_number else "",
                    "SIS Login ID": "" if is_number else student.id,
                    name: score,
                }
            )
        columns = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", name]
        _write(self.to or "canvas.csv", columns, rows)


def _scored(
    gradebook: Gradebook, assignments: Iterable[str], students: Iterable[str]
) -> list[tuple[Assignment, Student, object]]:
    """Return who has a score in the one assignment, and which.

    Raises:
        ValueError: If it is not one assignment.
    """
    names, only = list(map(str, assignments)), set(map(str, students))
    if len(names) != 1:
        raise ValueError(
            "a platform takes the grades of one assignment at a time: name it, as in --assignment "
            f"06_roi_align; got {', '.join(names) or 'none'}"
        )
    assignment = gradebook.find_assignment(names[0])
    scores = (
        (student, _scores(gradebook, assignment.name, student.id).get("score"))
        for student in gradebook.students
        if not only or student.id in only
    )
    return [(assignment, student, score) for student, score in scores if score is not None]


def _row(gradebook: Gradebook, assignment: Assignment, student: Student) -> dict[str, object]:
    return {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "max_score": assignment.max_score,
        **_scores(gradebook, assignment.name, student.id),
    }


def _write(path: str, columns: list[str], rows: Iterable[Mapping[str, object]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def _questions(assignment: Assignment) -> list[str]:
    """Return the names of the questions of an assignment; the gradebook knows no order of them."""
    cells = (c for n in assignment.notebooks for c in (*n.grade_cells, *n.task_cells))
    return sorted({_question(cell.name) for cell in cells})


def _question(cell: str) -> str:
    """Return the question that a graded cell belongs to: `roi_align` for both of its checks."""
    return cell.removeprefix("check_").removesuffix("_hidden")


def _points(submission: SubmittedAssignment) -> dict[str, float]:
    """Return the points of each question; a question that still waits for some is left out."""
    points: dict[str, float] = {}
    waiting = set()
    for grade in (grade for notebook in submission.notebooks for grade in notebook.grades):
        question = f"{submission.name}/{_question(grade.name)}"
        points[question] = points.get(question, 0.0) + grade.score
        if grade.auto_score is None and grade.manual_score is None:
            waiting.add(question)
    return {question: value for question, value in points.items() if question not in waiting}


def _scores(gradebook: Gradebook, assignment: str, student: str) -> dict[str, object]:
    try:
        submission = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return {"raw_score": 0.0, "late_submission_penalty": 0.0, "score": 0.0}
    if not _has_points(submission):
        return {"timestamp": submission.timestamp}
    penalty = submission.late_submission_penalty
    return {
        "timestamp": submission.timestamp,
        "raw_score": submission.score,
        "late_submission_penalty": penalty,
        "score": max(0.0, submission.score - penalty),
        **_points(submission),
    }


def _has_points(submission: SubmittedAssignment) -> bool:
    """Whether a check or a person has given points for something; zero points are points, too."""
    given = (
        (grade.auto_score, grade.manual_score, grade.extra_credit)
        for notebook in submission.notebooks
        for grade in notebook.grades
    )
    return any(value is not None for of_cell in given for value in of_cell)
