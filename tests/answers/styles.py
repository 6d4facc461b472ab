"""Right answers, read from a package of answers: a module for each exercise, in several styles."""

import ast
import re
from pathlib import Path


def right_answers(folder, exercises):
    """Return for each exercise its right answers by style, as `RIGHT` holds them.

    The module of `box_iou` defines `box_iou_loops`, `box_iou_matrices` …
    """
    return {
        exercise: answers
        for exercise in exercises
        for path in Path(folder).glob("*.py")
        if _bare(path.stem) == _bare(exercise) and (answers := _answers(path, exercise))
    }


def _bare(name):
    """Return a name as it is in any spelling: RPNHead stands in rpn_head.py."""
    return name.replace("_", "").lower()


def _answers(path, exercise):
    """Return the answers of a module by style, each with the helpers that begin with _."""
    source = path.read_text(encoding="utf-8")
    shared, answers = [], {}
    for node in ast.parse(source).body:
        text = ast.get_source_segment(source, node)
        match node:
            case ast.Import() | ast.ImportFrom():
                shared.append(text)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                if name.startswith("_"):
                    shared.append(text)
                else:
                    style = name.removeprefix(f"{exercise}_")
                    answers[style] = re.sub(rf"\b{name}\b", exercise, text)
    return {style: "\n\n".join([*shared, answer]) for style, answer in answers.items()}
