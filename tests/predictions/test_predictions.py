"""Questions before a cell is run, through the cells of the notebooks that put them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rcnn_course import predict
from rcnn_course.authoring.course import assignments
from rcnn_course.predictions import asking, catalogue
from rcnn_course.predictions.question import Question
from rcnn_course.predictions.student import NAME, numbers_of, student_name
from scripts.exercises.cells import read

ROOT = Path(__file__).parents[2]
CELLS = {
    (notebook, cell.source): cell
    for notebook in assignments(ROOT)
    for cell in read(ROOT, notebook).cells
    if cell.cell_type == "code" and cell.source.startswith("predict(")
}
CALL = re.compile(r'^predict\("(\w+)", answer=\.\.\.\)$')
STUDENTS = [f"student {number}" for number in range(200)]


STUDENT = "ada"  # tests/conftest.py names this student


def put(name, student=STUDENT):
    return catalogue.QUESTIONS[name](numbers_of(student, name))


def written(name, answer):
    """Return an answer as a student writes it: for a sentence, the letter that stands before it."""
    if not isinstance(answer, str):
        return answer
    numbers = numbers_of(STUDENT, name)
    choices = asking.choices_of(catalogue.QUESTIONS[name](numbers), numbers)
    return next(letter for letter, sentence in choices.items() if sentence == answer)


@pytest.fixture
def said(capsys):
    """Run the cell of a question with an answer; return what it says, in one line."""
    sources = {CALL.match(source)[1]: source for _, source in CELLS}

    def run(name, answer=...):
        exec(sources[name].replace("...", "answer"), {"predict": predict, "answer": answer})
        out, err = capsys.readouterr()
        assert err == ""
        assert max(map(len, out.splitlines())) <= asking.WIDTH
        return " ".join(out.split())

    return run


def test_each_question_is_put_once_in_its_own_notebook():
    found = [(CALL.match(source)[1], notebook) for notebook, source in CELLS]
    assert sorted(found) == sorted(catalogue.NOTEBOOKS.items())


def test_cell_of_a_question_is_no_cell_of_nbgrader():
    assert not any("nbgrader" in cell.metadata for cell in CELLS.values())


@pytest.mark.parametrize("name", catalogue.QUESTIONS)
def test_unanswered_question_is_a_calm_line(name, said):
    question = put(name)
    assert said(name).startswith(" ".join(question.text.split()))
    assert said(name).endswith("in place of the dots. Then run the cell again.")


@pytest.mark.parametrize("name", catalogue.QUESTIONS)
def test_right_answer_is_said_to_be_right_and_why(name, said):
    question = put(name)
    assert said(name, written(name, question.right)).endswith(f"Right. {question.because}")


@pytest.mark.parametrize(
    ("name", "place"), [(n, p) for n in catalogue.QUESTIONS for p in range(len(put(n).wrong))]
)
def test_typical_wrong_answer_is_told_what_it_overlooks(name, place, said):
    wrong, hint = put(name).wrong[place]
    assert said(name, written(name, wrong)).endswith(f"Not quite. {hint}")


@pytest.mark.parametrize("name", catalogue.QUESTIONS)
@pytest.mark.parametrize("answer", [None, "?", (), (1, "a"), [[1]], float("nan"), -7, object])
def test_no_answer_is_an_error(name, answer, said):
    reply = said(name, answer)
    assert re.search("Not quite|cannot be read|There is no", reply)


@pytest.mark.parametrize("name", catalogue.QUESTIONS)
def test_students_have_numbers_of_their_own_of_which_each_can_be_told_apart(name):
    texts = {put(name, student).text for student in STUDENTS}  # Question refuses equal answers
    assert len(texts) > 5 or isinstance(put(name).right, str)


def test_numbers_stay_after_a_restart():
    code = "from rcnn_course import predict; predict('area_of_a_box')"
    runs = [subprocess.check_output([sys.executable, "-c", code], text=True) for _ in range(2)]
    assert runs[0] == runs[1]
    assert " ".join(put("area_of_a_box").text.split()) in " ".join(runs[0].split())


def test_student_is_who_was_named_else_who_logged_in(monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_USER", "bob")
    assert student_name() == STUDENT
    monkeypatch.delenv(NAME)
    assert student_name() == "bob"
    monkeypatch.delenv("JUPYTERHUB_USER")
    monkeypatch.setattr("getpass.getuser", lambda: "carl")
    assert student_name() == "carl"


def test_user_without_a_name_has_questions_too(monkeypatch):
    def nobody():
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.delenv(NAME)
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    monkeypatch.setattr("getpass.getuser", nobody)
    assert student_name() == ""


def test_in_grading_nothing_is_compared(monkeypatch, said):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert said("area_of_a_box", 1) == said("area_of_a_box", put("area_of_a_box").right)
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert "Right." in said("area_of_a_box", put("area_of_a_box").right)


def test_question_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match=r"no question is called 'area'\. There are: .*masks"):
        predict("area", 3)


def test_choice_is_made_by_a_letter(monkeypatch, capsys):
    question = Question("Which rises?", "Precision.", "Since.", [("Recall.", "It counts all.")])
    monkeypatch.setitem(catalogue.QUESTIONS, "rises", lambda draw: question)
    letter, other = written("rises", "Precision."), written("rises", "Recall.")
    assert {letter, other} == {"a", "b"}
    for answer, reply in {
        letter.upper(): "Right. Since.",
        other: "Not quite. It counts all.",
        "c": "There is no 'c' to choose: write one of a, b.",
        ...: "Write a letter in quotes, such as 'a', in place of the dots.",
    }.items():
        predict("rises", answer)
        assert f"\n\n{reply}" in capsys.readouterr().out


def test_number_may_be_off_by_what_its_question_allows():
    question = Question("How many?", 100.0, "", [(50.0, "Twice.")], within=0.05)
    assert question.is_same(question.read("104"), question.right)
    assert not question.is_same(question.read(106), question.right)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [([], "needs typical wrong answers"), ([(1.0, "")], "has the answer 1.0 twice")],
)
def test_question_that_cannot_help_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Question("How many?", 1.0, "", wrong)
