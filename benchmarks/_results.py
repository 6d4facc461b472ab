"""The table of what was measured last: `results.json` for programs, `results.md` for readers.

It holds for each script its rows, and under which circumstances they were measured: a partial run,
perhaps on another machine, replaces those of its scripts alone. Documents quote it in tables
between `<!-- bench -->` and `<!-- /bench -->`, which are filled in anew: a row's name is enough.
"""

import json
import os
import platform
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "torchvision", "nbgrader")

QUOTED = re.compile(r"(?<=<!-- bench -->\n).*?(?=<!-- /bench -->)", re.DOTALL)
"""The part of a document that quotes the table."""

Run = dict[str, Any]
"""What came of one script: `date`, `machine`, `versions`, `load`, `seconds` and `rows`."""

HEAD = """\
# What `make bench` measured last

Written by `python -m benchmarks`, which reads its own figures from `results.json`. Ratios hold on
other machines too; seconds and milliseconds are those of the machine below.
"""


def circumstances() -> Run:
    """Return when, on what and under what load a script starts to run."""
    cores = os.cpu_count()
    versions = {name: version(name) for name in PACKAGES}
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{_processor()}, {cores} cores, {platform.system()}",
        "versions": {"python": platform.python_version(), **versions},
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }


def _processor() -> str:
    """Return the name of the processor."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def keep(folder: Path, script: str, run: Run) -> None:
    """Put what one script measured in the place of what it measured before.

    Args:
        folder: the benchmarks and their results; results of scripts that are gone are dropped.
        script: name of the script.
        run: what it measured.
    """
    file = folder / "results.json"
    before = json.loads(file.read_text("utf-8")) if file.exists() else {}
    runs = {
        name: found
        for name, found in sorted({**before, script: run}.items())
        if (folder / f"{name}.py").exists()
    }
    file.write_text(json.dumps(runs, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "results.md").write_text(as_markdown(runs), "utf-8")
    for document in documents(folder.parent):
        document.write_text(quoted(document.read_text("utf-8"), runs), "utf-8")


def documents(root: Path) -> list[Path]:
    """Return the documents that may quote figures."""
    return [*root.glob("README.md"), *sorted(root.glob("docs/*.md"))]


def quoted(text: str, runs: Mapping[str, Run]) -> str:
    """Return a document with the measured rows that it quotes filled in; others stay."""
    rows = {row["name"]: row for run in runs.values() for row in run["rows"]}

    def fill_in(line: re.Match) -> str:
        row = rows.get(line[1])
        return f"| {line[1]} | {figure(row)} | {yardstick(row)} |" if row else line[0]

    def fill_in_table(table: re.Match) -> str:
        return re.sub(r"^\| (.+?) \|.*$", fill_in, table[0], flags=re.MULTILINE)

    return QUOTED.sub(fill_in_table, text)


def as_markdown(runs: dict[str, Run]) -> str:
    """Return the page with a row for each figure, and when and where each script ran."""
    lines = [HEAD, "| script | what | measured | yardstick | |", "|---|---|---|---|---|"]
    for script, run in runs.items():
        for row in run["rows"]:
            cells = (script, row["name"], figure(row), yardstick(row), row["verdict"])
            lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |")
    lines += ["", "| script | when | load before | took | where | versions |"]
    lines += ["|---|---|---|---|---|---|"]
    for script, run in runs.items():
        versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
        load = "" if run["load"] is None else run["load"]
        took = f"{run['seconds']} s"
        lines.append(
            f"| {script} | {run['date']} | {load} | {took} | {run['machine']} | {versions} |"
        )
    return "\n".join(lines) + "\n"


def figure(row: dict) -> str:
    """Return the value of a row with its unit, or '' where it has none."""
    return f"{row['value']:g} {row.get('unit', '')}".strip() if "value" in row else ""


def yardstick(row: dict) -> str:
    """Return what the value of a row is judged by, in words."""
    kinds = {"at_most": "at most", "at_least": "at least"}
    return ", ".join(f"{words} {row[kind]:g}" for kind, words in kinds.items() if kind in row)
