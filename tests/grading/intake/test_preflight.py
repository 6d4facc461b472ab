"""Preflight: what is mended, what is refused, and that a submitted file is never changed."""

import json
import os
from copy import deepcopy
from datetime import datetime
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.apps.api import NbGraderAPI
from nbgrader.utils import compute_checksum, is_locked

from rcnn_course.authoring.course import load_config
from rcnn_course.authoring.release import release
from rcnn_course.grading.intake.cells import grade_ids
from rcnn_course.grading.intake.preflight import inspect
from tests.grading.points import read_results

RIGHT = {
    "add": "def add(a, b):\n    return a + b",
    "multiply": "def multiply(a, b):\n    return a * b",
}
MARKED = ["add", "check_add", "check_add_hidden", "multiply", "check_multiply"]
MARKED += ["check_multiply_hidden", "why"]


@pytest.fixture
def answered(released_toy):
    """A submission with right answers, as a dictionary that can become any kind of file."""
    notebook = deepcopy(released_toy)
    for cell in notebook.cells:
        cell.source = RIGHT.get(name(cell), cell.source)
    return json.loads(nbformat.writes(notebook))


@pytest.fixture
def look(tmp_path, released_toy):
    """Write files into a submission's folder and inspect it."""

    def look(raw=None, **files):
        folder = tmp_path / "submitted" / "ada" / "toy"
        folder.mkdir(parents=True)
        if raw is not None:
            files["toy.ipynb"] = raw
        for file, content in files.items():
            content = json.dumps(content) if isinstance(content, dict) else content
            content = content.encode() if isinstance(content, str) else content
            (folder / file).write_bytes(content)
        before = {path: path.read_bytes() for path in folder.iterdir()}
        fitness = inspect(folder / "toy.ipynb", released_toy)
        assert {path: path.read_bytes() for path in folder.iterdir()} == before
        if fitness.notebook is not None:
            nbformat.validate(fitness.notebook)
            assert sorted(grade_ids(fitness.notebook)) == sorted(MARKED)
            assert not fitness.refusal
        return fitness

    return look


