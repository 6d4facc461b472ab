"""Measuring the course detector on held-out pictures."""

import re

from rcnn_course.datasets import CATEGORIES
from scripts.detector import evaluate


def test_evaluate_command_prints_the_table(capsys):
    evaluate.main(["--pictures", "2"])
    table = capsys.readouterr().out
    assert re.search(r"^bbox +\d\.\d{3}", table, re.MULTILINE)
    assert all(name in table for name in CATEGORIES[1:2])
