"""The text of an answer as what it computes with: names of its own, looks and remarks left out.

It is read as a text, never parsed, so that an answer that is no Python is read like any other.
"""

import builtins
import keyword
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

OWN, ATTRIBUTE, TEXT = "name", "self.name", "text"
"""What stands for a name that a student has chosen, for one of `self`, and for any string."""

_TOKEN = re.compile(
    r"""
    (?P<remark>\#[^\n]*)
    |(?P<text>[rbfuRBFU]{0,2}(?:'{3}(?:[^'\\]|\\.|'(?!''))*+(?:'{3}|\Z)
                              |"{3}(?:[^"\\]|\\.|"(?!""))*+(?:"{3}|\Z)
                              |'(?:[^'\\\n]|\\.)*+'?
                              |"(?:[^"\\\n]|\\.)*+"?))
    |(?P<name>[^\W\d]\w*)
    |(?P<number>\.?\d(?:[eE][-+]|[\w.])*)
    |(?P<joined>\\\n)
    |(?P<end>\n|;)
    |(?P<sign>[=!<>:*/+-]=|//|\*\*|[^\s\w])
    """,
    re.VERBOSE | re.DOTALL,
)
"""Every character belongs to one of these or is space, and is read once, whatever it is."""

_OPENING, _CLOSING = "([{", ")]}"
_LEFT_OUT = {"(", ")", ",", "{", "}", "\\"}
_BEGIN_STATEMENTS = {"def", "class", "return", "while", "import", "with", "raise", "try"}
_KNOWN = {*keyword.kwlist, *dir(builtins)}


@dataclass(frozen=True)
class Token:
    """A piece of an answer.

    Attributes:
        symbol: what it stands for; two answers that differ in names alone have the same symbols.
        start: where it begins in the text.
        end: where it ends.
    """

    symbol: str
    start: int
    end: int


def lines_of(source: str, known: Collection[str]) -> list[list[Token]]:
    """Return the statements of an answer, without remarks, docstrings and brackets that group.

    Args:
        source: text of the cell.
        known: names that the notebook gives, such as `torch`; all other names are a student's own,
            less those of Python, of keyword arguments and of what stands behind a dot.
    """
    statements = list(_statements(source))
    known = set(known).difference(*map(_assigned, statements))
    lines = []
    for pieces in statements:
        if any(piece.lastgroup != "text" for piece in pieces):
            lines.append(list(_tokens(pieces, known)))
    return [line for line in lines if line]


def _statements(source: str) -> Iterator[list[re.Match[str]]]:
    """Yield the pieces of each statement, however many lines it takes."""
    pieces: list[re.Match[str]] = []
    depth = 0
    for piece in _TOKEN.finditer(source):
        kind, text = piece.lastgroup, piece[0]
        if kind in ("remark", "joined"):
            continue
        if kind == "name" and text in _BEGIN_STATEMENTS and pieces and _begins_line(piece):
            depth = 0  # a bracket was never closed
            yield pieces
            pieces = []
        if kind == "end":
            if depth == 0 and pieces:
                yield pieces
                pieces = []
            continue
        depth = max(0, depth + (text in _OPENING) - (text in _CLOSING))
        pieces.append(piece)
    if pieces:
        yield pieces


def _assigned(pieces: list[re.Match[str]]) -> set[str]:
    """Return the names that a statement gives a value, as far as that is seen in its text."""
    found: set[str] = set()
    targets: list[str] = []
    depth, is_target, in_for, before = 0, True, False, ""
    for piece in pieces:
        text = piece[0]
        depth += (text in _OPENING) - (text in _CLOSING)
        if text in ("for", "in"):
            in_for = text == "for"
        elif depth == 0 and text == "=":
            found.update(targets)
            targets, is_target = [], True
        elif depth == 0 and text == ":":
            is_target = False  # a type follows
        elif piece.lastgroup == "name" and before != ".":
            if in_for:
                found.add(text)
            elif depth == 0 and is_target:
                targets.append(text)
        before = text
    return found - _KNOWN


def _begins_line(piece: re.Match[str]) -> bool:
    before = piece.string[max(0, piece.start() - 200) : piece.start()]
    return not before.rpartition("\n")[2].strip()


def _tokens(pieces: list[re.Match[str]], known: Collection[str]) -> Iterator[Token]:
    depth = 0
    for number, piece in enumerate(pieces):
        text = piece[0]
        depth += (text in _OPENING) - (text in _CLOSING)
        if text in _LEFT_OUT or (text == ":" and depth == 0):
            continue
        symbol = text
        if piece.lastgroup == "text":
            symbol = TEXT
        elif piece.lastgroup == "number":
            symbol = _value(text)
        elif piece.lastgroup == "name":
            around = [p[0] for p in pieces[max(0, number - 2) : number + 2]]
            symbol = _named(text, around, min(number, 2), depth, known)
        yield Token(symbol, piece.start(), piece.end())


def _value(text: str) -> str:
    """Return a number as Python reads it: 2 and 2.0 are one."""
    try:
        return str(float(text))
    except ValueError:
        return text


def _named(name: str, around: list[str], place: int, depth: int, known: Collection[str]) -> str:
    """Return what stands for a name among the pieces before and behind it."""
    before = around[place - 1] if place else ""
    behind = around[place + 1] if len(around) > place + 1 else ""
    if before == ".":
        return ATTRIBUTE if place == 2 and around[0] == "self" else name
    is_option = depth > 0 and behind == "="
    return name if is_option or name in _KNOWN or name in known else OWN