def name(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def find(notebook, grade_id):
    return next(cell for cell in notebook["cells"] if name(cell) == grade_id)


def order(notebook):
    return [name(cell) for cell in notebook["cells"] if name(cell)]


def test_untouched_and_right_submissions_pass_without_a_word(look, answered):
    fitness = look(answered)
    assert fitness.mended == ()
    assert fitness.submitted_at is None
    assert find(fitness.notebook, "add").source == RIGHT["add"]


# --- the file ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encode", "says"),
    [
        (lambda text: text.encode("utf-8-sig"), "byte order mark"),
        (lambda text: text.encode("utf-16"), "UTF-16 instead of UTF-8"),
        (lambda text: text.encode("latin-1"), "read as cp1252"),
        (lambda text: text.encode().replace(b"\xc3\xbc", b"\xc3\xbc\xff"), "read as utf-8"),
        (lambda text: text.encode().replace(b"\n", b"\r\n"), None),
    ],
)
def test_encoding_is_recognised(look, answered, encode, says):
    find(answered, "why")["source"] = "Weil es für alle gilt."
    text = json.dumps(answered, ensure_ascii=False, indent=1)
    fitness = look(encode(text))
    assert find(fitness.notebook, "why").source.replace("\ufffd", "") == "Weil es für alle gilt."
    assert find(fitness.notebook, "add").source == RIGHT["add"]
    assert len(fitness.mended) == (says is not None)
    assert says is None or says in fitness.mended[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\0" * 4096, "nothing but zeros, as after a crash"),
        (b"%PDF-1.7 \xff", "a PDF document"),
        (b"PK\x03\x04\x14\x00", "a ZIP archive"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"import torch\n", "Python source"),
        (b"I could not do it, sorry.", "begins with 'I could not do it, sorry.'"),
        (b"[]", "JSON, but not a notebook"),
        (b"null", "JSON, but not a notebook"),
        (b'{"cells": []}', "JSON, but not a notebook"),
        (b'{"nbformat": 4}', "no list of cells"),
        (b'{"nbformat": 4, "cells": []}', "none of this assignment's graded cells"),
        (b'{"nbformat": 4, "cells": [3]}', "Cell 1 is not a cell but 3"),
        (b'{"nbformat": 4, "cells": [{"source": 3}]}', "text of cell 1 is not text but 3"),
        (b'{"nbformat": 4, "cells": [}, 1]}', "damaged in line 1"),
        (b'{"nbformat": 4,\n"cells": [', "breaks off in line 2"),
        (b'{"nbformat": 4,\n<<<<<<< HEAD\n', "both sides of a merge"),
        (b'{"nbformat": ' + b"[" * 100_000, "nested so deeply"),
        (b'{"nbformat": 3, "worksheets": 5}', "in format 3 and cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_file_that_is_no_notebook_is_refused_in_a_sentence(look, content, says):
    fitness = look(content)
    assert fitness.notebook is None
    assert says in fitness.refusal
    assert fitness.refusal.endswith(".") or fitness.refusal.endswith("?")


def test_truncated_notebook_is_refused_with_the_line(look, answered):
    text = json.dumps(answered, indent=1)
    fitness = look(text[: len(text) // 2])
    assert "breaks off in line" in fitness.refusal


def test_notebook_that_breaks_off_behind_a_brace_is_refused_too(look):
    assert "breaks off in line 2" in look('{"nbformat": 4,\n"cells": [{}').refusal


@pytest.mark.parametrize("version", [5, "4", 4.0, None])
def test_other_format_number_with_usual_cells_is_read(look, answered, version):
    answered["nbformat"] = version
    fitness = look(answered)
    assert find(fitness.notebook, "add").source == RIGHT["add"]
    assert len(fitness.mended) == (version != 4)


def test_old_format_is_converted(look, answered):
    cells = [
        {k.replace("source", "input"): v for k, v in cell.items() if k != "execution_count"}
        | {"language": "python"}
        if cell["cell_type"] == "code"
        else cell
        for cell in answered["cells"]
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    fitness = look(old)
    assert find(fitness.notebook, "add").source == RIGHT["add"]
    assert "old format 3" in fitness.mended[0]


def test_cells_that_no_validator_accepts_are_rebuilt(look, answered):
    for cell in answered["cells"]:
        cell.update(id="same id!", outputs="none", execution_count="three", extra=1)
    answered["cells"] += [
        {"cell_type": "heading", "source": ["a", "b"]},
        {"cell_type": "code", "metadata": [], "source": "x = '\ud800'"},
        {"cell_type": "markdown"},
    ]
    fitness = look(answered)
    assert [cell.source for cell in fitness.notebook.cells[-3:]] == ["ab", "x = '?'", ""]
    assert len(fitness.mended) == 3
    assert "unknown kind 'heading'" in fitness.mended[0]
    assert "half a character" in fitness.mended[1]
    assert "has no text" in fitness.mended[2]


def test_picture_in_an_answer_is_kept(look, answered):
    find(answered, "why")["attachments"] = {"a.png": {"image/png": "iVBORw0KGgo="}}
    assert "a.png" in find(look(answered).notebook, "why").attachments


@pytest.mark.parametrize(
    ("kind", "size", "is_refused"),
    [("code", 300_000, True), ("markdown", 300_000, False), ("markdown", 30_000_000, True)],
)
def test_cell_of_absurd_size_is_refused(look, answered, kind, size, is_refused):
    answered["cells"].append({"cell_type": kind, "metadata": {}, "source": "#" * size})
    fitness = look(answered)
    assert (fitness.notebook is None) == is_refused
    assert (f"holds {size:,} characters" in fitness.refusal) == is_refused


def test_large_outputs_are_left_out(look, answered):
    output = {"output_type": "stream", "name": "stdout", "text": "x" * 10**6}
    answered["cells"][1]["outputs"] = [output]
    assert look(answered).notebook.cells[1].outputs == []


def test_huge_file_is_not_even_read(tmp_path, released_toy):
    path = tmp_path / "toy.ipynb"
    with path.open("wb") as file:
        file.truncate(10**11)
    assert "has 100000 MB" in inspect(path, released_toy).refusal


def test_what_is_no_file_is_refused(tmp_path, released_toy):
    (tmp_path / "secret.ipynb").write_text(nbformat.writes(released_toy))
    made = {
        "link": lambda path: path.symlink_to(tmp_path / "secret.ipynb"),
        "broken link": lambda path: path.symlink_to(tmp_path / "nowhere"),
        "pipe": os.mkfifo,
        "folder": lambda path: path.mkdir(),
    }
    for kind, make in made.items():
        path = tmp_path / kind / "toy.ipynb"
        path.parent.mkdir()
        make(path)
        refusal = inspect(path, released_toy).refusal
        assert ("is a link" if "link" in kind else "is not a file but") in refusal


# --- its name and its time -----------------------------------------------------------------------


@pytest.mark.parametrize("other", ["toy (1).ipynb", "Toy.IPYNB", "toy.ipynb.txt", "solution.json"])
def test_only_notebook_of_the_folder_is_taken_under_any_name(look, answered, other):
    fitness = look(**{other: answered, "notes.txt": "", "timestamp.txt": "2026-10-01 10:00 UTC"})
    assert fitness.mended == (f"The file is called {other} instead of toy.ipynb.",)
    assert find(fitness.notebook, "add").source == RIGHT["add"]


def test_notebook_of_another_assignment_beside_it_is_passed_over(look, answered):
    fitness = look(**{"a.ipynb": '{"nbformat": 4, "cells": []}', "b.ipynb": answered})
    assert fitness.mended == ("The file is called b.ipynb instead of toy.ipynb.",)


def test_doubt_about_the_name_is_refused(look, answered):
    fitness = look(**{"a.ipynb": answered, "b.ipynb": answered})
    assert "several notebooks could be meant: a.ipynb, b.ipynb" in fitness.refusal


@pytest.mark.parametrize(
    ("files", "says"), [({}, "the folder is empty"), ({"a.py": ""}, "the folder holds a.py")]
)
def test_folder_without_a_notebook_is_refused(look, files, says):
    assert look(**files).refusal == f"There is no toy.ipynb: {says}."


@pytest.mark.parametrize(
    "text",
    [
        *("2026-10-01 10:00", "2026-10-01 10:00:00", "2026-10-01T10:00:00.000000"),  # without one
        *("2026-10-01 10:00:00.0 UTC", "2026-10-01 10:00Z", "2026-10-01 10:00 gmt"),
        *("2026-10-01 12:00:00 +0200", "2026-10-01T12:00+02:00", "2026-10-01 12:00 +02:00"),
        *("2026-10-01 12:00 +02", "2026-10-01 12:00 UTC+02:00"),
        *("2026-10-01 06:30:00 -03:30", "2026-10-01 15:30 +0530"),
        *("2026-10-01 12:00:00.000000 CEST", "2026-10-01 06:00 EDT", "2026-10-01 03:00 PDT"),
        *("2026-10-01 12:00 Europe/Berlin", "2026-10-01 06:00 America/New_York"),
        *("Thu, 01 Oct 2026 12:00:00 +0200", "1 Oct 2026 06:00:00 EDT"),
        *(" 2026-10-01 10:00 UTC\r\n", "\ufeff2026-10-01 10:00 UTC"),
    ],
)
def test_timestamp_is_read_with_its_time_zone(look, answered, text):
    fitness = look(answered, **{"timestamp.txt": text})
    assert fitness.submitted_at == datetime(2026, 10, 1, 10)
    assert fitness.mended == ()


@pytest.mark.parametrize(
    "text",
    [
        *("yesterday", "", "\xff\xfe", "2999-01-01 10:00", "9" * 4000, "2026-10-01 10:00 99999999"),
        # of these dateutil makes a time, and another one than is meant, or any
        *("Friday", "10:00", "2026", "5", "01/02/2026 10:00", "1.2.2026 10:00", "20261001"),
        *("2026-10-01", "2026-10-01 10 UTC", "10 Oct", "2026-10-01 10:00 PM"),
        # zones that mean several, or none
        *("2026-10-01 10:00 BST", "2026-10-01 10:00 IST", "2026-10-01 10:00 MEZ"),
        *("2026-10-01 10:00 Europe/Atlantis", "2026-10-01 10:00 +2", "2026-10-01 10:00 local time"),
        *("Thu, 01 Oct 2026 12:00:00", "2026-13-01 10:00", "2026-10-01 25:00 UTC"),
        *("0001-01-01 00:00 +0100", "2026-10-01 10:00 ../../etc/passwd", "2026-10-01 10:00 +9999"),
    ],
)
def test_bad_timestamp_is_named_and_costs_nothing(look, answered, text):
    fitness = look(answered, **{"timestamp.txt": text.encode("latin-1")})
    assert fitness.submitted_at is None
    assert len(fitness.mended) == 1
    assert fitness.mended[0].startswith("timestamp.txt should hold a time that has passed")
    assert fitness.notebook is not None


@pytest.mark.parametrize(
    ("text", "held"), [("", "holds nothing;"), ("nothing", "holds 'nothing';")]
)
def test_empty_timestamp_is_told_from_a_word(look, answered, text, held):
    assert held in look(answered, **{"timestamp.txt": text}).mended[0]


# --- its cells -----------------------------------------------------------------------------------


def flag_as_answer(cell):
    cell["metadata"]["nbgrader"].update(grade=False, solution=True, locked=False)


def index(notebook, grade_id):
    return notebook["cells"].index(find(notebook, grade_id))


def copy_cell(notebook, grade_id, to=None, source=None):
    cell = deepcopy(find(notebook, grade_id))
    cell["source"] = source or cell["source"]
    notebook["cells"].insert(len(notebook["cells"]) if to is None else to, cell)


def delete(notebook, *names):
    notebook["cells"] = [cell for cell in notebook["cells"] if name(cell) not in names]


def unmark(notebook, *names):
    for cell in notebook["cells"]:
        if name(cell) in names:
            cell["metadata"] = {}


def move(notebook, grade_id, to):
    notebook["cells"].insert(to, notebook["cells"].pop(index(notebook, grade_id)))


def mark_all(notebook, **changes):
    for cell in notebook["cells"]:
        cell["metadata"].update(changes)


def from_older_release(notebook):
    cell = find(notebook, "check_add")
    cell["source"] = "check(add)  # as it was in March"
    cell["metadata"]["nbgrader"]["checksum"] = compute_checksum(nbformat.from_dict(cell))


CHANGES = {
    "a check copied": (
        lambda nb: copy_cell(nb, "check_add"),
        ["More than one copy, of which one counts: check_add."],
    ),
    "an answer copied": (
        lambda nb: copy_cell(nb, "add"),
        ["More than one copy, of which one counts: add."],
    ),
    "checks edited": (
        lambda nb: [find(nb, c).update(source="pass") for c in ("check_add", "check_multiply")],
        ["Edited, and put back as the course has it: check_add, check_multiply."],
    ),
    "a check of an older release": (
        from_older_release,
        ["From another release of the course, and replaced by the present one: check_add."],
    ),
    "checks deleted": (
        lambda nb: delete(nb, "check_add", "check_add_hidden"),
        ["Deleted, and put back: check_add, check_add_hidden."],
    ),
    "the first cell deleted": (lambda nb: delete(nb, "add"), ["Deleted, and put back: add."]),
    "the question deleted": (lambda nb: delete(nb, "why"), ["Deleted, and put back: why."]),
    "marks lost": (
        lambda nb: unmark(nb, "add", "check_add"),
        ["Without its mark (grade_id), and recognised by its text: add, check_add."],
    ),
    "marks of no use": (
        lambda nb: find(nb, "add")["metadata"].update(nbgrader=["add"]),
        ["Without its mark (grade_id), and recognised by its text: add."],
    ),
    "flags flipped": (
        lambda nb: flag_as_answer(find(nb, "check_add")),
        ["Kind, points or locks changed, and put back: check_add."],
    ),
    "points raised": (
        lambda nb: find(nb, "check_add")["metadata"]["nbgrader"].update(points=100),
        ["Kind, points or locks changed, and put back: check_add."],
    ),
    "an answer turned into text": (
        lambda nb: find(nb, "add").update(cell_type="markdown"),
        ["Kind, points or locks changed, and put back: add."],
    ),
    "a check above its exercise": (
        lambda nb: move(nb, "check_add_hidden", 0),
        ["Above the exercise that it checks, and moved below it: check_add_hidden."],
    ),
    "an exercise below its checks": (
        lambda nb: move(nb, "add", len(nb["cells"]) - 1),
        ["Above the exercise that it checks, and moved below it: check_add, check_add_hidden."],
    ),
    "cells that ask to be skipped": (
        lambda nb: mark_all({"cells": nb["cells"][3:5]}, tags=["skip-execution"]),
        [
            "Tagged to be skipped or to fail without notice, and run like any other: "
            "check_add, check_add_hidden."
        ],
    ),
    "a cell of another assignment": (
        lambda nb: nb["cells"].append(
            new_code_cell("1", metadata={"nbgrader": {"grade_id": "bonus", "points": 99}})
        ),
        [
            "Marked as a graded cell that this assignment does not have; it counts for nothing: "
            "'bonus'."
        ],
    ),
    "harmless metadata": (
        lambda nb: mark_all(nb, tags=["mine"], collapsed=True, execution={}, scrolled="auto"),
        [],
    ),
    "another kernel": (
        lambda nb: nb["metadata"].update(kernelspec={"name": "ir", "display_name": "R"}),
        [],
    ),
}


@pytest.fixture(params=CHANGES)
def change(request):
    edit, says = CHANGES[request.param]
    return SimpleNamespace(edit=edit, says=tuple(says))


def test_changed_cells_are_put_right_and_named(look, answered, released_toy, change):
    change.edit(answered)
    fitness = look(answered)
    assert fitness.mended == change.says
    assert fitness.notebook.metadata == released_toy.metadata
    for cell in fitness.notebook.cells:
        original = next((c for c in released_toy.cells if name(c) and name(c) == name(cell)), None)
        assert cell.metadata == (original.metadata if original else {})
        if original is not None and is_locked(original):
            assert cell.source == original.source


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_nbgrader_grades_every_mended_notebook(course, tmp_path, answered, released_toy):
    """All changes, those that come to the same as one student: honest answers keep their points."""
    release(course)
    mended = {}
    for number, (change, (edit, _)) in enumerate(CHANGES.items()):
        changed = deepcopy(answered)
        edit(changed)
        path = tmp_path / "as_handed_in" / str(number) / "toy.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(changed))
        mended.setdefault(nbformat.writes(inspect(path, released_toy).notebook), []).append(change)
    api = NbGraderAPI(config=load_config(course))
    for number, (notebook, changes) in enumerate(mended.items()):
        student = f"student{number}"
        file = course / "submitted" / student / "toy" / "toy.ipynb"
        file.parent.mkdir(parents=True)
        file.write_text(notebook, encoding="utf-8")
        done = api.autograde("toy", student)
        assert done["success"], (changes, done["log"])
        earned = {e: r.points for e, r in read_results(api, "toy", student).items()}
        lost = {"add"} if "the first cell deleted" in changes else set()
        assert earned == {e: 0 if e in lost else 5 for e in ("add", "multiply")}, changes


def test_deleted_cells_stand_where_they_stood(look, answered):
    delete(answered, "check_add", "check_add_hidden", "multiply")
    assert order(look(answered).notebook) == MARKED


def test_deleted_exercise_comes_back_without_an_answer(look, answered, released_toy):
    delete(answered, "multiply")
    assert "raise NotImplementedError" in find(look(answered).notebook, "multiply").source


def test_put_back_exercise_does_not_override_an_answer_elsewhere(look, answered):
    delete(answered, "add", "multiply")
    both = new_code_cell("\n\n".join(RIGHT.values()))
    answered["cells"].insert(2, both)
    notebook = look(answered).notebook
    source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "NotImplementedError" not in source.partition("check(add)")[2]
    assert order(notebook) == MARKED


def test_copies_run_but_the_one_above_the_check_is_the_answer(look, answered):
    copy_cell(answered, "add", source="def add(a, b):\n    return 'an experiment'")
    notebook = look(answered).notebook
    assert order(notebook) == MARKED
    assert find(notebook, "add").source == RIGHT["add"]
    assert "an experiment" in notebook.cells[-1].source


def test_untouched_copy_does_not_undo_the_answer(look, answered, released_toy):
    stub = find(released_toy, "add").source
    copy_cell(answered, "add", to=index(answered, "add") + 1, source=stub)
    notebook = look(answered).notebook
    assert find(notebook, "add").source == RIGHT["add"]
    assert all(cell.source != stub for cell in notebook.cells)


def test_answer_in_the_lower_copy_is_checked(look, answered, released_toy):
    copy_cell(answered, "add")
    find(answered, "add")["source"] = find(released_toy, "add").source
    notebook = look(answered).notebook
    assert find(notebook, "add").source == RIGHT["add"]
    names = order(notebook)
    assert names.index("add") < names.index("check_add") < names.index("check_add_hidden")
