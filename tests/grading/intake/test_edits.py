"""Many odd submissions: each is mended or refused in a sentence, and no answer gets lost."""

import json
import random
import re
from contextlib import redirect_stdout
from io import StringIO

import nbformat
import pytest
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import is_grade

from rcnn_course.grading.intake.cells import grade_ids
from rcnn_course.grading.intake.preflight import inspect
from tests.grading import edits

RIGHT = {
    "add": "import math\n\n\ndef add(a, b):\n    return math.floor(a) + b",
    "multiply": "def multiply(a, b):\n    return a * b",
    "why": "The reason is that it holds — für alle.",
}
SEEDS = range(60)
"""Of each test. Whoever changes how submissions are read tries some thousands."""


def answered(released):
    """Return the released notebook with right answers, as an editor would save it."""
    notebook = json.loads(nbformat.writes(released))
    for cell in notebook["cells"]:
        cell["source"] = RIGHT.get(edits.name_of(cell), edits.text_of(cell))
    return notebook


def look(folder, files, released):
    """Hand in files, inspect them, and see that the result is of use in any case."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    fitness = inspect(folder / "toy.ipynb", released)
    for sentence in (*fitness.mended, *filter(None, [fitness.refusal])):
        assert re.fullmatch(r"[^\n]+[.?]", sentence)
        sentence.encode()
    assert (fitness.notebook is None) == bool(fitness.refusal)
    if fitness.notebook is not None:
        json.dumps(fitness.notebook, ensure_ascii=False).encode()
        nbformat.validate(fitness.notebook)
        MetadataValidator().validate_nb(fitness.notebook)
        assert sorted(grade_ids(fitness.notebook)) == sorted(grade_ids(released))
        for cell in fitness.notebook.cells:
            settings = cell.metadata.get("nbgrader")
            original = [c for c in released.cells if settings and c.metadata == cell.metadata]
            assert len(original) == (settings is not None)
    return fitness


def points(notebook):
    """Run a mended notebook as a kernel would, and return the checks that pass."""
    names, passed = {}, set()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            name = edits.name_of(cell)
            hidden = f"check({name.split('_')[1]}, seed=17)" if name.endswith("_hidden") else ""
            source = hidden or re.sub(r"^[%?].*", "", cell.source, flags=re.MULTILINE)
            try:
                with redirect_stdout(StringIO()):
                    exec(compile(source, name or "cell", "exec"), names)
            except Exception:
                continue
            if is_grade(cell):
                passed.add(name)
    return passed


def innocent(seed, released):
    """Return the files of a submission whose answers are right, and what was done to it."""
    rng = random.Random(seed)
    notebook = answered(released)
    stubs = {edits.name_of(c): c.source for c in released.cells if edits.name_of(c) in RIGHT}
    stubs.pop("why")
    done = [edits.Edits(rng, stubs).apply(notebook) for _ in range(rng.choice([1, 1, 2, 3, 6]))]
    files, form = edits.files(rng, notebook, nbformat.writes(released).encode())
    return files, [*done, form]


def odd(seed, released):
    """Return the files of a submission of which anything may have become."""
    rng = random.Random(seed)
    notebook = edits.reshaped(rng, answered(released)) if rng.random() < 0.6 else answered(released)
    files, form = edits.files(rng, notebook, nbformat.writes(released).encode())
    if rng.random() < 0.5:
        files = {name: edits.damaged(rng, raw) for name, raw in files.items()}
    return files, [form]


def assert_nothing_is_lost(fitness, done):
    assert fitness.notebook is not None, (done, fitness.refusal)
    expected = {name for name in grade_ids(fitness.notebook) if name.startswith("check_")}
    assert points(fitness.notebook) == expected, (done, fitness.mended)
    (why,) = (cell for cell in fitness.notebook.cells if edits.name_of(cell) == "why")
    assert "reason" in why.source, (done, fitness.mended)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_innocent_edit_costs_an_answer(tmp_path, released_toy, seed):
    files, done = innocent(seed, released_toy)
    assert_nothing_is_lost(look(tmp_path / "ada" / "toy", files, released_toy), done)


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_became_of_a_file_it_is_mended_or_refused(tmp_path, released_toy, seed):
    files, _ = odd(seed, released_toy)
    look(tmp_path / "ada" / "toy", files, released_toy)
