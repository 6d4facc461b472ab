"""What a student reads of their progress: a table or JSON, what comes next, and the certificate."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

from rcnn_course.grading.outcome import ExerciseResult
from rcnn_course.predictions.student import student_name
from rcnn_course.student.certificate import FILE, certificate, what_is_left
from rcnn_course.student.progress import Standing, progress


def main(folder: Path, *, name: str = "", workers: int | None = None, as_json: bool = False) -> int:
    """Run `progress`, print a table or JSON, and write a certificate where all is done.

    Args:
        folder: of the student's notebooks; the certificate is written into it.
        name: on the certificate; by default that of the login.
        workers: how many notebooks run at once.
        as_json: print for scripts.

    Returns:
        The exit status: 0 where everything is correct, else 1.
    """
    standings = progress(folder, workers=workers)
    left = what_is_left(standings)
    if not left:
        (folder / FILE).write_text(certificate(standings, name or student_name()), "utf-8")
    print(to_json(standings) if as_json else f"{table(standings)}\n\n{_of_certificate(left)}")
    return 0 if all(one.is_correct for one in standings) else 1


def table(standings: list[Standing]) -> str:
    """Return a row for each exercise, the sum of points, and what to do next."""
    lines = [f"{'notebook':20}{'exercise':30}{'points':>8}  result"]
    for one in standings:
        if one.problem:
            lines.append(f"{one.notebook:20}{'–':30}{'–':>8}  not run: {one.problem}")
        for exercise, result in one.results.items():
            points = f"{result.points:g}/{result.possible:g}"
            outcome = f"{result.outcome}{_elsewhere(one, exercise)}"
            lines.append(f"{one.notebook:20}{exercise:30}{points:>8}  {outcome}")
    earned, possible = points_of(standings)
    lines += [
        f"{one.notebook:20}{goal:30}{'–':>8}  stretch goal reached"
        for one in standings
        for goal in one.reached
    ]
    lines += [
        f"{'all visible checks':50}{f'{earned:g}/{possible:g}':>8}",
        "",
        "What is correct here is correct with other inputs, too, which each run draws anew.",
        "Grading has inputs of its own, for further points, and a person reads your answers to the",
        "questions.",
    ]
    for one in standings:
        lines += [f"{one.notebook}, before it ran: {sentence}" for sentence in one.mended]
    return "\n".join([*lines, "", f"Next: {next_step(standings)}"])


def to_json(standings: list[Standing]) -> str:
    """Return the standings for scripts: `notebooks`, `points`, `next` and more."""
    earned, possible = points_of(standings)
    notebooks = [
        {
            "notebook": one.notebook,
            "problem": one.problem,
            "mended": one.mended,
            "stretch_goals": one.reached,
            "exercises": [
                {
                    "exercise": exercise,
                    "points": result.points,
                    "possible": result.possible,
                    "outcome": result.outcome,
                    "said": result.said,
                    "mistake": result.mistake,
                    "further": one.further[exercise].outcome if exercise in one.further else "",
                }
                for exercise, result in one.results.items()
            ],
        }
        for one in standings
    ]
    left = what_is_left(standings)
    report = {
        "notebooks": notebooks,
        "points": earned,
        "possible": possible,
        "next": next_step(standings),
        "certificate": "" if left else FILE,
        "left": left,
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def points_of(standings: list[Standing]) -> tuple[float, float]:
    """Return the points that the visible checks give, and the most that they can give."""
    results = [result for one in standings for result in one.results.values()]
    return sum(r.points for r in results), sum(r.possible for r in results)


def next_step(standings: list[Standing]) -> str:
    """Return what to do next, in the order of the course: what is wrong before what is new."""
    for one in standings:
        if one.problem:
            return f"look at {one.notebook}, which could not be run. {one.problem}"
    for outcome, advice in (("incorrect", "look again at"), ("not attempted", "write")):
        for notebook, exercise, result in _exercises(standings):
            if result.outcome == outcome:
                text = f"{advice} {exercise} in {notebook}/{notebook}.ipynb."
                said = result.said if outcome == "incorrect" else ""
                return textwrap.shorten(f"{text} {said}", 400, placeholder=" …")
    return "all visible checks pass. Answer the questions, and hand in."


def _exercises(standings: list[Standing]) -> Iterator[tuple[str, str, ExerciseResult]]:
    """Yield notebook, exercise and result, that of other inputs where it alone is wrong."""
    for one in standings:
        for exercise, result in one.results.items():
            is_wrong_elsewhere = bool(_elsewhere(one, exercise))
            yield one.notebook, exercise, one.further[exercise] if is_wrong_elsewhere else result


def _elsewhere(one: Standing, exercise: str) -> str:
    """Say that what is correct here is not so with other inputs, or return ''."""
    is_here = one.results[exercise].outcome == "correct"
    further = one.further.get(exercise)
    is_there = further is None or further.outcome == "correct"
    return ", but incorrect with other inputs" if is_here and not is_there else ""


def _of_certificate(left: list[str]) -> str:
    if not left:
        return f"Your certificate is {FILE} in this folder: open it in a browser, and print it."
    return "\n".join(["For your certificate there is left:", *(f"  {line}" for line in left)])
