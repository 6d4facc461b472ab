"""What `solution` shows, to whom, and from when on."""

from datetime import datetime, timedelta

import pytest
from IPython.core.displaypub import CapturingDisplayPublisher

from rcnn_course import allow_solutions, check, solution
from rcnn_course.checks import CheckFailed, checking, examine
from rcnn_course.checks.catalogue import EXERCISES
from rcnn_course.model_answers import access, book, showing
from rcnn_course.model_answers.origin import origin_of
from rcnn_course.student.start import start
from tests.answers import ASSIGNMENTS, ROOT, solutions, write

RIGHT = "def box_area(boxes):\n    return (boxes[:, 2:] - boxes[:, :2]).prod(1)"
MODEL = "return (x2 - x1) * (y2 - y1)"
ANSWERS = book.unpack(book.FILE.read_bytes())


@pytest.fixture(autouse=True)
def _restarted_kernel(monkeypatch):
    monkeypatch.setattr(checking, "last_examinations", {})
    monkeypatch.setattr(access, "_shown", access.ALWAYS)


@pytest.fixture
def said(capsys):
    """Call `solution`; return what it printed."""

    def said(subject="box_area"):
        capsys.readouterr()
        solution(subject)
        return capsys.readouterr().out

    return said


def pass_check(source=RIGHT):
    box_area = write("00_start_here", "box_area", source)
    check(box_area)
    return box_area


def test_before_the_check_passes_there_is_one_sentence(said):
    sentence = "The model answer of box_area is shown once check(box_area) has passed here.\n"
    assert said() == sentence
    with pytest.raises(CheckFailed):
        pass_check("def box_area(boxes):\n    return boxes[:, 0]")
    assert said() == sentence


def test_once_it_passes_three_ways_are_shown(said):
    box_area = pass_check()
    text = said()
    assert MODEL in text
    assert text.count("def box_area(boxes") == 3  # torchvision's is the third
    assert "`torchvision.ops.box_area`. It stands in " in text
    assert said(box_area) == text


def test_answer_that_broke_later_shows_nothing(said):
    pass_check()
    with pytest.raises(CheckFailed):
        pass_check("def box_area(boxes):\n    return boxes[:, 0]")
    assert MODEL not in said()


def test_question_is_answered_when_all_checks_of_its_notebook_pass(said):
    assert "check(box_area)" in said("00_start_here")
    pass_check()
    text = said("00_start_here")
    assert "Safety needs detection" in text
    assert "2 points: detection, semantic segmentation and keypoints" in text


def test_notebook_shows_folds_with_code_and_a_terminal_text(monkeypatch):
    shell = type("Shell", (), {"display_pub": CapturingDisplayPublisher()})()
    pass_check()
    monkeypatch.setattr(showing, "get_ipython", lambda: shell)
    solution("box_area")
    (output,) = shell.display_pub.outputs
    markdown = output["data"]["text/markdown"]
    assert markdown.count("<details><summary>") == markdown.count("</details>") == 3
    assert markdown.count("```python\n") == 3
    assert "<details open" not in markdown
    assert MODEL in output["data"]["text/plain"]


@pytest.mark.parametrize("execution", ["validate", "autograde"])
def test_where_nobody_looks_it_says_a_sentence(said, monkeypatch, execution):
    pass_check()
    monkeypatch.setenv("NBGRADER_EXECUTION", execution)
    assert said() == "box_area shows no model answer when this notebook is validated or graded.\n"


def test_in_grading_the_book_is_not_opened(said, monkeypatch):
    monkeypatch.setattr(checking, "_FIRST_ANSWERS", {})
    monkeypatch.setattr(book, "FILE", None)
    assert "validated or graded" in said()


def test_course_shows_answers_never_or_from_a_date_on(said):
    pass_check()
    allow_solutions("never")
    assert said() == "This course shows no model answers.\n"
    allow_solutions("2999-03-01")
    assert said() == "This course shows model answers from 01 March 2999, 00:00 on.\n"
    allow_solutions(str(datetime.now() - timedelta(minutes=1)))
    assert MODEL in said()


def test_notebook_of_a_class_shows_none_without_a_date(said, monkeypatch, tmp_path):
    pass_check()
    allow_solutions(access.BY_ONESELF)
    monkeypatch.chdir(tmp_path)
    assert said().startswith("This notebook was handed out to a class, and shows no model answers:")
    allow_solutions("2020-03-01")
    assert MODEL in said()


def test_notebook_of_a_folder_that_was_begun_alone_shows_them(said, monkeypatch, tmp_path):
    pass_check()
    allow_solutions(access.BY_ONESELF)
    folder = tmp_path / "mine"
    start(folder)
    monkeypatch.chdir(folder / "00_start_here")
    assert MODEL in said()


def test_checkout_of_the_course_shows_them(said, monkeypatch):
    pass_check()
    allow_solutions(access.BY_ONESELF)
    monkeypatch.chdir(ROOT / "course/06_roi_align")
    assert MODEL in said()


def test_a_time_has_its_zone():
    soon = datetime.now().astimezone() + timedelta(minutes=1)
    allow_solutions(soon.isoformat())
    assert "from" in access.refusal()
    allow_solutions((soon - timedelta(minutes=2)).isoformat())
    assert access.refusal() == ""


def test_what_is_no_date_is_refused():
    with pytest.raises(ValueError, match=r"expected 'always', 'never', .* got 'in May'"):
        allow_solutions("in May")


def test_unknown_names_are_named():
    with pytest.raises(ValueError, match="no exercise is called 'box_aria'"):
        solution("box_aria")
    with pytest.raises(ValueError, match=r"no model answer of '06_roi'.* 06_roi_align"):
        solution("06_roi")


def test_installation_without_the_book_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setattr(book, "FILE", tmp_path / "answers.bin")
    with pytest.raises(FileNotFoundError, match="make course"):
        solution("box_area")


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_question_stands_behind_all_exercises_of_its_notebook(assignment):
    question = ANSWERS[assignment]
    needed = [name for name in solutions(assignment) if name in EXERCISES]
    assert question.behind == tuple(n for n in needed if not EXERCISES[n].is_stretch)
    assert question.earns.startswith("2 points")
    assert question.earns not in question.model


@pytest.mark.parametrize(
    ("assignment", "exercise"),
    [(assignment, exercise) for assignment in ASSIGNMENTS for exercise in solutions(assignment)],
)
def test_both_answers_to_an_exercise_are_right(assignment, exercise):
    answer = ANSWERS[exercise]
    assert answer.other
    for source in (answer.model, answer.other):
        report = examine(write(assignment, exercise, source), locating=False)
        assert report.outcome == "correct", report.message


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=lambda exercise: exercise.name)
def test_library_is_found_wherever_an_exercise_names_it(exercise):
    names_none = ("the definition", "F.", "your detectors")
    assert bool(origin_of(exercise.source)) != any(word in exercise.source for word in names_none)
