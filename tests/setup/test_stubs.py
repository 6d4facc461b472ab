"""What editors and type checkers read about a package is what it brings in on first use."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

import rcnn_course
from rcnn_course import datasets, draw


@pytest.mark.parametrize("package", [rcnn_course, datasets, draw], ids=lambda p: p.__name__)
def test_stub_has_the_names_of_its_package(package):
    stub = ast.parse(Path(package.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    homes = {alias.asname: node.module for node in imports for alias in node.names}
    assert set(homes) == set(package.__all__) - {"__version__"}
    for name, home in homes.items():
        assert getattr(import_module(home), name) is getattr(package, name)
