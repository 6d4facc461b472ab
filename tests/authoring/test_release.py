"""course/ is made from solutions/ whole, the same each time, or not at all."""

import json

import nbformat
import pytest

from rcnn_course.authoring.course import assignments, find_course
from rcnn_course.authoring.release import ReleaseError, main, release

NOTEBOOK = "course/toy/toy.ipynb"


def test_release_has_the_stub_and_no_hidden_test(course):
    assert release(course) == [NOTEBOOK]
    released = nbformat.read(course / NOTEBOOK, as_version=4)
    assert released.cells[2].source == (
        'def add(a, b):\n    """Combine two numbers."""\n'
        "    # YOUR CODE HERE\n    raise NotImplementedError"
    )
    assert released.cells[4].source == "# Further checks run when this is graded."
    assert released.cells[4].metadata.editable is False
    assert released.cells[8].source == "YOUR ANSWER HERE"


def test_second_release_writes_nothing_and_a_fresh_one_the_same_bytes(course):
    release(course)
    first = (course / NOTEBOOK).read_bytes()
    assert release(course) == []
    (course / NOTEBOOK).unlink()
    assert release(course) == [NOTEBOOK]
    assert (course / NOTEBOOK).read_bytes() == first


def test_release_is_the_same_from_a_source_that_jupyterlab_has_saved(course, toy, save):
    release(course)
    toy.metadata.language_info = {"name": "python", "version": "3.13.1", "file_extension": ".py"}
    toy.cells[1].metadata["collapsed"] = False
    save(course, toy)
    assert release(course, check=True) == []


def test_check_names_what_differs_and_writes_nothing(course):
    assert release(course, check=True) == [NOTEBOOK]
    assert not (course / "course").exists()


def test_release_leaves_no_gradebook(course):
    release(course)
    assert not (course / "gradebook.db").exists()


def test_picture_of_the_notebook_is_released(course, toy, save):
    (course / "solutions" / "toy" / "figure.png").write_bytes(b"\x89PNG")
    toy.cells[0].source += "\n![A figure](figure.png)"
    save(course, toy)
    assert release(course) == ["course/toy/figure.png", NOTEBOOK]
    assert (course / "course" / "toy" / "figure.png").read_bytes() == b"\x89PNG"


def test_slip_in_one_notebook_leaves_course_as_it_was(course, toy, save):
    release(course)
    before = (course / NOTEBOOK).read_bytes()
    toy.cells[2].source = toy.cells[2].source.replace("BEGIN SOLUTION", "BEGIN SOLUTON")
    toy.cells[0].source = "# New title"
    save(course, toy)
    with pytest.raises(ReleaseError, match=r"line 3: '### BEGIN SOLUTON' is not a marker"):
        release(course)
    assert (course / NOTEBOOK).read_bytes() == before


def test_failure_of_nbgrader_leaves_course_as_it_was(course, toy, save):
    release(course)
    before = (course / NOTEBOOK).read_bytes()
    toy.cells[3].metadata.nbgrader.schema_version = 1000
    save(course, toy)
    with pytest.raises(ReleaseError, match="solutions/toy: nbgrader could not release it"):
        release(course)
    assert (course / NOTEBOOK).read_bytes() == before


def test_answer_that_stands_in_another_cell_is_not_released(course, toy, save):
    toy.cells[1].source += "\n\ndef peek(a, b):\n    combined = a + b\n    return combined"
    save(course, toy)
    with pytest.raises(ReleaseError, match=r"course/toy/toy\.ipynb, cell 2 .*marked SOLUTION"):
        release(course)
    assert not (course / "course").exists()


def test_file_in_course_without_a_source_is_named_and_kept(course):
    release(course)
    stray = course / "course" / "old" / "old.ipynb"
    stray.parent.mkdir()
    stray.write_text("mine")
    with pytest.raises(ReleaseError, match=r"course/old/old\.ipynb: nothing in solutions/ makes"):
        release(course)
    assert stray.read_text() == "mine"


def test_course_without_assignments_has_nothing_to_release(course):
    for path in (course / "solutions").rglob("*.ipynb"):
        path.unlink()
    (course / "solutions" / "toy").rmdir()
    assert assignments(course) == []
    assert release(course) == []


def test_main_says_what_it_did(course, capsys):
    assert main(course, check=True) == 1
    assert (
        "course/toy/toy.ipynb: differs from solutions/; run make course" in capsys.readouterr().out
    )
    assert main(course) == 0
    assert "course/toy/toy.ipynb: written" in capsys.readouterr().out
    assert main(course, check=True) == 0
    assert "course/ is up to date with solutions/." in capsys.readouterr().out


def test_main_names_the_slip(course, toy, save, capsys):
    toy.cells[3].execution_count = 1
    save(course, toy)
    assert main(course) == 1
    assert "cell 4 (check_add): has been run" in capsys.readouterr().out


def test_course_is_found_from_a_folder_inside(course):
    assert find_course(course / "solutions" / "toy") == course


def test_folder_outside_a_course_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not inside a course: expected a folder with"):
        find_course(tmp_path)


def test_source_in_unusual_order_of_keys_gives_the_same_release(course):
    release(course)
    path = course / "solutions" / "toy" / "toy.ipynb"
    raw = json.loads(path.read_text())
    path.write_text(json.dumps(dict(reversed(raw.items()))))
    assert release(course, check=True) == []
