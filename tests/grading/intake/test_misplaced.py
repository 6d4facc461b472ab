"""Answers and words that stand elsewhere count, or a person is asked; other files are named."""

import json
import zipfile

import nbformat
import pytest
from nbgrader.utils import determine_grade

from rcnn_course.grading.intake.code import bindings, prose, without_stub
from rcnn_course.grading.outcome import Doubt, ExerciseResult, Graded
from tests.grading import edits
from tests.grading.intake.test_edits import RIGHT, answered, look, points

WORDS = "Because it keeps the fractions of a pixel."
PICTURE = {"a.png": {"image/png": "iVBORw0KGgo="}}
ALL = {"check_add", "check_add_hidden", "check_multiply", "check_multiply_hidden"}
WRONG = "def add(a, b):\n    return a - b"

DEFINED = {
    "function": "def add(a, b):\n    return a + b",
    "inside if": "if True:\n    def add(a, b):\n        return a + b",
    "inside try": "try:\n    def add(a, b):\n        return a + b\nexcept ValueError:\n    pass",
    "decorated": "import functools\n@functools.cache\ndef add(a, b):\n    return a + b",
    "class": "class add:\n    def __new__(cls, a, b):\n        return a + b",
    "another name": "def mine(a, b):\n    return a + b\nmine.__name__ = 'add'\nadd = mine",
    "tuple": "def mine(a, b):\n    return a + b\nmine.__name__ = 'add'\nadd, other = mine, 1",
    "wrapped": "import functools\ndef add(a, b):\n    return a + b\nadd = functools.cache(add)",
    "magic": "%matplotlib inline\ndef add(a, b):\n    return a + b",
}
PLACES = {"top": 0, "above the stub": 2, "below it": 3, "below its checks": 5, "end": 9}


@pytest.fixture
def submission(released_toy):
    """A right submission, as a dictionary that is written as a file."""
    return answered(released_toy)


@pytest.fixture
def stub(released_toy):
    """The text of the exercise as students get it."""
    return find(released_toy, "add").source


@pytest.fixture
def hand_in(tmp_path, released_toy):
    """Hand in files for a student and inspect them."""

    def hand_in(notebook=None, **files):
        files |= {"toy.ipynb": notebook} if notebook is not None else {}
        written = {
            name: content if isinstance(content, bytes) else json.dumps(content).encode()
            for name, content in files.items()
        }
        return look(tmp_path / "ada" / "toy", written, released_toy)

    return hand_in


def find(notebook, name):
    return next(cell for cell in notebook["cells"] if edits.name_of(cell) == name)


def insert(notebook, place, kind, source, **more):
    notebook["cells"].insert(place, edits.new(kind, source) | more)


# --- code ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("definition", DEFINED)
def test_stub_overrides_no_answer_wherever_it_stands(hand_in, submission, stub, definition, place):
    find(submission, "add")["source"] = stub
    insert(submission, PLACES[place], "code", DEFINED[definition])
    fitness = hand_in(submission)
    assert points(fitness.notebook) == ALL
    counts = f"cell {PLACES[place] + 1}"
    assert f"Answered in another cell than its own, and that answer counts: add ({counts})." in (
        fitness.mended
    )


@pytest.mark.parametrize("name", ["check_add", "check_add_hidden", "multiply", "why", ""])
def test_answer_in_the_cell_of_something_else_counts(hand_in, submission, stub, name):
    find(submission, "add")["source"] = stub
    cell = find(submission, name)
    cell["source"] = f"{RIGHT['add']}\n\n{RIGHT.get(name, '')}" if name != "why" else RIGHT["add"]
    cell["cell_type"] = "code"
    if name == "":
        cell["metadata"] = {}
    fitness = hand_in(submission)
    passed = points(fitness.notebook)
    assert passed == (ALL if name != "why" else ALL - {"check_add", "check_add_hidden"})
    if name == "why":
        assert Doubt("code", "add", ("cell 9",)) in fitness.doubts


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_answer_in_a_cell_that_was_turned_into_text_runs(hand_in, submission, stub, kind):
    find(submission, "add")["source"] = stub
    insert(submission, 3, kind, RIGHT["add"])
    fitness = hand_in(submission)
    assert points(fitness.notebook) == ALL
    assert "Not code, but holds an answer, and is run as code: cell 4." in fitness.mended


