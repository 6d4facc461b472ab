"""The certificate: a page to print, where all checks of the course pass."""

import html
from collections.abc import Iterable
from datetime import date

import nbformat

import rcnn_course
from rcnn_course.student.handout import handout_folder, handout_names
from rcnn_course.student.progress import Standing

FILE = "certificate.html"

STYLE = """
@page { size: A4; margin: 14mm }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 182mm; padding: 6mm; border: 1mm solid #0072B2;
  font: 10pt/1.35 Georgia, serif; color: #000; background: #fff }
h1 { margin: 0; font-size: 20pt; font-weight: normal; text-align: center }
header p { margin: 2mm 0; text-align: center }
.name { font-size: 17pt; overflow-wrap: anywhere }
table { width: 100%; border-collapse: collapse; font-size: 9pt }
caption { padding-bottom: 2mm; text-align: left }
th, td { padding: .8mm 1.5mm; border-top: .2mm solid #767676; text-align: left;
  vertical-align: top }
thead th { border-top: 0 }
tfoot * { font-weight: bold }
.points { text-align: right; white-space: nowrap }
code { font-size: 7.5pt; overflow-wrap: anywhere }
footer { margin-top: 3mm; font-size: 8.5pt }
footer p { margin: 1.5mm 0 }
@media screen { body { margin-top: 8mm; margin-bottom: 8mm } }
@media (max-width: 480px) { body { padding: 2mm } .points { white-space: normal } }
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Certificate of {name}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>Certificate</h1>
<p>On <time datetime="{iso}">{day}</time> all checks of the R-CNN course passed for</p>
<p class="name">{name}</p>
</header>
<main>
<table>
<caption>{exercises} exercises in {notebooks} notebooks</caption>
<thead><tr><th scope="col">Notebook</th><th scope="col">Exercises</th>
<th scope="col" class="points">Points</th></tr></thead>
<tbody>
{rows}
</tbody>
<tfoot><tr><th scope="row" colspan="2">All checks</th><td class="points">{points}</td></tr></tfoot>
</table>
</main>
<footer>
<p>Each answer was compared with a reference, mostly torchvision's own function, on the inputs of
the notebook and on others, which the program drew when it ran. They are not the inputs of a class's
hidden checks: those are not in what students install. The program ran on the student's own machine,
and nobody has read the answers to the questions.</p>
<p>rcnn-course {version}</p>
</footer>
</body>
</html>
"""

ROW = (
    '<tr><th scope="row">{title}</th><td><code>{exercises}</code></td>'
    '<td class="points">{points}</td></tr>'
)


def what_is_left(standings: Iterable[Standing]) -> list[str]:
    """Return what is missing for a certificate, a line for each notebook."""
    by_name = {one.notebook: one for one in standings}
    missing = {name: _left_in(by_name.get(name)) for name in handout_names()}
    return [f"{name}: {what}" for name, what in missing.items() if what]


def certificate(standings: list[Standing], name: str) -> str:
    """Return the page, as HTML.

    Args:
        standings: of all notebooks of the course, without anything left.
        name: of the student, as it was written; it may hold anything.
    """
    today = date.today()
    return PAGE.format(
        style=STYLE,
        name=html.escape(name),
        iso=today.isoformat(),
        day=f"{today.day} {today:%B %Y}",
        exercises=sum(len(one.results) for one in standings),
        notebooks=len(standings),
        rows="\n".join(map(_row, standings)),
        points=_points(standings),
        version=rcnn_course.__version__,
    )


def _left_in(one: Standing | None) -> str:
    """Return what is missing in a notebook, or ''."""
    if one is None:
        return "it is not in this folder"
    if one.problem:
        return f"it could not be run. {one.problem}"
    return ", ".join(
        exercise
        for exercise, result in one.results.items()
        if {result.outcome, one.further.get(exercise, result).outcome} != {"correct"}
    )


def _row(one: Standing) -> str:
    return ROW.format(
        title=html.escape(_title(one.notebook)),
        exercises=html.escape(", ".join(one.results)),
        points=_points([one]),
    )


def _points(standings: Iterable[Standing]) -> str:
    """Return points of all checks, of the notebook's inputs and of others, 'earned of possible'."""
    results = [r for one in standings for r in (*one.results.values(), *one.further.values())]
    return f"{sum(r.points for r in results):g} of {sum(r.possible for r in results):g}"


def _title(name: str) -> str:
    """Return the heading of a released notebook, without its mark."""
    notebook = nbformat.read(handout_folder() / name / f"{name}.ipynb", as_version=4)
    return notebook.cells[0].source.splitlines()[0].removeprefix("# ")
