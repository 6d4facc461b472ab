"""Run the benchmarks and print one table: `python -m benchmarks [WORD]`.

A benchmark is a script in this folder. Each line of JSON that it prints becomes a row:

    {"name": "roi_align, 256 RoIs", "value": 3.1, "unit": "x torchvision", "at_most": 10}

`at_most` may be left out. With WORD, only scripts with it in their file name run. The exit code
is 1 where a benchmark fails or its value is above `at_most`.
"""

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def measure(script: Path) -> list[dict]:
    """Run one script and return the rows that it measured, with one for its failure if it fails."""
    run = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    rows = [row for row in map(_read, run.stdout.splitlines()) if row is not None]
    if run.returncode or not rows:
        said = (run.stderr or run.stdout).strip().splitlines()
        last = said[-1] if said else f"exit code {run.returncode}"
        rows.append({"name": f"failed: {last}"})
    return [{"script": script.stem, **row} for row in rows]


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
    if "at_most" not in row:
        return ""
    return "ok" if row["value"] <= row["at_most"] else "TOO HIGH"


def main(words: list[str]) -> int:
    """Print a row for each figure as soon as its script has run."""
    scripts = sorted(path for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))
    scripts = [path for path in scripts if all(word in path.stem for word in words)]
    template = "{script:<24} {name:<44} {value:>9} {unit:<16} {at_most:>8} {verdict}"
    titles = {name: name for name in ("script", "name", "value", "unit", "at_most", "verdict")}
    print(template.format_map(titles).replace("at_most", "at most"))
    bad = False
    for script in scripts:
        for row in measure(script):
            judged = verdict(row)
            bad |= judged in ("FAILED", "TOO HIGH")
            blanks = dict.fromkeys(("value", "unit", "at_most"), "")
            print(template.format_map(blanks | row | {"verdict": judged}), flush=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
