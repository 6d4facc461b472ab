import subprocess
import sys
from pathlib import Path

import pytest

from rcnn_course import draw
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_gallery_draws_every_kind_of_picture_without_a_warning(tmp_path):
    folder = tmp_path / "new" / "gallery"
    command = [sys.executable, "-W", "error", "-m", "scripts.gallery", str(folder)]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert run.stderr == ""
    pictures = [path for path in folder.iterdir() if path.suffix in (".png", ".jpeg")]
    assert run.stdout.startswith(f"{len(pictures)} pictures")
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count("<figcaption") == page.count('alt="') == len(pictures)
    kinds = [name for name in draw.__all__ if name.startswith(("draw_", "show_", "pipeline_"))]
    assert len(pictures) >= len(kinds)