@pytest.mark.parametrize(
    "source", ["from helper import add", "from helper import *", "%run helper.py"]
)
def test_answer_in_a_module_beside_the_notebook_is_not_overridden(
    hand_in, submission, stub, source
):
    find(submission, "add")["source"] = stub
    insert(submission, 2, "code", source)
    notebook = hand_in(submission, **{"helper.py": RIGHT["add"].encode()}).notebook
    assert find(notebook, "add").source == "# add is defined in another cell."


def test_stub_with_notes_keeps_what_else_its_cell_does(hand_in, submission, stub):
    find(submission, "add")["source"] = f"import math\n# my plan\n{stub}\n# see above"
    insert(submission, 2, "code", "def add(a, b):\n    return math.floor(a) + b")
    notebook = hand_in(submission).notebook
    assert points(notebook) == ALL
    assert find(notebook, "add").source.startswith("import math\n# my plan\n# def add(a, b):")


def test_unmarked_copy_of_the_stub_undoes_nothing(hand_in, submission, stub):
    insert(submission, 3, "code", stub)
    fitness = hand_in(submission)
    assert points(fitness.notebook) == ALL
    assert "add (cell 4)" in fitness.mended[0]


def test_answer_that_uses_one_from_below_is_checked_below_it(hand_in, submission, stub):
    find(submission, "add")["source"] = stub
    find(submission, "multiply")["source"] = "def multiply(a, b):\n    return add(a * b, 0)"
    insert(submission, 9, "code", RIGHT["add"])
    assert points(hand_in(submission).notebook) == ALL


@pytest.mark.parametrize(
    ("own", "other", "place", "ran", "passed"),
    [
        (RIGHT["add"], WRONG, 3, {"own": 7, "other": 5}, True),
        (WRONG, RIGHT["add"], 9, {"own": 5, "other": 7}, True),
        (RIGHT["add"], WRONG, 9, {"own": 5, "other": 7}, False),
        (RIGHT["add"], WRONG, 9, {"own": None, "other": None}, True),
    ],
)
def test_of_two_answers_that_counts_which_its_check_saw_pass(
    hand_in, submission, own, other, place, ran, passed
):
    find(submission, "add").update(source=own, execution_count=ran["own"])
    error = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}
    find(submission, "check_add").update(
        execution_count=8 if ran["own"] else None, outputs=[] if passed else [error]
    )
    insert(submission, place, "code", other, execution_count=ran["other"])
    fitness = hand_in(submission)
    assert points(fitness.notebook) == ALL
    assert any(said.startswith("Answered in several cells") for said in fitness.mended)


def test_what_only_looks_like_an_answer_is_shown_to_a_person(hand_in, submission, stub):
    find(submission, "add")["source"] = stub
    insert(submission, 9, "markdown", f"My function:\n\n{RIGHT['add']}\n\nIt adds.")
    assert hand_in(submission).doubts == (Doubt("code", "add", ("cell 10",)),)


@pytest.mark.parametrize(
    "code",
    [
        "from utils import *",
        "exec(open('mine.txt').read())",
        "globals()['add'] = lambda a, b: a + b",
        "%run work/mine.ipynb",
    ],
)
def test_code_that_may_define_an_answer_is_shown_to_a_person(hand_in, submission, stub, code):
    find(submission, "add")["source"] = stub
    insert(submission, 2, "code", code)
    assert [doubt.kind for doubt in hand_in(submission).doubts] == ["code"]


def test_star_import_from_a_package_beside_the_notebook_is_read(hand_in, submission, stub):
    find(submission, "add")["source"] = stub
    insert(submission, 2, "code", "from utils.sums import *")
    fitness = hand_in(submission, **{"utils/sums.py": b"def add(a, b):\n    return a + b"})
    assert fitness.doubts == ()
    assert stub not in [cell.source for cell in fitness.notebook.cells]


def test_doubt_about_several_answers_ends_where_the_one_that_counted_is_right():
    doubt = Doubt("rivals", "add", ("cell 1", "cell 2"))
    assert doubt.is_settled({"add": ExerciseResult(5, 5, "correct")})
    assert not doubt.is_settled({"add": ExerciseResult(0, 5, "incorrect")})
    assert not Doubt("words", "add", ()).is_settled({"add": ExerciseResult(5, 5, "correct")})


def test_files_of_a_notebook_in_a_folder_are_beside_it(hand_in, submission, tmp_path):
    fitness = hand_in(None, **{"homework/toy.ipynb": submission})
    assert (fitness.folder, fitness.refusal) == ("homework", "")


