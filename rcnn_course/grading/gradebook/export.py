"""The table of grades that `nbgrader export` writes, with an empty score for who has none."""

import csv

from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.plugins import CsvExportPlugin

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
    handed in nothing has 0, as there.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the table; nbgrader calls this."""
        assignments, students = (set(map(str, only)) for only in (self.assignment, self.student))
        with open(self.to or "grades.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            table.writeheader()
            for assignment in gradebook.assignments:
                for student in gradebook.students:
                    if (not assignments or assignment.name in assignments) and (
                        not students or student.id in students
                    ):
                        scores = _scores(gradebook, assignment.name, student.id)
                        table.writerow(
                            {
                                "assignment": assignment.name,
                                "duedate": assignment.duedate,
                                "student_id": student.id,
                                "last_name": student.last_name,
                                "first_name": student.first_name,
                                "email": student.email,
                                "max_score": assignment.max_score,
                                **scores,
                            }
                        )


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
    }


def _has_points(submission: SubmittedAssignment) -> bool:
    """Whether a check or a person has given points for something; zero points are points, too."""
    given = (
        (grade.auto_score, grade.manual_score, grade.extra_credit)
        for notebook in submission.notebooks
        for grade in notebook.grades
    )
    return any(value is not None for of_cell in given for value in of_cell)
