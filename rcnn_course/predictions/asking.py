"""`predict`: put a question, and answer what a student predicts."""

import os
import random
import textwrap
from typing import Any

from rcnn_course.predictions.catalogue import QUESTIONS
from rcnn_course.predictions.question import Question
from rcnn_course.predictions.student import numbers_of, student_name

WIDTH = 80


def predict(question: str, answer: Any = ...) -> None:
    """Put a question, and say at once whether a prediction is right. There are no points.

    Each student has numbers of their own, which stay the same. Nothing is raised for an answer,
    whatever it is: it prints the question, and a line or two about the answer.

    Args:
        question (str): its name.
        answer: a number, a shape such as (3, 480, 640), or the letter of a choice such as 'a'; the
            three dots that stand there at first are no answer yet.

    Raises:
        ValueError: If no question has this name.
    """
    if question not in QUESTIONS:
        raise ValueError(f"no question is called {question!r}. There are: {', '.join(QUESTIONS)}.")
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":
        print("A prediction has no points: it is answered in the student's own notebook.")
        return
    numbers = numbers_of(student_name(), question)
    put = QUESTIONS[question](numbers)
    choices = choices_of(put, numbers)
    print(_wrapped(put.text))
    for letter, sentence in choices.items():
        print(_wrapped(f"  {letter}) {sentence}"))
    print(f"\n{_wrapped(_reply(put, choices, answer))}")


def choices_of(put: Question, numbers: random.Random) -> dict[str, str]:
    """Return the sentences to choose from by their letters, in an order of the student's own."""
    if not isinstance(put.right, str):
        return {}
    sentences = [str(sentence) for sentence in (put.right, *(wrong for wrong, _ in put.wrong))]
    return dict(zip("abcdefgh", numbers.sample(sentences, len(sentences)), strict=False))


def _reply(put: Question, choices: dict[str, str], answer: Any) -> str:
    if answer is ...:
        return f"Write {put.form}, in place of the dots. Then run the cell again."
    try:
        given = put.read(answer)
    except ValueError as error:
        return f"This cannot be read: {error}."
    if choices and given not in choices:
        return f"There is no {given!r:.40} to choose: write one of {', '.join(choices)}."
    meant = choices[given] if isinstance(given, str) else given
    if put.is_same(meant, put.right):
        return f"Right. {put.because}"
    hints = (hint for wrong, hint in put.wrong if put.is_same(meant, wrong))
    return f"Not quite. {next(hints, 'It is none of the usual mistakes: make a sketch.')}"


def _wrapped(text: str) -> str:
    indent = "     " if text.startswith("  ") else ""
    return "\n".join(textwrap.wrap(text, WIDTH, subsequent_indent=indent))