def test_setup_below_what_needs_it_is_moved_up(tmp_path, released_toy):
    released = nbformat.from_dict(released_toy)
    setup = {"grade_id": "setup", "locked": True, "solution": False, "grade": False, "task": False}
    released.cells[1].metadata["nbgrader"] = setup | {"schema_version": 3}
    submission = answered(released)
    submission["cells"].append(submission["cells"].pop(1))
    file = {"toy.ipynb": json.dumps(submission).encode()}
    fitness = look(tmp_path / "ada" / "toy", file, released)
    assert points(fitness.notebook) == ALL
    assert "Below what needs it, and moved above it: setup." in fitness.mended


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f = lambda x: x", {"f": True}),
        ("f = None", {}),
        ("f = f(1)", {}),
        ("for f in (1, 2): pass", {"f": True}),
        ("with open('x') as f: pass", {"f": True}),
        ("[f for f in ()]\ndef g():\n    f = 1\n    return f", {"g": True}),
        ("def f():\n    '''Say.'''\n    pass", {"f": False}),
        (
            "def f():\n    def g():\n        return 1\n    raise NotImplementedError('x')",
            {"f": False},
        ),
        ("def f(x):\n    if x:\n        return 1\n    raise NotImplementedError", {"f": True}),
        ("class F:\n    def g(self):\n        raise NotImplementedError", {"F": False}),
        ("class F(G):\n    pass", {"F": True}),
        ("%%time\nf = max", {"f": True}),
        ("%%bash\nf = max", {}),
        ("!ls\nx = !pwd\nmax?\ndef f(): return '\\d'", {"f": True}),
        ("this is no Python", {}),
        ("\0", {}),
        ("(" * 10_000, {}),
    ],
)
def test_bindings_are_found_without_running(source, expected):
    assert bindings(source) == expected


def test_stub_inside_a_condition_leaves_valid_code():
    source = "if True:\n    @cache\n    def f():\n        raise NotImplementedError\nx = 1"
    assert bindings(without_stub(source, "f")) == {}
    compile(without_stub(source, "f"), "cell", "exec")


@pytest.mark.parametrize(
    ("source", "is_text"),
    [
        *(("# a note", True), ("'a note'", True), ("print('a note')", True), ("Because so.", True)),
        *(("x = 1  # a note", False), ("f('a note')", False), ("", False), ("#", False)),
    ],
)
def test_prose_is_text_and_nothing_to_run(source, is_text):
    assert bool(prose(source)) == is_text


# --- words ---------------------------------------------------------------------------------------


def words_in(place, kind, source, **more):
    return lambda notebook: insert(notebook, place, kind, source, **more)


def change(name, **changes):
    return lambda notebook: find(notebook, name).update(changes)


def lost(notebook):
    find(notebook, "why").update(source=WORDS, metadata={}, id="new")


