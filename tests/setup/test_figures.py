"""Every measured figure in README and docs/ stands in the committed table of `make bench`."""

import json
import re
from pathlib import Path

import pytest

from benchmarks._results import QUOTED, as_markdown, documents, figure, quoted

ROOT = Path(__file__).parents[2]
FIGURE = re.compile(r"\d[\d.,]*\s(?:ms|s|seconds?|minutes?|GB|MB|AP\d*|times|x\s\w+)(?!\w)")
"""A number with a unit of time, size, quality or ratio."""

ELSEWHERE = {
    "4 GB": "memory that the course is made for, and CUDA libraries that PyTorch brings",
    "6 GB": "disk that pip fills, most of it by PyTorch with CUDA",
    "3 GB": "what pip downloads for it",
    "2 GB": "disk that pip fills without CUDA",
    "100 MB": "preflight.LARGEST_FILE, what is read of a submission",
    "4096 MB": "ExecuteSubmission.max_memory, a setting",
    "1800 seconds": "ExecuteSubmission.max_seconds, a setting",
    "256 MB": "ExecuteSubmission.max_disk, a setting",
    "2.3 seconds": "locate.SECONDS, a setting",
}
"""Numbers with a unit that are no measurements of speed, and where they come from."""


@pytest.fixture(scope="module")
def runs():
    return json.loads((ROOT / "benchmarks" / "results.json").read_text("utf-8"))


def unknown(text, runs):
    """Return the figures of a document that no benchmark has measured."""
    known = {figure(row) for run in runs.values() for row in run["rows"]} | set(ELSEWHERE)
    prose = re.sub(r"```.*?```|^    .*?$|`[^`]*`", "", text, flags=re.DOTALL | re.MULTILINE)
    return [found for found in FIGURE.findall(QUOTED.sub("", prose)) if found not in known]


def unmeasured(text, runs):
    """Return the rows of a document's quoted tables that are not in the table of figures."""
    names = {row["name"] for run in runs.values() for row in run["rows"]}
    tables = "".join(QUOTED.findall(text))
    rows = re.findall(r"^\| (.+?) \|.*$", tables, re.MULTILINE)
    return [name for name in rows[1:] if name not in names]  # the first is the heading


@pytest.mark.parametrize("document", documents(ROOT), ids=lambda path: path.name)
def test_figures_of_documents_are_those_that_were_measured(document, runs):
    text = document.read_text("utf-8")
    assert unknown(text, runs) == []
    assert unmeasured(text, runs) == []
    assert quoted(text, runs) == text, "run make bench, or python -m benchmarks WORD"


def test_both_tables_of_figures_agree(runs):
    assert (ROOT / "benchmarks" / "results.md").read_text("utf-8") == as_markdown(runs)


def test_readme_quotes_figures(runs):
    assert QUOTED.search((ROOT / "README.md").read_text("utf-8"))


ROW = {"name": "roi_align", "value": 7.8, "unit": "x reference", "at_most": 20, "verdict": "ok"}
SAMPLE = {"exercises": {"rows": [ROW]}}
TABLE = "<!-- bench -->\n| what | measured | wanted |\n|---|---|---|\n{}\n<!-- /bench -->\n"


def test_wrong_figure_would_be_seen():
    assert unknown("It takes 7.8 x reference, and 6 GB.", SAMPLE) == []
    assert unknown("It takes 7.9 x reference.", SAMPLE) == ["7.9 x reference"]
    assert unknown("It takes 41 ms, in `12 ms` of code.", SAMPLE) == ["41 ms"]
    right = TABLE.format("| roi_align | 7.8 x reference | at most 20 |")
    assert quoted(TABLE.format("| roi_align | 7.9 x reference | at most 20 |"), SAMPLE) == right
    assert quoted(TABLE.format("| roi_align | |"), SAMPLE) == right
    assert quoted(right, SAMPLE) == right
    assert unmeasured(TABLE.format("| roi_pool | 1 ms | |"), SAMPLE) == ["roi_pool"]
