"""What comes by the exchange and in downloads lands in `submitted/`, whole and once."""

import os
import zipfile

import pytest

from rcnn_course.authoring.course import load_config
from rcnn_course.grading.run import settling as rest
from rcnn_course.grading.run.downloads import Downloads
from rcnn_course.grading.run.exchange import Exchange
from tests.grading.run.handing_in import download, inbound, know_downloads, submit

ONE, TWO, THREE = (f'{{"cells": [{number}]}}'.encode() for number in (1, 2, 3))


class Inbox:
    """Takes in what is there, as often and as long after each other as a test wants."""

    def __init__(self, kind, course):
        know_downloads(course)
        self.course, self.said, self.seconds = course, [], 0.0
        self.settling = rest.Settling(lambda: self.seconds)
        self.inbox = kind(load_config(course), "toy", self.said.append)

    def look(self, *, again_after=rest.QUIET):
        self.inbox.take_in(self.settling)
        self.seconds += again_after
        self.inbox.take_in(self.settling)
        return {
            file.parts[-3]: file.read_bytes()
            for file in self.course.glob("submitted/*/toy/toy.ipynb")
        }


@pytest.fixture
def exchange(course):
    return Inbox(Exchange, course)


@pytest.fixture
def downloads(course):
    return Inbox(Downloads, course)


@pytest.mark.parametrize("kind", [Exchange, Downloads])
def test_where_nothing_arrives_nothing_is_taken_in(course, kind):
    inbox = Inbox(kind, course)
    assert inbox.look() == {}
    assert inbox.said == []


def test_exchange_brings_the_newest_of_each_student(course, exchange):
    submit(course, "ada", ONE)
    submit(course, "ada", TWO)
    submit(course, "bob+1", ONE)
    assert exchange.look() == {"ada": TWO, "bob+1": ONE}
    submit(course, "ada", THREE)
    assert exchange.look() == {"ada": THREE, "bob+1": ONE}
    assert (course / "submitted/ada/toy/timestamp.txt").is_file()
    assert list(course.glob(".grading-*")) == []


def test_submission_that_is_still_being_written_waits_and_an_older_one_counts(course, exchange):
    submit(course, "ada", ONE)
    secret = submit(course, "ada", TWO) / "submission_secret.txt"
    text = secret.read_text()
    secret.unlink()
    assert exchange.look() == {"ada": ONE}
    secret.write_text(text)
    assert exchange.look() == {"ada": TWO}


def test_submission_that_stays_half_written_is_taken_in_the_end(course, exchange):
    (submit(course, "ada", ONE) / "submission_secret.txt").unlink()
    assert exchange.look() == {}
    assert exchange.look(again_after=rest.PATIENCE) == {"ada": ONE}


def test_what_was_put_right_by_hand_stays_until_something_newer_comes(course, exchange):
    submit(course, "ada", ONE)
    exchange.look()
    (course / "submitted/ada/toy/toy.ipynb").chmod(0o644)
    (course / "submitted/ada/toy/toy.ipynb").write_bytes(TWO)
    assert exchange.look() == {"ada": TWO}
    assert Inbox(Exchange, course).look() == {"ada": TWO}, "started again"
    submit(course, "ada", THREE)
    assert exchange.look() == {"ada": THREE}


def test_one_that_cannot_be_collected_keeps_nobody_waiting(course, exchange):
    (inbound(course) / "bob+toy+yesterday+x").mkdir()
    submit(course, "bob", TWO)
    submit(course, "ada", ONE)
    assert exchange.look(again_after=rest.PATIENCE) == {"ada": ONE}
    assert [said for said in exchange.said if "claims" not in said] == [
        "bob: nbgrader collect cannot copy this (Unknown string format: yesterday)"
    ]


def test_archive_and_single_files_are_taken_in(course, downloads):
    download(course, "class.zip", {"ada_toy.ipynb": ONE, "readme.txt": b""})
    download(course, "bob_toy.ipynb", TWO)
    assert downloads.look() == {"ada": ONE, "bob": TWO}
    assert list(course.glob(".grading-*")) == []


def test_newer_file_of_a_student_replaces_the_older_one_and_no_others(course, downloads):
    download(course, "monday.zip", {"ada_toy.ipynb": ONE, "bob_toy.ipynb": ONE})
    downloads.look()
    (course / "submitted/bob/toy/toy.ipynb").write_bytes(THREE)  # put right by hand
    download(course, "tuesday.zip", {"ada_toy.ipynb": TWO})
    download(course, "cyd_toy.ipynb", ONE)
    expected = {"ada": TWO, "bob": THREE, "cyd": ONE}
    assert downloads.look() == expected
    assert Inbox(Downloads, course).look() == expected, "started again"


def test_what_zip_collect_has_taken_in_before_stays_as_it_is(course, downloads):
    archive = download(course, "monday.zip", {"ada_toy.ipynb": ONE, "bob_toy.ipynb": ONE})
    os.utime(archive, (10, 10))
    mended = course / "submitted/ada/toy/toy.ipynb"
    mended.parent.mkdir(parents=True)
    mended.write_bytes(THREE)
    assert downloads.look() == {"ada": THREE, "bob": ONE}
    download(course, "tuesday.zip", {"ada_toy.ipynb": TWO})
    assert downloads.look() == {"ada": TWO, "bob": ONE}


def test_older_archive_does_not_win_where_all_are_new(course, downloads):
    newer = download(course, "a.zip", {"ada_toy.ipynb": TWO})
    older = download(course, "b.zip", {"ada_toy.ipynb": ONE})
    os.utime(older, (10, 10))
    os.utime(newer, (20, 20))
    assert downloads.look() == {"ada": TWO}


def test_half_an_archive_is_waited_for(course, downloads):
    path = download(course, "class.zip", {"ada_toy.ipynb": ONE})
    content = path.read_bytes()
    path.write_bytes(content[:-10])
    download(course, "bob_toy.ipynb.part", ONE)
    assert downloads.look() == {}
    assert downloads.said == []
    path.write_bytes(content)
    assert downloads.look() == {"ada": ONE}


def test_file_of_nobody_and_broken_archive_are_named(course, downloads):
    download(course, "Homework.ipynb", ONE)
    download(course, "class.zip", b"no archive")
    download(course, "good.zip", {"ada_toy.ipynb": ONE})
    assert downloads.look(again_after=rest.PATIENCE) == {"ada": ONE}
    said = " ".join(downloads.said)
    assert "Homework.ipynb" in said
    assert "scratch" not in said
    assert str(downloads.course / "downloaded") in said
    assert "class.zip: nbgrader zip_collect cannot read this" in said


def test_archive_cannot_write_outside_of_its_student(course, downloads):
    path = download(course, "class.zip", {})
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("../../../../solutions/toy/toy.ipynb", b"{}")
    before = (course / "solutions/toy/toy.ipynb").read_bytes()
    downloads.look()
    assert (course / "solutions/toy/toy.ipynb").read_bytes() == before