WRITTEN = {
    "in a new cell": words_in(9, "markdown", WORDS),
    "far above": words_in(0, "markdown", WORDS),
    "as raw text": words_in(9, "raw", WORDS),
    "as a comment": words_in(9, "code", f"# {WORDS}"),
    "as a string": words_in(9, "code", f"'''{WORDS}'''"),
    "as a variable": words_in(9, "code", f"answer = '{WORDS}'"),
    "printed": words_in(3, "code", f"print('{WORDS}')"),
    "as text in a code cell": words_in(3, "code", WORDS),
    "as a heading": words_in(9, "heading", WORDS),
    "in a cell that lost its mark": lost,
    "in a cell of the course": change("", source=f"# Toy\n\n{WORDS}"),
    "in a locked cell": change("check_add", source=f"check(add)\n# {WORDS}"),
    "below an empty cell": lambda notebook: (
        change("why", source=" \n")(notebook),
        words_in(9, "markdown", WORDS)(notebook),
    ),
}
DRAWN = {
    "in a new cell": words_in(9, "markdown", "![](attachment:a.png)", attachments=PICTURE),
    "without a word": words_in(0, "markdown", "", attachments=PICTURE),
    "in its own cell": change("why", attachments=PICTURE),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_words_elsewhere_are_shown_and_graded_by_a_person(
    hand_in, submission, released_toy, written
):
    find(submission, "why")["source"] = find(released_toy, "why").source
    WRITTEN[written](submission)
    fitness = hand_in(submission)
    why = find(fitness.notebook, "why")
    assert WORDS in why.source
    assert determine_grade(why) == (None, 1)
    (doubt,) = fitness.doubts
    assert (doubt.kind, doubt.about, len(doubt.where)) == ("words", "why", 1)
    assert doubt.where[0] in why.source


@pytest.mark.parametrize("drawn", DRAWN)
def test_pictures_elsewhere_are_shown_too(hand_in, submission, released_toy, drawn):
    find(submission, "why")["source"] = find(released_toy, "why").source
    DRAWN[drawn](submission)
    why = find(hand_in(submission).notebook, "why")
    assert determine_grade(why) == (None, 1)
    assert all(f"attachment:{name}" in why.source for name in why.attachments)


@pytest.mark.parametrize("file", ["answer.txt", "my/answer.docx", "photo.JPG"])
def test_document_beside_an_empty_answer_is_named(hand_in, submission, released_toy, file):
    find(submission, "why")["source"] = find(released_toy, "why").source
    fitness = hand_in(submission, **{file: b"x"})
    assert fitness.doubts == (Doubt("words", "why", (file,)),)
    assert determine_grade(find(fitness.notebook, "why")) == (None, 1)


def test_nobody_is_asked_where_nothing_is_written(hand_in, submission, released_toy):
    find(submission, "why")["source"] = find(released_toy, "why").source
    insert(submission, 9, "code", "add(1, 2)")
    insert(submission, 9, "markdown", " \n---")
    fitness = hand_in(submission, **{"timestamp.txt": b"2026-10-01 10:00 UTC"})
    assert fitness.doubts == ()
    assert determine_grade(find(fitness.notebook, "why")) == (0, 1)


# --- other files ---------------------------------------------------------------------------------


@pytest.fixture
def untouched(released_toy):
    """The notebook as students get it."""
    return json.loads(nbformat.writes(released_toy))


@pytest.mark.parametrize("name", edits.NAMES)
def test_work_beside_an_untouched_notebook_is_graded_and_named(
    hand_in, submission, untouched, name
):
    fitness = hand_in(untouched, **{name: submission})
    assert points(fitness.notebook) == ALL
    shown = name.replace("\n", "\\n")
    assert fitness.doubts == (Doubt("file", "toy.ipynb", (shown,)),)
    assert fitness.mended == (
        f"In toy.ipynb nothing is answered. The work in {shown} was graded instead.",
    )


def test_several_with_work_beside_an_untouched_one_are_for_a_person(hand_in, submission, untouched):
    fitness = hand_in(untouched, **{"a.ipynb": submission, "b/c.ipynb": submission})
    assert fitness.notebook is None
    assert (
        "have answers in them: a.ipynb, b/c.ipynb. Give the one that counts the name toy.ipynb"
        in (fitness.refusal)
    )


def test_expected_name_counts_and_other_work_is_named(hand_in, submission, untouched):
    other = json.loads(json.dumps(submission))
    find(other, "add")["source"] = WRONG
    checkpoint = ".ipynb_checkpoints/toy-checkpoint.ipynb"
    files = {"toy-1.ipynb": other, "same.ipynb": submission, "u.ipynb": untouched}
    fitness = hand_in(submission, **files, **{checkpoint: other})
    assert points(fitness.notebook) == ALL
    assert fitness.doubts == (Doubt("beside", "toy.ipynb", ("toy-1.ipynb",)),)


def test_damaged_notebook_is_made_up_for_by_a_copy(hand_in, submission):
    fitness = hand_in(b'{"nbformat": 4, "cel', **{"toy (1).ipynb": submission})
    assert points(fitness.notebook) == ALL
    assert fitness.mended[0].startswith("The file breaks off in line 1")


def test_archive_is_unpacked_and_never_guessed_about(hand_in, submission, tmp_path):
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        for name in ("a.ipynb", "b.ipynb"):
            archive.writestr(name, json.dumps(submission))
    fitness = hand_in(**{"homework.zip": (tmp_path / "two.zip").read_bytes()})
    assert fitness.refusal == "The file is an archive with several notebooks: a.ipynb, b.ipynb."


def test_bare_line_ends_inside_strings_are_read(hand_in, submission):
    raw = json.dumps(submission).replace("\\n", "\n").encode()
    assert points(hand_in(raw).notebook) == ALL


@pytest.mark.parametrize("number", ["9" * 5000, "NaN", "-Infinity", "1e999"])
def test_odd_numbers_hurt_nobody(hand_in, submission, number):
    submission["metadata"]["x"] = find(submission, "add")["execution_count"] = "NUMBER"
    fitness = hand_in(json.dumps(submission).replace('"NUMBER"', number).encode())
    assert (points(fitness.notebook), fitness.mended) == (ALL, ())


def test_doubts_survive_the_gradebook():
    graded = Graded("ada", "graded", doubts=(Doubt("words", "why", ("cell 3", "a.txt")),))
    assert Graded.from_json(graded.to_json()) == graded
