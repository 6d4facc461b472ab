"""Hostile classes: honest points stay, nothing gets out, and each failure is named.

The whole attack suite is graded once, in the full sandbox; the others are tried with what depends
on a sandbox.
"""

from dataclasses import replace

import pytest

from rcnn_course.grading.sandbox.levels import REACHES, WITHOUT_NAMESPACES, WITHOUT_PROC
from tests.grading import lacking
from tests.grading.attacks import escape, suite
from tests.grading.attacks.classroom import (
    autograded,
    breaches,
    command,
    hand_in,
    make_course,
    students,
)
from tests.grading.attacks.quoted import DOCUMENT, QUOTED
from tests.grading.attacks.table import CLASS, KINDS, submissions
from tests.grading.hostile import BROKEN, HONEST, RUNNING
from tests.grading.reaches import attacks, left_running, outside
from tests.grading.sandbox.test_sandbox import ORDINARY

ROWS = {**HONEST, **BROKEN, **RUNNING}

OF_SANDBOX = ("right", "wrong", "os_exit", "kills_itself", "c_loop", "fork_bomb")
FILLING = ("fills", "hoards")

MACHINES = {
    "/proc is covered": (lacking.command("proc"), WITHOUT_PROC),
    "no namespaces": (lacking.command("namespaces"), WITHOUT_NAMESPACES),
    "no namespaces, ordinary user": (
        [*ORDINARY, *lacking.command("namespaces")],
        WITHOUT_NAMESPACES,
    ),
}

pytestmark = [
    pytest.mark.requires("bubblewrap", "landlock"),
    pytest.mark.slow,
]
of_the_suite = pytest.mark.xdist_group("attacks")


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """The attack suite, graded together with the rows of a broken class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SECRET_OF_THE_INSTRUCTOR", "tenure")
        others = {name: row.make for name, row in {**HONEST, **BROKEN}.items()}
        return suite.graded(tmp_path_factory.mktemp("attacks"), others=others)


@pytest.fixture(scope="module")
def found(tried):
    """What came of each entry of the suite."""
    return tried.found()


def test_every_reach_is_tried(tmp_path):
    with outside(tmp_path) as reached:
        tried = {row.reach for row in attacks(reached).values()}
    others = {"stays", "network", "crowd"}  # seen from outside, or RUNNING's fork bomb
    assert tried | others == {*REACHES, ""}


def test_suite_is_as_large_as_it_says(tmp_path):
    with outside(tmp_path) as reached:
        kinds = [entry.kind for entry in suite.entries(reached)]
    assert {*kinds} == {*KINDS, "honest"}
    assert kinds.count("honest") >= 40
    assert len(kinds) - kinds.count("honest") >= 150


def test_what_nothing_holds_is_listed_for_instructors(tmp_path):
    text = DOCUMENT.read_text("utf-8").partition("Not prevented:")[2]
    with outside(tmp_path) as reached:
        open_roads = [e for e in suite.entries(reached) if e.holds == "" and e.kind != "honest"]
    assert [e.road for e in open_roads if f"**{e.remains}" not in text] == []


@of_the_suite
def test_no_attack_falls_but_what_is_not_prevented(found):
    fallen = [one for one in found if one.verdict == "fallen" and one.is_fault]
    assert [f"{one.entry.road}: {one.why}" for one in fallen] == []


@of_the_suite
def test_honest_submissions_keep_their_points_and_are_not_suspected(found):
    assert [f"{one.entry.road}: {one.why}" for one in found if one.verdict == "hurt"] == []


@of_the_suite
def test_table_for_instructors_is_what_came_of_the_suite(found):
    (quoted,) = QUOTED.findall(DOCUMENT.read_text("utf-8"))
    assert numbers(quoted) == numbers(suite.as_markdown(found)), "run make attack"


def numbers(table):
    """Return the rows of a table; on a busy machine what is stopped may also need a look."""
    rows = [[word.strip() for word in line.split("|")[1:-1]] for line in table.splitlines()]
    return [
        (what, tried, int(stopped) + int(flagged), fallen, remains)
        for what, tried, stopped, flagged, fallen, remains in rows[2:-2]
    ]


@of_the_suite
def test_broken_and_hostile_class_is_graded_with_one_command(tried):
    graded = tried.results[CLASS]
    wrong = [w for name, row in ROWS.items() for w in surprises(row, graded[name])]
    assert wrong + changed(tried.root, tried.files[CLASS]) == []
    assert len(graded) == len(tried.files[CLASS])
    assert "in a sandbox" not in tried.said
    assert (tried.root / "nbgrader_config.py").is_file()


@pytest.mark.parametrize("machine", MACHINES)
def test_lesser_sandbox_lets_a_hostile_class_reach_what_it_says(machine, monkeypatch, tmp_path):
    before, level = MACHINES[machine]
    monkeypatch.setenv("SECRET_OF_THE_INSTRUCTOR", "tenure")
    make_course(tmp_path, [CLASS])
    with outside(tmp_path) as reached:
        entries = escape.entries(reached)
        rows = {name: ROWS[name] for name in OF_SANDBOX} | {
            name: attacks(reached)[name] for name in FILLING
        }
        if level == WITHOUT_NAMESPACES:
            for name in FILLING:
                rows[name] = replace(rows[name], points=None, says="wrote more than 64 MB")
        makes = submissions(entries) | {name: row.make for name, row in rows.items()}
        files = hand_in(tmp_path, CLASS, makes)
        done = command(tmp_path, "grade", CLASS, "--pictures", "--json", before=before)
        assert done.returncode == 1, done.stderr
        assert reached.received() == []
        assert done.stderr.count(f"in a sandbox {level.name}, since") == 1
    assert left_running() == []

    graded = students(done)
    right = rows["right"]
    wrong = [w for name, one in graded.items() for w in surprises(rows.get(name, right), one)]
    got = {name for student in makes for name in breaches(autograded(tmp_path, student, CLASS))}
    assert got == {entry.name for entry in entries if entry.reach in level.lets}
    assert wrong + changed(tmp_path, files) == []
    assert len(graded) == len(makes)
    assert (tmp_path / "nbgrader_config.py").is_file()


def changed(root, files):
    """Return which submitted files are no longer what was handed in."""
    return [
        f"{name}: the submitted file was changed"
        for name, before in files.items()
        if before is not None
        and (root / "submitted" / name / CLASS / f"{CLASS}.ipynb").read_bytes() != before
    ]


def surprises(row, one):
    """Yield what came out otherwise than the row says."""
    name, points = one["student"], one["points"]
    results = (f"{result['outcome']}: {result['said']}" for result in one["results"].values())
    said = " ".join([one["reason"], *results])
    if points != row.points:
        yield f"{name}: {points} instead of {row.points}: {said}"
    elif row.says not in said:
        yield f"{name}: said {said!r}, not {row.says!r}"
    if row.mended not in " ".join(one["mended"]):
        yield f"{name}: mended {one['mended']}, not {row.mended!r}"
    if row.look not in " ".join(one["suspicions"]):
        yield f"{name}: seen {one['suspicions']}, not {row.look!r}"
    if name in HONEST and one["suspicions"]:
        yield f"{name}: is honest, but {one['suspicions']}"
