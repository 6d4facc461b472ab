"""What is kept of a graded notebook: honest things to the letter, hostile ones not."""

import copy
import time

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.apps.api import NbGraderAPI

from rcnn_course.authoring.course import load_config
from rcnn_course.authoring.release import release
from rcnn_course.grading.gradebook.harmless import LEFT_OUT, keep_harmless
from rcnn_course.grading.gradebook.harmless_html import clean
from tests.grading import displays
from tests.grading.classes import hand_in_for

PICTURE = "iVBORw0KGgo="

HONEST = {
    "picture": f'<figure style="margin:0.5em 0"><img src="data:image/png;base64,{PICTURE}"'
    ' alt="a > b" width="720" style="max-width:100%;height:auto"></figure>',
    "colours": '<span style="color:var(--jp-content-font-color2,#5F6670)">a</span>'
    '<b style="background-color: rgb(1, 2, 3)">b</b>',
    "table": '<table border="1" class="dataframe">\n  <thead>\n'
    '    <tr style="text-align: right;">\n'
    "      <th></th>\n      <th>a</th>\n    </tr>\n  </thead>\n  <tbody>\n    <tr>\n"
    "      <th>0</th>\n      <td>1 &lt; 2</td>\n    </tr>\n  </tbody>\n</table>",
    "details": "<details><summary>a</summary>\n\nb</details>",
    "link": '<a href="https://example.org/?a=b&amp;c=d#e">a</a> <a href="data.csv">b</a>',
}

WRITTEN = {
    "headings": "# Title of it\n\n## $x_1$ and `code`\n\nA *word*, a **word**, ~~none~~.",
    "formulas": "$a < b$ and $$\\sum_{i<n} x_i$$\n\n\\begin{align}a &= b \\\\ c &< d\\end{align}",
    "code": "```python\ndef f(x: int) -> str:\n    return '<b>' if x < 1 else \"a & b\"\n```"
    "\n\n    <b>",
    "lists": "- [ ] a\n- [x] b\n\n1. c\n   - d\n\n> e\n\n---",
    "table": "| a | b |\n|---|:-:|\n| 1 | `2` |",
    "links": "[a](https://arxiv.org/abs/1703.06870) <https://example.org> www.example.org\n"
    "[b](../05_rpn/05_rpn.ipynb) [c](#title) ![d](img/sketch.png)",
    "details": "<details>\n<summary>Hint</summary>\n\nThink of *it*.\n\n</details>",
    "a comparison": "If a < b and c > d, then x<y & z. Also `List<int>`, R&D, 5 &lt; 6 &copy;.",
}


def cleaned(cell):
    notebook = new_notebook(cells=[copy.deepcopy(cell)])
    keep_harmless(notebook)
    return notebook.cells[0]


@pytest.mark.parametrize("what", HONEST)
def test_honest_output_stays_to_the_letter(what):
    output = new_output("display_data", {"text/html": HONEST[what], "text/plain": "a"})
    assert cleaned(new_code_cell(outputs=[output])).outputs == [output]


@pytest.mark.parametrize("what", WRITTEN)
def test_honest_text_stays_to_the_letter(what):
    assert cleaned(new_markdown_cell(WRITTEN[what])).source == WRITTEN[what]
    output = new_output("display_data", {"text/markdown": WRITTEN[what]})
    assert cleaned(new_code_cell(outputs=[output])).outputs == [output]


def test_attached_picture_stays():
    pictures = {"a.png": {"image/png": PICTURE}}
    cell = new_markdown_cell("![a](attachment:a.png)", attachments=pictures)
    cell = cleaned(cell)
    assert (cell.source, cell.attachments) == ("![a](attachment:a.png)", pictures)


def test_style_of_pandas_goes_and_its_table_stays():
    style = "<style scoped>\n  .dataframe tbody tr th { vertical-align: top; }\n</style>"
    assert clean(f"<div>\n{style}{HONEST['table']}</div>") == f"<div>\n{HONEST['table']}</div>"


@pytest.mark.parametrize("what", displays.HTML)
def test_hostile_html_is_left_out(what):
    text = displays.filled(displays.HTML[what], what)
    output = new_output("display_data", {"text/html": text})
    assert cleaned(new_code_cell(outputs=[output])).outputs != [output]
    assert cleaned(new_raw_cell(text)).source != text
    is_text = what == "onerror, slashes"  # to Markdown
    assert (cleaned(new_markdown_cell(text)).source == text) == is_text


def test_comment_goes_without_a_word():
    shown = cleaned(new_markdown_cell("a <!-- to do --> *b*")).source
    assert "a  <em>b</em>" in shown
    assert LEFT_OUT not in shown


def test_what_is_left_out_is_said():
    text = "Before.\n\n<script>x</script>\n\nAfter."
    assert LEFT_OUT in cleaned(new_markdown_cell(text)).source
    output = new_output("display_data", {"application/javascript": "x"})
    assert cleaned(new_code_cell(outputs=[output])).outputs[0].data == {"text/html": LEFT_OUT}


def test_locked_text_of_the_course_is_left_alone(make_cell):
    text = '<div id="top" class="alert">a</div>'
    assert cleaned(make_cell("words", text, markdown=True)).source == text


def test_text_that_no_page_can_show_is_shown_letter_by_letter():
    text = "```\n![a](attachment:none.png)\n```\n![a](attachment:none.png)"
    assert cleaned(new_markdown_cell(text)).source == f"````\n{text}\n````"


@pytest.mark.parametrize(
    "text",
    [
        *("<div>" * 5000, "<i>" * 2000 + "</p>" * 1999, "<p " + "a='b' " * 100_000 + ">"),
        *("&amp;" * 1_000_000, "\\begin{a} " * 20_000, "[" * 90_000, "x" * 5_000_000),
        f'<img src="data:image/png;base64,{"A" * 7_000_000}">',
    ],
    ids=["tags", "nested", "attributes", "entities", "formulas", "brackets", "text", "picture"],
)
def test_cleaning_takes_a_moment_whatever_there_is(text):
    output = new_output("display_data", {"text/html": text})
    cells = [new_code_cell(outputs=[output]) for _ in range(5)]
    cells += [new_markdown_cell(text) for _ in range(5)]
    before = time.process_time()
    keep_harmless(new_notebook(cells=cells))
    assert time.process_time() - before < 60


def test_command_of_nbgrader_cleans_too(course):
    release(course)
    file = hand_in_for(course, "ada")
    notebook = nbformat.read(file, as_version=4)
    notebook.cells.append(new_markdown_cell("<script>x</script>"))
    nbformat.write(notebook, file)
    assert NbGraderAPI(config=load_config(course)).autograde("toy", "ada")["success"]
    kept = (course / "autograded/ada/toy/toy.ipynb").read_text()
    assert "<script>" not in kept
    assert "is left out here" in kept
