"""Run the benchmarks, print one table and keep it: `python -m benchmarks [WORD] [--OPTION]`.

A benchmark is a script in this folder. Each line of JSON that it prints becomes a row:

    {"name": "roi_align, 256 RoIs", "value": 3.1, "unit": "x torchvision", "at_most": 10}

`at_most` or `at_least` is the yardstick; both may be left out. With WORD, only scripts with it in
their file name run; options go to each of them. What comes out is kept in `results.json` and
`results.md`, where the rows of scripts that did not run stay as they were. The exit code is 1 where
a benchmark fails or its value misses its yardstick.
"""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks._results import Run, circumstances, keep

FOLDER = Path(__file__).parent


def measure(script: Path, options: Sequence[str] = ()) -> Run:
    """Run one script and return what it measured, with a row for its failure if it fails."""
    before, started = circumstances(), time.monotonic()
    command = [sys.executable, script, *options]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = [row for row in map(_read, run.stdout.splitlines()) if row is not None]
    if run.returncode or not rows:
        said = (run.stderr or run.stdout).strip().splitlines()
        last = said[-1] if said else f"exit code {run.returncode}"
        rows.append({"name": f"failed: {last}"})
    rows = [row | {"verdict": verdict(row)} for row in rows]
    return before | {"seconds": round(time.monotonic() - started), "rows": rows}


def _read(line: str) -> dict | None:
    """Return the row that a line holds, or None where it is of another kind."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def verdict(row: dict) -> str:
    """Judge a measured row in one word."""
    if "value" not in row:
        return "FAILED"
    if row["value"] > row.get("at_most", row["value"]):
        return "TOO HIGH"
    if row["value"] < row.get("at_least", row["value"]):
        return "TOO LOW"
    return "ok" if {"at_most", "at_least"} & set(row) else ""


def main(arguments: list[str]) -> int:
    """Print a row for each figure as soon as its script has run, and keep it."""
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return 0
    options = [word for word in arguments if word.startswith("--")]
    words = [word for word in arguments if word not in options]
    scripts = sorted(path for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    chosen = [path for path in scripts if all(word in path.stem for word in words)]
    if words and not chosen:
        names = ", ".join(path.stem for path in scripts)
        print(f"no benchmark is called {' '.join(words)!r}; there are {names}", file=sys.stderr)
        return 2
    template = "{script:<18} {name:<48} {value:>9} {unit:<16} {at_most:>8} {at_least:>8} {verdict}"
    columns = ("script", "name", "value", "unit", "at_most", "at_least", "verdict")
    print(template.format_map({name: name.replace("_", " ") for name in columns}))
    bad = False
    for script in chosen:
        run = measure(script, options)
        keep(FOLDER, script.stem, run)
        for row in run["rows"]:
            bad |= row["verdict"] not in ("ok", "")
            line = dict.fromkeys(columns, "") | {"script": script.stem} | row
            print(template.format_map(line), flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
