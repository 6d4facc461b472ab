"""A class is watched: what arrives is graded once, and its page is where it belongs."""

import json

import pytest

from rcnn_course.authoring.release import release
from rcnn_course.grading.execution import execute
from rcnn_course.grading.run import alone
from rcnn_course.grading.run.watch import Watcher
from tests.grading.classes import WRONG, hand_in_for, in_gradebook
from tests.grading.run.handing_in import download, inbound, know_downloads, notebook, submit

RIGHT = "def add(a, b):\n    return a + b"
PAGE = "feedback/{}/toy/toy.html"


@pytest.fixture
def watch(course, grade_quickly, quick_workers):
    """Watch the toy course until so many have been given back; `then` is done after each."""
    know_downloads(course)
    release(course)

    def watch(until, then=lambda student: None):
        found, said = [], []

        def graded(one):
            found.append((one.student, one.status))
            if len(found) == until:
                raise KeyboardInterrupt
            then(one.student)

        watcher = Watcher(course, "toy", in_sandbox=False, say=said.append, graded=graded)
        with pytest.raises(KeyboardInterrupt):
            watcher.watch(scheduler=quick_workers)
        watch.said = said[1:]  # the first says that it waits
        return found

    return watch


@pytest.fixture
def run(monkeypatch):
    """The students whose submissions were run, in order."""
    students = []
    run_one = execute.run

    def note(job, server):
        students.append(job.student)
        return run_one(job, server)

    monkeypatch.setattr(execute, "run", note)
    return students


def page(course, student):
    return (course / PAGE.format(student)).read_text("utf-8")


# nbgrader leaves a file open while it releases a page.
@pytest.mark.filterwarnings(
    "ignore:Exception ignored in.*timestamp:pytest.PytestUnraisableExceptionWarning"
)
def test_each_way_of_handing_in_ends_in_a_page(course, tmp_path, watch):
    desk = tmp_path / "desk"
    hand_in_for(course, "ada")
    submit(course, "bob", notebook(course, desk, "bob", WRONG))
    download(course, "all.zip", {"cyd_toy.ipynb": notebook(course, desk, "cyd", RIGHT)})
    hand_in_for(course, "dan").write_text("This is not a notebook.")
    found = watch(until=4)
    assert sorted(found) == [
        ("ada", "graded"),
        ("bob", "graded"),
        ("cyd", "graded"),
        ("dan", "failed"),
    ]
    assert "the numbers are subtracted" in page(course, "bob")
    assert "not graded" in page(course, "dan")
    (released,) = (inbound(course).parent / "feedback").glob("*.html")
    assert "the numbers are subtracted" in released.read_text("utf-8")
    assert in_gradebook(course)["ada"]["score"] == 10


def test_newer_submission_replaces_the_older_one_and_the_same_one_does_nothing(course, watch, run):
    hand_in_for(course, "ada", {"add": WRONG})

    def then(student):
        if run == ["ada"]:
            (course / "submitted/ada/toy/toy.ipynb").touch()  # the same, saved again
            hand_in_for(course, "bob")
        elif run == ["ada", "bob"]:
            hand_in_for(course, "ada", {"add": RIGHT})

    found = watch(3, then)
    assert [student for student, _ in found] == run == ["ada", "bob", "ada"]
    assert in_gradebook(course)["ada"]["score"] == 10


def test_what_was_graded_is_not_graded_again_after_a_new_start(course, watch, run):
    hand_in_for(course, "ada")
    watch(1)
    hand_in_for(course, "bob")
    assert watch(1) == [("bob", "graded")]
    assert run == ["ada", "bob"]


def test_page_that_a_kill_has_kept_back_is_there_after_the_next_start(course, watch, run):
    hand_in_for(course, "ada")
    watch(1)
    (course / PAGE.format("ada")).unlink()
    assert watch(1) == [("ada", "skipped")]
    assert run == ["ada"]
    assert "What the checks say" in page(course, "ada")


def test_change_of_the_source_has_all_graded_again(course, watch, run, toy, save):
    hand_in_for(course, "ada")

    def then(student):
        toy.cells[3].metadata["nbgrader"]["points"] = 7
        save(course, toy)

    watch(2, then)
    assert run == ["ada", "ada"]
    assert in_gradebook(course)["ada"]["score"] == 15


def test_source_that_is_damaged_for_a_while_stops_nobody(course, watch, monkeypatch):
    monkeypatch.setattr("rcnn_course.grading.run.watch.REST", 0.1)
    source = course / "solutions/toy/toy.ipynb"
    whole = source.read_text()
    hand_in_for(course, "ada")

    def then(student):
        source.write_text(whole.replace("### END SOLUTION", "### END SOLUTIO"))
        hand_in_for(course, "bob")
        monkeypatch.setattr("time.sleep", mend_once(source, whole))

    def mend_once(file, text):
        from time import sleep

        def rest(seconds):
            if seconds == 0.1:
                file.write_text(text)
            sleep(seconds)

        return rest

    watch(2, then)
    assert any("SOLUTIO" in said and "tried again" in said for said in watch.said), watch.said
    assert set(in_gradebook(course)) >= {"ada"}


def test_another_grader_is_waited_for(course, watch, monkeypatch):
    monkeypatch.setattr("rcnn_course.grading.run.watch.REST", 0.1)
    attempts = []

    def busy_once(root):
        attempts.append(root)
        if len(attempts) == 1:
            with alone(root), alone(root):  # somebody else has it
                pass
        return alone(root)

    def then(student):
        monkeypatch.setattr("rcnn_course.grading.run.watch.alone", busy_once)
        hand_in_for(course, "bob")

    hand_in_for(course, "ada")
    assert watch(2, then) == [("ada", "graded"), ("bob", "graded")]
    (said,) = watch.said
    assert "is being graded by another process. It is tried again" in said


def test_pages_are_left_out_where_the_settings_say_so(course, watch):
    with (course / "nbgrader_config.py").open("a") as settings:
        settings.write("\nc.Watch.feedback = False\n")
    hand_in_for(course, "ada")
    assert watch(1) == [("ada", "graded")]
    assert not (course / "feedback").exists()


def test_name_that_nbgrader_cannot_have_is_said(course, watch):
    folder = course / "submitted" / ("a" * 200) / "toy"
    folder.mkdir(parents=True)
    ((_, status),) = watch(1)
    assert status == "failed"


def test_unknown_assignment_is_refused(course):
    with pytest.raises(ValueError, match="there is no assignment 'gone'"):
        Watcher(course, "gone", say=print, graded=print)


def test_report_afterwards_is_that_of_a_run_at_the_end(course, watch, grade_quickly):
    hand_in_for(course, "ada")
    hand_in_for(course, "bob", {"add": WRONG})
    watch(2)
    watched = in_gradebook(course)
    again = grade_quickly(course)
    assert [one.status for one in again] == ["skipped", "skipped"]
    assert json.dumps(watched, sort_keys=True) == json.dumps(in_gradebook(course), sort_keys=True)
