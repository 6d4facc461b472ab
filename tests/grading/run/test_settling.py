"""When something that arrives is taken: by a clock that these tests set."""

import json
import zipfile

import pytest

from rcnn_course.grading.run.settling import PATIENCE, QUIET, Settling, is_whole, state_of


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def is_ready(clock):
    """Look at a thing once more, so many seconds later."""
    settling = Settling(clock)

    def look(state, *, after=0.0, whole=True):
        clock.seconds += after
        ready = settling.is_ready("ada", state, lambda: whole)
        if ready:
            settling.take("ada")
        return ready

    look.settling = settling
    return look


def test_what_rests_is_taken_once(is_ready):
    assert not is_ready("1")
    assert not is_ready("1", after=QUIET / 2)
    assert is_ready("1", after=QUIET / 2)
    assert not is_ready("1", after=2 * PATIENCE)


def test_what_still_changes_waits_for_its_last_change(is_ready):
    is_ready("1")
    assert not is_ready("2", after=QUIET)
    assert not is_ready("3", after=QUIET)
    assert is_ready("3", after=QUIET)


def test_what_breaks_off_waits_for_the_rest_of_it_but_not_for_ever(is_ready):
    is_ready("half")
    assert not is_ready("half", after=QUIET, whole=False)
    assert not is_ready("whole", after=QUIET)
    assert is_ready("whole", after=QUIET)
    is_ready("half of another")
    assert not is_ready("half of another", after=PATIENCE - 1, whole=False)
    assert is_ready("half of another", after=1, whole=False)


def test_what_changes_after_it_was_taken_is_taken_again(is_ready):
    is_ready("1")
    is_ready("1", after=QUIET)
    assert not is_ready("2")
    assert is_ready("2", after=QUIET)


def test_what_was_given_back_is_taken_again(is_ready):
    is_ready("1")
    is_ready("1", after=QUIET)
    is_ready.settling.give_back("ada")
    assert is_ready("1")


def test_state_is_another_one_after_each_change(tmp_path):
    folder = tmp_path / "ada"
    states = [state_of(folder)]
    folder.mkdir()
    states.append(state_of(folder))
    (folder / "a.ipynb").write_text("{}")
    states.append(state_of(folder))
    (tmp_path / "other").write_text("[]")
    (tmp_path / "other").replace(folder / "a.ipynb")
    states.append(state_of(folder))
    (folder / "a.ipynb").rename(folder / "b.ipynb")
    states.append(state_of(folder))
    assert len(set(states)) == len(states)
    assert state_of(folder) == states[-1]


def archive(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.ipynb", "{}")
    return path.read_bytes()


@pytest.mark.parametrize("share", [0, 0.5, 0.99])
@pytest.mark.parametrize("name", ["a.ipynb", "a.zip"])
def test_a_part_of_a_notebook_or_an_archive_is_not_whole(tmp_path, name, share):
    path = tmp_path / name
    content = archive(path) if name == "a.zip" else json.dumps({"cells": [{}] * 50}).encode()
    path.write_bytes(content[: int(share * len(content))])
    assert not is_whole([path])
    path.write_bytes(content)
    assert is_whole([path])


@pytest.mark.parametrize(
    ("name", "content"),
    [("deep.ipynb", b"[" * 100_000), ("module.py", b""), ("data.csv", b"1,2")],
)
def test_of_other_files_nobody_knows_better(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert is_whole([tmp_path / name])


def test_no_files_are_whole_and_missing_ones_are_not(tmp_path):
    assert is_whole([])
    assert not is_whole([tmp_path / "gone.ipynb"])
