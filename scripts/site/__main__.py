"""Build the site: `python -m scripts.site`, or `make site`.

Runs the notebooks of `solutions/`, as far as they or the library have changed since the last time,
and builds pages from them, the documents and the docstrings. No network is needed, neither here nor
by who reads: open `build/site/index.html`, or put the folder on any server.
"""

import argparse
import shutil
from pathlib import Path

from sphinx.application import Sphinx

from rcnn_course.authoring.course import assignments
from scripts.site.staging import LARGEST, stage

ROOT = Path(__file__).resolve().parents[2]


def build(root: Path, site: Path, work: Path, run: list[str]) -> int:
    """Build the site into a folder; return 0, or 1 where Sphinx has complained or it is too large.

    Args:
        root (Path): of the repository.
        site (Path): the folder to write, new each time.
        work (Path): holds what lies between, and what was run.
        run (list[str]): the notebooks to show with outputs.
    """
    source = stage(root, work, run)
    shutil.rmtree(site, ignore_errors=True)
    app = Sphinx(
        srcdir=source,
        confdir=source,
        outdir=site,
        doctreedir=work / "doctrees",
        buildername="html",
        warningiserror=True,
        freshenv=True,
    )
    app.build()
    size = sum(path.stat().st_size for path in site.rglob("*"))
    print(f"{size / 1e6:.0f} MB; at most {LARGEST / 1e6:.0f} are allowed")
    return app.statuscode or int(size > LARGEST)


def main() -> int:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(prog="make site", description=__doc__.partition("\n")[0])
    parser.add_argument("--site", type=Path, default=ROOT / "build" / "site", help="to write")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "site-work", help="to keep")
    parser.add_argument(
        "--run", nargs="*", default=assignments(ROOT), help="notebooks to show with outputs"
    )
    options = parser.parse_args()
    status = build(ROOT, options.site, options.work, options.run)
    print(f"The site is {options.site}/index.html" if status == 0 else "The site has faults.")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
