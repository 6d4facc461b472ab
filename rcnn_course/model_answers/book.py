"""The book of model answers: one file beside this module, which no search reads.

`rcnn-course course` writes it from `solutions/` and `tests/answers/`. It is compressed, and stands
backwards, so that neither an editor nor a tool for archives shows an answer by accident. It keeps
nobody out who reads this module.
"""

import bz2
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parent / "answers.bin"
"""The book; no sandbox shows it."""


@dataclass(frozen=True)
class ModelAnswer:
    """What is shown of an exercise, or of the question of a notebook.

    Attributes:
        model: the course's own answer: code, or Markdown for a question.
        other: another right answer to an exercise, as different from `model` as there is one.
        earns: what earns the points of a question.
        behind: exercises whose checks have passed before this is shown.
    """

    model: str
    other: str = ""
    earns: str = ""
    behind: tuple[str, ...] = ()


def pack(answers: Mapping[str, ModelAnswer]) -> bytes:
    """Return the book of these answers; the same answers give the same bytes."""
    text = json.dumps({name: asdict(answer) for name, answer in sorted(answers.items())})
    return bz2.compress(text.encode())[::-1]


def unpack(book: bytes) -> dict[str, ModelAnswer]:
    """Return the answers of a book by exercise, and by notebook for its question."""
    found = json.loads(bz2.decompress(book[::-1]))
    return {
        name: ModelAnswer(**{**answer, "behind": tuple(answer["behind"])})
        for name, answer in found.items()
    }
