"""Imports between the rooms of the library go the way that docs/architecture.md draws them."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "rcnn_course"
ROOMS = sorted(path.stem for path in PACKAGE.iterdir() if re.fullmatch(r"[a-z]+(\.py)?", path.name))


def drawn_arrows():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawing = re.search(r"```mermaid\n(.*?)```", text, re.DOTALL).group(1)
    chains = re.findall(r"^ *\w+(?: --> \w+)+$", drawing, re.MULTILINE)
    return {arrow for chain in chains for arrow in pairwise(chain.split()[::2])}


def imported_rooms(room):
    files = [PACKAGE / f"{room}.py"] if (PACKAGE / f"{room}.py").exists() else []
    for path in [*files, *(PACKAGE / room).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: a relative import hides which room it goes to"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            yield from (name.split(".")[1] for name in names if name.startswith("rcnn_course."))


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_what_the_drawing_shows(room):
    allowed = {to for start, to in drawn_arrows() if start == room} | {room}
    assert set(imported_rooms(room)) <= allowed


def test_every_room_is_drawn():
    drawn = {room for arrow in drawn_arrows() for room in arrow}
    assert drawn == {*ROOMS, "notebooks"}


def test_no_arrow_leads_back():
    arrows = drawn_arrows()
    rooms = {room for arrow in arrows for room in arrow}
    while leaves := rooms - {start for start, _ in arrows}:
        rooms -= leaves
        arrows = {(start, to) for start, to in arrows if to not in leaves}
    assert not rooms, f"these rooms import each other in a circle: {sorted(rooms)}"


def test_programs_of_the_package_are_run_by_it():
    """Programs that only developers run stand in `scripts/`, and no wheel holds them."""
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    texts[ROOT / "pyproject.toml"] = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    to_move = {"rcnn_course.draw.gallery"}  # into scripts/
    for path, text in texts.items():
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if '\nif __name__ == "__main__":' in text and name not in to_move:
            others = (other for place, other in texts.items() if place != path)
            assert any(f'"{name}' in other for other in others), f"who runs {name}?"
