"""Measuring the course detector on held-out pictures."""

import re

from rcnn_course.datasets import CATEGORIES, GeneratedPeople
from rcnn_course.models import course_rcnn
from scripts.detector import evaluate


def test_evaluation_leaves_the_mode_of_the_model():
    model = course_rcnn().train()
    evaluate.evaluate(model, GeneratedPeople(1, seed=3, size=64))
    assert model.training


def test_evaluate_command_prints_the_table(capsys):
    evaluate.main(["--pictures", "2"])
    table = capsys.readouterr().out
    assert re.search(r"^bbox +\d\.\d{3}", table, re.MULTILINE)
    assert all(name in table for name in CATEGORIES[1:2])
