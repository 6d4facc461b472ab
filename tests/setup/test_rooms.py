"""Imports go the way that docs/architecture.md draws them: between rooms, and inside a room.

The first drawing shows the rooms; one under the heading 'Inside checks' shows the folders and
modules of that room. A module that is named in a string counts as imported.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "rcnn_course"
ARCHITECTURE = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")

READERS = {"notebooks"}
"""What is drawn and is no part of the library."""

MOST_PARTS = 12
"""Folders and modules that a room may have at its top, for a newcomer to keep them in mind."""


@dataclass(frozen=True)
class House:
    """A folder of the library whose parts are drawn: all of it, or one room."""

    name: str
    folder: Path
    drawing: str

    @property
    def arrows(self) -> set[tuple[str, str]]:
        chains = re.findall(r"^ *\w+(?: --> \w+)+$", self.drawing, re.MULTILINE)
        return {arrow for chain in chains for arrow in pairwise(chain.split()[::2])}

    @property
    def parts(self) -> set[str]:
        modules = {path.stem for path in self.folder.glob("*.py")} - {"__init__"}
        return modules | {path.parent.name for path in self.folder.glob("*/*.py")}

    @property
    def module(self) -> str:
        return ".".join(self.folder.relative_to(PACKAGE.parent).parts)

    def named_by(self, part: str) -> set[str]:
        """Return the modules that the code of a part names."""
        files = [self.folder / f"{part}.py"] if (self.folder / f"{part}.py").exists() else []
        files += (self.folder / part).rglob("*.py")
        return {name for path in files for name in modules_named(path)}

    def imported_by(self, part: str) -> set[str]:
        """Return the other parts that the code of a part names."""
        inside = f"{self.module}."
        named = (name for name in self.named_by(part) if name.startswith(inside))
        found = {name.removeprefix(inside).split(".")[0] for name in named}
        return (found & self.parts) - {part}


def modules_named(path: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports, or has in a string that is no docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides which room it goes to"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and id(node) not in prose:
            yield from re.findall(r"\brcnn_course(?:\.\w+)+", str(node.value))


def drawn_houses() -> list[House]:
    headed = re.findall(r"^##+ ([^\n]+)\n(.*?)(?=^##+ |\Z)", ARCHITECTURE, re.M | re.DOTALL)
    drawings = {
        heading: drawing[1]
        for heading, text in headed
        if (drawing := re.search(r"```mermaid\n(.*?)```", text, re.DOTALL))
    }
    inside = (
        House(room, PACKAGE / room, drawing)
        for heading, drawing in drawings.items()
        for room in re.findall(r"^Inside (\w+)$", heading)
    )
    return [House("the library", PACKAGE, drawings["The rooms of the library"]), *inside]


HOUSES = drawn_houses()
of_every_house = pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.name)


@pytest.mark.parametrize(
    ("house", "part"),
    [
        pytest.param(house, part, id=f"{house.name}, {part}")
        for house in HOUSES
        for part in sorted(house.parts)
    ],
)
def test_part_imports_only_what_the_drawing_shows(house, part):
    assert house.imported_by(part) <= {to for start, to in house.arrows if start == part}


@of_every_house
def test_every_arrow_stands_for_an_import(house):
    imports = {(part, to) for part in house.parts for to in house.imported_by(part)}
    by_the_door = {part for part in house.parts if house.module in house.named_by(part)}
    unused = {start for start, _ in house.arrows - imports}
    assert unused <= READERS | by_the_door  # the room itself finds modules on first use


@of_every_house
def test_every_part_that_imports_or_is_imported_is_drawn_and_nothing_else(house):
    imports = {part: house.imported_by(part) for part in house.parts}
    joined = {part for part, others in imports.items() if others}.union(*imports.values())
    drawn = {part for arrow in house.arrows for part in arrow}
    assert joined <= drawn <= house.parts | READERS


@of_every_house
def test_no_arrow_leads_back(house):
    arrows = house.arrows
    parts = {part for arrow in arrows for part in arrow}
    while leaves := parts - {start for start, _ in arrows}:
        parts -= leaves
        arrows = {(start, to) for start, to in arrows if to not in leaves}
    assert not parts, f"these import each other in a circle: {sorted(parts)}"


@pytest.mark.parametrize("house", HOUSES[1:], ids=lambda house: house.name)
def test_room_that_is_drawn_can_be_kept_in_mind(house):
    assert len(house.parts) <= MOST_PARTS


def test_a_module_in_a_string_counts_and_one_in_prose_does_not(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        '"""See rcnn_course.prose."""\n'
        "from rcnn_course.first import name\n"
        'load("rcnn_course.second.module")\n'
        'RUN = """import rcnn_course.third\n"""\n'
        '"""What rcnn_course.prose runs."""\n'
    )
    assert set(modules_named(path)) == {
        "rcnn_course.first.name",
        "rcnn_course.second.module",
        "rcnn_course.third",
    }


def test_programs_of_the_package_are_run_by_it():
    """Programs that only developers run stand in `scripts/`, and no wheel holds them."""
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    settings = PACKAGE.parent / "pyproject.toml"
    texts[settings] = settings.read_text(encoding="utf-8")
    for path, text in texts.items():
        name = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        if '\nif __name__ == "__main__":' in text:
            others = (other for place, other in texts.items() if place != path)
            assert any(f'"{name}' in other for other in others), f"who runs {name}?"
