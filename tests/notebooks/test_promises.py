"""Where a notebook says that a part of the student's comes back, the later notebook uses it."""

import ast
import re

import pytest

from rcnn_course.authoring.course import assignments
from scripts.exercises.cells import ROOT, read
from tests.claims import play, text

NAMES = assignments(ROOT)
NEXT = re.compile(r"\*\*Where this (?:part )?goes next\.\*\* (.+?)(?=$|\n\n)", re.DOTALL)
NOTEBOOK, OWN = re.compile(r"`(\d\d_\w+)`"), re.compile(r"\b[Yy]our `(\w+)` comes? back")


def reused(name):
    """Return the student's parts that a notebook looks for, by the notebook that asks for them."""
    source = "\n".join(cell.source for cell in read(ROOT, name).cells if cell.cell_type == "code")
    code = ast.parse(re.sub(r"^%.*$", "", source, flags=re.MULTILINE))
    found = {}
    for node in ast.walk(code):
        keys = node.keys if isinstance(node, ast.Dict) else []
        if keys and all(isinstance(key, ast.Constant) and key.value in NAMES for key in keys):
            for notebook, parts in ast.literal_eval(node).items():
                found[notebook] = parts.split() if isinstance(parts, str) else parts
    return found


def promises(name):
    """Yield the sentences of a notebook's last paragraph that speak of the student's parts."""
    (paragraph,) = NEXT.findall(read(ROOT, name).cells[-1].source)
    for sentence in re.split(r"(?<=[.;]) ", " ".join(paragraph.split())):
        if re.search(r"\b[Yy]our\b", sentence):
            yield sentence


@pytest.mark.parametrize("name", NAMES[:-1])
def test_parts_that_come_back_are_looked_for(name):
    for sentence in promises(name):
        later = [other for other in NOTEBOOK.findall(sentence) if other > name]
        if "replace" in sentence or "stand in" in sentence:
            for other in later:
                assert reused(other).get(name), sentence
        for part in OWN.findall(sentence):
            assert later, sentence
            for other in later:
                assert part in reused(other).get(name, ()), sentence


def test_parts_that_replace_torchvisions_are_those_of_these_notebooks():
    assert "your parts of `02_backbone` and of `04_fpn` to `09_keypoint_head` replace" in text(
        "00_start_here"
    )
    assert {"02_backbone", *NAMES[4:10]} <= reused("10_assemble").keys()


def test_box_iou_of_01_compares_in_05(monkeypatch):
    asked = []

    def noting(source):
        return source.replace("print(own)", "box_iou = noted(box_iou)")

    def noted(function):
        def box_iou(*boxes):
            asked.append(function.__code__.co_filename)
            return function(*boxes)

        return box_iou

    play("05_rpn", noting, names={"noted": noted})
    assert len(asked) > 3
    assert all("01_detect_people" in file for file in asked)
