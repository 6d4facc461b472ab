"""Try the attack suite, print what came of it, and write the numbers into the documents.

    python -m tests.grading.attacks [WORD ...]

With words, only entries are tried whose kind or road has them, and no document changes. The exit
code is 1 where an attack falls that docs/instructors.md does not list, or an honest one is hurt.
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.grading.attacks.quoted import DOCUMENT, quoted
from tests.grading.attacks.suite import as_markdown, graded


def main(words: list[str]) -> int:
    """Grade the suite, and say what has fallen."""
    os.environ["SECRET_OF_THE_INSTRUCTOR"] = "tenure"
    with tempfile.TemporaryDirectory() as folder:
        done = graded(Path(folder), words)
        found = done.found()
    table = as_markdown(found)
    print(done.said + table)
    for one in found:
        if one.verdict in ("fallen", "hurt"):
            known = "" if one.is_fault else " (not prevented)"
            print(f"{one.verdict}{known}: {one.entry.kind}: {one.entry.road}\n    {one.why}")
    if not words:
        DOCUMENT.write_text(quoted(DOCUMENT.read_text("utf-8"), table), "utf-8")
    return int(any(one.is_fault for one in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
