"""Rules for every test: what is skipped and when that fails, and whose settings are used."""

import os
from datetime import UTC, datetime

import psutil
import pytest

from tests import programs
from tests.neighbour import Neighbour

IS_WORKER = bool(os.environ.get("PYTEST_XDIST_WORKER"))
if IS_WORKER:
    os.environ["OMP_NUM_THREADS"] = "1"  # the processes of the tests share the cores already

LONGEST = ("attacks", "field")
"""Groups of tests that take minutes, each in one worker."""

TURNS = 8
"""Days after which all slow tests have had their turn, where each runs a part of them."""

IN_CI = bool(os.environ.get("CI"))
SKIP_IN_CI = "This test was skipped, and in CI a skipped test is a failure. Its reason: "


def pytest_xdist_auto_num_workers():
    """One worker more than there are cores: a third of the tests' time is spent waiting."""
    return (psutil.cpu_count() or 1) + 1


def pytest_addoption(parser):
    help_ = f"run a part of the slow tests: those whose turn it is today, one day in {TURNS}"
    parser.addoption("--in-turn", action="store_true", help=help_)


def pytest_report_header(config):
    """Say what a run leaves out."""
    if config.getoption("in_turn"):
        return f"slow tests: part {_today() + 1} of {TURNS}, another one each day; in CI all"
    return None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Take the slow tests whose turn it is; begin with them, so that none is left for the end."""
    if config.getoption("in_turn"):
        slow = sorted({_set(item) for item in items if _is_slow(item)})
        others = {name for turn, name in enumerate(slow) if turn % TURNS != _today()}
        left_out = [item for item in items if _is_slow(item) and _set(item) in others]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not (_is_slow(item) and _set(item) in others)]
    if IS_WORKER:
        items.sort(key=_haste)


def _today():
    return int(os.environ["RCNN_COURSE_DAY"]) % TURNS


def _is_slow(item):
    return item.get_closest_marker("slow") is not None


def _set(item):
    """Return what slow tests share their turn by: their group, or their file."""
    group = item.get_closest_marker("xdist_group")
    return group.args[0] if group else item.path.stem


def _haste(item):
    return _set(item) not in LONGEST, not _is_slow(item)


def _fail_if_skipped(report):
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{SKIP_IN_CI}{reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _fail_if_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _fail_if_skipped(report)
    return report


def pytest_configure(config):
    today = str(datetime.now(UTC).toordinal())
    os.environ.setdefault("RCNN_COURSE_DAY", today)  # the same for all workers, at midnight too
    needs = "requires(program, ...): needs programs of tests/programs.py, and is skipped without"
    config.addinivalue_line("markers", needs)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    for mark in item.iter_markers("requires"):
        for fault in map(programs.fault, mark.args):
            if fault:
                pytest.skip(fault)


@pytest.fixture(autouse=True, scope="session")
def own_settings(tmp_path_factory):
    """Keep Jupyter's and IPython's files of this user out of the tests, and theirs out of his."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        if not os.access(os.path.expanduser("~"), os.W_OK):  # such as the user of a service
            patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("JUPYTER_PLATFORM_DIRS", "1")
        patch.setenv("MPLBACKEND", "Agg")
        patch.setenv(
            "RCNN_COURSE_STUDENT", "ada"
        )  # whose questions have the same numbers everywhere
        yield


@pytest.fixture
def neighbour():
    """A thread that has been running for long, and does what it is asked."""
    neighbour = Neighbour()
    yield neighbour
    neighbour.leave()
