"""Right answers, read from the modules of a package of answers: one module for each style."""

import ast
from pathlib import Path


def right_answers(folder, exercises):
    """Return for each exercise its right answers by style, as `RIGHT` holds them."""
    styles = {
        path.stem: _answers(path)
        for path in sorted(Path(folder).glob("*.py"))
        if path.name != "__init__.py"
    }
    return {
        exercise: {
            style: answers[exercise] for style, answers in styles.items() if exercise in answers
        }
        for exercise in exercises
    }


def _answers(path):
    """Return the functions and classes of a module, each with the helpers that begin with _."""
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
                    answers[name] = text
    return {name: "\n\n".join([*shared, answer]) for name, answer in answers.items()}
