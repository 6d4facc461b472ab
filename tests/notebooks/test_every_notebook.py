"""What holds for every notebook: in solutions/ it earns all points, in course/ it earns none."""

import copy
import json
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade, is_grade, is_solution

from rcnn_course.authoring.course import assignments
from rcnn_course.authoring.lint import source_problems
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.grading.gradebook.harmless import keep_harmless
from rcnn_course.reports import reports_in
from scripts.site.published import published
from tests.patience import PATIENT
from tests.secrets import answer_lines, hidden_lines

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
NAMES = assignments(REPOSITORY)


def read(room, name):
    return nbformat.read(REPOSITORY / room / name / f"{name}.ipynb", as_version=4)


@contextmanager
def kernel(folder):
    """Give a function that runs every cell, also after an error; without network and weights.

    Each notebook that it is given finds no names of the one before, but all that was imported.
    """
    client = NotebookClient(
        new_notebook(),
        **PATIENT,
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        shutdown_kernel="immediate",
    )

    def run(notebook, before=""):
        begin = new_notebook(cells=[new_code_cell(f"%reset -f\n{before}")])
        for client.nb in (begin, notebook):
            client.execute(cleanup_kc=False)
        return notebook

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)  # or figures would not reach the notebook
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        for name in ("http_proxy", "https_proxy"):
            patch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
            patch.setenv(name.upper(), "http://127.0.0.1:9")
        client.create_kernel_manager()
        client.start_new_kernel()
    with client.setup_kernel():
        yield run


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in NAMES],
)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def solved(name, tmp_path_factory):
    """The notebook of solutions/, after a run from top to bottom."""
    with kernel(tmp_path_factory.mktemp(name)) as run:
        return run(read("solutions", name))


@pytest.fixture(scope="module")
def run_here(name, tmp_path_factory):
    """Runs the notebook of course/, one time after another, in one kernel."""
    with kernel(tmp_path_factory.mktemp(name)) as run:
        yield run


@pytest.fixture(scope="module")
def untouched(name, run_here):
    """The notebook of course/ as it is graded: with its hidden tests, after a run."""
    notebook = read("course", name)
    hidden = {
        grade_id(cell): cell.source for cell in read("solutions", name).cells if is_check(cell)
    }
    for cell in notebook.cells:
        if is_check(cell):
            cell.source = hidden[grade_id(cell)]
    return run_here(notebook, "%env NBGRADER_EXECUTION=validate")


@pytest.fixture(scope="module")
def begun(name, run_here):
    """The notebook of course/ after somebody has run all of it, with nothing written yet."""
    return run_here(read("course", name), "import os\nos.environ.pop('NBGRADER_EXECUTION', None)")


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def is_check(cell):
    """Tell whether a cell is graded by running it."""
    return is_grade(cell) and not is_solution(cell)


def outputs(notebook, output_type):
    """Return (position, grade_id, output) for each output of this type."""
    return [
        (position, grade_id(cell), output)
        for position, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if output.output_type == output_type
    ]


def test_what_is_kept_of_a_solved_notebook_is_all_of_it(solved):
    kept = copy.deepcopy(solved)
    keep_harmless(kept)
    assert kept == solved


def test_there_are_notebooks():
    assert NAMES


def test_source_is_fit_for_release(name):
    assert source_problems(REPOSITORY / "solutions" / name) == []


def test_every_exercise_has_a_visible_and_a_hidden_check(name):
    cells = read("solutions", name).cells
    ids = [grade_id(cell) for cell in cells]
    exercises = [grade_id(c) for c in cells if is_solution(c) and c.cell_type == "code"]
    assert exercises
    for exercise in exercises:
        if EXERCISES[exercise].is_stretch:
            continue
        place = ids.index(exercise)
        assert ids[place + 1 : place + 3] == [f"check_{exercise}", f"check_{exercise}_hidden"]
        visible, hidden = cells[place + 1 : place + 3]
        assert visible.source == f"check({exercise})"
        assert "### BEGIN HIDDEN TESTS" in hidden.source


def test_stretch_goals_stand_behind_the_question_with_a_check_without_points(name):
    cells = read("solutions", name).cells
    ids = [grade_id(cell) for cell in cells]
    goals = [id_ for id_ in ids if id_ in EXERCISES and EXERCISES[id_].is_stretch]
    assert goals or name in ("00_start_here", "11_your_own_data")
    for goal in goals:
        place = ids.index(goal)
        assert place > ids.index("question_answer")
        assert cells[place + 1].source == f"check({goal})"
        assert not is_grade(cells[place])
        assert "nbgrader" not in cells[place + 1].metadata


def test_solved_notebook_reaches_its_stretch_goals(solved):
    reports = {
        r.exercise: r.outcome for cell in solved.cells for r in reports_in(cell.get("outputs", []))
    }
    goals = [
        id_ for id_ in map(grade_id, solved.cells) if id_ in EXERCISES and EXERCISES[id_].is_stretch
    ]
    assert [reports[goal] for goal in goals] == ["correct"] * len(goals)


def test_solved_notebook_runs_without_a_network_and_earns_all_points(solved):
    assert outputs(solved, "error") == []
    graded = [cell for cell in solved.cells if is_check(cell)]
    for cell in graded:
        earned, possible = determine_grade(cell)
        assert earned == possible, grade_id(cell)


def test_page_of_a_solved_notebook_shows_no_answer_and_no_hidden_test(name, solved):
    shown = nbformat.writes(published(read("course", name), solved))
    secrets = answer_lines() | hidden_lines()
    assert [line for line in secrets if json.dumps(line)[1:-1] in shown] == []


def test_solved_notebook_writes_nothing_to_standard_error(solved):
    streams = outputs(solved, "stream")
    assert [(id_, out.text) for _, id_, out in streams if out.name == "stderr" and id_] == []


def test_solved_notebook_shows_pictures_with_alternative_text(solved):
    pictures = [
        output
        for output_type in ("display_data", "execute_result")
        for _, _, output in outputs(solved, output_type)
        if {"image/png", "image/jpeg"} & set(output.data)
    ]
    assert pictures
    for picture in pictures:
        assert not picture.data.get("text/plain", "").startswith("<Figure size")


def test_untouched_notebook_says_not_attempted_in_every_check_and_nothing_else(untouched):
    found = outputs(untouched, "error")
    checks = [cell for cell in untouched.cells if is_check(cell)]
    assert {id_ for _, id_, _ in found} == set(map(grade_id, checks))
    assert {report.outcome for cell in checks for report in reports_in(cell.outputs)} == {
        "not attempted"
    }
    for _, id_, error in found:
        exercise = id_.removeprefix("check_").removesuffix("_hidden")
        assert error.ename == "NotAttempted", error.evalue
        assert error.evalue.startswith(exercise)
        assert error.traceback == error.evalue.splitlines()
        assert len(error.traceback) <= 3


def test_untouched_notebook_runs_to_its_end_for_who_works_in_it(begun):
    assert outputs(begun, "error") == []
    checks = [cell for cell in begun.cells if is_check(cell) and cell.source.startswith("check(")]
    reports = [report for cell in checks for report in reports_in(cell.outputs)]
    assert [report.outcome for report in reports] == ["not attempted"] * len(checks) != []


def test_untouched_notebook_earns_nothing(untouched):
    assert sum(determine_grade(cell)[0] for cell in untouched.cells if is_check(cell)) == 0
