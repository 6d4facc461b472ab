"""Who adds an exercise gets cells, a seed and numbers that are right."""

import shutil
from pathlib import Path

import pytest
from nbgrader.utils import is_grade, is_solution

from rcnn_course.authoring.lint import source_problems
from scripts.exercises import add, numbers, operators
from scripts.exercises.cells import points, read, seeds

ROOT = Path(__file__).parents[2]
NAME = "01_detect_people"


@pytest.fixture
def checkout(tmp_path):
    """A copy of what the commands read and write."""
    shutil.copytree(ROOT / "solutions", tmp_path / "solutions")
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


def put(checkout, signature="box_clip(boxes, size)", after="box_iou", notebook=NAME):
    words = [notebook, signature, "--after", after, "--points", "1", "3", "--minutes", "10"]
    add.main(words, root=checkout)


def test_exercise_stands_behind_the_other_with_metadata_and_points(checkout):
    put(checkout)
    notebook = read(checkout, NAME)
    assert list(points(notebook))[:3] == ["xywh_to_xyxy", "box_iou", "box_clip"]
    ids = [cell.id for cell in notebook.cells]
    idea, exercise, visible, hidden = notebook.cells[ids.index("box-clip-idea") :][:4]
    assert "### Exercise 3: `box_clip` · 4 points, about 10 minutes" in idea.source
    assert is_solution(exercise)
    assert exercise.source.startswith("def box_clip(boxes, size):\n")
    assert is_grade(visible)
    assert visible.source == "check(box_clip)"
    assert hidden.metadata.nbgrader.points == 3
    assert source_problems(checkout / "solutions" / NAME) == []


def test_exercise_gets_a_seed_that_no_check_has(checkout):
    used = {
        seed
        for name in numbers.bring_up_to_date(checkout)
        for _, seed in seeds(read(checkout, name))
    }
    put(checkout)
    seed = dict(seeds(read(checkout, NAME)))["box_clip"]
    assert seed not in used
    assert seed > 0


def test_all_numbers_are_right_afterwards_and_the_rest_is_as_it_was(checkout):
    put(checkout)
    assert "| 24 | 120 |" in (checkout / "README.md").read_text("utf-8")
    notebook = read(checkout, NAME)
    assert "| 4 | `nms` | 6 | 35 |" in notebook.cells[3].source
    before = [cell.id for cell in read(ROOT, NAME).cells]
    assert [cell.id for cell in notebook.cells if cell.id in before] == before
    for path in (ROOT / "solutions").glob("*/*.ipynb"):
        if path.stem != NAME:
            assert (checkout / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


def test_last_exercise_stands_before_the_question(checkout):
    put(checkout, after="select_detections")
    assert list(points(read(checkout, NAME)))[-2:] == ["box_clip", "question_answer"]


def test_class_gets_the_stub_of_a_class(checkout):
    put(checkout, "BoxClip(nn.Module)")
    sources = [cell.source for cell in read(checkout, NAME).cells]
    assert any(source.startswith("class BoxClip(nn.Module):\n") for source in sources)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"signature": "nms(boxes)"}, r"'nms\(boxes\)' should begin with a new name"),
        ({"signature": "(boxes)"}, "should begin with a new name"),
        ({"after": "roi_pool"}, "01_detect_people has no exercise 'roi_pool'; there are"),
        ({"notebook": "01_people"}, "01_people.ipynb"),
    ],
)
def test_what_cannot_be_added_is_named_and_changes_nothing(checkout, wrong, message):
    before = (checkout / "solutions" / NAME / f"{NAME}.ipynb").read_bytes()
    with pytest.raises(SystemExit, match=message):
        put(checkout, **wrong)
    assert (checkout / "solutions" / NAME / f"{NAME}.ipynb").read_bytes() == before


def test_overview_has_every_exercise_with_points_and_seed(checkout, capsys):
    numbers.main(checkout)
    overview = capsys.readouterr().out
    assert "01_detect_people: 20 points, 110 minutes\n" in overview
    assert "  box_iou                       5 points   seed 12\n" in overview


def test_notebook_whose_numbers_cannot_be_written_is_named(checkout):
    path = checkout / "solutions" / NAME / f"{NAME}.ipynb"
    path.write_text(path.read_text("utf-8").replace("### Exercise 3", "### Task 3"), "utf-8")
    with pytest.raises(SystemExit, match=r"01_detect_people\.ipynb: the headings .* name"):
        numbers.main(checkout)


def test_side_doors_of_a_reference_are_found(capsys):
    operators.main(["box_iou", "union"])
    printed = capsys.readouterr().out.split()
    assert "torchvision.ops.boxes._box_inter_union" in printed
    assert "torchvision.ops.boxes.generalized_box_iou" in printed
    assert "torchvision.ops._utils._loss_inter_union" in printed
    assert "aten::maximum" in printed


def test_operator_of_a_reference_is_found(capsys):
    operators.main(["nms", "nms"])
    printed = capsys.readouterr().out.split()
    assert "torchvision::nms" in printed
    assert "torchvision.ops.boxes.batched_nms" in printed
