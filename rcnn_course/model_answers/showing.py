"""Showing: `solution` shows the model answer of an exercise, once its check has passed."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from IPython import get_ipython

from rcnn_course.checks import checking
from rcnn_course.model_answers import access, book
from rcnn_course.model_answers.origin import origin_of
from rcnn_course.reports import paragraphs


@dataclass(frozen=True)
class Part:
    """A part of what is shown, folded away in a notebook until it is opened.

    Attributes:
        title: what it is.
        text: words, as Markdown.
        code: Python, or ''.
    """

    title: str
    text: str = ""
    code: str = ""

    def to_markdown(self) -> str:
        """Return it as a fold; notebooks colour the code in their own theme."""
        code = f"```python\n{self.code}\n```" if self.code else ""
        body = "\n\n".join(filter(None, (self.text, code)))
        return f"<details><summary>{self.title}</summary>\n\n{body}\n\n</details>"

    def to_text(self) -> str:
        """Return it for a terminal."""
        return "\n\n".join(filter(None, (f"— {self.title} —", self.text, self.code)))


def solution(subject: str | Callable) -> None:
    """Show the model answer of an exercise whose check has passed in this kernel.

    Beside it stand another right answer, as different as there is one, and how the library does
    it. For the question of a notebook, whose checks have all passed, it shows the model answer
    and what earns the points.

    Args:
        subject: the exercise's name, or the function or class itself; for a question the name of
            the notebook, such as "06_roi_align".

    Raises:
        TypeError: If `subject` is none of these.
        ValueError: If no exercise or notebook has this name.
        FileNotFoundError: If the installation has no model answers.
    """
    is_question = isinstance(subject, str) and _is_notebook(subject)
    name = str(subject) if is_question else checking.exercise_of(subject).name
    if reason := _refusal(name):
        print(paragraphs(reason))
        return
    answer = _look_up(name)
    if missing := [one for one in answer.behind if not _has_passed(one)]:
        calls = ", ".join(f"check({one})" for one in missing)
        have = "has" if len(missing) == 1 else "have"
        print(paragraphs(f"The model answer of {name} is shown once {calls} {have} passed here."))
        return
    _show(name, list(_parts_of_question(answer) if is_question else _parts(name, answer)))


def _is_notebook(name: str) -> bool:
    return re.match(r"\d\d_", name) is not None


def _refusal(name: str) -> str:
    """Return why nothing is shown, whatever has passed, or ''."""
    if checking.is_withheld() or os.environ.get("NBGRADER_EXECUTION"):
        return f"{name} shows no model answer when this notebook is validated or graded."
    return access.refusal()


def _look_up(name: str) -> book.ModelAnswer:
    if not book.FILE.exists():
        raise FileNotFoundError(
            f"this installation has no model answers: expected {book.FILE}. Install the course "
            "again; in a checkout, run `make course`."
        )
    answers = book.unpack(book.FILE.read_bytes())
    if name not in answers:
        notebooks = ", ".join(filter(_is_notebook, answers))
        raise ValueError(f"there is no model answer of {name!r}. Notebooks are: {notebooks}.")
    return answers[name]


def _has_passed(name: str) -> bool:
    examination = checking.last_examinations.get(name)
    return examination is not None and examination.report.outcome == "correct"


def _parts(name: str, answer: book.ModelAnswer) -> Iterator[Part]:
    yield Part("The model answer", code=answer.model)
    if answer.other:
        yield Part("Another right answer", code=answer.other)
    exercise = checking.exercise_called(name)
    origin = origin_of(exercise.source)
    if origin is None:
        yield Part("What yours was compared with", f"{exercise.source}.")
        return
    where = f"It stands in `{origin.place}`." if origin.place else "It is compiled code."
    text = f"`{origin.name}`. {where} `help({origin.name})` says how it is called."
    yield Part("How the library does it", text, origin.source)


def _parts_of_question(answer: book.ModelAnswer) -> Iterator[Part]:
    yield Part("The model answer", answer.model)
    yield Part("What earns the points", answer.earns)


def _show(name: str, parts: Sequence[Part]) -> None:
    shell = get_ipython()
    heading = f"{name}: open what you want to compare with yours."
    text = "\n\n".join([f"{name}:", *(part.to_text() for part in parts)])
    if shell is None:
        print(text)
        return
    markdown = "\n\n".join([heading, *(part.to_markdown() for part in parts)])
    shell.display_pub.publish(data={"text/markdown": markdown, "text/plain": text})
