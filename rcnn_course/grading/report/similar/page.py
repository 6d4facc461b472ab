"""A page with both texts of each pair side by side, what they share marked."""

import html
from collections.abc import Sequence

from rcnn_course.grading.intake.submissions import shown
from rcnn_course.grading.report.similar.classroom import Classroom
from rcnn_course.grading.report.similar.listing import exercises, least, names, summary
from rcnn_course.grading.report.similar.overlap import Span
from rcnn_course.grading.report.similar.pairs import Pair

MOST_PAIRS = 100
"""Pairs on the page; the others are counted."""

MOST_TEXT = 20_000
"""Characters of an answer that the page shows."""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Similar answers: {title}</title>
<style>
:root {{ color-scheme: light dark; --soft: light-dark(#4d4d4d, #c4c4c4);
  --line: light-dark(#b0b0b0, #666); --mark: light-dark(#ffe08a, #6b5200);
  --link: light-dark(#00568a, #8cc8f2); }}
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem;
  padding: 0 1rem; overflow-wrap: anywhere;
  background: light-dark(#fff, #161616); color: light-dark(#1a1a1a, #f0f0f0); }}
a {{ color: var(--link); }}
h2 {{ border-top: 1px solid var(--line); padding-top: 1rem; margin-top: 2.5rem; }}
p.soft, figcaption {{ color: var(--soft); }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; padding: .2rem 1.2rem .2rem 0; }}
div.both {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }}
figure {{ margin: 0; min-width: 0; }}
pre {{ position: relative; overflow: auto; max-height: 40rem; border: 1px solid var(--line);
  padding: .7rem; margin: .2rem 0; font: .85rem/1.45 ui-monospace, monospace;
  unicode-bidi: isolate; }}
pre:focus-visible, a:focus-visible {{ outline: 3px solid var(--link); outline-offset: 2px; }}
mark {{ background: var(--mark); color: inherit; text-decoration: underline dotted; }}
mark::before, mark::after {{ position: absolute; clip-path: inset(50%); width: 1px; height: 1px;
  overflow: hidden; white-space: nowrap; }}
mark::before {{ content: " [both: "; }}
mark::after {{ content: "] "; }}
@media (max-width: 50rem) {{ div.both {{ grid-template-columns: 1fr; }} }}
</style>
</head>
<body>
<main>
<h1>Similar answers: {title}</h1>
<p>{summary}</p>
<p class="soft">Similar is not copied: two people who have learnt together, from one book or one
video, write alike. Marked is what both texts have and most of the class has not, names, layout and
remarks left out of account; what was handed out is not marked. Bits measure how rare that is in
this class: each halves the number of pairs that would have it by chance, and {least:.0f} are needed
to stand here. Read both texts, and talk to the students, before you think more of it.</p>
{body}
</main>
</body>
</html>
"""


def as_page(assignment: str, classroom: Classroom, pairs: Sequence[Pair]) -> str:
    """Return a page with both texts of each pair side by side; it loads and runs nothing."""
    on_page = pairs[:MOST_PAIRS]
    more = len(pairs) - len(on_page)
    body = [_contents(on_page) if on_page else ""]
    body += [f"<p>{more} further pairs have less in common, and are not shown.</p>"] if more else []
    body += [_section(number, pair) for number, pair in enumerate(on_page, start=1)]
    if classroom.not_read:
        rows = "".join(
            f"<li>{_escaped(student)}: {_escaped(why)}</li>"
            for student, why in classroom.not_read.items()
        )
        body.append(f"<h2>Not read</h2><ul>{rows}</ul>")
    return PAGE.format(
        title=_escaped(assignment),
        summary=_escaped(summary(classroom, pairs)),
        least=least(classroom),
        body="\n".join(body),
    )


def _contents(pairs: Sequence[Pair]) -> str:
    rows = "\n".join(
        f'<tr><td><a href="#pair-{number}">{_escaped(names(pair))}</a></td>'
        f"<td>{pair.bits:.0f}</td><td>{_escaped(exercises(pair))}</td></tr>"
        for number, pair in enumerate(pairs, start=1)
    )
    head = "".join(f'<th scope="col">{name}</th>' for name in ("students", "bits", "exercises"))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _section(number: int, pair: Pair) -> str:
    parts = [f'<h2 id="pair-{number}">{_escaped(names(pair))}</h2>']
    for one in pair.exercises:
        exercise = _escaped(one.exercise)
        parts.append(f"<h3>{exercise}: {one.share:.0%} similar, {one.bits:.0f} bits</h3>")
        texts = zip((pair.first, pair.second), one.texts, one.spans, strict=True)
        both = "".join(
            f"<figure><figcaption>{_escaped(student)}</figcaption>"
            f'<pre tabindex="0" role="region" aria-label="{_escaped(student)}, {exercise}, '
            f'pair {number}">{_marked(text, spans)}</pre></figure>'
            for student, text, spans in texts
        )
        parts.append(f'<div class="both">{both}</div>')
    return "\n".join(parts)


def _marked(text: str, spans: Sequence[Span]) -> str:
    """Return a text for the page, with marks."""
    parts, place = [], 0
    for start, end in spans:
        if end > MOST_TEXT:
            break
        parts += [_code(text[place:start]), f"<mark>{_code(text[start:end])}</mark>"]
        place = end
    cut = "\n… (cut)" if len(text) > MOST_TEXT else ""
    return "".join([*parts, _code(text[place:MOST_TEXT]), cut])


def _code(text: str) -> str:
    """Return code for the page; characters that would not be seen, or turn others round, are."""
    lines = (shown(line.expandtabs(4)) for line in text.split("\n"))
    return html.escape("\n".join(lines))


def _escaped(text: str) -> str:
    return html.escape(shown(text))
