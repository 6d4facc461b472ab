"""What stands in nbgrader's gradebook after autograding, by exercise."""

from dataclasses import replace
from pathlib import Path

import nbformat

from rcnn_course.grading.execution.scores import cells_by_exercise, results_of


def read_results(api, assignment, student):
    """Return the results of an autograded submission, with the points of the gradebook."""
    folder = api.coursedir.format_path(api.coursedir.autograded_directory, student, assignment)
    notebook = nbformat.read(Path(folder, f"{assignment}.ipynb"), as_version=4)
    results = results_of(notebook)
    with api.gradebook as gradebook:
        for exercise, (_, checks) in cells_by_exercise(notebook).items():
            names = [check.metadata.nbgrader.grade_id for check in checks]
            grades = [gradebook.find_grade(n, assignment, assignment, student) for n in names]
            points = sum(grade.score or 0 for grade in grades)
            possible = sum(grade.max_score for grade in grades)
            results[exercise] = replace(results[exercise], points=points, possible=possible)
    return results
